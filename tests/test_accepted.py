"""Claim: every case that the constructor accepts can be run."""

from hypothesis import HealthCheck, given, settings

from backends import Unsupported, run
from reference import Case, Invalid
from tests.helpers.strategies import cases

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
@given(arguments=cases(ordinary=False))
def test_an_accepted_case_runs(arguments):
    """On numpy, any accepted case finishes, converges or diverges, without an exception."""
    try:
        case = Case(**arguments)
    except Invalid:
        return
    try:
        path = run(case)
    except Unsupported:
        return
    assert path.status in ("finished", "converged", "diverged")
