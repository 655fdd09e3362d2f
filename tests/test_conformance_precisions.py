"""Claim: an optimizer is held to a bound in 16 bits, too, and with two dtypes side by side."""

import sys

import numpy as np
import pytest

from backends.conformance import KINDS, check, tapes
from backends.conformance.dtypes import EVERY, TRAINED, narrow, numpys
from backends.conformance.plan import Plan
from backends.conformance.subjects import find, settled
from backends.conformance.trial import Place
from reference import DTYPES
from reference.precision import PRECISIONS
from tests.helpers import suspects

SIXTEEN = [name for name in EVERY if narrow(name)]
PAIR = "two dtypes"
ADAM = {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3}


def _said(report):
    return {(t.dtype, t.tape): t.verdict for t in report.trials}


def test_every_precision_with_a_bound_is_one_of_a_check():
    """Those of runs come first."""
    assert EVERY[: len(DTYPES)] == DTYPES
    assert set(EVERY) == set(PRECISIONS)


@pytest.mark.parametrize("dtype", SIXTEEN)
@pytest.mark.parametrize("name", KINDS)
def test_a_tape_has_numbers_of_its_dtype(name, dtype):
    """Each is one that 16 bits represent, and a tape is still what it is there for."""
    start, gradients = tapes.numbers(name, dtype)
    for values in (start, gradients):
        assert np.array_equal(PRECISIONS[dtype].nearest(values), values)
    assert gradients.any() == (name != "all zeros")
    assert start.all()
    tiny = PRECISIONS[dtype].tiny
    if name == "subnormal":
        assert abs(gradients).max() < tiny
    if name == "underflow":
        assert (gradients**2 < PRECISIONS[dtype].smallest).all()


def test_both_wide_dtypes_have_the_same_numbers():
    """But where a tape goes to the end of a dtype, which float32 has sooner."""
    for name in KINDS.keys() - {"underflow", "subnormal"}:
        for one, other in zip(*(tapes.numbers(name, dtype) for dtype in DTYPES), strict=True):
            assert np.array_equal(one, other), name


def test_what_is_tried_depends_on_whose_it_is():
    """Models are trained in bfloat16; plain functions, and float16, must be asked for."""
    torch = pytest.importorskip("torch")
    few = {"tapes": ["unequal"]}
    assert {t.dtype for t in check(suspects.descent, "gd", {"lr": 0.1}, **few).trials} == {*DTYPES}
    found = check(torch.optim.SGD, "gd", {"lr": 0.1}, paths=["for-loop"], **few)
    assert {t.dtype for t in found.trials if t.tape == "unequal"} == {*TRAINED}
    assert found.verdict == "right", str(found)


def test_what_16_bits_are_there_for_is_tried_there():
    """Arithmetic and what is loaded; not shapes once more, nor paths that start slowly."""
    torch = pytest.importorskip("torch")
    found = find(torch.optim.SGD)
    subject = found.make(settled(found, "gd", {"lr": 0.1}))
    names = {
        path: Plan().names(subject, Place("bfloat16", path)) for path in ("for-loop", "compiled")
    }
    assert {"unequal", "reloaded", "underflow"} <= {*names["for-loop"]}
    assert not {"groups", PAIR, "1,000 steps"} & {*names["for-loop"]}
    assert names["compiled"] == []
    assert Plan(paths=["compiled"]).names(subject, Place("bfloat16", "compiled"))


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_torch_is_right_in_16_bits(dtype):
    """Adam and momentum, one array after another and fused, on what is not too long."""
    optim = pytest.importorskip("torch").optim
    names = ["unequal", "zeros", "tiny", "huge", "underflow", "near zero", "reloaded"]
    for subject, spec, hyper in (
        (optim.Adam, "adam", ADAM),
        (optim.SGD, "momentum", {"lr": 0.1, "momentum": 0.8}),
    ):
        report = check(subject, spec, hyper, [dtype], ["for-loop", "fused"], names)
        said = {t.verdict for t in report.trials}
        assert report.verdict == "right", str(report)
        assert said <= {"right", "cannot tell"}, str(report)


