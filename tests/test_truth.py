"""Claim: reference runs are accurate to 48 digits, and bounds follow from the rounding model."""

from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from reference import CASES, DTYPES, OPTIMIZERS, Case, trajectory, truth
from reference.agreement import MARGIN, step_unit
from reference.allowances import ALLOWED
from reference.digits import DIGITS, Digits
from reference.first_order import take
from reference.measures import convergence_order
from reference.namespace import MissingFunction, plain
from reference.objective import Objective
from reference.rounding import Rounding
from tests.helpers.lists import FIRST


def _decimal(fraction):
    return mpmath.mpf(fraction.numerator) / fraction.denominator


def test_gradient_descent_on_a_quadratic_is_its_closed_form():
    """The reference run is x_n = x_0 (1 - 2 a lr)^n, with lr as the float64 number."""
    case = CASES["002/quad2d_gd_0.1"]
    points, _ = trajectory(case)
    lr = Fraction(case.hyperparameters.lr)
    with mpmath.workdps(DIGITS):
        for i, (a, x0) in enumerate(((1, -5), (2, -2))):
            for n in range(case.steps + 1):
                expected = _decimal(x0 * (1 - 2 * a * lr) ** n)
                assert abs(points[n, i] - expected) < mpmath.mpf(10) ** -48


def test_the_inverse_simulator_is_its_closed_form():
    """The reference run is x0 = 3 r^n, x1 = 3 r^(n/2) with r = 1 - lr."""
    case = CASES["004/PG"]
    points, _ = trajectory(case)
    with mpmath.workdps(DIGITS):
        r = 1 - mpmath.mpf(case.hyperparameters.lr)
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
    """The measured order and constant of convergence are those of theory, within 1 and 2 %."""
    found, factor = convergence_order(case)
    assert found == pytest.approx(order, abs=0.01)
    assert factor == pytest.approx(constant, rel=0.02)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bound_of_a_stable_run_is_a_few_units(dtype):
    """Gradient descent on x² contracts errors, so its bound is a few rounding errors."""
    true = truth(replace(CASES["000/x2_gd_0.2"], dtype=dtype))
    relative = true.allowed[:, 0] / np.abs(true.points[:, 0].astype(np.float64))
    # each of ten steps rounds three times, and the rounding of lr adds to each
    assert relative.max() <= MARGIN * 10 * 3 * np.finfo(dtype).eps
    assert not true.chaotic


def test_the_horizon_of_a_chaotic_run_grows_with_the_precision():
    """The horizon of a chaotic run is longer in float64 than in float32."""
    single, double = (
        truth(replace(CASES["001/pathological_gd"], dtype=dtype)).horizon for dtype in DTYPES
    )
    assert single[0] < double[0]
    assert truth(CASES["001/pathological_gd"]).chaotic


def test_the_truth_stops_where_the_case_does():
    """A reference run ends at its stopping rule, its number of steps, or before it overflows."""
    assert len(trajectory(CASES["004/GD"])[0]) == 11
    stopped = trajectory(CASES["002/cosh_gradient_norm"])[0]
    assert abs(stopped[-1, 0]) < 1e-8 < abs(stopped[-2, 0])
    assert len(trajectory(CASES["002/log_sum_exp_newton"])[0]) < 11


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_takes_many_points_at_once(name):
    """Each of three goes where it goes alone, so that a bound's runs can be vectorised.

    In another place of an array the last digits may differ, as those of a vectorised power do.
    """
    case = CASES[FIRST[name]] if name in FIRST else Case(name, "quadratic")
    h = case.hyperparameters

    def end(x):
        state = case.spec.init(x, h)
        for t in (1, 2):
            x, state = take(case.spec, Objective(case.problem, case.constants, np), h, x, state, t)
        return x

    powers = np.outer(range(3), 1 + np.arange(len(case.start_point)))
    several = case.start_point * 0.875**powers  # in other directions, with other learning rates
    found, alone = end(several), np.array([end(x) for x in several])
    assert np.abs(found - alone).max() < 1e-12 * np.abs(several).max()


