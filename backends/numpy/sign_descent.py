"""Sign descent."""

import numpy as np

from reference.optimizers.sign_descent import Hyper
from reference.spec import Array


def update(c: Hyper, x: Array, g: Array, s: tuple[()]) -> tuple[Array, tuple[()]]:
    return x - c.lr * np.sign(g), s
