"""The scenes of the explorer and of the maps: problems to look at, each with its view."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from reference import OPTIMIZERS, PROBLEMS, Case, Problem
from reference.objective import Objective


@dataclass(frozen=True)
class Scene:
    """A problem with its parameters, seen from its own start; ``name`` is part of addresses."""

    name: str
    title: str
    formula: str
    problem: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def of(self, optimizer: str, **options: Any) -> Case:
        """A case of ``optimizer`` here."""
        return Case(optimizer, self.problem, params=self.params, **options)

    @cached_property
    def start(self) -> np.ndarray[Any, Any]:
        return np.array(PROBLEMS[self.problem].start(self.parameters))

    @cached_property
    def parameters(self) -> Any:
        return PROBLEMS[self.problem].params.build(self.problem, dict(self.params))

    @cached_property
    def objective(self) -> Objective:
        """The objective in numpy's float64."""
        problem = PROBLEMS[self.problem]
        return Objective(problem, dict(problem.constants(self.parameters)), np)

    @property
    def minimisers(self) -> np.ndarray[Any, Any]:
        """The known ones, (count, dimension)."""
        found = PROBLEMS[self.problem].minimisers(self.parameters)
        return np.array(found, dtype=float).reshape(-1, len(self.start))

    @property
    def window(self) -> list[tuple[float, float]]:
        """The view along each coordinate."""
        return limits(PROBLEMS[self.problem], self.parameters)

    def optimizers(self) -> list[str]:
        """Those that start from a point and can run here."""
        return [name for name in OPTIMIZERS if self._suits(name)]

    def _suits(self, optimizer: str) -> bool:
        spec = OPTIMIZERS[optimizer]
        if spec.start is not None or spec.dimension not in (None, len(self.start)):
            return False
        needs_composition = "forward" in spec.evaluations(spec.hyper())
        return not (needs_composition and PROBLEMS[self.problem].composition is None)


def limits(problem: Problem, p: Any) -> list[tuple[float, float]]:
    """What to show along each coordinate: the problem's own choice, or room about the start."""
    if problem.window is not None:
        return [(float(a), float(b)) for a, b in problem.window(p)]
    return [(x - 2 - abs(x), x + 2 + abs(x)) for x in map(float, problem.start(p))]


def _small(problem: str) -> dict[str, Any]:
    """Few data: a map runs thousands of members."""
    return {"size": 60} if "size" in {f.name for f in fields(PROBLEMS[problem].params)} else {}


VARIANTS = (
    Scene("square", "x²", "x²", "quadratic", {"coefficients": (1.0,)}),
    Scene(
        "ravine",
        "Rotated ravine",
        "z1² + 0.05 z2², z = x turned by 45°",
        "quadratic",
        {"coefficients": (1.0, 0.05), "rotation": 45.0},
    ),
)


def collect() -> dict[str, Scene]:
    """Every problem in one or two dimensions, and some with other parameters, by name."""
    every = (
        Scene(name, p.title, p.formula or p.title, name, _small(name))
        for name, p in PROBLEMS.items()
    )
    return {scene.name: scene for scene in (*VARIANTS, *every) if len(scene.start) <= 2}


def swept(optimizer: str) -> bool:
    """Whether it has a learning rate."""
    return "lr" in {f.name for f in fields(OPTIMIZERS[optimizer].hyper)}
