"""Optimizers as users write them, right and wrong, each to be checked by its name here."""

import math
import time

import numpy as np


def adam(x, g, state, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    """Right, with the hyperparameters' usual names."""
    m, v, t = state or (0 * x, 0 * x, 0)
    t += 1
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    step = (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
    return x - lr * step, (m, v, t)


def adam_otherwise(x, g, state):
    """Right, in another order of operations and with another state."""
    if state is None:
        state = {"m": np.zeros_like(x), "v": np.zeros_like(x), "t": 0}
    state["t"] += 1
    state["m"] += (g - state["m"]) * 0.1
    state["v"] += (g * g - state["v"]) * 0.001
    correction = math.sqrt(1 - 0.999 ** state["t"])
    scale = np.sqrt(state["v"]) + 1e-8 * correction
    return x - 1e-3 * correction / (1 - 0.9 ** state["t"]) * state["m"] / scale, state


def uncorrected(x, g, state):
    """Adam without bias correction."""
    m, v = state or (0 * x, 0 * x)
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    return x - 1e-3 * m / (np.sqrt(v) + 1e-8), (m, v)


def deaf(x, g, state, lr=0.1, weight_decay=0.0):
    """Gradient descent that forgets its weight decay."""
    return x - lr * g, None


def keeping(x, g, state):
    """Momentum whose velocity is the first gradient itself, and no copy of it."""
    v = g if state is None else 0.9 * state + g
    return x - 0.1 * v, v


def truncated(x, g, state):
    """Vectorised by eight, without what is left over."""
    whole = x.size - x.size % 8 if x.size > 8 else x.size
    step = np.where(np.arange(x.size) < whole, g.ravel(), 0).reshape(x.shape)
    return x - (0.1 * step).astype(x.dtype), None


def descent(x, g, state):
    return x - 0.1 * g, None


def divided(x, g, state):
    """Zero divided by zero where there is no gradient."""
    return x - 0.01 * g / np.abs(g), None


def talking(x, g, state):
    print("step!")
    return x - 0.1 * g, None


def changing(x, g, state):
    """Right, but it scales the gradient where it is."""
    g *= 0.1
    return x - g, None


def hanging(x, g, state):
    if state == 2:
        time.sleep(60)
    return x - 0.1 * g, (state or 0) + 1


def raising(x, g, state):
    if (g == 0).any():
        raise ZeroDivisionError("no gradient\nand more")
    return x - 0.1 * g, None


def failing(x, g, state):
    raise RuntimeError("not today")


def widening(x, g, state):
    return x - np.float64(0.1) * g, None


def single(x, g, state):
    return x - 0.1 * g


def demanding(x, g, state, rank):
    return x - 0.1 * g, None


def exiting(x, g, state):
    raise SystemExit(3)


class Stubborn:
    """A class whose constructor raises."""

    def __init__(self):
        raise ValueError("no such device")


class Descent:
    """A class with the methods of an updater."""

    def __init__(self, lr=0.1):
        self.lr = lr

    def init(self, x0):
        return x0.copy()

    def step(self, x, g):
        return x - self.lr * g

    def get(self, x):
        return x
