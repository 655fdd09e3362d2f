"""What can be checked: anything that takes steps, found by what it is.

A module of `backends.conformance.frameworks` has a function ``recognise(subject)``, which returns a
`Found` or None; so has what is registered as an entry point of the group `GROUP`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backends.conformance import frameworks
from backends.conformance.given import REQUIRED, Knobs, Settings, knobs, settle
from backends.conformance.tapes import Feature
from backends.protocol import Unsupported
from backends.tracing import Operation
from reference import DTYPES, Invalid
from reference.errors import shown
from reference.registry import stems

GROUP = "descent_bench.conformance"
DEFAULT = "default"  # the path of a subject that has one
EXPECTED = """expected a class of torch.optim.Optimizer, a GradientTransformation of optax, an \
optimizer of Keras, a function step(x, g, state) that returns the next x and state, something with \
init, step and get, or a function that makes one of them"""
Array = NDArray[Any]


@dataclass(frozen=True)
class Start:
    """What a run starts with.

    Attributes
    ----------
    arrays
        The parameters, of any shapes, in the dtype under test; the run may keep and change them.
    dtype
        One of `backends.conformance.dtypes.EVERY`.
    path
        One of the subject's ways to compute a step.
    rates
        The learning rate of each step, or None where it does not change. A run that has no `rate`
        must follow it by itself.
    groups
        Each array's factor of the learning rate; empty for one group.
    """

    arrays: Sequence[Array]
    dtype: str
    path: str = DEFAULT
    rates: tuple[float, ...] | None = None
    groups: tuple[float, ...] = ()


class Running:
    """A subject that has started. A framework's file overrides what it can."""

    def put(self, gradients: Sequence[Array | None]) -> Any:
        """Return gradients as `take` has them: where and as the subject computes."""
        return gradients

    def take(self, gradients: Any) -> None:
        """Take a step with what `put` returned for each array, None for one without a gradient."""
        raise NotImplementedError

    def wait(self) -> None:
        """Return when the device has taken the steps."""

    def step(self, gradients: Sequence[Array | None]) -> None:
        """Take a step with a gradient for each array, or None for one that has none."""
        self.take(self.put(gradients))

    def get(self) -> Iterable[Array]:
        """Return the parameters when the step is done, as numpy arrays of the shapes given."""
        raise NotImplementedError

    def rate(self, lr: float) -> None:
        """Set the learning rate of the next step."""

    def reload(self) -> None:
        """Save the state as users of the framework do, and go on with a new optimizer from it."""
        raise Unsupported("its state cannot be saved and loaded")

    def program(self, gradients: Any) -> str:
        """Return XLA's text of the compiled program of a step with what `put` returned."""
        raise Unsupported("a step is no compiled program on this path")

    def traced(self, gradients: Sequence[Array | None]) -> list[Operation]:
        """Take a step, and return the operations of which it consists, in order."""
        raise Unsupported("its operations cannot be recorded on this path")


class Subject(Protocol):
    """Something to be checked, with its hyperparameters."""

    @property
    def paths(self) -> Sequence[str]:
        """The ways in which it can be asked to compute a step, the usual one first."""
        ...

    @property
    def target(self) -> str:
        """Where an updater of ours does the same work, such as "torch:cpu"."""
        ...

    @property
    def dtypes(self) -> Sequence[str]:
        """The precisions in which it is tried unless it is asked for others."""
        ...

    @property
    def slow(self) -> Set[str]:
        """The paths whose start takes seconds."""
        ...

    def takes(self, path: str) -> Set[Feature]:
        """Return what it can be given on a path, beside plain gradients of one array."""
        ...

    def scope(self, dtype: str) -> AbstractContextManager[object]:
        """Return a context manager of the settings that a run in ``dtype`` needs."""
        ...

    def start(self, start: Start) -> Running:
        """Start a run."""
        ...


class Plain:
    """A subject with one path that takes plain gradients of one array; a base for others."""

    paths: Sequence[str] = (DEFAULT,)
    slow: Set[str] = frozenset()
    target: str = "numpy:cpu"
    dtypes: Sequence[str] = DTYPES

    def takes(self, path: str) -> Set[Feature]:
        return frozenset()

    def scope(self, dtype: str) -> AbstractContextManager[object]:
        return nullcontext()


@dataclass(frozen=True)
class Found:
    """A subject before it is set to anything.

    Attributes
    ----------
    title
        What it is called in reports.
    make
        Makes the subject with its `Settings`.
    knobs
        The hyperparameters that ``make`` passes on, with their defaults.
    framework, peers
        Whose it is, and the names there of its class and of those that it derives from, by which
        `backends.conformance.names` knows its hyperparameters; empty if it is nobody's.
    stated
        What it is set to already.
    """

    title: str
    make: Callable[[Settings], Subject]
    knobs: Knobs = field(default_factory=dict)
    framework: str = ""
    peers: tuple[str, ...] = ()
    stated: Mapping[str, Any] = field(default_factory=dict)


def recognisers() -> Iterator[Callable[[object], Found | None]]:
    """Yield what recognises subjects: other packages' first, then this suite's."""
    for entry in entry_points(group=GROUP):
        yield entry.load()
    for stem in stems(frameworks):
        yield import_module(f"{frameworks.__name__}.{stem}").recognise


def find(subject: object) -> Found:
    """Return what ``subject`` is; a factory is asked for one.

    Raises
    ------
    Invalid
        If it is nothing that takes steps, and makes nothing that does.
    """
    for recognise in recognisers():
        found = recognise(subject)
        if found is not None:
            return found
    if not callable(subject):
        raise Invalid(f"subject = {shown(subject)}: {EXPECTED}")
    return _factory(subject)


def settled(found: Found, optimizer: str, given: Mapping[str, Any]) -> Settings:
    """Return what a subject is set to, see `backends.conformance.given.settle`."""
    about = found.framework, found.peers, found.stated
    return settle(found.title, found.knobs, given, optimizer, *about)


def _factory(factory: Callable[..., Any]) -> Found:
    """Return what a factory makes, set by the factory's own arguments."""
    arguments = knobs(factory)
    name = title(factory)

    def made(passed: Mapping[str, Any]) -> Found:
        product = factory(**passed)
        found = next(filter(None, (recognise(product) for recognise in recognisers())), None)
        if found is None:
            raise Invalid(f"{name} returned {shown(product)}: {EXPECTED}")
        return found

    def make(settings: Settings) -> Subject:
        return made(settings.passed).make(replace(settings, passed={}))

    if any(default is REQUIRED for default in arguments.values()):
        return Found(name, make, arguments)
    first = made({})
    called = first.title if name == "<lambda>" else name
    seen = {name: value for name, value in first.knobs.items() if value is not REQUIRED}
    stated = {**first.stated, **seen}
    return Found(called, make, arguments, first.framework, first.peers, stated)


def title(subject: Any) -> str:
    """Return what a class or function is called."""
    return str(getattr(subject, "__qualname__", type(subject).__qualname__)).split(".")[-1]


def copied(arrays: Iterable[Any]) -> list[Array]:
    """Return copies of arrays in numpy."""
    return [np.array(each) for each in arrays]
