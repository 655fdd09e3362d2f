"""Rprop: a step size for every parameter, which grows until the gradient's sign changes.

    a = sign(g) sign(the last g)
    size = size eta_plus where a > 0, size eta_minus where a < 0, kept within the two limits
    g = 0 where a < 0,  x = x - size sign(g)

The sizes start at lr, and the last g at 0; the sign of zero is zero. Where the sign changes there
is no step, and zero is kept as the last g, so the step after it takes the smaller size as it is.
This is torch.optim.Rprop, whose defaults these are, known as iRprop-. torch takes the sign of g
times the last g, whose product may underflow. Keras has none. optax.rprop returns each step's
update in the step after it, a mistake that its change request 1725 mends. Sources: Riedmiller &
Braun 1993; Igel & Hüsken 2000.
"""

from typing import Annotated, NamedTuple

from reference.first_order import FirstOrder
from reference.objective import Objective
from reference.parameters import Interval, Positive
from reference.spec import Array, Cite, Optimizer


class Hyper(FirstOrder):
    """Hyperparameters of Rprop, with torch.optim.Rprop's defaults.

    Attributes
    ----------
    lr
        The first step size of every parameter; learning_rate in optax. As in torch, a schedule
        changes no step: sizes follow the signs from the first one on.
    eta_minus
        The factor of a size where the sign of the gradient changes; etas[0] in torch, eta_minus in
        optax.
    eta_plus
        The factor of a size where the sign stays; etas[1] in torch, eta_plus in optax.
    step_min
        The smallest size; step_sizes[0] in torch, min_step_size in optax.
    step_max
        The largest size, even below step_min; step_sizes[1] in torch, max_step_size in optax.
    """

    lr: Positive = 0.01
    eta_minus: Annotated[float, Interval(0, 1, low_inside=False, high_inside=False)] = 0.5
    eta_plus: Annotated[float, Interval(low=1, low_inside=False)] = 1.2
    step_min: Positive = 1e-6
    step_max: Positive = 50.0


class State(NamedTuple):
    g: Array  # the last gradient, or zero where its sign had changed
    size: Array


def init(x: Array, h: Hyper) -> State:
    return State(0 * x, 0 * x + h.lr)


def step(f: Objective, h: Hyper, x: Array, s: State) -> tuple[Array, State]:
    g, xp = f.gradient(x), f.xp
    agrees = xp.sign(g) * xp.sign(s.g)
    size = xp.where(agrees > 0, s.size * h.eta_plus, s.size)
    size = xp.where(agrees < 0, s.size * h.eta_minus, size)
    size = xp.minimum(xp.maximum(size, h.step_min), h.step_max)
    g = xp.where(agrees < 0, 0 * g, g)
    return x - size * xp.sign(g), State(g, size)


OPTIMIZER = Optimizer(
    title="Rprop",
    cites=(
        Cite("Riedmiller & Braun 1993", "section II", "doi:10.1109/ICNN.1993.298623"),
        Cite("Igel & Hüsken 2000", "Improving the Rprop Learning Algorithm, iRprop-"),
    ),
    hyper=Hyper,
    init=init,
    step=step,
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
    notes="For the whole data: a minibatch's sign changes by chance. lr is the first "
    "step size, and no factor of later steps.",
)
