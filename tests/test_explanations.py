"""Claim: a golden that prints another digit is accepted only if a library function explains it.

The tests imitate such a machine: torch's square root is one unit in the last place off for a
sixth of its arguments, as on some processors. They also put errors into updates, which must not
be accepted.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import backends
from backends import TARGETS, TargetRunner, Unsupported, modes_of
from backends.explanation import Unexplained, explain
from backends.parting import Parting, parting
from reference import CASES, DTYPES, GOLDENS, compare
from tests.helpers.imitation import imitated
from tests.helpers.lists import HOSTS, each_once, quick

PG = GOLDENS["004/PG"]
TORCH_GOLDENS = [
    golden for golden in GOLDENS.values() if golden.line and "torch" in golden.reproduced_by
]


def _text(golden, target):
    return golden.text(TargetRunner(target, "eager", golden.derivatives))


@pytest.fixture
def needs_others():
    for target in ("torch:cpu", "numpy:cpu"):
        if target not in TARGETS or backends.why_unavailable(target):
            pytest.skip(f"{target} is not here")


def test_a_square_root_a_unit_off_is_explained(needs_others):
    """The explanation names function and argument; the rest of the step is bit-identical."""
    with imitated("torch.sqrt", units=1, share=1 / 6):
        assert _text(PG, "torch:cpu") != PG.expected
        found = explain(PG, "torch:cpu")
        path = TargetRunner("torch:cpu", "eager", PG.derivatives).run(PG.case)
    assert found.function == "sqrt"
    (parted,) = found.partings
    assert parted.sufficient
    (difference,) = parted.differences
    assert (
        difference.results[1] == difference.correct == np.sqrt(np.float32(difference.arguments[0]))
    )
    assert compare(path).ratio <= 1
    assert "torch:cpu's sqrt(" in str(found)


def test_a_square_root_two_units_off_is_not(needs_others):
    """A square root that is two units off exceeds its allowance, and explains nothing."""
    off = r"units in the last place off, and 1\.5 are allowed"
    with imitated("torch.sqrt", units=2), pytest.raises(Unexplained, match=off):
        explain(PG, "torch:cpu")


@pytest.mark.parametrize("target", HOSTS)
def test_an_update_a_unit_off_is_wrong(target, needs_others, monkeypatch):
    """An error in a backend's update is not explained, since no library function differs."""
    _make_step_wrong(target, monkeypatch)
    with imitated("torch.sqrt", units=0):
        assert _text(PG, target) != PG.expected
        with pytest.raises(Unexplained, match="no elementary function differs"):
            explain(PG, target)


def test_an_update_a_unit_off_is_wrong_beside_a_wrong_root_too(needs_others, monkeypatch):
    """An error in an update stays unexplained, even if a library function differs too."""
    _make_step_wrong("torch:cpu", monkeypatch)
    other = r"not all that differs|no elementary function"
    with imitated("torch.sqrt", share=1), pytest.raises(Unexplained, match=other):
        explain(PG, "torch:cpu")


def _make_step_wrong(target, monkeypatch):
    """Patch the backend's optimizer so that every step ends one floating-point number off."""
    case = PG.case
    native = _native(target, case.optimizer, case.hyperparameters)
    xp = backends.targets.engine(target, PG.case.dtype).xp

    def off(c, f, x, s):
        x, s = native.step(c, f, x, s)
        return xp.nextafter(x, xp.full_like(x, 9)), s

    wrong = replace(native, step=off)
    for module in ("backends.driver", "backends.parting"):
        monkeypatch.setattr(
            f"{module}.implementation", lambda t, *rest: wrong if t == target else _native(t, *rest)
        )


_native = backends.targets.implementation


def test_a_correct_root_that_disagrees_with_a_wrong_one_is_not_explained(needs_others):
    """A text is not explained if the tested target's own square root is correctly rounded."""
    with imitated("torch.sqrt", units=1, share=1 / 6):
        swapped = replace(PG, printed=_text(PG, "torch:cpu"), expected=_text(PG, "torch:cpu"))
        with pytest.raises(Unexplained, match="not correctly rounded"):
            explain(swapped, "numpy:cpu")


def test_a_text_that_no_backend_prints_is_not_explained(needs_others):
    """A text that no other backend prints cannot be explained, for want of a comparison."""
    with pytest.raises(Unexplained, match="no other backend here prints"):
        explain(replace(PG, expected="PG iter 0: [0 0]"), "torch:cpu")


def test_no_other_golden_of_torch_is_wrong_on_that_machine(needs_others):
    """On the imitated machine each golden of torch is reproduced or explained."""
    with imitated("torch.sqrt", units=1, share=1 / 6):
        for golden in TORCH_GOLDENS:
            if _text(golden, "torch:cpu") != golden.expected:
                explain(golden, "torch:cpu")  # raises where it cannot


REPEATED = ["004/PG", "000/xcos_gd_2", "001/steep_adam", "003/mixture_few"]
ONCE = each_once(REPEATED, DTYPES)


@pytest.mark.parametrize(("name", "dtype"), quick(product(REPEATED, DTYPES), ONCE))
def test_a_step_can_be_taken_again_operation_by_operation(name, dtype):
    """A step repeated with its operations recorded gives the same bits, on every backend."""
    case = replace(CASES[name], dtype=dtype, steps=3)
    for target in HOSTS:
        try:
            path = backends.run(case, target, "eager", "analytic")
        except Unsupported as why:
            pytest.skip(str(why))
        for step in range(1, path.steps + 1):
            assert backends.parting.traced(path, step).operations


def test_a_run_does_not_part_from_itself():
    """A run equals itself; with another learning rate it differs at step 1, by no function."""
    case = CASES["000/xcos_gd_2"]
    path = backends.run(case, "numpy:cpu", "eager")
    assert parting((path, path)) is None
    other = backends.run(replace(case, hyper={"lr": 1.5}), "numpy:cpu", "eager")
    found = parting((path, other))
    assert isinstance(found, Parting)
    assert (found.step, found.differences, found.sufficient) == (1, (), False)


def test_every_host_has_an_eager_mode():
    """Every CPU target has the eager mode, which goldens and recorded steps need."""
    assert all("eager" in modes_of(target) for target in HOSTS)
