"""Fixtures and hooks: skip what raises `Unsupported`, and collect all cells for the report."""

import gc
import json
import os
import platform
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from backends import BACKENDS, Unsupported, why_unavailable
from benchmarks.machine import describe
from reference import GOLDENS
from reference.kept import FOLDER
from reports.cells import AnyCell, GoldenCell, OtherCell, parse

FRAMEWORKS = ("numpy", "jax", "torch", "scipy", "mpmath", "optax", "keras", "scikit-learn")
FRAMEWORKS = (*FRAMEWORKS, "pandas", "seaborn", "asv")
FLAGS = (  # environment variables that affect speed, and sometimes the last digit
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NPY_DISABLE_CPU_FEATURES",
    "ATEN_CPU_CAPABILITY",
    "MKL_CBWR",
    "XLA_FLAGS",
    "JAX_PLATFORMS",
    "CUDA_VISIBLE_DEVICES",
)
CELLS = pytest.StashKey[list[AnyCell]]()
STARTED = pytest.StashKey[float]()
LEFT = pytest.StashKey[list[pytest.Item]]()  # the tests that are left out


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--results", metavar="FILE", help="write every cell's outcome to a JSON file")
    words = "run all as on a machine whose FUNCTION, such as torch.sqrt, is a unit in the last "
    words += "place off for a sixth of its arguments"
    parser.addoption("--imitate", metavar="FUNCTION", help=words)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CELLS] = []
    config.stash[STARTED] = time.monotonic()
    if config.getoption("--imitate"):
        _imitate(config)


def _imitate(config: pytest.Config) -> None:
    """Replace the function in this worker until the session ends."""
    from tests.helpers.imitation import imitated

    os.environ.pop(FOLDER, None)  # truths of that machine are not kept
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        stack.enter_context(imitated(config.getoption("--imitate")))
    except (ImportError, ValueError) as error:
        raise pytest.UsageError(f"--imitate: {error}") from None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is exhaustive, unless -m asks for it or tests are given by their names."""
    if config.option.markexpr or any("::" in each for each in config.args):
        return
    left = config.stash[LEFT] = [i for i in items if i.get_closest_marker("exhaustive")]
    config.hook.pytest_deselected(items=left)
    items[:] = [i for i in items if not i.get_closest_marker("exhaustive")]


def pytest_collection_finish() -> None:
    """Exclude the collected tests, a million objects, from garbage collection; collect less often.

    Importing the frameworks makes a million more, which a full collection goes through.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 100)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Callable[[AnyCell], AnyCell]:
    """Register a cell for the report and return it; the test may fill it in later."""

    def keep(cell: AnyCell) -> AnyCell:
        request.node.stash.setdefault(CELLS, []).append(cell)
        return cell

    return keep


@pytest.fixture
def few_unrolled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torch unroll two steps per program; ten, as in test_compilation, take seconds."""
    if "torch" in BACKENDS and why_unavailable("torch:cpu") is None:
        monkeypatch.setattr("backends.torch.engine.STRIDE", 2)


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keras on torch, if no other framework was chosen."""
    if "KERAS_BACKEND" not in os.environ:
        pytest.importorskip("torch")
        monkeypatch.setenv("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A temporary folder that all xdist workers share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def drawn(shared: Path) -> Path:
    """The file with all figures that need no results, also loaded into this process's cache."""
    from tests.helpers import pictures
    from tests.helpers.once import once

    path = shared / "pictures.pickle"
    once(path, lambda: pictures.draw(path))
    pictures.load(path)
    return path


@pytest.fixture(scope="session")
def site(shared: Path, drawn: Path) -> Path:
    """The folder of a report built from made-up results and recorded runs on numpy."""
    from tests.helpers.browsing import site

    return site(shared / "site")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A running Chromium."""
    from tests.helpers.browsing import browser

    with browser() as found:
        yield found


@pytest.fixture
def visit(browser: Any, site: Path) -> Iterator[Callable[..., Any]]:
    """Open a page: ``visit(name, viewport)``; fails on console errors and network requests."""
    from tests.helpers.browsing import visits

    with visits(browser, site) as open_page:
        yield open_page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    try:
        return (yield)
    except Unsupported as reason:
        pytest.skip(str(reason))


def _why(report: pytest.TestReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    return "" if report.passed else str(getattr(crash, "message", report.longrepr))


def _claim(item: pytest.Item) -> str:
    words = getattr(getattr(item, "function", None), "__doc__", None) or item.name
    return " ".join(words.strip().split("\n\n")[0].split())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    """Attach a test's cells to its pytest report, which xdist sends to the main process."""
    report = yield
    cells = item.stash.get(CELLS, []) if report.when == "call" else []
    if report.failed and not cells:
        cells = [OtherCell(target="", claim=_claim(item))]
    for cell in cells:
        cell.outcome, cell.test = "passed", item.nodeid
    for cell in cells[-1:]:  # where a test ends early, all cells but the last had passed
        cell.outcome, cell.reason = report.outcome, _why(report)
    report.user_properties += [("cell", cell.to_dict()) for cell in cells]
    return report


class CellCollector:
    """Collects the cells of all workers in the main process."""

    def __init__(self, config: pytest.Config) -> None:
        self.cells = config.stash[CELLS]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.cells += [parse(c) for name, c in report.user_properties if name == "cell"]


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(CellCollector(session.config))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _environment(config: pytest.Config) -> dict[str, str]:
    found = {
        **describe(),
        "python": platform.python_version(),
        "commit": _git("rev-parse", "HEAD"),
        "dirty": "yes" if _git("status", "--porcelain") else "no",
    }
    found["imitated"] = config.getoption("--imitate") or "nothing"
    found |= {name: os.environ.get(name, "not set") for name in FLAGS}
    for name in FRAMEWORKS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    cells = config.stash[CELLS]
    if not cells:
        return
    terminalreporter.section("what was checked")
    required = [c for c in cells if isinstance(c, GoldenCell) and c.must_match]
    same = [c for c in required if c.outcome == "passed" and c.matches]
    explained = [c for c in required if c.explanation]
    printed = {c.golden for c in same} - {c.golden for c in explained}
    terminalreporter.line(
        f"{len(GOLDENS)} goldens, {len(printed)} reproduced character for character in their own "
        f"arithmetic, {len(same)} times; {len(explained)} texts are explained"
    )
    for cell in explained:
        terminalreporter.line(f"explained: {cell.golden} on {cell.target}: {cell.explanation}")
    for kind in sorted({c.kind for c in cells}):
        outcomes = Counter(c.outcome for c in cells if c.kind == kind)
        counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items()))
        terminalreporter.line(f"{kind} cells: {counts}")
    reasons = Counter(c.reason for c in cells if c.outcome == "skipped")
    for why, n in reasons.most_common():
        terminalreporter.line(f"skipped {n}: {why}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    from tests.helpers.newest import forget_old_code

    if hasattr(session.config, "workerinput"):
        return
    forget_old_code()
    target = session.config.getoption("--results")
    if target is None:
        return
    cells = session.config.stash[CELLS]
    outcomes = Counter(c.outcome for c in cells)
    seconds = round(time.monotonic() - session.config.stash[STARTED], 1)
    summary = {name: outcomes[name] for name in ("passed", "failed", "skipped")}
    results = {
        "environment": _environment(session.config),
        "summary": {**summary, "seconds": seconds},
        "cells": sorted((c.to_dict() for c in cells), key=partial(json.dumps, sort_keys=True)),
    }
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".partial")
    draft.write_text(json.dumps(results, indent=1, allow_nan=False))
    draft.replace(path)
