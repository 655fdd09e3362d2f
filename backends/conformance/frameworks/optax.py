"""Optimizers of optax: a GradientTransformation, or one of optax's functions that make one."""

import inspect
import pickle
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from typing import Any

from backends.conformance.dtypes import TRAINED
from backends.conformance.given import Settings, knobs
from backends.conformance.subjects import Array, Found, Plain, Running, Start, copied, title
from backends.conformance.tapes import Feature
from backends.protocol import Unsupported
from backends.tracing import Operation, keep
from reference.precision import PRECISIONS

EAGER, JITTED, DONATED, INJECTED = "eager", "jitted", "donated", "inject_hyperparams"


def recognise(subject: object) -> Found | None:
    """Recognise what has init and update, and a function of optax with a learning rate."""
    if not inspect.isclass(subject) and all(
        callable(getattr(subject, name, None)) for name in ("init", "update")
    ):
        return Found(type(subject).__qualname__, partial(Transformation, subject))
    function = subject.func if isinstance(subject, partial) else subject
    if not inspect.isfunction(function) or function.__module__.split(".")[0] != "optax":
        return None
    name = title(function)
    maker: Callable[..., Any] = subject  # type: ignore[assignment]
    return Found(f"optax.{name}", partial(Made, maker), knobs(maker), "optax", (name,))


def _in_order(x: Sequence[Any]) -> list[Any]:
    import jax.numpy as jnp

    return [jnp.asarray(each) for each in x]


class Transformation(Plain):
    """A transformation, whose functions need no state of their own."""

    paths: Sequence[str] = (EAGER, JITTED, DONATED)
    target = "jax:cpu"
    dtypes = TRAINED

    def __init__(self, peer: Any, settings: Settings) -> None:
        self.peer = peer
        self.compiled = cache(self._compiled)

    def takes(self, path: str) -> Set[Feature]:
        return frozenset({"arrays", "reload", "half", "mixed"})

    def scope(self, dtype: str) -> AbstractContextManager[object]:
        import jax

        return jax.enable_x64(True) if dtype == "float64" else nullcontext()

    def start(self, start: Start) -> Running:
        return _Running(self.compiled(start.path), self.peer, start, start.path == EAGER)

    def _compiled(self, path: str) -> Callable[..., Any]:
        """Return a step from (x, state, g) to (x, state) on a path."""
        return _on(path, self.peer)


def _on(path: str, peer: Any) -> Callable[..., Any]:
    import jax
    import optax

    def step(x: Any, state: Any, g: Any) -> Any:
        move, state = peer.update(g, state, x)
        return optax.apply_updates(x, move), state

    if path == EAGER:
        return step
    return jax.jit(step, donate_argnums=(0, 1) if path == DONATED else ())  # type: ignore[no-any-return]


class Made(Transformation):
    """A function that makes a transformation of its hyperparameters."""

    def __init__(self, make: Callable[..., Any], settings: Settings) -> None:
        super().__init__(make(**settings.passed), settings)
        self.make, self.settings = make, settings
        self.paths = (*Transformation.paths, INJECTED)
        self.injected = cache(self._injected)

    def takes(self, path: str) -> Set[Feature]:
        return super().takes(path) | ({"rates"} if self.settings.rate else set())

    def start(self, start: Start) -> Running:
        name = str(self.settings.rate)
        if start.path == INJECTED:
            peer, step = self.injected()
            return _Injected(step, peer, start, name)
        if start.rates is None:
            return super().start(start)
        peer = self.make(**{**self.settings.passed, name: _schedule(start.rates, start.dtype)})
        return _Running(_on(start.path, peer), peer, start, start.path == EAGER)

    def _injected(self) -> tuple[Any, Callable[..., Any]]:
        import optax

        peer = optax.inject_hyperparams(self.make)(**self.settings.passed)
        return peer, _on(JITTED, peer)


def _schedule(rates: Sequence[float], dtype: str) -> Callable[[Any], Any]:
    import jax.numpy as jnp

    return lambda count: jnp.asarray(rates, PRECISIONS[dtype].wide)[count]


class _Running(Running):
    def __init__(
        self, stepped: Callable[..., Any], peer: Any, start: Start, eager: bool = False
    ) -> None:
        self.eager = eager
        self.stepped, self.peer = stepped, peer
        self.x = [each.copy() for each in _in_order(start.arrays)]
        self.state = peer.init(self.x)

    def put(self, gradients: Sequence[Array | None]) -> list[Any]:
        return _in_order(gradients)

    def take(self, gradients: list[Any]) -> None:
        self.x, self.state = self.stepped(self.x, self.state, gradients)

    def wait(self) -> None:
        import jax

        jax.block_until_ready((self.x, self.state))

    def program(self, gradients: list[Any]) -> str:
        if self.eager:
            return super().program(gradients)
        lowered: Any = self.stepped.lower(self.x, self.state, gradients)  # type: ignore[attr-defined]
        return str(lowered.compile().as_text())

    def traced(self, gradients: Sequence[Array | None]) -> list[Operation]:
        from backends.jax._trace import trace

        if not self.eager:
            return super().traced(gradients)
        step: Any = partial(self.stepped, g=_in_order(gradients))
        (self.x, self.state), operations = trace(step, self.x, self.state, keep)
        return operations

    def get(self) -> list[Array]:
        return copied(self.x)

    def reload(self) -> None:
        try:
            kept = pickle.dumps((self.x, self.state))
        except Exception as error:
            raise Unsupported(f"its state cannot be pickled: {error}") from None
        self.x, self.state = pickle.loads(kept)


class _Injected(_Running):
    """A run whose learning rate is a number in its state."""

    def __init__(self, stepped: Callable[..., Any], peer: Any, start: Start, name: str) -> None:
        super().__init__(stepped, peer, start)
        self.name = name

    def rate(self, lr: float) -> None:
        import jax.numpy as jnp

        hyper: Mapping[str, Any] = self.state.hyperparams
        rate = jnp.asarray(lr, hyper[self.name].dtype)
        self.state = self.state._replace(hyperparams={**hyper, self.name: rate})
