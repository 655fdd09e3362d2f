"""Claim: the truth is true to 50 digits, and its bound is as tight as rounding is small."""

from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from reference import CASES, DTYPES, Case
from reference.digits import DIGITS, Digits
from reference.measures import convergence_order
from reference.rounding import Rounding
from reference.truth import MARGIN, trajectory, truth


def _decimal(fraction):
    return mpmath.mpf(fraction.numerator) / fraction.denominator


def test_gradient_descent_on_a_quadratic_is_its_closed_form():
    """x_n = x_0 (1 - 2 a lr)^n, for the binary numbers that the decimals stand for."""
    case = CASES["002/quad2d_gd_0.1"]
    points, _ = trajectory(case)
    lr = Fraction(case.h.lr)
    with mpmath.workdps(DIGITS):
        for i, (a, x0) in enumerate(((1, -5), (2, -2))):
            for n in range(case.steps + 1):
                expected = _decimal(x0 * (1 - 2 * a * lr) ** n)
                assert abs(points[n, i] - expected) < mpmath.mpf(10) ** -48


def test_the_inverse_simulator_is_its_closed_form():
    """y shrinks by 1 - lr: x0 = 3 r^n and x1 = 3 r^(n/2)."""
    case = CASES["004/PG"]
    points, _ = trajectory(case)
    with mpmath.workdps(DIGITS):
        r = 1 - mpmath.mpf(case.h.lr)
        for n in range(case.steps + 1):
            assert abs(points[n, 0] - 3 * r**n) < mpmath.mpf(10) ** -48
            assert abs(points[n, 1] - 3 * r ** (mpmath.mpf(n) / 2)) < mpmath.mpf(10) ** -48


@pytest.mark.parametrize(
    ("case", "order", "constant"),
    [
        (CASES["000/cosh_newton_1"], 3, 1 / 12),  # c² / 3: the third derivative vanishes
        (Case("newton", "log_sum_exp", start=(-0.7,), steps=7), 2, 1 / 2),  # |f'''| / 2 f''
        (CASES["002/xcos_newton_0.5"], 1, 0.5),
        (CASES["000/x2_gd_0.2"], 1, 0.6),
        (CASES["000/x2_gd_0.05"], 1, 0.9),
    ],
    ids=["cosh", "log_sum_exp", "damped", "gd", "slow gd"],
)
def test_convergence_has_the_order_it_should(case, order, constant):
    """Measured on the last three errors; the run is not yet at its limit, hence the per cent."""
    found, factor = convergence_order(case)
    assert found == pytest.approx(order, abs=0.01)
    assert factor == pytest.approx(constant, rel=0.02)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bound_of_a_stable_run_is_a_few_units(dtype):
    """Gradient descent on x² contracts its errors: no more than those of a few operations."""
    true = truth(replace(CASES["000/x2_gd_0.2"], dtype=dtype))
    relative = true.allowed[:, 0] / np.abs(true.points[:, 0].astype(np.float64))
    # each of ten steps has three roundings of half a unit, and a wrong lr shifts all of them
    assert relative.max() <= MARGIN * 10 * 3 * np.finfo(dtype).eps
    assert not true.chaotic


def test_the_horizon_of_a_chaotic_run_grows_with_the_precision():
    """Each digit buys some steps."""
    single, double = (
        truth(replace(CASES["001/pathological_gd"], dtype=dtype)).horizon for dtype in DTYPES
    )
    assert single[0] < double[0]
    assert truth(CASES["001/pathological_gd"]).chaotic


def test_the_truth_stops_where_the_case_does():
    """At its stop, at its steps, and before it leaves all numbers."""
    assert len(trajectory(CASES["004/GD"])[0]) == 11
    stopped = trajectory(CASES["002/cosh_gradient_norm"])[0]
    assert abs(stopped[-1, 0]) < 1e-8 < abs(stopped[-2, 0])
    assert len(trajectory(CASES["002/log_sum_exp_newton"])[0]) < 11


def test_a_scalar_of_50_digits_is_still_an_array():
    """A problem may give a sum its axis back."""
    xp = Digits()
    x = xp.convert(np.array([1.0, 2.0]), "float64")
    assert xp.sum(x * x, -1)[..., None].tolist() == [5]
    assert (x[..., 0] ** 2 + 1)[None].tolist() == [2]


@pytest.mark.parametrize("function", ["exp", "sin", "sqrt", "add", "multiply"])
def test_perturbed_arithmetic_errs_by_what_it_says(function):
    """No more than two units, no less than a tenth of one in a thousand draws, and centred."""
    xp = Rounding("float32", 3)
    x = xp.convert(np.full(1000, 0.75), "float32")
    arguments = (x,) if function in {"exp", "sin", "sqrt"} else (x, x)
    found = np.asarray(getattr(xp, function)(*arguments))
    exact = getattr(np, function)(*(np.asarray(a) for a in arguments))
    error = (found - exact) / exact / np.finfo("float32").eps
    assert 0.1 < np.abs(error).max() <= 2.001
    assert abs(error.mean()) < 0.2
