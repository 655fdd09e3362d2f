"""Claim: what is left out unless it is asked for repeats what is not."""

from collections import defaultdict

import pytest

from backends import BACKENDS, TARGETS
from reference import OPTIMIZERS
from tests.conftest import LEFT

IDS = {*OPTIMIZERS, *TARGETS, *BACKENDS}


def _ids(items):
    """By test the optimizers, targets and backends among its parameters."""
    found = defaultdict(set)
    for item in items:
        values = item.callspec.params.items() if hasattr(item, "callspec") else ()
        named = {(name, value) for name, value in values if isinstance(value, str)}
        found[item.nodeid.split("[")[0]] |= {(name, v) for name, v in named if v in IDS}
    return found


def test_every_id_stays_in_every_test(request):
    """A test of which some cases are exhaustive still has each optimizer and each target."""
    if request.config.option.keyword or request.config.option.markexpr:
        pytest.skip("only some tests were asked for")
    kept = _ids(request.session.items)
    for test, ids in _ids(request.config.stash.get(LEFT, [])).items():
        assert test not in kept or ids <= kept[test], (test, ids - kept[test])
