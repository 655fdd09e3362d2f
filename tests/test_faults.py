"""Claim: the existing tests catch a mistake in any file of a newly added optimizer."""

import pytest

from backends import BACKENDS
from tests.helpers import faults, recipes

BACKENDS_HERE = [name for name in faults.MODULES if name in BACKENDS]
PLACES = [*BACKENDS_HERE, "reference"]


def _failed_and_passed(root, *arguments):
    """Run test_tapes in the copy: the (optimizer, backend, way) of failed and of passed cells."""
    cells = recipes.pytest(root, "tests/test_tapes.py", *arguments, check=False)["cells"]
    outcomes = {"failed": set(), "passed": set(), "skipped": set()}
    for cell in (cell for cell in cells if cell["kind"] == "tape"):
        where = cell["optimizer"], cell["target"].split(":")[0], cell["way"]
        outcomes[cell["outcome"]].add(where)
    return outcomes["failed"], outcomes["passed"]


@pytest.mark.exhaustive
@pytest.mark.skipif(len(BACKENDS_HERE) < 3, reason="a backend is not here")
def test_wrong_lions_are_red(tmp_path):
    """A mistake in Lion fails on the backend that has it; in the specification, on all."""
    root = recipes.copy(tmp_path)
    faults.lion(root, "lion", "nowhere", "right")
    for mistake in faults.MISTAKES:
        for place in PLACES:
            faults.lion(root, f"lion_{mistake}_in_{place}", place, mistake)
    failed, passed = _failed_and_passed(root, "-k", "lion and off and updater")
    for mistake in faults.MISTAKES:
        for place in PLACES:
            name = f"lion_{mistake}_in_{place}"
            red = {target for optimizer, target, _ in failed if optimizer == name}
            assert red == (set(BACKENDS_HERE) if place == "reference" else {place}), name
    assert {target for optimizer, target, _ in passed if optimizer == "lion"} == set(BACKENDS_HERE)


@pytest.mark.exhaustive
@pytest.mark.skipif(len(BACKENDS_HERE) < 3, reason="a backend is not here")
def test_a_forgotten_option_is_red_everywhere(tmp_path):
    """An option that a backend ignores fails in the updater, in every mode and in a sweep."""
    root = recipes.copy(tmp_path)
    for place in BACKENDS_HERE:
        faults.amsgrad(root, f"amsgrad_wrong_in_{place}", place)
    chosen = " or ".join(f"(amsgrad_wrong_in_{p} and {p}:cpu)" for p in BACKENDS_HERE)
    failed, _ = _failed_and_passed(root, "-k", f"raw and ({chosen})")
    for place in BACKENDS_HERE:
        ways = {w for optimizer, target, w in failed if optimizer == f"amsgrad_wrong_in_{place}"}
        assert ways == {"updater", "many parameters", "sweep", *BACKENDS[place].MODES}, place
