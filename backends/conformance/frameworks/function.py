"""Plain functions: ``step(x, g, state)`` returns the next ``(x, state)``, from a state of None."""

import inspect
import pickle
from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import Any

from backends.conformance.given import Settings, knobs
from backends.conformance.names import known
from backends.conformance.subjects import Array, Found, Plain, Running, Start, copied, title
from backends.conformance.tapes import Feature
from backends.numpy._trace import Recorder
from backends.protocol import Unsupported
from backends.tracing import Operation, keep
from reference.errors import shown

ARGUMENTS = 3


def recognise(subject: object) -> Found | None:
    """Recognise a function of three arguments that are no hyperparameters."""
    if inspect.isclass(subject) or not callable(subject) or not _takes_steps(subject):
        return None
    return Found(title(subject), partial(Function, subject), knobs(subject, ARGUMENTS))


def _takes_steps(subject: Callable[..., Any]) -> bool:
    try:
        parameters = list(inspect.signature(subject).parameters.values())[:ARGUMENTS]
    except (TypeError, ValueError):
        return False
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    required = [p for p in parameters[:2] if p.default is inspect.Parameter.empty]
    return (
        len(required) == 2
        and len(parameters) == ARGUMENTS
        and all(p.kind in kinds and p.name not in known() for p in parameters)
    )


class Function(Plain):
    """A function, called for each array with that array's state."""

    def __init__(self, function: Callable[..., Any], settings: Settings) -> None:
        self.function = partial(function, **settings.passed)
        self.rate = settings.rate

    def takes(self, path: str) -> Set[Feature]:
        always: set[Feature] = {"arrays", "reload", "memory", "half"}
        return always | {"rates"} if self.rate else always

    def start(self, start: Start) -> Running:
        return _Running(self, start)


def _mapped(wrap: Callable[[Any], Any], value: Any) -> Any:
    """Wrap the arrays in tuples, lists and dicts."""
    if isinstance(value, (tuple, list)):
        found = [_mapped(wrap, each) for each in value]
        return type(value)(*found) if hasattr(value, "_fields") else type(value)(found)
    if isinstance(value, dict):
        return {name: _mapped(wrap, each) for name, each in value.items()}
    return wrap(value)


class _Running(Running):
    def __init__(self, subject: Function, start: Start) -> None:
        self.subject, self.x = subject, list(start.arrays)
        self.states: list[Any] = [None] * len(self.x)
        self.options: dict[str, float] = {}

    def take(self, gradients: Sequence[Array | None]) -> None:
        for i, (x, g, state) in enumerate(zip(self.x, gradients, self.states, strict=True)):
            result = self.subject.function(x, g, state, **self.options)
            if not isinstance(result, tuple) or len(result) != 2:
                raise Unsupported(f"it returned {shown(result)}: expected the next x and state")
            self.x[i], self.states[i] = result

    def traced(self, gradients: Sequence[Array | None]) -> list[Operation]:
        recorder = Recorder(keep)
        self.x, self.states = _mapped(recorder.wrap, (self.x, self.states))
        self.take([recorder.wrap(g) for g in gradients])
        return recorder.operations

    def get(self) -> list[Array]:
        return copied(self.x)

    def rate(self, lr: float) -> None:
        assert self.subject.rate is not None
        self.options = {self.subject.rate: lr}

    def reload(self) -> None:
        try:
            kept = pickle.dumps((self.x, self.states))
        except Exception as error:
            raise Unsupported(f"its state cannot be pickled: {error}") from None
        self.x, self.states = pickle.loads(kept)
