"""Claim: every run agrees with its 50-digit reference run, within the bound for its dtype."""

from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest

from backends import TARGETS, modes_of, run
from reference import CASES, DTYPES, OPTIMIZERS, PROBLEMS, Case, Invalid, compare, truth
from reports.cells import AgreementCell, PairCell
from tests.helpers import worst
from tests.helpers.lists import DISTINCT, FIRST, HOSTS, quick


def _cells():
    """Every case in both dtypes in each target's default mode, and some in the other modes.

    Those are one case for each optimizer, in its own dtype, since compiling takes seconds a cell.
    """
    for name in DISTINCT:
        for target in TARGETS:
            for dtype in DTYPES:
                yield pytest.param(name, target, None, dtype, id=f"{name}-{target}-{dtype}")
    for name in FIRST.values():
        for target in TARGETS:
            for mode in modes_of(target)[1:]:
                dtype = CASES[name].dtype
                yield pytest.param(name, target, mode, dtype, id=f"{name}-{target}-{mode}")


@pytest.mark.parametrize(("name", "target", "mode", "dtype"), list(_cells()))
def test_follows_the_truth(name, target, mode, dtype, record, few_unrolled):
    """Every point and value of a run is within its error bound."""
    case = replace(CASES[name], dtype=dtype)
    if mode:
        case = _shorter(case, 8)  # torch.compile unrolls the loop
    cell = AgreementCell(
        case=name,
        optimizer=case.optimizer,
        problem=case.problem.id,
        target=target,
        mode=mode or modes_of(target)[0],
        dtype=dtype,
    )
    record(cell)
    path = run(case, target, mode)
    agreement = compare(path)
    cell.ulps, cell.ratio = agreement.ulps, agreement.ratio
    cell.along = [float(f"{u:.3g}") for u in agreement.along]
    cell.rows, cell.horizon = agreement.rows, list(agreement.horizon)
    cell.chaotic = agreement.chaotic
    cell.steps, cell.status = path.steps, path.status
    worst.within(cell, partial(worst.on_path, path))


def _shorter(case, halvings):
    """The case with fewer halvings, if its optimizer has them: all but a few repeat the first."""
    if "halvings" not in vars(case.hyperparameters):
        return case
    return replace(case, hyper={**case.hyper, "halvings": halvings})


def _small(problem):
    """Parameters for a small data set, since 50-digit arithmetic is slow."""
    return {"size": 20} if "size" in {f.name for f in fields(PROBLEMS[problem].params)} else {}


DIMENSION = {name: len(p.start(p.params())) for name, p in PROBLEMS.items()}
PAIRS = [(o, p) for o in OPTIMIZERS for p in PROBLEMS]
EVERY = [(*pair, target) for pair in PAIRS for target in HOSTS]
ONCE = [  # each pair on one host, and each optimizer and each problem on every host
    (o, p, HOSTS[(i + j) % len(HOSTS)])
    for i, o in enumerate(OPTIMIZERS)
    for j, p in enumerate(PROBLEMS)
]


@pytest.mark.parametrize(("optimizer", "problem", "target"), quick(EVERY, ONCE))
def test_every_optimizer_runs_on_every_problem(optimizer, problem, target, record):
    """With defaults, every pair stays within its bound, or an error says why it cannot run.

    The documents' line searches have all their halvings, in the test above.
    """
    if OPTIMIZERS[optimizer].dimension not in (None, DIMENSION[problem]):
        with pytest.raises(Invalid, match="dimension"):
            Case(optimizer, problem)
        return
    case = _shorter(Case(optimizer, problem, params=_small(problem), steps=3), 16)
    needs_composition = "forward" in case.spec.evaluations(case.hyperparameters)
    if needs_composition and case.problem.composition is None:
        with pytest.raises(Invalid, match="composition"):
            run(case, target)
        return
    cell = PairCell(
        optimizer=optimizer,
        problem=problem,
        target=target,
        mode=modes_of(target)[0],
        dtype=case.dtype,
    )
    record(cell)
    path = run(case, target)
    agreement = compare(path)
    cell.ulps, cell.ratio, cell.status = agreement.ulps, agreement.ratio, path.status
    worst.within(cell, partial(worst.on_path, path))


@pytest.mark.parametrize("target", HOSTS)
def test_a_wrong_constant_is_noticed(target):
    """A learning rate that is wrong by 1e-4, or 1e-12 in float64, exceeds the bound."""
    for dtype, off in (("float32", 1e-4), ("float64", 1e-12)):
        case = Case("adam", "steep_optima", hyper={"lr": 0.05}, steps=50, dtype=dtype)
        wrong = run(replace(case, hyper={"lr": 0.05 * (1 + off)}), target)
        assert compare(replace(wrong, case=case)).ratio > 1


def test_a_chaotic_run_is_labelled():
    """A run that is chaotic in w1 is labelled so, and its horizon is longer in float64."""
    case = CASES["001/pathological_gd"]
    path = run(case)
    single = compare(path)
    double = compare(replace(path, case=replace(case, dtype="float64")))
    assert single.chaotic
    assert single.horizon[0] < double.horizon[0] < single.horizon[1] == case.steps + 1
    assert np.isfinite(single.ratio)


@pytest.mark.parametrize("optimizer", ["gd", "newton"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_correct_run_may_overflow(optimizer, problem, dtype):
    """A run from a huge start may overflow where its dtype does, and still agrees."""
    for distance in (1e29, 0.1 * float(np.finfo(dtype).max)):
        start = (distance,) * DIMENSION[problem]
        case = Case(optimizer, problem, _small(problem), start=start, steps=2, dtype=dtype)
        assert compare(run(case)).ratio <= 1


def test_a_value_that_divides_by_zero_is_no_number():
    """A likelihood with sigma = 0 is not finite, and the run ends as diverged."""
    case = Case("gd", "normal_nll", {"size": 8}, start=(0.0, 0.0), steps=2)
    assert not np.isfinite(float(truth(case).values[0]))
    assert run(case).status == "diverged"
    assert compare(run(case)).ratio <= 1
