"""Optimizers of torch: a class of `torch.optim.Optimizer`, or a function of the parameters."""

import inspect
import io
import sys
from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial
from typing import Any

from backends.conformance.dtypes import TRAINED, numpys
from backends.conformance.given import REQUIRED, Knobs, Settings, knobs
from backends.conformance.names import known
from backends.conformance.subjects import (
    DEFAULT,
    Array,
    Found,
    Plain,
    Running,
    Start,
    copied,
    title,
)
from backends.conformance.tapes import Feature
from backends.tracing import Operation, keep
from reference import Invalid
from reference.errors import shown
from reference.precision import PRECISIONS

ALWAYS: Set[Feature] = frozenset(
    {"arrays", "groups", "missing", "rates", "reload", "memory", "mixed"}
)
FOR_LOOP, COMPILED, TENSOR = "for-loop", "compiled", "tensor lr"
# the arguments by which torch's own classes choose how a step is computed
OPTIONS: Mapping[str, Mapping[str, bool]] = {
    FOR_LOOP: {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
    "capturable": {"capturable": True},
}


def recognise(subject: object) -> Found | None:
    """Recognise a class of optimizers, or a function of the parameters that makes one."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(subject, torch.optim.Optimizer):
        name = type(subject).__name__
        raise Invalid(
            f"an optimizer of {name} that has its parameters already: give the class {name}, or a "
            f"function of the parameters, lambda params: {name}(params, ...)"
        )
    if torch is not None and inspect.isclass(subject):
        return _class(subject) if issubclass(subject, torch.optim.Optimizer) else None
    return _factory(subject) if callable(subject) and _of_parameters(subject) else None


def _class(subject: type) -> Found:
    own = [c.__name__ for c in subject.__mro__ if c.__module__.startswith("torch.optim.")]
    theirs = subject.__module__.startswith("torch.optim.")
    name = f"torch.optim.{subject.__name__}" if theirs else title(subject)
    arguments = knobs(subject, skipped=1)
    return Found(
        name,
        lambda settings: Torch(subject, settings, arguments, bool(own[:-1])),
        arguments,
        "torch",
        tuple(own),
    )


def _of_parameters(function: Callable[..., Any]) -> bool:
    """Whether it has one required argument, which is no hyperparameter, and comes first."""
    if inspect.isclass(function):
        return False
    arguments = knobs(function)
    first = next(iter(arguments), "")
    required = [name for name, default in arguments.items() if default is REQUIRED]
    return required == [first] and first not in known()


def _factory(factory: Callable[..., Any]) -> Found | None:
    """Ask the function for an optimizer of one parameter, to learn what it is."""
    import torch

    made = factory([torch.nn.Parameter(torch.zeros(1))])
    if not isinstance(made, torch.optim.Optimizer):
        words = "a function of one argument, the parameters: expected a torch.optim.Optimizer of it"
        raise Invalid(f"{title(factory)} returned {shown(made)}; it is {words}")
    found = _class(type(made))
    arguments = knobs(factory, skipped=1)
    name = title(factory) if title(factory) != "<lambda>" else found.title
    make = partial(Torch, factory, known={}, own=False)
    return Found(name, make, arguments, "torch", found.peers, made.defaults)


class Torch(Plain):
    """A class or function that makes an optimizer of parameters.

    ``known`` are the class's arguments, and ``own`` whether it is torch's, or derives from one.
    """

    target = "torch:cpu"
    dtypes = TRAINED

    def __init__(
        self, make: Callable[..., Any], settings: Settings, known: Knobs, own: bool
    ) -> None:
        self.make, self.settings, self.known = make, settings, known
        found = [path for path, options in OPTIONS.items() if options.keys() <= known.keys()]
        tensor = [TENSOR] if own and settings.rate else []
        self.paths = [*(found or [DEFAULT]), *tensor, COMPILED]
        self.slow = frozenset({COMPILED})

    def takes(self, path: str) -> Set[Feature]:
        return ALWAYS - {"reload"} if path == COMPILED else ALWAYS

    def options(self, path: str, dtype: str) -> dict[str, Any]:
        """What the optimizer is made with on a path, beside its parameters."""
        import torch

        chosen = dict(OPTIONS.get(FOR_LOOP if path == TENSOR else path, {}))
        options = {**self.settings.passed, **{n: v for n, v in chosen.items() if n in self.known}}
        if path == TENSOR:
            rate = torch.tensor(self.settings.lr, dtype=getattr(torch, PRECISIONS[dtype].wide))
            options[str(self.settings.rate)] = rate
        return options

    def start(self, start: Start) -> Running:
        return _Running(self, start)


class _Running(Running):
    def __init__(self, subject: Torch, start: Start) -> None:
        import torch

        self.subject, self.given = subject, start
        self.torch = torch
        self._begin([torch.nn.Parameter(self.tensor(each)) for each in start.arrays])

    def _begin(self, parameters: list[Any]) -> None:
        self.parameters = parameters
        dtypes = (each.dtype.name for each in self.given.arrays)
        widest = max(dtypes, key=lambda name: PRECISIONS[name].bits)
        options = self.subject.options(self.given.path, widest)
        self.peer = self.subject.make(self._grouped(), **options)
        self.stepped = self.peer.step
        if self.given.path == COMPILED:
            self.torch._dynamo.reset()  # what it knows of other optimizers counts to a limit
            peer = self.peer
            self.stepped = self.torch.compile(lambda: peer.step())

    def _grouped(self) -> list[Any]:
        if not self.given.groups:
            return self.parameters
        lr = self.subject.settings.lr
        pairs = zip(self.parameters, self.given.groups, strict=True)
        return [{"params": [x]} if f == 1 else {"params": [x], "lr": lr * f} for x, f in pairs]

    def tensor(self, array: Array) -> Any:
        """The same memory as a tensor; of bfloat16, which torch takes from no array, a copy."""
        if array.dtype.name != "bfloat16":
            return self.torch.from_numpy(array)
        return self.torch.from_numpy(array.astype("float32")).to(self.torch.bfloat16)

    def put(self, gradients: Sequence[Array | None]) -> list[Any]:
        return [None if g is None else self.tensor(g) for g in gradients]

    def take(self, gradients: list[Any]) -> None:
        for x, g in zip(self.parameters, gradients, strict=True):
            x.grad = g
        self.stepped()

    def traced(self, gradients: Sequence[Array | None]) -> list[Operation]:
        from backends.torch._trace import Recorder

        if self.given.path not in (FOR_LOOP, DEFAULT):
            return super().traced(gradients)
        with Recorder(keep) as recorder:
            self.step(gradients)
        return list(recorder.operations)

    def get(self) -> list[Array]:
        return copied(map(self._read, self.parameters))

    def _read(self, parameter: Any) -> Array:
        found = parameter.detach()
        if found.dtype != self.torch.bfloat16:
            return found.numpy()  # type: ignore[no-any-return]
        return found.float().numpy().astype(numpys("bfloat16"))  # type: ignore[no-any-return]

    def rate(self, lr: float) -> None:
        for group in self.peer.param_groups:
            if isinstance(group["lr"], self.torch.Tensor):
                group["lr"].fill_(lr)
            else:
                group["lr"] = lr

    def reload(self) -> None:
        kept = io.BytesIO()
        self.torch.save((self.parameters, self.peer.state_dict()), kept)
        kept.seek(0)
        parameters, state = self.torch.load(kept, weights_only=True)
        self._begin([self.torch.nn.Parameter(each) for each in parameters])
        self.peer.load_state_dict(state)
