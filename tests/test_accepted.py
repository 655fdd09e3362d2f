"""Claim: a case that is accepted runs, whatever numbers within the stated ranges it is made of."""

from hypothesis import HealthCheck, given, settings

from backends import Unsupported, run
from reference import Case, Invalid
from tests.helpers.strategies import cases

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
@given(arguments=cases(ordinary=False))
def test_an_accepted_case_runs(arguments):
    """On numpy: it is refused as a case, or it takes its steps, diverging as it may."""
    try:
        case = Case(**arguments)
    except Invalid:
        return
    try:
        path = run(case)
    except Unsupported:
        return
    assert path.status in ("finished", "converged", "diverged")
