"""The inverse-simulator update of a loss L(y(x)): a Newton step in y, mapped back to x.

    y = y(x) - lr (d2L/dy2)^-1 dL/dy,  x = y^-1(y)

The inverse is the problem's formula, or a minimisation of |y(x) - y|^2 from the current x, which
finds the root that x leads to. torch.optim, optax and Keras have no such optimizer. Source: Holl,
Koltun & Thuerey 2022, eq. 5.
"""

from typing import Literal

from reference.objective import Objective
from reference.parameters import Parameters, Positive
from reference.spec import Array, Cite, Optimizer

# Stopping rule of scipy's L-BFGS-B for the numerical inverse: its ftol in units of float64's eps,
# and its gtol.
FACTR = 1e7
PGTOL = 1e-5


class Hyper(Parameters):
    """Hyperparameters of the inverse-simulator update.

    Attributes
    ----------
    lr
        The learning rate, a factor of the Newton step in y; eta in the paper.
    inverse
        Whether the inverse is the problem's formula ("analytic"), or found by scipy's L-BFGS-B
        ("numerical").
    y_precision
        The precision of y and of the step in y: the run's dtype ("run"), or float32 ("single"), as
        in the document.
    """

    lr: Positive = 0.3
    inverse: Literal["analytic", "numerical"] = "analytic"
    y_precision: Literal["run", "single"] = "run"


def init(x: Array, h: Hyper) -> tuple[()]:
    return ()


def step(f: Objective, h: Hyper, x: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    y = f.forward(x)
    if h.y_precision == "single":
        y = f.single(y)
    y = y - h.lr * f.solve(f.outer_hessian(y), f.outer_gradient(y))
    return f.inverse(y) if h.inverse == "analytic" else f.numerical_inverse(y, x), s


OPTIMIZER = Optimizer(
    title="Inverse simulator",
    cites=(
        Cite("Holl, Koltun & Thuerey 2022", "eq. 5", "arXiv:2109.15048"),
        Cite("Physics-based Deep Learning", "Simple Example comparing Different Optimizers"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"forward", "gradient", "hessian", "solve", "inverse"},
    evaluations=lambda h: {
        "forward": 1,
        "gradient": 1,
        "hessian": 1,
        "solve": 1,
        "inverse": 1,
    },
    tolerance=lambda h: (FACTR * 2.0**-52) ** 0.5 if h.inverse == "numerical" else 0.0,
    notes="The numerical inverse minimises the squared distance to y from the current x, with "
    "float64 finite differences; which root it finds follows from x. y_precision = single takes "
    "the step in y in float32, as the document does, whatever the run's dtype. gradient and "
    "hessian count those of the loss with respect to y.",
)