def test_a_function_of_numpys_arrays_is_right_in_bfloat16():
    """Its arrays are those of ml_dtypes, and stay so."""
    pytest.importorskip("ml_dtypes")

    def descend(x, g, state):
        assert x.dtype == g.dtype == numpys("bfloat16")
        return x - x.dtype.type(0.5) * g, None

    def widen(x, g, state):
        return (x - x.dtype.type(0.5) * g).astype(np.float32), None

    asked = {"hyper": {"lr": 0.5}, "dtypes": ["bfloat16"], "tapes": ["unequal", "zeros"]}
    assert check(descend, "gd", **asked).verdict == "right"
    report = check(widen, "gd", **asked)
    assert "it makes bfloat16 parameters into float32" in str(report)


def test_what_numpy_lacks_is_not_run(monkeypatch):
    """The reason names the package."""
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    report = check(suspects.descent, "gd", {"lr": 0.1}, ["bfloat16"], tapes=["unequal"])
    assert report.verdict == "not run"
    assert "numpy has no bfloat16 without the package ml_dtypes" in str(report)


def test_what_may_overflow_cannot_be_told():
    """The truth ends before the first step in which it may; nothing is said of later ones."""

    def descend(x, g, state):
        return x - np.float16(60000) * g, None

    report = check(descend, "gd", {"lr": 60000.0}, ["float16"], tapes=["huge"])
    assert report.verdict == "cannot tell"
    assert report.worst.why == "overflow: rounding alone may lead there in step 1"


def test_a_mistake_that_16_bits_alone_show_is_said_in_their_numbers():
    """Coefficients of 8 bits; in float32 the same is right."""
    pytest.importorskip("ml_dtypes")

    def adam(x, g, state):
        beta2 = 0.99609375 if x.dtype.name == "bfloat16" else 0.999
        m, v, t = state or (np.zeros(x.shape), np.zeros(x.shape), 0)
        g, t = g.astype(np.float64), t + 1
        m, v = 0.9 * m + 0.1 * g, beta2 * v + (1 - beta2) * g * g
        move = 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-3)
        return (x - move).astype(x.dtype), (m, v, t)

    asked = {"spec": "adam", "hyper": {"lr": 0.1, "eps": 1e-3}, "tapes": ["unequal"]}
    report = check(adam, **asked, dtypes=["float32", "bfloat16"])
    assert {t.dtype: t.verdict for t in report.trials[:2]} == {
        "float32": "right",
        "bfloat16": "wrong",
    }
    assert report.worst.of == "bfloat16"
    got = float(report.worst.got)
    assert PRECISIONS["bfloat16"].nearest(got) == got
    assert f"got {np.float32(got)}" in str(report)


def test_hyperparameters_are_changed_in_the_most_precise_dtype():
    """Whatever the order in which they are tried."""
    report = check(suspects.adam, "adam", dtypes=["float64", "float16"], tapes=["unequal"])
    assert {t.dtype for t in report.trials if "=" in t.tape} == {"float64"}


def test_two_dtypes_in_one_optimizer_are_right():
    """Each array is held to the truth of its own dtype; a library of arrays apart has none."""
    torch = pytest.importorskip("torch")
    optax = pytest.importorskip("optax")
    for subject, spec, hyper, paths in (
        (torch.optim.AdamW, "adam", ADAM, ["for-loop", "foreach", "fused"]),
        (optax.adamw, "adamw", {"learning_rate": 0.1, "b2": 0.95}, ["jitted", "eager"]),
    ):
        report = check(subject, spec, hyper, DTYPES, paths, [PAIR])
        assert set(_said(report).items()) == {((d, PAIR), "right") for d in DTYPES}, str(report)
    report = check(suspects.descent, "gd", {"lr": 0.1}, tapes=[PAIR])
    assert report.worst.why == "its arrays have one dtype"


def test_two_dtypes_are_given_and_judged_as_such():
    """What is made of the second array is compared in its own digits."""
    torch = pytest.importorskip("torch")
    seen = []

    class Rounding(torch.optim.SGD):
        """Takes every gradient in float32."""

        @torch.no_grad()
        def step(self):
            for group in self.param_groups:
                seen.append([x.dtype for x in group["params"]])
                for x in group["params"]:
                    x.sub_((group["lr"] * x.grad.float()).to(x.dtype))

    report = check(Rounding, "gd", {"lr": 0.1}, ["float32"], ["for-loop"], [PAIR])
    assert seen[0] == [torch.float32, torch.float64]
    assert (report.verdict, report.worst.of) == ("wrong", "float64")
    assert report.worst.coordinate >= 6
