"""Claim: the files in the folders define the registries, and every entry is complete."""

import ast
import inspect
import re
import tomllib
from collections import Counter
from contextlib import nullcontext
from dataclasses import fields, replace
from importlib import import_module

import numpy as np
import pytest

from backends import BACKENDS, TARGETS, absences
from backends.native import native
from reference import (
    CASES,
    GOLDENS,
    OPTIMIZERS,
    PROBLEMS,
    AllClose,
    Batch,
    GradientNorm,
    Invalid,
)
from reference.first_order import check_base
from reference.registry import stems
from reference.schedules import SCHEDULES
from tests.helpers.recipes import ROOT


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_has_every_optimizer_or_a_reason(backend, name):
    """A backend has a file for each optimizer, or a reason in ABSENT."""
    assert (name in stems(BACKENDS[backend])) != bool(absences(backend).get(name))


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_backend_has_anything_else(backend):
    """Besides the engine, each public file of a backend is a registered optimizer."""
    assert set(stems(BACKENDS[backend])) - {"engine"} <= set(OPTIMIZERS)
    assert set(absences(backend)) <= set(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_says_where_it_comes_from(name):
    """An optimizer has a title, citations, and known kinds of evaluations."""
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


DECLARED = {
    **{name: spec.hyper for name, spec in OPTIMIZERS.items()},
    **{name: problem.params for name, problem in PROBLEMS.items()},
    **{kind.__name__: kind for kind in (AllClose, GradientNorm, Batch, *SCHEDULES.values())},
}


def _declaring(cls):
    """The class, and those of its bases that declare parameters."""
    return [each for each in cls.__mro__ if inspect.get_annotations(each)]


def test_what_stands_beside_a_formula_is_every_first_order_optimizers():
    """An optimizer that needs one gradient without weight decay and the rest is refused by name."""
    adam, newton = OPTIMIZERS["adam"], OPTIMIZERS["newton"]
    for spec, other in ((adam, newton), (newton, adam)):
        check_base(spec)
        with pytest.raises(Invalid, match=rf"optimizers/{spec.id}.py: its Hyper must"):
            check_base(replace(spec, hyper=other.hyper))


@pytest.mark.parametrize("name", DECLARED)
def test_every_parameter_says_what_it_is(name):
    """The docstring describes each field in a sentence, which error messages quote."""
    described = DECLARED[name].describe_fields()
    texts = [each.__doc__.partition("----------\n")[2] for each in _declaring(DECLARED[name])]
    assert re.findall(r"^    (\w+)$", "\n".join(texts), re.MULTILINE) == list(described)
    for field, (meaning, expected, default) in described.items():
        assert re.fullmatch(r"[A-Z].{20,}\.", meaning), field
        assert default == getattr(DECLARED[name](), field)
        with pytest.raises(Invalid) as refused:
            DECLARED[name].build(name, {field: object()})
        assert str(refused.value).startswith(f"{name}: {field} = <object")
        assert str(refused.value).endswith(f": expected {expected}. {field}: {meaning}")


ENDS = {"lr": (False, None), "eps": (True, None), "decay": (True, False), "momentum": (True, False)}


@pytest.mark.parametrize("field", ENDS)
def test_a_range_ends_where_the_method_does(field):
    """lr = 0, decay = 1 and momentum = 1 are refused; eps = 0, decay = 0, momentum = 0 are not."""
    for name, spec in OPTIMIZERS.items():
        for end, inside in zip((0.0, 1.0), ENDS[field], strict=True):
            if inside is None or field not in {f.name for f in fields(spec.hyper)}:
                continue
            with nullcontext() if inside else pytest.raises(Invalid, match=f"{field} = {end}"):
                spec.hyper.build(name, {field: end})


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_complete(name):
    """A problem has citations and a Hessian; start, window and minimisers have one dimension."""
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
    """A golden has a document, a section, and a case if and only if it prints a line."""
    for golden in GOLDENS.values():
        assert golden.document
        assert golden.section
        assert bool(golden.cases) == bool(golden.line), golden.id
        assert set(golden.reproduced_by) <= {"numpy", "jax", "torch"}


def test_cases_are_what_the_documents_say():
    """Every case has a finite start and a registered optimizer."""
    assert all(np.isfinite(case.start_point).all() for case in CASES.values())
    assert {case.optimizer for case in CASES.values()} <= set(OPTIMIZERS)


@pytest.mark.parametrize(
    ("folder", "registry"),
    [("optimizers", OPTIMIZERS), ("problems", PROBLEMS)],
    ids=["optimizers", "problems"],
)
def test_the_file_stem_is_the_id(folder, registry):
    """Each file's stem is the id of its entry, and its docstring begins with a sentence."""
    files = {p.stem: p for p in (ROOT / "reference" / folder).glob("[!_]*.py")}
    assert list(registry) == sorted(files)
    for name in registry:
        assert registry[name].id == name
        line = (import_module(f"reference.{folder}.{name}").__doc__ or "").split("\n")[0]
        assert line.endswith("."), name


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_native_file_is_of_its_specifications_kind(backend, name):
    """A backend's file defines ``update`` if and only if the specification is elementwise."""
    pytest.importorskip(BACKENDS[backend].REQUIRES)
    if absences(backend).get(name):
        return
    module = import_module(f"backends.{backend}.{name}")
    assert module.__doc__
    assert (native(module).update is not None) == OPTIMIZERS[name].elementwise


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_says_where_it_comes_from(name):
    """A problem has a title, citations, a finite start, and constants that runs can convert."""
    problem = PROBLEMS[name]
    assert problem.title
    assert all(cite.source and cite.place for cite in problem.cites)
    assert np.isfinite(problem.start(problem.params())).all()
    for value in problem.constants(problem.params()).values():
        assert value is None or isinstance(value, (float, np.ndarray))


def test_no_golden_hides_another():
    """Ids in the TOML files are unique, and all of them are in the registries."""
    names = []
    for path in (ROOT / "reference/goldens").glob("*.toml"):
        prefix, table = path.stem.split("_")[0], tomllib.loads(path.read_text(encoding="utf-8"))
        for entry in (*table.get("case", ()), *table.get("figure", ())):
            tabs = [f"/{tab['framework']}" for tab in entry.get("tab", ())]
            names += [f"{prefix}/{entry['id']}{tab}" for tab in ("", *tabs)]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert set(names) == {*CASES, *GOLDENS}


def test_asv_measures_the_pinned_versions():
    """asv's matrix and constraints.txt pin the same releases."""
    load_json = pytest.importorskip("asv.util").load_json
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    matrix = load_json(str(ROOT / "asv.conf.json"), js_comments=True)["matrix"]["req"]
    for name, versions in matrix.items():
        assert versions == [pinned[name.removeprefix("pip+")]], name


IDS = {*OPTIMIZERS, *PROBLEMS, *BACKENDS}
ENGINES = [ROOT / "backends" / backend / "engine.py" for backend in BACKENDS]
SHARED = [*sorted(ROOT.glob("backends/*.py")), *ENGINES]


def _words(tree, *kinds):
    """The constants inside all nodes of these kinds."""
    for node in ast.walk(tree):
        if isinstance(node, kinds):
            yield from (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))


@pytest.mark.parametrize("path", SHARED, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_asks_which_one_it_is(path):
    """Shared code has no special cases: it compares nothing with an id."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not set(_words(tree, ast.Compare, ast.MatchValue)) & IDS


@pytest.mark.parametrize("path", sorted(ROOT.glob("benchmarks/*.py")), ids=lambda p: p.stem)
def test_benchmarks_list_no_ids(path):
    """Benchmarks iterate the registries, and contain no id as a literal."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not set(_words(tree, ast.Module)) & {*OPTIMIZERS, *PROBLEMS, *TARGETS, *CASES}
