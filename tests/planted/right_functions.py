"""Right steps in numpy, written as others write them: ``step(x, g, state)``.

Each is what its specification is in exact arithmetic, with another order of operations, other
coefficients or another state.
"""

from math import sqrt

import numpy as np

from reference.optimizers.radam import rectification
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


def moments(h, x, g, state):
    """The averages of Adam as most write them, and the step's number."""
    m, v, t = state or (0 * x, 0 * x, 0)
    return h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * g**2, t + 1


@function
def adam_of_the_paper(h, x, g, state):
    m, v, t = moments(h, x, g, state)
    m_hat, v_hat = m / (1 - h.beta1**t), v / (1 - h.beta2**t)
    return x - h.lr * m_hat / (np.sqrt(v_hat) + h.eps), (m, v, t)


@function
def adam_of_one_factor(h, x, g, state):
    """The paper's faster order, with its eps-hat made of eps."""
    m, v, t = moments(h, x, g, state)
    root = sqrt(1 - h.beta2**t)
    alpha = h.lr * root / (1 - h.beta1**t)
    return x - alpha * m / (np.sqrt(v) + h.eps * root), (m, v, t)


@function
def adam_by_differences(h, x, g, state):
    m, v, t = state or (0 * x, 0 * x, 0)
    t += 1
    m, v = m + (g - m) * (1 - h.beta1), v + (g * g - v) * (1 - h.beta2)
    scale = np.sqrt(v) / sqrt(1 - h.beta2**t) + h.eps
    return x - h.lr / (1 - h.beta1**t) * (m / scale), (m, v, t)


@function
def adam_of_sums(h, x, g, state):
    """Sums in place of averages, whose factors are in the corrections."""
    m, v, t = state or (0 * x, 0 * x, 0)
    m, v, t = h.beta1 * m + g, h.beta2 * v + g**2, t + 1
    c1, c2 = (1 - h.beta1) / (1 - h.beta1**t), (1 - h.beta2) / (1 - h.beta2**t)
    return x - h.lr * c1 * m / (np.sqrt(c2 * v) + h.eps), (m, v, t)


@function
def adam_with_running_powers(h, x, g, state):
    m, v, power1, power2 = state or (0 * x, 0 * x, 1.0, 1.0)
    power1, power2 = power1 * h.beta1, power2 * h.beta2
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * g**2
    move = m / (1 - power1) / (np.sqrt(v / (1 - power2)) + h.eps)
    return x - h.lr * move, (m, v, power1, power2)


@function
def adam_in_place(h, x, g, state):
    """Every array is made once, and overwritten."""
    x, (m, v, t) = x.copy(), state or (np.zeros_like(x), np.zeros_like(x), 0)
    t, work = t + 1, np.empty_like(x)
    m *= h.beta1
    m += np.multiply(g, 1 - h.beta1, out=work)
    v *= h.beta2
    np.multiply(g, g, out=work)
    work *= 1 - h.beta2
    v += work
    np.sqrt(v, out=work)
    work /= sqrt(1 - h.beta2**t)
    work += h.eps
    np.divide(m, work, out=work)
    work *= h.lr / (1 - h.beta1**t)
    x -= work
    return x, (m, v, t)


@function
def adam_in_one_array(h, x, g, state):
    """Both averages in the rows of one array, updated at once."""
    kept, t = (np.zeros((2, *x.shape), x.dtype), 0) if state is None else state
    betas, t = np.array([h.beta1, h.beta2]).reshape(2, *(1,) * x.ndim), t + 1
    kept = (betas * kept + (1 - betas) * np.stack([g, g**2])).astype(x.dtype)
    c1, c2 = (1 - betas**t).ravel().tolist()
    return x - h.lr * (kept[0] / c1) / (np.sqrt(kept[1] / c2) + h.eps), (kept, t)


@function
def adam_in_float64(h, x, g, state):
    """Averages are kept in float64 whatever the parameters are, as master copies are."""
    wide = (0 * x.astype(np.float64), 0 * x.astype(np.float64), 0)
    m, v, t = moments(h, x, g.astype(np.float64), state or wide)
    move = h.lr * (m / (1 - h.beta1**t)) / (np.sqrt(v / (1 - h.beta2**t)) + h.eps)
    return (x - move).astype(x.dtype), (m, v, t)