def test_a_number_of_each_run_rounds_once():
    """Selected numbers of the host are exact among themselves; each run rounds its own."""
    xp = Rounding("float32", 1, 4)
    with mpmath.workdps(DIGITS):
        picked = xp.where(np.array([[True], [False]] * 2), mpmath.mpf(0.5), mpmath.mpf(0.1)) / 3
        exact = picked.astype(float)
        found = plain(xp.wrap(np.ones((4, 1))) * picked)
    assert (plain(picked) * 3 == np.array([[0.5], [0.1]] * 2)).all()
    off = np.abs(found / plain(exact) - 1) / np.finfo("float32").eps
    assert (off > 0).all()
    assert (off <= 1.01).all()  # half a unit for the number, and half for the product
    assert len(set(found.ravel().tolist())) == 4


def test_a_scalar_of_50_digits_is_still_an_array():
    """A scalar result of the 50-digit namespace can be indexed with None and an ellipsis."""
    xp = Digits()
    x = xp.convert(np.array([1.0, 2.0]))
    assert xp.sum(x * x, -1)[..., None].tolist() == [5]
    assert (x[..., 0] ** 2 + 1)[None].tolist() == [2]


@pytest.mark.parametrize("function", ["exp", "sin", "sqrt", "add", "multiply"])
def test_perturbed_arithmetic_errs_by_what_it_says(function):
    """Random rounding errors fill the allowed range, never exceed it, and have mean zero."""
    xp, ufunc = Rounding("float32", 3), getattr(np, function)
    x = xp.convert(np.full(1000, 0.75))
    arguments = (x,) * ufunc.nin
    found, exact = plain(ufunc(*arguments)), ufunc(*map(plain, arguments))
    error = (found - exact) / exact / np.finfo("float32").eps / ALLOWED[function].ulps
    assert 0.9 < np.abs(error).max() <= 1 + 1e-6  # the model computes in float64
    assert abs(error.mean()) < 0.1


A = np.array([1.0, 1e7, -1e7, 2.0])


@pytest.mark.parametrize(
    "product",
    [
        lambda xp, a, ones: xp.sum(a * ones),
        lambda xp, a, ones: (a * ones).sum(),
        lambda xp, a, ones: 4 * xp.mean(a * ones),
        lambda xp, a, ones: xp.dot(a, ones),
        lambda xp, a, ones: a.dot(ones),
        lambda xp, a, ones: a @ ones,
        lambda xp, a, ones: xp.matmul(a[None], ones[:, None]),
        lambda xp, a, ones: xp.einsum("i,i->", a, ones),
        lambda xp, a, ones: xp.sum(xp.where(a > 0, a, a) * ones),
    ],
)
def test_a_cancelling_product_errs_by_its_terms(product):
    """Every way to write a sum errs in proportion to its terms: 1 + 1e7 - 1e7 + 2 in float32."""
    off = []
    for seed in range(50):
        xp = Rounding("float32", seed)
        a, ones = xp.convert(A), xp.convert(np.ones(4))
        off.append(abs(float(plain(product(xp, a, ones)).item()) - 3))
    unit = np.finfo("float32").eps * np.abs(A).sum()
    assert unit / 4 < max(off) < 4 * unit


@pytest.mark.parametrize("xp", [Digits(), Rounding("float32", 0)], ids=["digits", "rounding"])
def test_a_function_that_is_not_there_raises(xp):
    """A function that the namespace lacks raises an error that names it."""
    x = xp.convert(np.array([1.0, 2.0]))
    for ask in (
        lambda: xp.arctanh(x),
        lambda: xp.linalg.svd(x),
        lambda: np.cumsum(x),
        lambda: np.linalg.norm(x),
    ):
        with pytest.raises(
            MissingFunction, match=r"unknown function of .*'(arctanh|svd|cumsum|norm)'"
        ):
            ask()
    assert not hasattr(xp, "arctanh")
    with pytest.raises((MissingFunction, TypeError), match="arctan"):
        np.arctan(x)


