"""Claim: what is in the folders is all there is, and every part of it is complete."""

import numpy as np
import pytest

from backends import BACKENDS, absences
from reference import CASES, GOLDENS, OPTIMIZERS, PROBLEMS
from reference.registry import stems


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_has_every_optimizer_or_a_reason(backend, name):
    """A file of that stem, or an entry in ABSENT that says why."""
    assert (name in stems(BACKENDS[backend])) != bool(absences(backend).get(name))


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_backend_has_anything_else(backend):
    """Beside the engine, each file is an optimizer."""
    assert set(stems(BACKENDS[backend])) - {"engine"} <= set(OPTIMIZERS)
    assert set(absences(backend)) <= set(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_says_where_it_comes_from(name):
    """Title, citations, and defaults that are valid."""
    spec = OPTIMIZERS[name]
    assert spec.id == name
    assert spec.title
    assert spec.cites
    assert all(cite.source and cite.place for cite in spec.cites)
    assert set(spec.evaluations(spec.hyper())) <= {
        "value",
        "gradient",
        "hessian",
        "solve",
        "forward",
        "inverse",
    }


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_complete(name):
    """Start, window and minimisers of one dimension; citations; a Hessian."""
    problem = PROBLEMS[name]
    p = problem.params()
    start = problem.start(p)
    assert problem.id == name
    assert problem.cites
    assert problem.hessian is not None
    assert len(problem.window(p)) == len(start)
    assert all(low < high for low, high in problem.window(p))
    assert all(len(m) == len(start) for m in problem.minimisers(p))


def test_every_golden_has_what_it_needs():
    """A document, a section, and cases where there is a number."""
    for golden in GOLDENS.values():
        assert golden.document
        assert golden.section
        assert bool(golden.cases) == bool(golden.line), golden.id
        assert set(golden.reproduced_by) <= {"numpy", "jax", "torch"}


def test_cases_are_what_the_documents_say():
    """Every case starts at finite numbers, and every optimizer and problem has one."""
    assert all(np.isfinite(case.x0).all() for case in CASES.values())
    assert {case.optimizer for case in CASES.values()} <= set(OPTIMIZERS)
