"""What every claim shares: unsupported means skipped, and every cell is kept for the report."""

import json
import os
import platform
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from backends import BACKENDS, Unsupported, reason
from reference import GOLDENS

FRAMEWORKS = ("numpy", "jax", "torch", "scipy", "mpmath", "optax", "pandas", "seaborn", "asv")
FLAGS = (  # what they say decides how fast it was, and sometimes a digit
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "XLA_FLAGS",
    "JAX_PLATFORMS",
    "CUDA_VISIBLE_DEVICES",
)
CELLS = pytest.StashKey[list[dict[str, Any]]]()
STARTED = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--results", metavar="FILE", help="write every cell's outcome to a JSON file")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CELLS] = []
    config.stash[STARTED] = time.monotonic()


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Callable[..., dict[str, Any]]:
    """Keep a cell of the report; add to the returned dict what becomes known later."""

    def keep(**cell: Any) -> dict[str, Any]:
        request.node.user_properties.append(("cell", cell))
        return cell

    return keep


@pytest.fixture
def few_unrolled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strides of two compiled steps: those of ten, which test_compilation has, take seconds."""
    if "torch" in BACKENDS and reason("torch:cpu") is None:
        monkeypatch.setattr("backends.torch.engine.STRIDE", 2)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers see."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def drawn(shared: Path) -> Path:
    """The file of the pictures that need no results; this process has them drawn."""
    from tests import pictures

    path = shared / "pictures.pickle"
    pictures.once(path, lambda: pictures.draw(path))
    pictures.load(path)
    return path


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


class Keeper:
    """Collects the cells of all workers in the process that reports."""

    def __init__(self, config: pytest.Config) -> None:
        self.cells = config.stash[CELLS]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            for name, cell in report.user_properties:
                if name == "cell":
                    self.cells.append({**cell, "outcome": report.outcome, "reason": _why(report)})


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(Keeper(session.config))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    found = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "commit": _git("rev-parse", "HEAD"),
        "dirty": "yes" if _git("status", "--porcelain") else "no",
    }
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
    own = [c for c in cells if c["kind"] == "golden" and c.get("own")]
    printed = {c["golden"] for c in own if c["outcome"] == "passed"}
    terminalreporter.line(
        f"{len(GOLDENS)} goldens, {len(printed)} reproduced character for character in their own "
        f"arithmetic, {sum(c['outcome'] == 'passed' for c in own)} times"
    )
    for kind in sorted({c["kind"] for c in cells}):
        outcomes = Counter(c["outcome"] for c in cells if c["kind"] == kind)
        told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items()))
        terminalreporter.line(f"{kind} cells: {told}")
    reasons = Counter(c["reason"] for c in cells if c["outcome"] == "skipped")
    for why, n in reasons.most_common():
        terminalreporter.line(f"skipped {n}: {why}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    target = session.config.getoption("--results")
    if target is None or hasattr(session.config, "workerinput"):
        return
    cells = session.config.stash[CELLS]
    outcomes = Counter(c["outcome"] for c in cells)
    seconds = round(time.monotonic() - session.config.stash[STARTED], 1)
    summary = {name: outcomes[name] for name in ("passed", "failed", "skipped")}
    results = {
        "environment": _environment(),
        "summary": {**summary, "seconds": seconds},
        "cells": sorted(cells, key=lambda c: json.dumps(c, sort_keys=True, default=str)),
    }
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(results, indent=1, allow_nan=True))
    partial.replace(path)