def test_selection_keeps_its_arithmetic():
    """Operations on the result of ``where`` have rounding errors like all others."""
    xp = Rounding("float32", 0)
    x = xp.convert(np.linspace(1, 2, 1000))
    picked = xp.where(x > 1.5, x, -x)
    assert not np.array_equal(plain(picked * 3.0), 3.0 * plain(picked))


def test_a_host_number_rounds_once_where_it_meets_an_array():
    """A Python number gets one rounding error per run where it meets an array, also 1 - beta."""
    xp = Rounding("float32", 0)
    ones = xp.wrap(np.ones(3))
    tenths = {float(c) for _ in range(5) for c in xp.operand(0.1, ones.shape) * np.ones(3)}
    assert len(tenths) == 1
    assert tenths != {Rounding("float32", 1).operand(0.1, (3,))}
    with mpmath.workdps(DIGITS):
        tiny = 1 - mpmath.mpf(0.999)
        off = plain(ones * tiny) / float(tiny) - 1
    # half a unit for the number, and half for the product
    assert np.abs(off).max() <= 1.01 * np.finfo("float32").eps


def test_zero_stays_zero_and_squares_stay_positive():
    """In the rounding model an exact zero has no error, and squares are never negative."""
    xp = Rounding("float32", 0)
    x = xp.convert(np.array([0.0, 1e-30, -1e-22]))
    for _ in range(100):
        assert plain(x * x)[0] == 0
        assert (plain(x * x) >= 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("samples", [None, 4])
def test_in_half_of_the_runs_a_function_errs_the_same_way_each_time(dtype, samples):
    """In every second run each function has a constant bias; in the others none."""
    x = np.full((samples or 1, 10_000), 1.5)
    seeds = (2, 3) if samples is None else (1,)
    runs = [Rounding(dtype, seed, samples) for seed in seeds]
    unit = 1.5 * np.finfo(dtype).eps
    means = np.concatenate([(plain(xp.wrap(x) * 1.0) - x).mean(axis=1) / unit for xp in runs])
    ways = np.concatenate([xp.ways.get("multiply", np.zeros(1)) for xp in runs])
    steady = np.concatenate([xp.steady for xp in runs])
    assert steady.tolist() == [True, False] * (len(steady) // 2)
    assert np.abs(means - np.where(steady, ways / 2, 0)).max() < 0.02


def test_in_half_of_the_runs_subnormal_numbers_are_zero():
    """In half of the runs subnormal results become zero; in the others they keep their sign."""
    x, tiny = np.full(100, 1e-20), 1e-40
    for seed in range(8):
        xp = Rounding("float32", seed)
        found = plain(xp.wrap(x) * x)
        assert (found == 0).all() if xp.flushes[0] else (found > 0).all()
        assert np.abs(found - tiny).max() <= tiny * 1.01
    kept = [seed for seed in range(8) if not Rounding("float32", seed).flushes[0]]
    assert kept == [2, 3, 6, 7]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_number_that_float64_does_not_hold_rounds_in_both_dtypes(dtype):
    """1 - beta**t is rounded even in float64; a number that the dtype represents is not."""
    with mpmath.workdps(DIGITS):
        value = 1 - mpmath.mpf(0.999) ** 7
    rounded = {Rounding(dtype, seed).operand(value, (3,)) for seed in range(50)}
    assert len(rounded) > 1
    assert {Rounding(dtype, seed).operand(0.5, (3,)) for seed in range(50)} == {0.5}


def test_a_unit_is_that_of_the_larger_number_of_a_step():
    """A step's unit is eps times its larger end, and at zero eps² times the run's largest."""
    points = np.array([[mpmath.mpf(c)] for c in (4, 1, 0, 0)])
    eps = np.finfo("float32").eps
    assert step_unit(points, "float32")[:, 0].tolist() == [4 * eps, 4 * eps, eps, 4 * eps**2]
