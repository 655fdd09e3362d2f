"""Right steps of Adam and its kin in numpy, written as others write them: ``step(x, g, state)``."""

from math import sqrt

import numpy as np

from reference.optimizers.radam import rectification
from tests.planted.listing import function


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
