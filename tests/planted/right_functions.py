"""Right steps in numpy, written as others write them: ``step(x, g, state)``.

Each is what its specification is in exact arithmetic, with another order of operations, other
coefficients or another state.
"""

from math import sqrt

import numpy as np

from tests.planted.listing import function


@function
def gd_by_a_negative_factor(h, x, g, state):
    return x + (-h.lr) * g, state


@function
def gd_in_place(h, x, g, state):
    x = x.copy()
    x -= np.multiply(g, h.lr)
    return x, state


@function
def gd_descending_from_scaled(h, x, g, state):
    """With decay as a factor of the parameters."""
    return (1 - h.lr * h.weight_decay) * x - h.lr * g, state


@function
def momentum_of_steps(h, x, g, state):
    """The velocity is the step itself."""
    v = h.momentum * (0 * x if state is None else state) - h.lr * g
    return x + v, v


@function
def momentum_of_averages(h, x, g, state):
    """An average of gradients, and a learning rate that is as many times larger."""
    v = 0 * x if state is None else state
    v = h.momentum * v + (1 - h.momentum) * g
    return x - h.lr / (1 - h.momentum) * v, v


@function
def momentum_in_place(h, x, g, state):
    x, v = x.copy(), np.zeros_like(x) if state is None else state
    v *= h.momentum
    v += g
    x -= h.lr * v
    return x, v


@function
def momentum_dampened_after(h, x, g, state):
    """The dampened gradients are summed undampened, and the step has the factor."""
    v = g / (1 - h.dampening) if state is None else h.momentum * state + g
    return x - h.lr * (1 - h.dampening) * v, v


@function
def nesterov_of_steps(h, x, g, state):
    v = h.momentum * (0 * x if state is None else state) - h.lr * g
    return x + h.momentum * v - h.lr * g, v


@function
def nesterov_from_the_old_velocity(h, x, g, state):
    """What Chainer meant: both factors of the velocity before the step."""
    v = 0 * x if state is None else state
    move = h.momentum**2 * v - (1 + h.momentum) * h.lr * g
    return x + move, h.momentum * v - h.lr * g


@function
def nesterov_of_two_velocities(h, x, g, state):
    """Two steps of momentum, one with the same gradient again and no memory of it."""
    v = 0 * x if state is None else state
    v = h.momentum * v + g
    ahead = h.momentum * v + g
    return x - h.lr * ahead, v


@function
def adagrad_scaling_the_rate(h, x, g, state):
    """A learning rate for each parameter, times the gradient."""
    total = (0 * x + h.initial_accumulator if state is None else state) + g * g
    return x - (h.lr / (np.sqrt(total) + h.eps)) * g, total


@function
def adagrad_by_reciprocal(h, x, g, state):
    total = (0 * x + h.initial_accumulator if state is None else state) + np.square(g)
    return x - h.lr * (g * np.reciprocal(np.sqrt(total) + h.eps)), total


@function
def adagrad_of_lengths(h, x, g, state):
    """The root of the sum is kept: the length of all gradients so far."""
    length = 0 * x + sqrt(h.initial_accumulator) if state is None else state
    length = np.hypot(length, g)
    return x - h.lr * g / (length + h.eps), length


@function
def adagrad_to_a_power(h, x, g, state):
    total = (0 * x + h.initial_accumulator if state is None else state) + g**2
    return x - h.lr * g * np.power(total + h.eps, -0.5), total


@function
def adadelta_of_one_root(h, x, g, state):
    g2, dx2 = state or (0 * x, 0 * x)
    g2 = h.decay * g2 + (1 - h.decay) * g * g
    dx = np.sqrt((dx2 + h.eps) / (g2 + h.eps)) * g
    return x - h.lr * dx, (g2, h.decay * dx2 + (1 - h.decay) * dx * dx)


@function
def adadelta_by_differences(h, x, g, state):
    g2, dx2 = state or (0 * x, 0 * x)
    g2 = g2 + (1 - h.decay) * (g * g - g2)
    dx = np.sqrt(dx2 + h.eps) * g / np.sqrt(g2 + h.eps)
    return x - h.lr * dx, (g2, dx2 + (1 - h.decay) * (dx * dx - dx2))


