"""Claim: coefficients that depend on the step number, such as 1 - beta**t, do not cancel."""

import mpmath
import numpy as np
import pytest

import backends
from backends.coefficients import BLOCK, Schedule, one_minus_power
from backends.corrections import mean_age, one_minus_product, rectification
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


AGES = (1, 2, 3, 7, 40, 1_000)


@pytest.mark.parametrize("base", BASES)
def test_a_mean_age_does_not_cancel(base):
    """RAdam's length less one, halved, is accurate where rho_inf has as many digits as float64."""
    with mpmath.workdps(DIGITS):
        b = mpmath.mpf(base)
        exact = [float(sum(k * b**k for k in range(t)) / sum(b**k for k in range(t))) for t in AGES]
    # the logarithm's error once, and of the next ten operations half a unit each; where t a = 1 a
    # difference of numbers that are four times as large
    allowed = (ALLOWED["log"].ulps + 4 * 5) * EPS * np.array(exact)
    together = mean_age(base, np.array(AGES))
    assert (np.abs(together - exact) <= allowed).all()
    assert [float(mean_age(base, t)) for t in AGES] == together.tolist()
    column = mean_age(np.array([[base], [0.5]]), np.array(AGES))
    assert column[0].tolist() == together.tolist()


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("reduction", [0.0, 1e-9, 0.5, 1.0])
def test_one_minus_a_product_does_not_cancel(reduction, base):
    """NAdam's 1 - P_t is accurate: alone, for an array of steps, and for a column of bases."""

    def lack(i, base=base):
        return 1 - base + base * reduction * 0.96 ** (i * 0.25)

    with mpmath.workdps(DIGITS):
        b, product, exact = mpmath.mpf(base), mpmath.mpf(1), []
        for t in range(1, max(AGES) + 1):
            product *= b * (1 - reduction * mpmath.mpf(0.96) ** (mpmath.mpf(t) / 4))
            exact += [float(1 - product)] if t in AGES else []
    # factors with the errors of a power and three roundings, whose logarithms are added one by one
    allowed = np.array([(ALLOWED["power"].ulps + 2 + t / 2) * EPS for t in AGES]) * exact
    together = one_minus_product(lack, np.array(AGES), base)
    assert (np.abs(together - exact) <= allowed).all()
    alone = [one_minus_product(lack, t, base) for t in AGES]
    assert all(type(each) is float for each in alone)
    assert (np.abs(np.array(alone) - exact) <= allowed).all()
    bases = np.array([[base], [0.5]])
    column = one_minus_product(lambda i: lack(i, bases), np.array(AGES), bases)
    assert column.shape == (2, len(AGES))
    assert (np.abs(column[0] - exact) <= allowed).all()
    assert one_minus_product(lambda i: lack(i, bases), 3, bases).shape == (2, 1)


def test_a_product_that_has_vanished_is_not_visited():
    """A million steps of the default momenta cost what four hundred do."""
    visited = []
    one_minus_product(lambda i: visited.append(i) or 0.1 + 0 * i, 10**6, 0.9)
    assert len(visited[0]) < 400


@pytest.mark.parametrize("t", [1, 4, 5, 6, 7, 20, 1_000])
@pytest.mark.parametrize("beta2", [0.5, 0.7, 0.9, 0.999, 0.999999])
def test_the_rectification_does_not_cancel(beta2, t):
    """RAdam's r, or 0 while the average is too short."""
    with mpmath.workdps(DIGITS):
        b = mpmath.mpf(beta2)
        limit = 2 / (1 - b) - 1
        rho = limit - 2 * t * b**t / (1 - b**t)
        square = (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
        exact, near = (float(mpmath.sqrt(square)), float(rho - 4)) if rho > 5 else (0.0, 1.0)
    found = rectification(beta2, t, 5.0)
    # rho errs by some ten roundings, of which 4 is taken, and so does its limit
    assert abs(found - exact) <= 40 * (1 + 4 / near) * EPS * exact
    assert type(found) is float


@pytest.mark.parametrize("name", FIRST_ORDER)
@pytest.mark.parametrize("target", HOSTS)
def test_a_table_is_its_steps(name, target):
    """A table of coefficients has the same values as each step computed alone."""
    backends.targets.engine(target, "float32")
    h = OPTIMIZERS[name].hyper(**off_defaults(name))
    native = optimizer(target, name)
    schedule = Schedule(native, h)
    table = schedule.table(1, BLOCK)  # as many as are kept: a vector of others may round otherwise
    assert table.shape == (BLOCK, len(schedule.varying))
    for t, row in enumerate(table[:9], start=1):
        alone, kept = native.coefficients(h, t), schedule.at(t)
        assert type(kept) is type(alone)
        step = np.array([named(alone)[name] for name in schedule.varying])
        assert (np.abs(row - step) <= 2 * OFF * np.abs(step)).all()  # both have errors
        assert tuple(row) == schedule.step(t)
        varying = dict(zip(schedule.varying, row.tolist(), strict=True))
        assert named(kept) == named(alone) | varying


@pytest.mark.parametrize("name", ["adam", "nadam"])
def test_steps_may_come_in_any_order(name):
    """The coefficients of a step beyond those kept, or before them, are those of its table."""
    h = OPTIMIZERS[name].hyper()
    schedule = Schedule(optimizer("numpy", name), h)
    for t in (1, BLOCK, BLOCK + 1, 10 * BLOCK, 2):
        first = t - (t - 1) % BLOCK
        row = schedule.table(first, first + BLOCK - 1)[t - first].tolist()
        assert schedule.step(t) == tuple(row)
        assert [named(schedule.at(t))[name] for name in schedule.varying] == row


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
