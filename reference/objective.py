"""A problem in one arithmetic: the evaluations that an optimizer can call, each counted."""

from collections import Counter
from collections.abc import Mapping

from reference.errors import Invalid
from reference.spec import Array, Composition, Namespace, Problem


class Constants:
    """A problem's constants as attributes; a plain class, which JAX and torch can trace."""

    data: Array

    def __init__(self, values: Mapping[str, Array]) -> None:
        for name, value in values.items():
            setattr(self, name, value)


class Objective:
    """The problem's value and derivatives in the arithmetic of ``xp``.

    ``x`` is (d,) or (..., d). The derivatives are the problem's formulas; a backend overrides them
    for autodiff or finite differences. ``counts`` holds the number of calls of each evaluation.

    Parameters
    ----------
    problem
        The problem to evaluate.
    constants
        The problem's constants, converted to the arithmetic of ``xp``.
    xp
        The array namespace; ``xp.linalg`` must have ``solve``, ``inv`` and ``eigh``.
    """

    def __init__(self, problem: Problem, constants: Mapping[str, Array], xp: Namespace) -> None:
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
        """Solve ``matrix @ s = vector``, (..., d, d) and (..., d); divide where d is 1."""
        self.counts["solve"] += 1
        if vector.shape[-1] == 1:
            return vector / matrix[..., 0]
        return self.xp.linalg.solve(matrix, vector[..., None])[..., 0]

    def inverse_of(self, matrix: Array) -> Array:
        """Invert matrices (..., d, d)."""
        self.counts["solve"] += 1
        return self.xp.linalg.inv(matrix)

    def eigh(self, matrix: Array) -> tuple[Array, Array]:
        """Return eigenvalues (..., d) and eigenvectors (..., d, d) of symmetric matrices."""
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
        """Return an x with y(x) = ``y``; backends find it by minimisation from ``x``."""
        return self.inverse(y)

    def single(self, y: Array) -> Array:
        """Round to float32; a backend overrides it."""
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
        """Return the objective on a minibatch ``data``, sharing the counts."""
        batch = self.__class__.__new__(self.__class__)
        batch.__dict__.update(self.__dict__)
        batch.k = Constants({**vars(self.k), "data": data})
        return batch
