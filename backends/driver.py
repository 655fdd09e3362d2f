"""The one driver: from a case and a target to a path, or from hyperparameters to an updater."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import numpy as np

import backends
from backends.protocol import Engine, Unsupported
from reference import DTYPES, OPTIMIZERS, Case, Invalid
from reference.errors import choose
from reference.registry import stems
from reference.spec import Array

MODES = ("eager", "compiled")
DERIVATIVES = ("autodiff", "analytic", "finite")


def _packages() -> dict[str, ModuleType]:
    names = sorted(m.name for m in iter_modules(backends.__path__) if m.ispkg)
    return {name: import_module(f"backends.{name}") for name in names}


BACKENDS = _packages()
TARGETS = tuple(f"{name}:{device}" for name, b in BACKENDS.items() for device in b.DEVICES)


def reason(target: str) -> str | None:
    """Return why ``target`` cannot run here, or None.

    Raises `reference.Unknown` for what is not in `TARGETS`.
    """
    backend, device = choose("target", target, TARGETS).split(":")
    needed = BACKENDS[backend].REQUIRES
    if find_spec(needed) is None:
        return f"{needed} is not installed: pip install 'descent-bench[{backend}]'"
    missing: str | None = BACKENDS[backend].missing(device)
    return missing


def available() -> dict[str, str | None]:
    """Map every target to None, or to the reason it cannot run here."""
    return {target: reason(target) for target in TARGETS}


def absences(backend: str) -> Mapping[str, str]:
    """The optimizers that ``backend`` does not have, each with its reason."""
    found: Mapping[str, str] = BACKENDS[backend].ABSENT
    return found


def engine(target: str, dtype: str) -> Engine:
    """Make the engine of ``target``; raises `Unsupported` where it cannot run here."""
    why = reason(target)
    if why is not None:
        raise Unsupported(f"{target}: {why}")
    backend, device = target.split(":")
    made: Engine = import_module(f"backends.{backend}.engine").Engine(device, dtype)
    return made


def modes_of(target: str) -> tuple[str, ...]:
    """The execution modes of ``target``, the default first; loads no framework."""
    found: tuple[str, ...] = _backend(target).MODES
    return found


def derivatives_of(target: str) -> tuple[str, ...]:
    """The ways in which ``target`` differentiates, the default first; loads no framework."""
    found: tuple[str, ...] = _backend(target).DERIVATIVES
    return found


def _backend(target: str) -> ModuleType:
    return BACKENDS[choose("target", target, TARGETS).split(":")[0]]


def optimizer(target: str, name: str) -> Any:
    """Import the optimizer ``name`` of the target's backend; raises `Unsupported` if absent."""
    backend = target.split(":")[0]
    choose("optimizer", name, OPTIMIZERS)
    if name in absences(backend):
        raise Unsupported(f"{name} on {backend}: {absences(backend)[name]}")
    if name not in stems(BACKENDS[backend]):
        raise Unsupported(f"{name} on {backend}: backends/{backend}/{name}.py is not written yet")
    return import_module(f"backends.{backend}.{name}")


def _chosen(kind: str, asked: str | None, known: tuple[str, ...], target: str) -> str:
    """Resolve a mode or a way to differentiate: the default, or what was asked if offered."""
    offered = modes_of(target) if kind == "mode" else derivatives_of(target)
    if asked is None:
        return offered[0]
    if choose(kind, asked, known) not in offered:
        why = _backend(target).WITHOUT.get(asked, "not offered")
        raise Unsupported(f"{kind} {asked!r} on {target}: {why}")
    return asked


@dataclass(frozen=True)
class Path:
    """What a run went through.

    Attributes
    ----------
    points
        (n + 1, d), in the run's dtype, the start included; n is ``case.steps`` unless the run
        converged or diverged before.
    values
        (n + 1,), the objective at each point, on all data.
    status
        "finished" after all steps; "converged" when the case's stop held; "diverged" when the
        last point or its value is not finite.
    counts
        How often the optimizer and the stop asked for each evaluation: value, gradient, hessian,
        solve, forward, inverse. Recording ``values`` is not counted.
    """

    case: Case
    target: str
    mode: str
    derivatives: str
    points: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]
    status: str
    counts: dict[str, int]

    @property
    def steps(self) -> int:
        """How many updates were taken."""
        return len(self.points) - 1


