"""Optimizers with one deliberate mistake, to be added to a copy of the repository."""

from pathlib import Path

LION = '''
"""Lion: the sign of an interpolation of momentum and gradient."""

from typing import NamedTuple

from reference.first_order import FirstOrder
from reference.parameters import Decay, NonNegative, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Lion's hyperparameters.

    Attributes
    ----------
    lr
        The learning rate, the length of every step.
    beta1
        The weight of the momentum in the direction of the step.
    beta2
        The weight of the old momentum in the new one.
    shrinkage
        The decay of the parameters, scaled by lr.
    """

    lr: Positive = 1e-2
    beta1: Decay = 0.9
    beta2: Decay = 0.99
    shrinkage: NonNegative = 0.1


class State(NamedTuple):
    m: Array


def sign(g):
    return (g > 0) * 1 - (g < 0) * 1


def step(f, h, x, s):
    g = f.gradient(x)
    {move}
    {moment}
    return {new}, State(m)


OPTIMIZER = Optimizer(
    title="Lion",
    cites=(Cite("Chen et al. 2023", "Algorithm 2", "arXiv:2302.06675"),),
    hyper=Hyper,
    init=lambda x, h: State(0 * x),
    step=step,
    needs={{"gradient"}},
    evaluations=lambda h: {{"gradient": 1}},
    elementwise=True,
)
'''

SPECIFIED = {
    "right": (
        "move = sign(h.beta1 * s.m + (1 - h.beta1) * g)",
        "m = h.beta2 * s.m + (1 - h.beta2) * g",
        "x - h.lr * (move + h.shrinkage * x)",
    ),
    "sign_of_gradient": ("move = sign(g)", None, None),
    "beta2_in_the_step": ("move = sign(h.beta2 * s.m + (1 - h.beta2) * g)", None, None),
    "beta1_in_the_momentum": (None, "m = h.beta1 * s.m + (1 - h.beta1) * g", None),
    "decay_without_lr": (None, None, "x - h.lr * move - h.shrinkage * x"),
}
MISTAKES = tuple(name for name in SPECIFIED if name != "right")

NATIVE = '''
"""Lion."""

from typing import Any, NamedTuple

import {module} as xp


class Coefficients(NamedTuple):
    lr: float
    beta1: float
    rest1: float  # 1 - beta1
    beta2: float
    rest2: float  # 1 - beta2
    shrinkage: float


def coefficients(h: Any, t: Any) -> Coefficients:
    return Coefficients(h.lr, h.beta1, 1 - h.beta1, h.beta2, 1 - h.beta2, h.shrinkage)


def slots(h: Any, x: Any) -> Any:
    return xp.zeros_like(x)


def update(c: Any, x: Any, g: Any, m: Any) -> Any:
    {move}
    {moment}
    return {new}, m
'''

MODULES = {"numpy": "numpy", "jax": "jax.numpy", "torch": "torch"}


def _chosen(mistake: str) -> list[str]:
    """The lines of the update, one of them replaced by the mistake."""
    pairs = zip(SPECIFIED[mistake], SPECIFIED["right"], strict=True)
    return [wrong or right for wrong, right in pairs]


def _native(lines: list[str]) -> list[str]:
    """Translate the specification's lines to a backend's names."""
    names = {"(1 - h.beta1)": "c.rest1", "(1 - h.beta2)": "c.rest2", "sign(": "xp.sign("}
    names |= {"s.m": "m", "h.": "c."}
    native = lines
    for old, new in names.items():
        native = [line.replace(old, new) for line in native]
    return native


def lion(root: Path, name: str, wrong_in: str, mistake: str) -> None:
    """Add Lion as ``name``, with the mistake in "reference" or in one backend."""
    for backend, module in MODULES.items():
        lines = _native(_chosen(mistake if backend == wrong_in else "right"))
        text = NATIVE.format(
            module=module, **dict(zip(("move", "moment", "new"), lines, strict=True))
        )
        (root / "backends" / backend / f"{name}.py").write_text(text)
    lines = _chosen(mistake if wrong_in == "reference" else "right")
    text = LION.format(**dict(zip(("move", "moment", "new"), lines, strict=True)))
    (root / "reference/optimizers" / f"{name}.py").write_text(text)


MAXIMUM = ("maximum(s.largest, v if", "add(0 * s.largest, v if")
FORGOTTEN = {"torch": ("torch.maximum(s.largest, v, out=s.largest)", "s.largest.copy_(v)")}


def amsgrad(root: Path, name: str, wrong_in: str) -> None:
    """Add Adam as ``name``; one backend forgets the maximum of its option ``amsgrad``."""
    for folder in ("reference/optimizers", *(f"backends/{backend}" for backend in MODULES)):
        text = (root / folder / "adam.py").read_text()
        if folder == f"backends/{wrong_in}":
            without, found = FORGOTTEN.get(wrong_in, MAXIMUM)
            assert text.count(without) == 1, "Adam reads otherwise now"
            text = text.replace(without, found)
        (root / folder / f"{name}.py").write_text(text)
