"""Claim: coefficients that depend on the step number, such as 1 - beta**t, do not cancel."""

import mpmath
import numpy as np
import pytest

import backends
from backends.coefficients import Schedule, one_minus_power
from backends.native import named
from backends.targets import optimizer
from reference import OPTIMIZERS
from reference.allowances import ALLOWED
from reference.digits import DIGITS
from tests.helpers.lists import FIRST_ORDER, HOSTS, off_defaults

STEPS = (1, 2, 10, 1_000, 100_000)
BASES = (0.0, 1e-9, 0.1, 0.5, 0.9, 0.999, 0.999999, 1 - 2.0**-53)
EPS = np.finfo(np.float64).eps
# relative error of expm1(t log(base)): two library functions and one rounded product
OFF = (2 * ALLOWED["log"].ulps + 0.5) * EPS


@pytest.mark.parametrize("base", BASES)
def test_one_minus_a_power_does_not_cancel(base):
    """1 - base**t is accurate for one step, for many, and for a column of bases."""
    with mpmath.workdps(DIGITS):
        exact = [float(1 - mpmath.mpf(base) ** t) for t in STEPS]
    for t, expected in zip(STEPS, exact, strict=True):
        assert abs(one_minus_power(base, t) - expected) <= OFF * expected
    together = one_minus_power(base, np.array(STEPS))
    assert (np.abs(together - exact) <= OFF * np.array(exact)).all()
    column = one_minus_power(np.array([[base], [0.5]]), np.array(STEPS))
    assert column.shape == (2, len(STEPS))


@pytest.mark.parametrize("name", FIRST_ORDER)
@pytest.mark.parametrize("target", HOSTS)
def test_a_table_is_its_steps(name, target):
    """A table of coefficients has the same values as each step computed alone."""
    backends.targets.engine(target, "float32")
    h = OPTIMIZERS[name].hyper(**off_defaults(name))
    schedule = Schedule(optimizer(target, name), h)
    table = schedule.table(1, 9)
    assert table.shape == (9, len(schedule.varying))
    for t, row in enumerate(table, start=1):
        alone = named(schedule.at(t))
        step = np.array([alone[name] for name in schedule.varying])
        assert (np.abs(row - step) <= 2 * OFF * np.abs(step)).all()  # both have errors
        assert tuple(row) == schedule.step(t)


@pytest.mark.parametrize("t", STEPS)
@pytest.mark.parametrize("target", HOSTS)
def test_adam_corrects_its_bias_exactly(target, t):
    """The mean relative error of Adam's float32 step over 1000 parameters is below 1e-7.

    Computing 1 - beta2**t in float32 would lengthen all of them by 6.7e-6 at t = 1, or more later.
    """
    rng = np.random.default_rng(5)
    g, m = rng.uniform(0.5, 1, (2, 1000)).astype(np.float32).astype(float)
    v = rng.uniform(0.5, 1, 1000).astype(np.float32).astype(float)
    h = OPTIMIZERS["adam"].hyper()
    native = optimizer(target, "adam")
    engine = backends.targets.engine(target, "float32")
    with engine.scope():
        x, *state = map(engine.array, (np.zeros(1000), m, v))
        slots = type(native.slots(h, x))(*state)
        assert native.update is not None
        new, _ = native.update(native.coefficients(h, t), x, engine.array(g), slots)
        moved = engine.numpy(new).astype(float)
    with mpmath.workdps(DIGITS):
        b1, b2 = mpmath.mpf(h.beta1), mpmath.mpf(h.beta2)
        bias1, bias2 = float(1 - b1**t), float(1 - b2**t)
    m, v = h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * g**2
    expected = -h.lr * (m / bias1) / (np.sqrt(v / bias2) + h.eps)
    assert abs(np.mean(moved / expected - 1)) < 1e-7