def run(
    case: Case,
    target: str = "numpy:cpu",
    mode: str | None = None,
    derivatives: str | None = None,
) -> Path:
    """Run ``case`` on ``target``.

    Parameters
    ----------
    case
        What to run.
    target
        One of `TARGETS`.
    mode
        "eager", one operation after another, or "compiled"; None for the backend's default.
    derivatives
        "autodiff", "analytic" or "finite" (central differences of values); None for the
        backend's default.

    Raises
    ------
    reference.Unknown
        An unknown target, mode or way to differentiate.
    Unsupported
        What this target cannot do here, with the reason.
    """
    if not isinstance(case, Case):
        raise Invalid(f"case = {case!r}: expected a reference.Case")
    made = engine(target, case.dtype)
    mode = _chosen("mode", mode, MODES, target)
    derivatives = _chosen("derivatives", derivatives, DERIVATIVES, target)
    with made.scope():
        rows = made.trajectory(optimizer(target, case.optimizer), case, mode, derivatives)
    finite = np.isfinite(rows.points).all(axis=1) & np.isfinite(rows.values)
    last, status = case.steps, "finished"
    if rows.reached.any():
        last, status = int(rows.reached.argmax()) + 1, "converged"
    if not finite[: last + 1].all():
        last, status = int(finite.argmin()), "diverged"
    counts = dict.fromkeys(("value", "gradient", "hessian", "solve", "forward", "inverse"), 0)
    for each in (case.spec.evaluations(case.h), case.stop.evaluations() if case.stop else {}):
        for name, times in each.items():
            counts[name] += times * last
    points, values = rows.points[: last + 1], rows.values[: last + 1]
    return Path(case, target, mode, derivatives, points, values, status, counts)


QUANTITIES = (
    "value",
    "gradient",
    "hessian",
    "forward",
    "inverse",
    "jacobian",
    "numerical_inverse",
    "outer_gradient",
    "outer_hessian",
)
OF_Y = ("inverse", "numerical_inverse", "outer_gradient", "outer_hessian")


def evaluate(
    case: Case,
    quantity: str,
    target: str = "numpy:cpu",
    derivatives: str | None = None,
    y: Sequence[float] | None = None,
) -> np.ndarray[Any, Any]:
    """Evaluate one of `QUANTITIES` at the case's start, in the case's dtype.

    Those in `OF_Y` are functions of the simulator's output, which is ``y``, or what the simulator
    gives at the start.
    """
    choose("quantity", quantity, QUANTITIES)
    made = engine(target, case.dtype)
    derivatives = _chosen("derivatives", derivatives, DERIVATIVES, target)
    with made.scope():
        f = bind(made, case, derivatives)
        x = made.array(case.x0)
        if quantity not in OF_Y:
            return made.numpy(getattr(f, quantity)(x))
        output = f.forward(x) if y is None else made.array(y)
        arguments = (output, x) if quantity == "numerical_inverse" else (output,)
        return made.numpy(getattr(f, quantity)(*arguments))


def bind(made: Engine, case: Case, derivatives: str) -> Any:
    """Make the case's objective in the engine's arithmetic."""
    return made.objective(case.objective, constants(made, case), derivatives)


def constants(made: Engine, case: Case) -> dict[str, Any]:
    """Convert the problem's constants to the engine's arithmetic."""

    def convert(value: Any) -> Any:
        return made.array(value) if isinstance(value, (float, np.ndarray)) else value

    return {name: convert(value) for name, value in case.objective.constants(case.p).items()}


def show(x: Any, target: str, dtype: str) -> str:
    """Print a numpy number or array as the target's framework prints its own."""
    made = engine(target, dtype)
    with made.scope():
        return made.show(np.asarray(x, dtype=dtype))


