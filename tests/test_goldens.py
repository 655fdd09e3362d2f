"""Claim: printed texts are reproduced exactly on their backend, and within bounds elsewhere."""

from functools import partial
from itertools import zip_longest

import numpy as np
import pytest

from backends import BACKENDS, MODES, TARGETS, TargetRunner, modes_of
from backends.explanation import Unexplained, explain
from reference import DTYPES, GOLDENS, compare
from reference.goldens import parse
from reports.cells import GoldenCell
from tests.helpers import worst

NUMERIC = [golden for golden in GOLDENS.values() if golden.line]


REPRODUCED = [
    pytest.param(golden, f"{backend}:cpu", id=f"{golden.id}-{backend}")
    for golden in NUMERIC
    for backend in golden.reproduced_by
    if backend in BACKENDS
]


@pytest.mark.parametrize(("golden", "target"), REPRODUCED)
def test_prints_what_the_document_prints(golden, target, record):
    """With the document's dtype and derivatives, the text is identical or explained."""
    mode, derivatives = "eager", golden.derivatives
    cell = GoldenCell(
        golden=golden.id,
        target=target,
        mode=mode,
        dtype=golden.case.dtype,
        derivatives=derivatives,
        must_match=True,
    )
    record(cell)
    runner = TargetRunner(target, mode, derivatives)
    cell.text = golden.text(runner)
    cell.matches = cell.text == golden.expected
    if not cell.matches:
        if not golden.measure:
            cell.ratio = compare(runner.run(golden.case)).ratio
        try:
            cell.explanation = str(explain(golden, target))
        except Unexplained as why:
            pytest.fail(_difference(golden.expected, cell.text, why), pytrace=False)


def _difference(expected, ours, why):
    """A failure message with all differing lines, and why no explanation was found."""
    pairs = zip_longest(expected.splitlines(), ours.splitlines(), fillvalue="")
    lines = [f"  expected {a}\n  printed  {b}" for a, b in pairs if a != b]
    return "\n".join([f"prints another text, unexplained: {why}", *lines])


def _modes(golden, target, dtype):
    """The modes to compare within bounds.

    Eager mode, unless `test_prints_what_the_document_prints` has it. Compiled mode where it is the
    default; elsewhere only in the golden's dtype, since compiling takes seconds.
    """
    native = dtype == golden.case.dtype
    if not (native and target.split(":")[0] in golden.reproduced_by):
        yield "eager"
    modes = modes_of(target)
    if "compiled" in modes and not golden.measure and (native or modes[0] == "compiled"):
        yield "compiled"


ELSEWHERE = [
    pytest.param(golden, target, dtype, mode, id=f"{golden.id}-{target}-{dtype}-{mode}")
    for golden in NUMERIC
    for target in TARGETS
    for dtype in DTYPES
    for mode in _modes(golden, target, dtype)
]


@pytest.mark.parametrize(("golden", "target", "dtype", "mode"), ELSEWHERE)
def test_elsewhere_stays_within_the_bound(golden, target, dtype, mode, record, few_unrolled):
    """A run is within its error bound, and a measured figure within one unit of its last place."""
    cell = GoldenCell(
        golden=golden.id,
        target=target,
        mode=mode,
        dtype=dtype,
        derivatives=golden.derivatives,
        must_match=False,
    )
    record(cell)
    runner = TargetRunner(target, mode, golden.derivatives, dtype)
    cell.text = golden.text(runner)
    cell.matches = cell.text == golden.expected
    if golden.measure:
        printed = parse(golden.expected)  # sometimes more digits than the dtype has
        unit = np.spacing(np.abs(printed).astype(dtype))
        off = np.abs(parse(cell.text) - printed) > unit
        assert not off.any(), "a number is more than a unit in the last place off"
        return
    path = runner.run(golden.case)
    cell.ratio = compare(path).ratio
    worst.within(cell, partial(worst.on_path, path))


def test_a_number_is_compared_where_no_backend_prints_the_text():
    """For texts in a format that no backend prints, such as TensorFlow's, the number matches."""
    foreign = [g for g in NUMERIC if not g.reproduced_by]
    assert foreign
    for golden in foreign:
        printed = parse(golden.text(TargetRunner("numpy:cpu", "eager", golden.derivatives)))
        assert printed[-1] == parse(golden.printed)[1]


def test_what_is_not_numeric_says_so():
    """Goldens without a line to print, and only these, are declared not numeric."""
    for golden in GOLDENS.values():
        assert (golden.verdict == "not numeric") == (not golden.line), golden.id


def test_modes_that_print_differently_are_known():
    """Eager JAX prints -1.528165; compiled it may print -1.528166.

    XLA fuses a product and a sum into one instruction (FMA) on processors that have it.
    """
    if "jax" not in BACKENDS:
        pytest.skip("backends/jax is not here")
    golden = GOLDENS["000/xcos_gd_2/jax"]
    texts = {mode: golden.text(TargetRunner("jax:cpu", mode, "analytic")) for mode in MODES}
    assert texts["eager"] == "epoch 10, x: -1.528165"
    assert texts["compiled"] in ("epoch 10, x: -1.528165", "epoch 10, x: -1.528166")
