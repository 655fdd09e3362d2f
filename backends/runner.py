"""The runner of goldens: the driver with a fixed target, mode and derivatives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from numpy.typing import ArrayLike

from backends.driver import Path, evaluate, run, show
from backends.protocol import Unsupported
from backends.targets import derivatives_of, why_unavailable
from reference import Case
from reference.arrays import Reals


@dataclass(frozen=True)
class TargetRunner:
    """A `reference.measures.Runner` on a target and mode; ``dtype`` overrides that of the cases.

    A backend that does not offer ``derivatives`` uses its default. Raises `Unsupported` if the
    target cannot run here.
    """

    target: str
    mode: str
    derivatives: str | None = None
    dtype: str | None = None

    def __post_init__(self) -> None:
        why = why_unavailable(self.target)
        if why is not None:
            raise Unsupported(f"{self.target}: {why}")

    def _in_dtype(self, case: Case) -> Case:
        return case if self.dtype is None else replace(case, dtype=self.dtype)

    @property
    def _derivatives(self) -> str | None:
        return self.derivatives if self.derivatives in derivatives_of(self.target) else None

    def run(self, case: Case) -> Path:
        """Run ``case`` on the target."""
        case = self._in_dtype(case)
        return run(case, self.target, self.mode, self._derivatives)

    def evaluate(self, case: Case, quantity: str, y: Sequence[float] | None = None) -> Reals:
        """Evaluate a quantity at the case's start on the target."""
        case = self._in_dtype(case)
        return evaluate(case, quantity, self.target, self._derivatives, y)

    def show(self, x: ArrayLike, dtype: str) -> str:
        """Return ``x`` as the target's framework prints it."""
        return show(x, self.target, self.dtype or dtype)
