"""Newton's method: a step to the minimum of the local quadratic model.

    x = x - lr H^-1 g

With ``curvature = "absolute"`` the eigenvalues of the Hessian H are replaced by their absolute
values (saddle-free Newton, Dauphin et al. 2014, section 5). There is no safeguard against a
singular H. torch.optim, optax and Keras have no such optimizer. Source: Boyd & Vandenberghe 2004,
section 9.5.
"""

from typing import Literal

from reference.objective import Objective
from reference.parameters import Parameters, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(Parameters):
    """Hyperparameters of Newton's method.

    Attributes
    ----------
    lr
        The learning rate, a factor of the full Newton step; the method is damped below 1.
    curvature
        The Hessian as it is ("signed"), with which saddles and maxima attract, or with the absolute
        values of its eigenvalues ("absolute"), which give a descent direction.
    solver
        Whether the step solves H s = g ("solve"), or multiplies g by the inverse of H ("inverse");
        they differ by rounding.
    """

    lr: Positive = 1.0
    curvature: Literal["signed", "absolute"] = "signed"
    solver: Literal["solve", "inverse"] = "solve"


def init(x: Array, h: Hyper) -> tuple[()]:
    return ()


def step(f: Objective, h: Hyper, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    g, hessian = f.gradient(x), f.hessian(x)
    if h.curvature == "absolute":
        values, vectors = f.eigh(hessian)
        along = f.product(vectors.swapaxes(-1, -2), g) / abs(values)
        return x - h.lr * f.product(vectors, along), s
    if h.solver == "inverse":
        return x - h.lr * f.product(f.inverse_of(hessian), g), s
    return x - h.lr * f.solve(hessian, g), s


OPTIMIZER = Optimizer(
    title="Newton",
    cites=(
        Cite("Boyd & Vandenberghe 2004", "section 9.5", "Convex Optimization"),
        Cite("Dauphin et al. 2014", "the absolute form, section 5", "arXiv:1406.2572"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient", "hessian", "solve"},
    evaluations=lambda h: {"gradient": 1, "hessian": 1, "solve": 1},
    notes="lr < 1 is damped Newton. The absolute form replaces the Hessian's eigenvalues by "
    "their absolute values. solver = inverse forms the inverse and multiplies, as the simulator "
    "document does; it rounds differently. There is no safeguard against a singular Hessian.",
)
