"""Claim: importing costs nothing that is not asked for, and the arrows go one way."""

import ast
import subprocess
import sys

import pytest

from backends import BACKENDS
from tests.recipes import ROOT

ALLOWED = {
    "reference": {"reference"},
    "backends": {"reference", "backends"},
    "benchmarks": {"reference", "backends", "benchmarks"},
    "reports": {"reference", "backends", "reports"},
}
OURS = {*ALLOWED, "tests"}
HEAVY = ("jax", "torch", "pandas", "matplotlib", "seaborn", "asv")
RUN = "import backends, reference; backends.run(reference.Case('gd', 'x_cos'), '{}:cpu')"


def _loaded(code):
    """The heavy modules that are loaded after ``code`` ran in a fresh interpreter."""
    tail = f"import sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {tail}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return ast.literal_eval(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("code", ["import backends", RUN.format("numpy")])
def test_numpy_alone_loads_no_framework(code):
    """Neither the import nor a run on numpy does."""
    assert _loaded(code) == []


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "numpy"])
def test_a_run_loads_its_own_framework_only(backend):
    """A run on one framework leaves the others alone."""
    pytest.importorskip(BACKENDS[backend].REQUIRES)
    assert _loaded(RUN.format(backend)) == [BACKENDS[backend].REQUIRES]


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


@pytest.mark.parametrize("package", ALLOWED)
def test_the_arrows_go_one_way(package):
    """reference <- backends <- benchmarks, reports; nothing imports the tests."""
    for path in (ROOT / package).rglob("*.py"):
        ours = {name.split(".")[0] for name in _imports(path)} & OURS
        assert ours <= ALLOWED[package], path


def test_a_run_leaves_global_configuration_alone():
    """float64 on JAX and no autograd on torch hold for the run only."""
    jax, torch = pytest.importorskip("jax"), pytest.importorskip("torch")
    import backends
    from reference import Case

    before = jax.config.jax_enable_x64, torch.is_grad_enabled(), torch.get_default_dtype()
    for name in set(BACKENDS) - {"numpy"}:
        backends.run(Case("gd", "x_cos", dtype="float64", steps=1), f"{name}:cpu")
    after = jax.config.jax_enable_x64, torch.is_grad_enabled(), torch.get_default_dtype()
    assert after == before