@function
def adadelta_of_sums(h, x, g, state):
    """Sums in place of averages: the factor of both cancels but for eps."""
    g2, dx2 = state or (0 * x, 0 * x)
    g2 = h.decay * g2 + g**2
    eps = h.eps / (1 - h.decay)
    dx = np.sqrt(dx2 + eps) / np.sqrt(g2 + eps) * g
    return x - h.lr * dx, (g2, h.decay * dx2 + dx**2)


@function
def rmsprop_of_sums(h, x, g, state):
    """A sum of squares; the factor of the average is a factor of the root."""
    total = h.decay * (0 * x if state is None else state) + g**2
    return x - h.lr * g / (sqrt(1 - h.decay) * np.sqrt(total) + h.eps), total


@function
def rmsprop_by_differences(h, x, g, state):
    v = 0 * x if state is None else state
    v = v + (1 - h.decay) * (g**2 - v)
    return x - g * (h.lr / (np.sqrt(v) + h.eps)), v


@function
def rmsprop_in_float64(h, x, g, state):
    """All arithmetic in float64; states and parameters are rounded once a step."""
    v = np.zeros_like(x) if state is None else state
    wide = h.decay * v.astype(np.float64) + (1 - h.decay) * g.astype(np.float64) ** 2
    move = h.lr * g / (np.sqrt(wide) + h.eps)
    return (x - move).astype(x.dtype), wide.astype(x.dtype)


@function
def rmsprop_of_moving_variance(h, x, g, state):
    """The centered variance by its own recursion: no squares are subtracted."""
    variance, mean = state or (0 * x, 0 * x)
    off = g - mean
    mean = mean + (1 - h.decay) * off
    variance = h.decay * (variance + (1 - h.decay) * off**2)
    return x - h.lr * g / (np.sqrt(variance) + h.eps), (variance, mean)


@function
def rmsprop_with_velocity_of_steps(h, x, g, state):
    v, velocity = state or (0 * x, 0 * x)
    v = h.decay * v + (1 - h.decay) * g**2
    velocity = h.momentum * velocity + h.lr * g / (np.sqrt(v) + h.eps)
    return x - velocity, (v, velocity)


@function
def lion_by_differences(h, x, g, state):
    m = 0 * x if state is None else state
    return x - h.lr * np.sign(m + (1 - h.beta1) * (g - m)), m + (1 - h.beta2) * (g - m)


@function
def lion_by_where(h, x, g, state):
    m = 0 * x if state is None else state
    ahead = h.beta1 * m + (1 - h.beta1) * g
    x = np.where(ahead > 0, x - h.lr, np.where(ahead < 0, x + h.lr, x))
    return x.astype(g.dtype), h.beta2 * m + (1 - h.beta2) * g


@function
def rprop_by_select(h, x, g, state):
    last, size = state or (0 * x, 0 * x + h.lr)
    same = last * np.sign(g)
    factor = np.select([same > 0, same < 0], [h.eta_plus, h.eta_minus], 1.0).astype(x.dtype)
    size = np.clip(size * factor, h.step_min, h.step_max)
    sign = np.where(same < 0, 0, np.sign(g))
    return x - sign * size, (sign, size)


@function
def rprop_in_place(h, x, g, state):
    """Masks choose what grows, what shrinks, and what stays."""
    last, size = state or (np.zeros_like(x), np.full_like(x, h.lr))
    turned, same = np.sign(g) * np.sign(last) < 0, np.sign(g) * np.sign(last) > 0
    size[same] *= h.eta_plus
    size[turned] *= h.eta_minus
    np.clip(size, h.step_min, h.step_max, out=size)
    g = g.copy()
    g[turned] = 0
    return x - np.sign(g) * size, (g, size)


@function
def sign_descent_by_where(h, x, g, state):
    return np.where(g > 0, x - h.lr, np.where(g < 0, x + h.lr, x)).astype(g.dtype), state


@function
def sign_descent_by_division(h, x, g, state):
    return x - h.lr * np.divide(g, np.abs(g), out=np.zeros_like(g), where=g != 0), state
