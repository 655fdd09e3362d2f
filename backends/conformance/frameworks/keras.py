"""Optimizers of Keras 3, on whichever framework Keras computes: a class, or an optimizer."""

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any

from backends.conformance.dtypes import TRAINED
from backends.conformance.given import Settings, knobs
from backends.conformance.subjects import Array, Found, Plain, Running, Start, copied, title
from backends.conformance.tapes import Feature
from reference.precision import PRECISIONS

FEATURES: Set[Feature] = frozenset({"arrays", "rates", "reload"})


def recognise(subject: object) -> Found | None:
    """Recognise a class of optimizers, or an optimizer, of which each run gets a copy."""
    keras = sys.modules.get("keras")
    if keras is None:
        return None
    optimizer = keras.optimizers.Optimizer
    if inspect.isclass(subject) and issubclass(subject, optimizer):
        return _found(subject, {})
    if isinstance(subject, optimizer):
        return _found(type(subject), subject.get_config())
    return None


def _found(kind: type, config: Mapping[str, Any]) -> Found:
    own = [c.__name__ for c in kind.__mro__ if c.__module__.startswith("keras.")]
    theirs = kind.__module__.startswith("keras.")
    name = f"keras.optimizers.{kind.__name__}" if theirs else title(kind)
    arguments = {**knobs(kind), **config}

    def make(settings: Settings) -> Keras:
        return Keras(kind, {**config, **settings.passed}, settings)

    return Found(name, make, arguments, "keras", tuple(own))


class Keras(Plain):
    """A class of optimizers and the arguments that each is made with."""

    dtypes = TRAINED

    def __init__(self, kind: type, options: Mapping[str, Any], settings: Settings) -> None:
        import keras

        self.kind, self.options, self.settings = kind, options, settings
        self.target = f"{keras.config.backend()}:cpu"

    def takes(self, path: str) -> Set[Feature]:
        return FEATURES

    @contextmanager
    def scope(self, dtype: str) -> Iterator[None]:
        """Keras keeps its learning rates in its own dtype, as whoever computes in it sets it.

        For 16 bits that is float32, which stays when a policy of 16 bits is set.
        """
        import keras

        before = keras.config.floatx()
        keras.config.set_floatx(PRECISIONS[dtype].wide)
        try:
            with _wide(keras.config.backend(), dtype):
                yield
        finally:
            keras.config.set_floatx(before)

    def start(self, start: Start) -> Running:
        return _Running(self, start)


@contextmanager
def _wide(backend: str, dtype: str) -> Iterator[None]:
    """Let JAX compute in float64, where Keras computes with it."""
    if backend != "jax" or dtype != "float64":
        yield
        return
    import jax

    with jax.enable_x64(True):
        yield


class _Running(Running):
    def __init__(self, subject: Keras, start: Start) -> None:
        import keras

        self.keras, self.subject = keras, subject
        self.x = [keras.Variable(each, dtype=start.dtype) for each in start.arrays]
        self._begin()

    def _begin(self) -> None:
        self.peer = self.subject.kind(**self.subject.options)
        self.peer.build(self.x)

    def put(self, gradients: Sequence[Array | None]) -> list[Any]:
        return [self.keras.ops.convert_to_tensor(g) for g in gradients]

    def take(self, gradients: list[Any]) -> None:
        self.peer.apply(gradients, self.x)

    def wait(self) -> None:
        if self.keras.config.backend() == "jax":
            import jax

            jax.block_until_ready([each.value for each in self.x])

    def get(self) -> list[Array]:
        return copied(self.keras.ops.convert_to_numpy(each) for each in self.x)

    def rate(self, lr: float) -> None:
        self.peer.learning_rate = lr

    def reload(self) -> None:
        kept: dict[str, Any] = {}
        self.peer.save_own_variables(kept)
        self._begin()
        self.peer.load_own_variables(kept)