@function
def adam_parameter_by_parameter(h, x, g, state):
    """Python's own numbers, one parameter after the other."""
    states = state or [(0.0, 0.0, 0)] * x.size
    found = [
        adam_of_the_paper(h)(np.float64(each), np.float64(slope), kept)
        for each, slope, kept in zip(x.ravel().tolist(), g.ravel().tolist(), states, strict=True)
    ]
    new = np.array([each for each, _ in found], x.dtype).reshape(x.shape)
    return new, [kept for _, kept in found]


@function
def adam_with_decay_first(h, x, g, state):
    """Parameters shrink before the step, as in torch.optim.AdamW."""
    x = x * (1 - h.lr * h.weight_decay)
    return adam_of_the_paper(h)(x, g, state)


@function
def adam_with_decay_in_the_move(h, x, g, state):
    """Decay is a part of the move, as in the paper on decoupled decay and in optax."""
    m, v, t = moments(h, x, g, state)
    move = (m / (1 - h.beta1**t)) / (np.sqrt(v / (1 - h.beta2**t)) + h.eps)
    return x - h.lr * (move + h.weight_decay * x), (m, v, t)


@function
def adam_with_decay_in_the_gradient(h, x, g, state):
    return adam_by_differences(h)(x, g + h.weight_decay * x, state)


@function
def adam_of_ascent(h, x, g, state):
    """Climbs by a negative rate."""
    m, v, t = moments(h, x, g, state)
    rate = -h.lr / (1 - h.beta1**t)
    return x - rate * m / (np.sqrt(v) / sqrt(1 - h.beta2**t) + h.eps), (m, v, t)


@function
def adam_of_the_hat(h, x, g, state):
    """eps is added before the correction, as in Keras and TensorFlow."""
    m, v, t = moments(h, x, g, state)
    alpha = h.lr * sqrt(1 - h.beta2**t) / (1 - h.beta1**t)
    return x - (m * alpha) / (np.sqrt(v) + h.eps), (m, v, t)


@function
def adam_without_correction(h, x, g, state):
    """As MLX has it by default."""
    m, v, t = moments(h, x, g, state)
    return x - h.lr * m / (np.sqrt(v) + h.eps), (m, v, t)


@function
def amsgrad_of_roots(h, x, g, state):
    """The largest root, which is the root of the largest."""
    averages, largest = state or (None, 0 * x)
    m, v, t = moments(h, x, g, averages)
    largest = np.maximum(largest, np.sqrt(v))
    scale = largest / sqrt(1 - h.beta2**t) + h.eps
    return x - h.lr / (1 - h.beta1**t) * m / scale, ((m, v, t), largest)


@function
def amsgrad_of_corrected(h, x, g, state):
    averages, largest = state or (None, 0 * x)
    m, v, t = moments(h, x, g, averages)
    largest = np.where(v / (1 - h.beta2**t) > largest, v / (1 - h.beta2**t), largest)
    return x - h.lr * (m / (1 - h.beta1**t)) / (np.sqrt(largest) + h.eps), ((m, v, t), largest)


@function
def adam_ahead(h, x, g, state):
    """Nesterov's next average, both parts with their own rate."""
    m, v, t = moments(h, x, g, state)
    old, new = h.beta1 / (1 - h.beta1 ** (t + 1)), (1 - h.beta1) / (1 - h.beta1**t)
    scale = np.sqrt(v / (1 - h.beta2**t)) + h.eps
    return x - h.lr * old * m / scale - h.lr * new * g / scale, (m, v, t)


@function
def adamax_of_the_largest_row(h, x, g, state):
    """The larger of two rows, as torch.optim.Adamax takes it."""
    m, u, t = state or (0 * x, 0 * x, 0)
    t += 1
    m = m + (1 - h.beta1) * (g - m)
    u = np.stack([h.beta2 * u, np.abs(g) + h.eps]).max(axis=0)
    return x - h.lr / (1 - h.beta1**t) * m / u, (m, u, t)


@function
def adamax_by_where(h, x, g, state):
    m, u, t = state or (0 * x, 0 * x, 0)
    t, decayed = t + 1, u * h.beta2
    m = h.beta1 * m + (1 - h.beta1) * g
    u = np.where(decayed < np.abs(g), np.abs(g), decayed)
    return x - h.lr * (m / (1 - h.beta1**t)) / (u + h.eps), (m, u, t)


