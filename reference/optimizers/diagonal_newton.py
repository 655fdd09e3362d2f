"""Diagonal Newton: the gradient divided by the diagonal of the Hessian.

    x = x - lr g / diag(H)

With ``curvature = "absolute"`` the divisor is |diag(H)|. There is no safeguard against a zero on
the diagonal. torch.optim, optax and Keras have no such optimizer. Source: Becker & LeCun 1988,
section 3.
"""

from typing import Literal

from reference.objective import Objective
from reference.parameters import Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """Hyperparameters of diagonal Newton.

    Attributes
    ----------
    lr
        The learning rate, a factor of the full step; the method is damped below 1.
    curvature
        The Hessian's diagonal as it is ("signed"), or its absolute values ("absolute"), which give
        a descent direction.
    """

    lr: Positive = 1.0
    curvature: Literal["signed", "absolute"] = "signed"


def init(x: Array, h: Hyper) -> tuple[()]:
    return ()


def step(f: Objective, h: Hyper, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    diagonal = f.hessian(x).diagonal(axis1=-2, axis2=-1)
    scale = abs(diagonal) if h.curvature == "absolute" else diagonal
    return x - h.lr * f.gradient(x) / scale, s


OPTIMIZER = Optimizer(
    title="Diagonal Newton",
    cites=(
        Cite("Becker & LeCun 1988", "section 3", "CRG-TR-88-5, University of Toronto"),
        Cite("Dive into Deep Learning", "Gradient Descent, Preconditioning and exercise 4"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient", "hessian"},
    evaluations=lambda h: {"gradient": 1, "hessian": 1},
    notes="It removes any scaling along the axes and none across them: rotate the coordinates "
    "and the advantage is gone.",
)
