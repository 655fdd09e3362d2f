"""The driver: runs a case on a target, and evaluates its objective."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from backends.binding import bind
from backends.equality import equal_fields
from backends.protocol import Derivatives, Mode, Rows, Status
from backends.targets import engine, execution, implementation
from reference import Case, Invalid
from reference.arrays import Reals
from reference.errors import choose
from reference.parameters import real_numbers

EVALUATIONS = ("value", "gradient", "hessian", "solve", "forward", "inverse")


@dataclass(frozen=True, eq=False)
class Path:
    """The trajectory of a run.

    Paths can be pickled. They are equal if their cases, target, mode and derivatives are equal and
    their arrays are bitwise equal.

    Attributes
    ----------
    points
        (n + 1, d), in the run's dtype, the start included; n is ``case.steps`` unless the run
        converged or diverged earlier.
    values
        (n + 1,), the objective at each point, on all data.
    status
        "finished" after all steps; "converged" if the stopping rule held; "diverged" if the last
        point or its value is not finite.
    counts
        The number of evaluations by the optimizer and the stopping rule: value, gradient, hessian,
        solve, forward, inverse. Those for ``values`` are not counted.
    """

    case: Case
    target: str
    mode: Mode
    derivatives: Derivatives
    points: Reals
    values: Reals
    status: Status
    counts: dict[str, int]

    @property
    def steps(self) -> int:
        """The number of updates."""
        return len(self.points) - 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and equal_fields(self, other)

    def __hash__(self) -> int:
        return hash((self.case, self.target, self.mode, self.derivatives))


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
        If the target, mode or derivatives do not exist.
    reference.Invalid
        If ``case`` is not a Case.
    Unsupported
        If the target cannot run the case here; the message gives the reason.
    """
    _check_case(case)
    engine_ = engine(target, case.dtype)
    chosen = execution(target, mode, derivatives)
    with engine_.scope():
        native = implementation(target, case.optimizer, case.hyperparameters)
        rows = engine_.trajectory(native, case, chosen)
    last, status = _outcome(rows, case.steps)
    points, values = rows.points[: last + 1], rows.values[: last + 1]
    counts = _counts(case, last)
    return Path(case, target, chosen.mode, chosen.derivatives, points, values, status, counts)


def _check_case(case: object) -> None:
    if not isinstance(case, Case):
        raise Invalid(f"case = {case!r}: expected a reference.Case")


def _outcome(rows: Rows, steps: int) -> tuple[int, Status]:
    """Return the number of steps before the run stopped or diverged, and its status."""
    last = steps
    status: Status = "finished"
    if rows.reached is not None and rows.reached.any():
        last, status = int(rows.reached.argmax()) + 1, "converged"
    if np.isfinite(rows.points).all() and np.isfinite(rows.values).all():
        return last, status
    finite = np.isfinite(rows.points).all(axis=1) & np.isfinite(rows.values)
    if not finite[: last + 1].all():
        last, status = int(finite.argmin()), "diverged"
    return last, status


def _counts(case: Case, steps: int) -> dict[str, int]:
    """Return the number of evaluations by the optimizer and the stopping rule."""
    counts = dict.fromkeys(EVALUATIONS, 0)
    of_step = case.spec.evaluations(case.hyperparameters)
    for each in (of_step, case.stop.evaluations() if case.stop else {}):
        for name, count in each.items():
            counts[name] += steps * count
    return counts


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
) -> Reals:
    """Evaluate one of `QUANTITIES` at the case's start, in the case's dtype.

    Those in `OF_Y` are evaluated at ``y``, (d,), or if None at the simulator's output at the start.

    Raises
    ------
    reference.Unknown, reference.Invalid
        If the quantity, target or derivatives do not exist, or ``y`` is invalid.
    Unsupported
        If the target cannot evaluate it here.
    """
    _check_case(case)
    choose("quantity", quantity, QUANTITIES)
    if y is not None and quantity not in OF_Y:
        raise Invalid(f"y = {y!r}: {quantity} is a function of x, {', '.join(OF_Y)} of y")
    engine_ = engine(target, case.dtype)
    chosen = execution(target, derivatives=derivatives)
    with engine_.scope():
        f = bind(engine_, case, chosen.derivatives)
        x = engine_.array(case.start_point)
        if quantity not in OF_Y:
            return engine_.numpy(getattr(f, quantity)(x))
        output = f.forward(x) if y is None else engine_.array(real_numbers("y", y, case.dtype))
        if output.shape != x.shape:
            raise Invalid(f"y = {y!r}: expected {len(x)} numbers, what the simulator gives")
        arguments = (output, x) if quantity == "numerical_inverse" else (output,)
        return engine_.numpy(getattr(f, quantity)(*arguments))


def show(x: ArrayLike, target: str, dtype: str) -> str:
    """Return a numpy number or array as the target's framework prints it."""
    engine_ = engine(target, dtype)
    with engine_.scope():
        return engine_.show(np.asarray(x, dtype=dtype))
