"""Claim: packages import only what they may, load frameworks lazily, and keep global settings."""

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter

import numpy as np
import pytest

import backends
from backends import BACKENDS
from reference import DTYPES, Case, Invalid
from tests.helpers.recipes import ROOT

ALLOWED = {
    "reference": {"reference"},
    "backends": {"reference", "backends"},
    "benchmarks": {"reference", "backends", "benchmarks"},
    "reports": {"reference", "backends", "benchmarks", "reports"},
}
OURS = {*ALLOWED, "tests"}
HEAVY = (
    *("jax", "torch", "pandas", "matplotlib", "seaborn", "asv"),
    *("pyarrow", "dask", "distributed", "threadpoolctl"),
)
RUN = "import backends, reference; backends.run(reference.Case('gd', 'x_cos'), '{}:cpu')"
UPDATES = "import backends; u = backends.updater('adam', '{}:cpu'); u.step(u.init([1]), u.put([1]))"
ASKS = (
    "import reference",
    "import backends",
    "import backends as b; [b.why_unavailable(t) for t in b.TARGETS if t.endswith(':cpu')]",
    "import backends as b; [(b.modes_of(t), b.derivatives_of(t)) for t in b.TARGETS]",
    "from backends.conformance import check; check(lambda x, g, state: (x - g, None), 'gd', "
    "{'lr': 1.0}, tapes=['unequal'])",
)


def _loaded(*codes):
    """The heavy modules that are loaded after each of ``codes`` ran, in a fresh interpreter."""
    tail = f"import sys; print('loaded:', [m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(f"{code}; {tail}" for code in codes)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    return [ast.literal_eval(each[7:]) for each in lines if each.startswith("loaded:")]


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "numpy"])
def test_a_run_loads_its_own_framework_only(backend):
    """A run on one framework does not load the others."""
    pytest.importorskip(BACKENDS[backend].REQUIRES)
    assert _loaded(RUN.format(backend)) == [[BACKENDS[backend].REQUIRES]]


def test_asking_loads_no_framework():
    """Listing targets, modes and reasons, a check, and a run or update on numpy, load none."""
    codes = (*ASKS, RUN.format("numpy"), UPDATES.format("numpy"))
    found = dict(zip(codes, _loaded(*codes), strict=True))
    assert not any(found.values()), found


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in OURS
    for path in sorted((ROOT / package).rglob("*.py"))
}


@cache
def _imports(path):
    """The modules that a file imports; in ``from package import module``, the module."""
    return frozenset(_imported(path))


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in full)


@pytest.mark.parametrize("package", ALLOWED)
def test_the_arrows_go_one_way(package):
    """Only downwards: reference <- backends <- benchmarks <- reports; and never tests."""
    for path in (ROOT / package).rglob("*.py"):
        ours = {name.split(".")[0] for name in _imports(path)} & OURS
        assert ours <= ALLOWED[package], path


LOWER = {
    "read": (),
    "compute": ("read",),
    "draw": ("read", "compute"),
    "pages": ("read", "compute"),
}


@pytest.mark.parametrize("folder", LOWER)
def test_the_report_is_read_computed_and_shown(folder):
    """Subpackages import only downwards: read <- compute <- draw, pages; and no command module."""
    folders, commands = {*LOWER} - {*LOWER[folder], folder}, {"build", "record", "bound"}
    for path in (ROOT / "reports" / folder).rglob("*.py"):
        ours = {name.split(".")[1] for name in _imports(path) if name.startswith("reports.")}
        assert not ours & {*folders, *commands}, path


def test_no_module_imports_itself_by_a_detour():
    """There are no import cycles among our modules."""
    arrows = {name: _imports(path) & set(MODULES) for name, path in MODULES.items()}
    assert len(list(TopologicalSorter(arrows).static_order())) == len(MODULES)


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "numpy"])
def test_a_framework_is_imported_in_its_own_folder_only(backend):
    """A framework is imported only in its backend's folder, and where optimizers of it are checked;
    not by the driver or other backends.
    """
    own = f"backends.{backend}", "backends.conformance.frameworks."
    for name, path in MODULES.items():
        if name.split(".")[0] in ("reference", "backends") and not name.startswith(own):
            assert BACKENDS[backend].REQUIRES not in {i.split(".")[0] for i in _imports(path)}, name


def _settings():
    """The global settings of the loaded frameworks."""
    found = {"numpy": (np.geterr(), np.get_printoptions())}
    if jax := sys.modules.get("jax"):
        found["jax"] = jax.config.jax_enable_x64, jax.config.jax_default_device
    if torch := sys.modules.get("torch"):
        found["torch"] = (
            torch.is_grad_enabled(),
            torch.get_default_dtype(),
            torch.get_default_device(),
            torch.get_num_threads(),
        )
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_callers_settings_stay(backend, dtype):
    """Calls leave global settings as they were, also after an error."""
    pytest.importorskip(BACKENDS[backend].REQUIRES)
    target = f"{backend}:cpu"
    before = _settings()
    backends.run(Case("gd", "x_cos", dtype=dtype, steps=1), target)
    backends.evaluate(Case("gd", "x_cos", dtype=dtype), "hessian", target)
    backends.show(1.0, target, dtype)
    adam = backends.updater("adam", target, dtype)
    adam.get(adam.step(adam.init(np.ones(2)), adam.put(np.ones(2))))
    assert _settings() == before
    with pytest.raises(Invalid):
        backends.run(Case("inverse_simulator", "x_cos", dtype=dtype), target)
    assert _settings() == before


@pytest.mark.skipif("jax" not in BACKENDS, reason="backends/jax is not here")
@pytest.mark.parametrize("enabled", [False, True])
def test_jax_keeps_the_runs_dtype(enabled):
    """JAX runs in the case's dtype whether or not the caller has enabled float64."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(enabled):
        for dtype in DTYPES:
            path = backends.run(Case("adam", "x_cos", dtype=dtype, steps=2), "jax:cpu")
            assert path.points.dtype == path.values.dtype == dtype
        assert jax.config.jax_enable_x64 == enabled
