"""Sign descent in place."""

from torch import Tensor

from backends.torch._scaled import add_
from reference.optimizers.sign_descent import Hyper


def update(c: Hyper, x: Tensor, g: Tensor, s: tuple[()]) -> tuple[Tensor, tuple[()]]:
    return add_(x, g.sign(), -c.lr), s
