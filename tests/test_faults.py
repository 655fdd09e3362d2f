"""Claim: the recipe's files alone are enough for a mistake in any of them to be caught."""

import pytest

from backends import BACKENDS
from tests.helpers import faults, recipes

BACKENDS_HERE = [name for name in faults.MODULES if name in BACKENDS]
PLACES = [*BACKENDS_HERE, "reference"]


def _failed(root, *arguments):
    """The (optimizer, backend, way) of every failed cell of a run, and of every passed one."""
    cells = recipes.pytest(root, "tests/test_tapes.py", *arguments, check=False)["cells"]
    outcomes = {"failed": set(), "passed": set(), "skipped": set()}
    for cell in cells:
        where = cell["optimizer"], cell["target"].split(":")[0], cell["way"]
        outcomes[cell["outcome"]].add(where)
    return outcomes["failed"], outcomes["passed"]


@pytest.mark.skipif(len(BACKENDS_HERE) < 3, reason="a backend is not here")
def test_wrong_lions_are_red(tmp_path):
    """Four mistakes, in each backend and in the specification; the right Lion is green."""
    root = recipes.copy(tmp_path)
    faults.lion(root, "lion", "nowhere", "right")
    for mistake in faults.MISTAKES:
        for place in PLACES:
            faults.lion(root, f"lion_{mistake}_in_{place}", place, mistake)
    failed, passed = _failed(root, "-k", "lion and off and updater")
    for mistake in faults.MISTAKES:
        for place in PLACES:
            name = f"lion_{mistake}_in_{place}"
            red = {target for optimizer, target, _ in failed if optimizer == name}
            assert red == (set(BACKENDS_HERE) if place == "reference" else {place}), name
    assert {target for optimizer, target, _ in passed if optimizer == "lion"} == set(BACKENDS_HERE)


@pytest.mark.skipif(len(BACKENDS_HERE) < 3, reason="a backend is not here")
def test_a_forgotten_option_is_red_everywhere(tmp_path):
    """AMSGrad without its maximum: in the updater, few and many, in every mode, in a sweep."""
    root = recipes.copy(tmp_path)
    for place in BACKENDS_HERE:
        faults.amsgrad(root, f"amsgrad_wrong_in_{place}", place)
    chosen = " or ".join(f"(amsgrad_wrong_in_{p} and {p}:cpu)" for p in BACKENDS_HERE)
    failed, _ = _failed(root, "-k", f"True and ({chosen})")
    for place in BACKENDS_HERE:
        ways = {w for optimizer, target, w in failed if optimizer == f"amsgrad_wrong_in_{place}"}
        assert ways == {"updater", "many parameters", "sweep", *BACKENDS[place].MODES}, place
