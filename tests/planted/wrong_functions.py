"""Mistakes in the formula, each in numpy as ``step(x, g, state)``.

`tests.planted.faults` says what is wrong with each, and where it happened. Coefficients are Python
floats, so that arrays keep their dtype.
"""

from math import sqrt

import numpy as np

from tests.planted.listing import function


@function
def adabelief_from_the_old_mean(h, x, g, state):
    m, s, t = state or (0 * x, 0 * x, 0)
    t, surprise = t + 1, g - m  # the paper: g minus the mean that has g in it
    m = h.beta1 * m + (1 - h.beta1) * g
    s = h.beta2 * s + (1 - h.beta2) * surprise**2 + h.eps_root
    m_hat, s_hat = m / (1 - h.beta1**t), s / (1 - h.beta2**t)
    return x - h.lr * m_hat / (np.sqrt(s_hat) + h.eps), (m, s, t)


@function
def yogi_averaged(h, x, g, state):
    m, v, t = state or (0 * x + h.initial_average, 0 * x + h.initial_accumulator, 0)
    t += 1
    m = h.beta1 * m + (1 - h.beta1) * g
    signed = np.sign(v - g**2) * g**2
    v = h.beta2 * v + (1 - h.beta2) * signed**2  # Yogi: v - (1 - beta2) signed
    m_hat, v_hat = m / (1 - h.beta1**t), v / (1 - h.beta2**t)
    return x - h.lr * m_hat / (np.sqrt(v_hat) + h.eps), (m, v, t)


@function
def yogi_decayed(h, x, g, state):
    m, v, t = state or (0 * x + h.initial_average, 0 * x + h.initial_accumulator, 0)
    t += 1
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v - (1 - h.beta2) * np.sign(v - g**2) * g**2  # Yogi: v itself, not beta2 v
    m_hat, v_hat = m / (1 - h.beta1**t), v / (1 - h.beta2**t)
    return x - h.lr * m_hat / (np.sqrt(v_hat) + h.eps), (m, v, t)


@function
def adam_with_eps_scaled(h, x, g, state):
    m, v, t = state or (0 * x, 0 * x, 0)
    t += 1
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * g**2
    alpha = h.lr * sqrt(1 - h.beta2**t) / (1 - h.beta1**t)
    return x - alpha * m / (np.sqrt(v) + h.eps), (m, v, t)


@function
def adam_with_eps_after_the_root(h, x, g, state):
    m, v, t = state or (0 * x, 0 * x, 0)
    t += 1
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * g**2
    with np.errstate(all="ignore"):
        inverse = 1 / np.sqrt(v / (1 - h.beta2**t)) + h.eps  # 1 / (root + eps) was meant
        return x - h.lr * m / (1 - h.beta1**t) * inverse, (m, v, t)


@function
def adam_uncorrected(h, x, g, state):
    m, v = state or (0 * x, 0 * x)
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * g**2
    return x - h.lr * m / (np.sqrt(v) + h.eps), (m, v)


@function
def nadam_scaling_by_the_weights(h, x, g, state):
    m, v, product, t = state or (0 * x, 0 * x, 1.0, 0)
    t += 1
    g = g * (1 + h.weight_decay * x)  # g + weight_decay x was meant
    now = h.beta1 * (1 - h.momentum_reduction * 0.96 ** (t * h.momentum_decay))
    later = h.beta1 * (1 - h.momentum_reduction * 0.96 ** ((t + 1) * h.momentum_decay))
    product *= now
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * g**2
    ahead = (1 - now) / (1 - product) * g + later / (1 - product * later) * m
    return x - h.lr * ahead / (np.sqrt(v / (1 - h.beta2**t)) + h.eps), (m, v, product, t)


@function
def adagrad_uphill(h, x, g, state):
    total = 0 * x + h.initial_accumulator if state is None else state
    total = total + g**2
    return x + h.lr * g / (np.sqrt(total) + h.eps), total


@function
def adadelta_with_the_new_average(h, x, g, state):
    g2, dx2 = state or (0 * x, 0 * x)
    g2 = h.decay * g2 + (1 - h.decay) * g**2  # here the step is to have the average before this
    dx = np.sqrt(dx2 + h.eps) / np.sqrt(g2 + h.eps) * g
    return x - h.lr * dx, (g2, h.decay * dx2 + (1 - h.decay) * dx**2)


@function
def adadelta_with_the_old_average(h, x, g, state):
    g2, dx2 = state or (0 * x, 0 * x)
    dx = np.sqrt(dx2 + h.eps) / np.sqrt(g2 + h.eps) * g  # here it is to have g in it
    g2 = h.decay * g2 + (1 - h.decay) * g**2
    return x - h.lr * dx, (g2, h.decay * dx2 + (1 - h.decay) * dx**2)


@function
def nesterov_with_the_new_velocity_twice(h, x, g, state):
    v = 0 * x if state is None else state
    v = h.momentum * v - h.lr * g
    # right with the velocity before this step
    return x + h.momentum**2 * v - (1 + h.momentum) * h.lr * g, v


@function
def adam_skipping_zeros(h, x, g, state):
    m, v, t = state or (0 * x, 0 * x, 0)
    t, given = t + 1, g != 0  # only where there is a gradient do averages and parameters move
    m = np.where(given, h.beta1 * m + (1 - h.beta1) * g, m)
    v = np.where(given, h.beta2 * v + (1 - h.beta2) * g**2, v)
    move = h.lr * (m / (1 - h.beta1**t)) / (np.sqrt(v / (1 - h.beta2**t)) + h.eps)
    return x - np.where(given, move, 0), (m, v, t)


@function
def adam_with_a_counter_that_stops(h, x, g, state):
    m, v, t = state or (0 * x, 0 * x, 0)
    t = min(t + 1, 256)  # in bfloat16 256 + 1 is 256
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * g**2
    return x - h.lr * (m / (1 - h.beta1**t)) / (np.sqrt(v / (1 - h.beta2**t)) + h.eps), (m, v, t)


@function
def adan_keeping_its_gradient(h, x, g, state):
    m, v, n, last, t = state or (0 * x, 0 * x, 0 * x, g, 0)
    t, d = t + 1, g - last
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * d
    n = h.beta3 * n + (1 - h.beta3) * (g + h.beta2 * d) ** 2
    scale = np.sqrt(n / (1 - h.beta3**t)) + h.eps
    ahead = m / (1 - h.beta1**t) + h.beta2 * v / (1 - h.beta2**t)
    return x - h.lr * ahead / scale, (m, v, n, g, t)  # g itself, whose memory the next one gets


@function
def rprop_by_the_sign_of_a_product(h, x, g, state):
    last, size = state or (0 * x, 0 * x + h.lr)
    agrees = np.sign(g * last)  # which is 0 where the product underflows
    factor = np.select([agrees > 0, agrees < 0], [h.eta_plus, h.eta_minus], 1.0).astype(x.dtype)
    size = np.clip(size * factor, h.step_min, h.step_max)
    kept = np.where(agrees < 0, 0, g)
    return x - np.sign(kept) * size, (kept, size)


@function
def adam_correcting_in_float32(h, x, g, state):
    m, v, t = state or (0 * x, 0 * x, 0)
    t += 1
    m = h.beta1 * m + (1 - h.beta1) * g
    v = h.beta2 * v + (1 - h.beta2) * g**2
    one = np.float32(1)
    c1 = float(one - np.float32(h.beta1) ** np.float32(t))
    c2 = float(one - np.float32(h.beta2) ** np.float32(t))
    return x - h.lr * (m / c1) / (np.sqrt(v / c2) + h.eps), (m, v, t)