@function
def nadam_in_two_parts(h, x, g, state):
    """Average and gradient, each with its coefficient, as in torch.optim.NAdam."""
    averages, product = state or (None, 1.0)
    m, v, t = moments(h, x, g, averages)
    now = h.beta1 * (1 - h.momentum_reduction * 0.96 ** (t * h.momentum_decay))
    later = h.beta1 * (1 - h.momentum_reduction * 0.96 ** ((t + 1) * h.momentum_decay))
    product *= now
    scale = np.sqrt(v / (1 - h.beta2**t)) + h.eps
    x = x - h.lr * (1 - now) / (1 - product) * g / scale
    return x - h.lr * later / (1 - product * later) * m / scale, ((m, v, t), product)


@function
def radam_of_one_factor(h, x, g, state):
    """Rectification, corrections and rate in one number, as in torch.optim.RAdam."""
    m, v, t = moments(h, x, g, state)
    r, rate = rectification(h, t), h.lr / (1 - h.beta1**t)
    if r is None:
        return x - rate * m, (m, v, t)
    return x - rate * r * sqrt(1 - h.beta2**t) * (m / (np.sqrt(v) + h.eps)), (m, v, t)


@function
def radam_of_the_paper(h, x, g, state):
    m, v, t = moments(h, x, g, state)
    r, m_hat = rectification(h, t), m / (1 - h.beta1**t)
    if r is None:
        return x - h.lr * m_hat, (m, v, t)
    adapted = 1 / (np.sqrt(v / (1 - h.beta2**t)) + h.eps)
    return x - h.lr * r * m_hat * adapted, (m, v, t)


@function
def adabelief_by_differences(h, x, g, state):
    m, s, t = state or (0 * x, 0 * x, 0)
    t += 1
    m = m + (1 - h.beta1) * (g - m)
    s = s + (1 - h.beta2) * ((m - g) ** 2 - s) + h.eps_root
    move = m / (1 - h.beta1**t) / (np.sqrt(s / (1 - h.beta2**t)) + h.eps)
    return x - h.lr * move, (m, s, t)


@function
def adabelief_from_the_scaled_surprise(h, x, g, state):
    """The new mean's distance is beta1 times the old one's."""
    m, s, t = state or (0 * x, 0 * x, 0)
    t, surprise = t + 1, g - m
    m = m + (1 - h.beta1) * surprise
    s = h.beta2 * s + (1 - h.beta2) * h.beta1**2 * surprise**2 + h.eps_root
    scale = np.sqrt(s) / sqrt(1 - h.beta2**t) + h.eps
    return x - h.lr / (1 - h.beta1**t) * m / scale, (m, s, t)


@function
def yogi_by_where(h, x, g, state):
    m, v, t = state or (0 * x + h.initial_average, 0 * x + h.initial_accumulator, 0)
    t, change = t + 1, (1 - h.beta2) * g**2
    m = h.beta1 * m + (1 - h.beta1) * g
    v = np.where(g**2 > v, v + change, v - change)
    scale = np.sqrt(v / (1 - h.beta2**t)) + h.eps
    return x - h.lr * (m / (1 - h.beta1**t)) / scale, (m, v, t)


@function
def yogi_adding_signs(h, x, g, state):
    m, v, t = state or (0 * x + h.initial_average, 0 * x + h.initial_accumulator, 0)
    t, square = t + 1, g * g
    m = m + (g - m) * (1 - h.beta1)
    v = v + (1 - h.beta2) * np.sign(square - v) * square
    scale = np.sqrt(v) / sqrt(1 - h.beta2**t) + h.eps
    return x - h.lr / (1 - h.beta1**t) * m / scale, (m, v, t)


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


@function
def adan_of_its_authors(h, x, g, state):
    """The negated last gradient is kept, and the two averages move apart, as in their code."""
    m, v, n, negated, t = state or (0 * x, 0 * x, 0 * x, -g, 0)
    t, d = t + 1, negated + g
    ahead = d * h.beta2 + g
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * d
    n = h.beta3 * n + (1 - h.beta3) * ahead * ahead
    scale = np.sqrt(n) / sqrt(1 - h.beta3**t) + h.eps
    x = x - h.lr / (1 - h.beta1**t) * m / scale
    return x - h.lr * h.beta2 / (1 - h.beta2**t) * v / scale, (m, v, n, -g, t)
