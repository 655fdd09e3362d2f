"""The inverse-simulator update: a Newton step in the simulator's output, mapped back."""

from typing import Literal

from reference.objective import Objective
from reference.parameters import Parameters, Positive
from reference.spec import Array, Cite, Optimizer

# How scipy's L-BFGS-B stops when it looks for the inverse numerically: the relative reduction of
# the squared distance in units of float64's epsilon, and the largest gradient component.
FACTR = 1e7
PGTOL = 1e-5


class Hyper(Parameters):
    """What the inverse-simulator update lets you choose.

    Attributes
    ----------
    lr
        The part of the Newton step in the simulator's output that is taken, before it is mapped
        back; eta in the paper.
    inverse
        Whether the simulator's own inverse maps the output back ("analytic"), or scipy's L-BFGS-B
        looks for it ("numerical").
    y_precision
        The precision of the simulator's output and the step in it: the run's own ("run"), or
        float32 ("single"), as in the document.
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