@dataclass(frozen=True)
class Laboratory:
    """Where a golden is printed: a target in a mode, and if ``dtype`` is given, in that precision.

    ``derivatives`` is a wish: a backend that does not offer it uses its default. Raises
    `Unsupported` where the target cannot run here.
    """

    target: str
    mode: str
    derivatives: str | None = None
    dtype: str | None = None

    def __post_init__(self) -> None:
        why = reason(self.target)
        if why is not None:
            raise Unsupported(f"{self.target}: {why}")

    def _in_dtype(self, case: Case) -> Case:
        return case if self.dtype is None else replace(case, dtype=self.dtype)

    @property
    def _derivatives(self) -> str | None:
        return self.derivatives if self.derivatives in derivatives_of(self.target) else None

    def run(self, case: Case) -> Path:
        """Run ``case`` here."""
        case = self._in_dtype(case)
        return run(case, self.target, self.mode, self._derivatives)

    def evaluate(
        self, case: Case, quantity: str, y: Sequence[float] | None = None
    ) -> np.ndarray[Any, Any]:
        """Evaluate a quantity at the case's start here."""
        case = self._in_dtype(case)
        return evaluate(case, quantity, self.target, self._derivatives, y)

    def show(self, x: Any, dtype: str) -> str:
        """Print as this target's framework prints."""
        return show(x, self.target, self.dtype or dtype)


class Updater:
    """One first-order optimizer on n parameters, the gradients given.

    ``state = init(x0)``; then ``state = step(state, put(g))``, which consumes the state and may
    return before the device is done; ``wait(state)`` waits for it, ``get(state)`` copies the
    parameters back.
    """

    def __init__(self, name: str, target: str, dtype: str, hyper: Mapping[str, Any]) -> None:
        spec = OPTIMIZERS[name]
        if not spec.first_order:
            known = ", ".join(o for o, s in OPTIMIZERS.items() if s.first_order)
            raise Invalid(f"{name!r} needs more than gradients: expected one of {known}")
        self._h = spec.hyper.build(name, hyper)
        self._engine = engine(target, choose("dtype", dtype, DTYPES))
        self._optimizer = optimizer(target, name)
        self._dtype = dtype

    def init(self, x0: Any) -> Any:
        """Copy a 1-D array of n finite parameters to the device."""
        x = np.asarray(x0)
        if x.ndim != 1 or x.size == 0:
            raise Invalid(f"x0 of shape {x.shape}: expected a 1-D array of one or more parameters")
        if not np.isfinite(x).all():
            raise Invalid(f"x0[{np.flatnonzero(~np.isfinite(x))[0]}] is not finite")
        with self._engine.scope():
            return self._engine.init(self._optimizer, self._h, x.astype(self._dtype))

    def put(self, g: Any) -> Array:
        """Copy a gradient to the device."""
        with self._engine.scope():
            return self._engine.array(np.asarray(g))

    def step(self, state: Any, g: Array) -> Any:
        """Take one step with the gradient ``g``, of the parameters' shape; consumes ``state``."""
        if g.shape != state.x.shape:
            raise Invalid(f"a gradient of shape {tuple(g.shape)}: expected {tuple(state.x.shape)}")
        with self._engine.scope():
            return self._engine.update(self._optimizer, self._h, state, g)

    def wait(self, state: Any) -> None:
        """Return once the device has finished computing ``state``."""
        self._engine.wait(state)

    def get(self, state: Any) -> np.ndarray[Any, Any]:
        """Return the parameters as a new numpy array, shape (n,)."""
        with self._engine.scope():
            return self._engine.numpy(state.x)


def updater(name: str, target: str = "numpy:cpu", dtype: str = "float64", **hyper: Any) -> Updater:
    """Make an `Updater` for a first-order optimizer.

    Raises
    ------
    reference.Unknown, reference.Invalid
        An unknown id or dtype, an optimizer that needs more than gradients, bad hyperparameters.
    Unsupported
        What this target cannot do here, with the reason.
    """
    return Updater(name, target, dtype, hyper)
