"""Claim: analytic derivatives are correct, and automatic and finite ones agree with them."""

from dataclasses import fields
from functools import cache, partial

import mpmath
import numpy as np
import pytest

from backends import derivatives_of, evaluate
from backends.objective import FiniteDifferences
from reference import PROBLEMS, Case
from reference.agreement import BATCHES, MARGIN, SAMPLES
from reference.digits import DIGITS, Digits, distance
from reference.objective import Objective
from reference.rounding import Rounding
from reports.cells import DerivativeCell
from tests.helpers import worst
from tests.helpers.lists import HOSTS


def _small(problem):
    return {"size": 8} if "size" in {f.name for f in fields(problem.params)} else {}


def _cases():
    """Each problem at its start and at two points of its window, and a rotated quadratic."""
    rng = np.random.default_rng(7)
    for name, problem in PROBLEMS.items():
        p = problem.params.build(name, _small(problem))
        yield Case("gd", name, params=_small(problem))
        for _ in range(2):
            start = tuple(float(rng.uniform(*limits)) for limits in problem.window(p))
            yield Case("gd", name, params=_small(problem), start=start)
    yield Case("gd", "quadratic", params={"coefficients": (1.0, -3.0, 5.0), "rotation": 30.0})


CASES = [pytest.param(case, id=f"{case.problem.id}-{i}") for i, case in enumerate(_cases())]
ELSEWHERE = [  # the same, of which points other than a problem's own start are exhaustive
    pytest.param(*each.values, id=each.id, marks=pytest.mark.exhaustive)
    if each.values[0].start
    else each
    for each in CASES
]


class Differences(FiniteDifferences):
    """Central differences in 50 digits, with the step width for the case's dtype."""

    def __init__(self, problem, constants, xp, dtype):
        super().__init__(problem, constants, xp)
        self.dtype = dtype

    def eps(self, x):
        return float(np.finfo(self.dtype).eps)


def _bound(xp, case, finite=False):
    constants = case.constants
    given = case.problem, {n: xp.convert(v) for n, v in constants.items()}, xp
    return Differences(*given, case.dtype) if finite else Objective(*given)


def _exact(case, quantity, x=None, finite=False):
    with mpmath.workdps(DIGITS):
        xp = Digits()
        point = xp.convert(case.start_point) if x is None else x
        return np.asarray(getattr(_bound(xp, case, finite), quantity)(point))


@cache
def _allowed(case, quantity, finite=False):
    """The exact result, and its error bound from evaluations with random rounding errors."""
    exact, spread = _exact(case, quantity, finite=finite), []
    for seed in range(BATCHES * SAMPLES):
        xp = Rounding(case.dtype, seed)
        found = getattr(_bound(xp, case, finite), quantity)(xp.convert(case.start_point))
        spread.append(distance(np.asarray(found), exact))
    unit = np.finfo(case.dtype).eps * np.abs(exact.astype(np.float64)).max()
    return exact, MARGIN * np.max(spread, axis=0) + unit


@pytest.mark.parametrize(("lower", "higher"), [("value", "gradient"), ("gradient", "hessian")])
@pytest.mark.parametrize("case", CASES)
def test_the_formula_is_the_derivative(case, lower, higher):
    """The formulas agree with central differences in 50 digits, whose error is 1e-24 times f'''."""
    with mpmath.workdps(DIGITS):
        step = mpmath.mpf(10) ** -12
        rows = []
        for i in range(len(case.start_point)):
            shift = np.array(
                [step if j == i else mpmath.mpf(0) for j in range(len(case.start_point))]
            )
            x = Digits().convert(case.start_point)
            rise = _exact(case, lower, x + shift) - _exact(case, lower, x - shift)
            rows.append(np.asarray(rise / (2 * step)))
        exact = _exact(case, higher)
        third = 1 + np.abs(exact.astype(np.float64)).max() * 1e3
        assert (distance(np.stack(rows), exact) < 1e-24 * third * 1e3).all()


@pytest.mark.parametrize("quantity", ["gradient", "hessian"])
@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("case", ELSEWHERE)
def test_autodiff_finds_the_formula(case, target, quantity, record):
    """Each target's default derivatives are within the bound of the exact formula."""
    derivatives = derivatives_of(target)[0]
    cell = DerivativeCell(
        problem=case.problem.id,
        target=target,
        quantity=quantity,
        dtype=case.dtype,
        derivatives=derivatives,
    )
    record(cell)
    exact, allowed = _allowed(case, quantity)
    found = evaluate(case, quantity, target, derivatives)
    cell.ratio = float((distance(found, exact) / allowed).max())
    worst.within(cell, partial(worst.among, {quantity: (found, exact, allowed)}))


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("case", ELSEWHERE)
def test_finite_differences_are_what_they_are_in_50_digits(case, target):
    """Finite differences are within the bound of the same differences in 50 digits."""
    exact, allowed = _allowed(case, "gradient", finite=True)
    found = evaluate(case, "gradient", target, "finite")
    assert (distance(found, exact) <= allowed).all()


@pytest.mark.parametrize("target", HOSTS)
def test_the_simulators_jacobian_and_inverse(target):
    """At (3, 3), where binary arithmetic is exact, the simulator's derivatives are as by hand."""
    case = Case("inverse_simulator", "simulator")
    assert evaluate(case, "jacobian", target).tolist() == [[1, 0], [0, 6]]
    assert evaluate(case, "outer_gradient", target).tolist() == [6, 18]
    assert evaluate(case, "outer_hessian", target).tolist() == [[2, 0], [0, 2]]
    assert evaluate(case, "inverse", target).tolist() == [3, 3]
