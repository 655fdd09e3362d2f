"""Scenes: the one- and two-dimensional problems that explorer and maps plot, with a window."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from reference import OPTIMIZERS, PROBLEMS, Case, Problem
from reference.objective import Objective


@dataclass(frozen=True)
class Scene:
    """A problem with parameters, a start and a plot window; ``name`` is part of URLs.

    ``told`` says that the formula has the values of the parameters.
    """

    name: str
    title: str
    formula: str
    problem: str
    params: Mapping[str, Any] = field(default_factory=dict)
    told: bool = False

    def of(self, optimizer: str, **options: Any) -> Case:
        """A case of ``optimizer`` on this problem."""
        return Case(optimizer, self.problem, params=self.params, **options)

    @cached_property
    def start(self) -> np.ndarray[Any, Any]:
        return np.array(PROBLEMS[self.problem].start(self.parameters))

    @cached_property
    def parameters(self) -> Any:
        return PROBLEMS[self.problem].params.build(self.problem, dict(self.params))

    @cached_property
    def objective(self) -> Objective:
        """The objective in numpy's float64 arithmetic."""
        problem = PROBLEMS[self.problem]
        return Objective(problem, dict(problem.constants(self.parameters)), np)

    @property
    def minimisers(self) -> np.ndarray[Any, Any]:
        """The known minimisers, (count, dimension)."""
        found = PROBLEMS[self.problem].minimisers(self.parameters)
        return np.array(found, dtype=float).reshape(-1, len(self.start))

    @property
    def window(self) -> list[tuple[float, float]]:
        """The limits of the plot along each coordinate."""
        return limits(PROBLEMS[self.problem], self.parameters)

    def optimizers(self) -> list[str]:
        """The optimizers that take a start and can run on this problem."""
        return [name for name in OPTIMIZERS if self._suits(name)]

    def _suits(self, optimizer: str) -> bool:
        spec = OPTIMIZERS[optimizer]
        if spec.start is not None or spec.dimension not in (None, len(self.start)):
            return False
        needs_composition = "forward" in spec.evaluations(spec.hyper())
        return not (needs_composition and PROBLEMS[self.problem].composition is None)


def limits(problem: Problem, p: Any) -> list[tuple[float, float]]:
    """The plot limits of each coordinate: the problem's, or an interval around its start."""
    if problem.window is not None:
        return [(float(a), float(b)) for a, b in problem.window(p)]
    return [(x - 2 - abs(x), x + 2 + abs(x)) for x in map(float, problem.start(p))]


def _small(problem: str) -> dict[str, Any]:
    """Parameters for a small data set, since a map runs thousands of sweep members."""
    return {"size": 60} if "size" in {f.name for f in fields(PROBLEMS[problem].params)} else {}


VARIANTS = (
    Scene("square", "x²", "x²", "quadratic", {"coefficients": (1.0,)}, told=True),
    Scene(
        "ravine",
        "Rotated ravine",
        "z1² + 0.05 z2², z = x turned by 45°",
        "quadratic",
        {"coefficients": (1.0, 0.05), "rotation": 45.0},
        told=True,
    ),
)


def collect() -> dict[str, Scene]:
    """All scenes by name: `VARIANTS`, and every problem in one or two dimensions."""
    every = (
        Scene(name, p.title, p.formula or p.title, name, _small(name))
        for name, p in PROBLEMS.items()
    )
    return {scene.name: scene for scene in (*VARIANTS, *every) if len(scene.start) <= 2}


def swept(optimizer: str) -> bool:
    """Whether the optimizer has a learning rate."""
    return "lr" in {f.name for f in fields(OPTIMIZERS[optimizer].hyper)}
