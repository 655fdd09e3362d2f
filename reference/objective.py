"""A problem bound to one arithmetic: what an optimizer may ask of it, each question counted."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from reference.errors import Invalid
from reference.spec import Array, Composition, Namespace, Problem


class Constants:
    """A problem's constants by name; a plain class, which compilers can trace."""

    data: Array

    def __init__(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            setattr(self, name, value)


class Objective:
    """The problem's value and derivatives in the arithmetic of ``xp``.

    Parameters
    ----------
    problem
        What to evaluate.
    constants
        The problem's constants, already in the arithmetic of ``xp``.
    xp
        The array namespace; ``xp.linalg`` must offer ``solve``, ``inv`` and ``eigh``.

    The derivatives are the problem's own formulas; a backend overrides them where it
    differentiates by itself. ``counts`` holds how often each was asked for.
    """

    def __init__(self, problem: Problem, constants: dict[str, Any], xp: Namespace) -> None:
        self.problem = problem
        self.k = Constants(constants)
        self.xp = xp
        self.counts: Counter[str] = Counter()

    def value(self, x: Array) -> Array:
        self.counts["value"] += 1
        return self.problem.value(self.xp, self.k, x)

    def gradient(self, x: Array) -> Array:
        self.counts["gradient"] += 1
        return self.problem.gradient(self.xp, self.k, x)

    def hessian(self, x: Array) -> Array:
        self.counts["hessian"] += 1
        if self.problem.hessian is None:
            raise Invalid(f"{self.problem.id} has no hessian formula: give one, or use autodiff")
        return self.problem.hessian(self.xp, self.k, x)

    def product(self, matrix: Array, vector: Array) -> Array:
        """Multiply matrices (..., d, d) by vectors (..., d)."""
        return (matrix @ vector[..., None])[..., 0]

    def solve(self, matrix: Array, vector: Array) -> Array:
        """Solve ``matrix @ s = vector``, (..., d, d) and (..., d); division where d is 1."""
        self.counts["solve"] += 1
        if vector.shape[-1] == 1:
            return vector / matrix[..., 0]
        return self.xp.linalg.solve(matrix, vector[..., None])[..., 0]

    def inverse_of(self, matrix: Array) -> Array:
        """Invert matrices (..., d, d)."""
        self.counts["solve"] += 1
        return self.xp.linalg.inv(matrix)

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        """Eigenvalues (..., d) and eigenvectors (..., d, d) of symmetric matrices."""
        self.counts["solve"] += 1
        values, vectors = self.xp.linalg.eigh(matrix)
        return values, vectors

    @property
    def composition(self) -> Composition:
        if self.problem.composition is None:
            raise Invalid(
                f"{self.problem.id} is not a composition L(y(x)): "
                "the inverse simulator needs a problem with forward and inverse"
            )
        return self.problem.composition

    def forward(self, x: Array) -> Array:
        self.counts["forward"] += 1
        return self.composition.forward(self.xp, self.k, x)

    def inverse(self, y: Array) -> Array:
        self.counts["inverse"] += 1
        return self.composition.inverse(self.xp, self.k, y)

    def numerical_inverse(self, y: Array, x: Array) -> Array:
        """Find by minimisation, from ``x``, where the simulator gives ``y``; exact in theory."""
        return self.inverse(y)

    def single(self, y: Array) -> Array:
        """Round to float32, in an arithmetic that has one."""
        return y

    def outer_gradient(self, y: Array) -> Array:
        """The loss's gradient with respect to y, shape (d,)."""
        self.counts["gradient"] += 1
        return self.composition.gradient(self.xp, self.k, y)

    def outer_hessian(self, y: Array) -> Array:
        """The loss's Hessian with respect to y, shape (d, d)."""
        self.counts["hessian"] += 1
        return self.composition.hessian(self.xp, self.k, y)

    def jacobian(self, x: Array) -> Array:
        """The simulator's Jacobian dy/dx, shape (d, d)."""
        return self.composition.jacobian(self.xp, self.k, x)

    def restricted(self, data: Array) -> "Objective":
        """The same objective on a part of its data, sharing the counts."""
        part = self.__class__.__new__(self.__class__)
        part.__dict__.update(self.__dict__)
        part.k = Constants({**vars(self.k), "data": data})
        return part
