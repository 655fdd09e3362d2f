"""Diagonal Newton, in place."""

from typing import Any

from reference.objective import Objective
from reference.spec import Array


def step(h: Any, f: Objective, x: Array, s: tuple[()], t: Any) -> tuple[Array, tuple[()]]:
    diagonal = f.hessian(x).diagonal()
    scale = diagonal.abs() if h.curvature == "absolute" else diagonal
    return x.addcdiv_(f.gradient(x), scale, value=-h.lr), s
