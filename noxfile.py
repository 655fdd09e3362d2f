"""The commands of the suite: `nox -l` lists them, `nox -s NAME` runs one."""

import hashlib
import os
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True

SUITE = Path(".nox", "suite")  # one environment with the frameworks, for all that runs them
EXTRAS = ".[jax,torch,test,bench,report]"
RESULTS = "reports/data/tests.json"
CONSTRAINED = ("--quiet", "--constraint", "constraints.txt")
COMPILED = {  # what JAX compiled, and what torch knows of the compiler, for all processes and runs
    "JAX_COMPILATION_CACHE_DIR": str((SUITE / "jax").absolute()),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "TORCHINDUCTOR_CACHE_DIR": str((SUITE / "inductor").absolute()),
}
PROBE = "import torch; torch.compile(lambda x: x + 1)(torch.ones(9))"  # torch tries the compiler


def suite(session: nox.Session) -> str:
    """Return the Python of the shared environment; make it when its requirements are new."""
    python = SUITE.absolute() / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    files = Path("pyproject.toml"), Path("constraints.txt")
    wanted = hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()
    stamp = SUITE / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        session.log(f"making the environment {SUITE}, which takes some minutes")
        session.run(sys.executable, "-m", "venv", str(SUITE), external=True)
        install = (str(python), "-m", "pip", "install", *CONSTRAINED)
        session.run(*install, "--editable", EXTRAS, external=True)
        probe = (str(python), "-c", PROBE)
        session.run(*probe, env=COMPILED, external=True, silent=True, success_codes=(0, 1))
        stamp.write_text(wanted)
    return str(python)


def _git(session: nox.Session, *arguments: str) -> str:
    return str(session.run("git", *arguments, external=True, silent=True)).strip()


def _asv(session: nox.Session, python: str, *arguments: str, codes: tuple[int, ...] = (0,)) -> None:
    session.run(python, "-m", "asv", *arguments, external=True, success_codes=codes)


def _paths(session: nox.Session, *arguments: str) -> None:
    session.run(suite(session), "-m", "reports.record", *arguments, external=True)


def _pytest(session: nox.Session, *arguments: str, codes: tuple[int, ...] = (0,)) -> None:
    workers = str(min(4, os.cpu_count() or 1))
    command = (suite(session), "-m", "pytest", "-n", workers, "--dist", "worksteal", *arguments)
    session.run(*command, env=COMPILED, external=True, success_codes=codes)


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Check every claim; arguments go to pytest: nox -s tests -- -k adam."""
    kept = [] if session.posargs else [f"--results={RESULTS}"]
    _pytest(session, *kept, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting with ruff; -- --fix mends what it can."""
    session.install(*CONSTRAINED, "ruff")
    session.run("ruff", "check", *session.posargs, ".")
    session.run("ruff", "format", *([] if "--fix" in session.posargs else ["--check"]), ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of reference and backends with mypy, strictly."""
    session.install(*CONSTRAINED, "mypy", "numpy")
    session.run("mypy")


@nox.session(venv_backend="none")
def speed(session: nox.Session) -> None:
    """Time the optimizers' inner loops with pytest-benchmark, in a minute."""
    only = ("tests/test_speed.py", "--benchmark-only", *session.posargs)
    session.run(suite(session), "-m", "pytest", *only, external=True)


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Run the asv suites on HEAD in asv's own environment; -- --quick for one sample each."""
    python = suite(session)
    _asv(session, python, "machine", "--yes")
    _asv(session, python, "run", "HEAD^!", "--show-stderr", *session.posargs, codes=(0, 2))
    _asv(session, python, "publish")


@nox.session(venv_backend="none")
def peers(session: nox.Session) -> None:
    """Race ours against other libraries and the machine's limit: nox -s peers -- torch adam."""
    session.run(suite(session), "-m", "benchmarks.peers", *session.posargs, external=True)


@nox.session(venv_backend="none")
def paths(session: nox.Session) -> None:
    """Record the explorer's paths, and where backends part, on every target here."""
    _paths(session, *session.posargs)


@nox.session(venv_backend="none")
def history(session: nox.Session) -> None:
    """Run the asv suites over the last N commits: nox -s history -- 3 [--quick]."""
    python = suite(session)
    count, *rest = session.posargs or ["3"]
    if not count.isdigit() or int(count) < 1:
        session.error(f"{count!r}: expected how many commits, a whole number from 1")
    commits = _git(session, "rev-list", f"--max-count={count}", "HEAD")
    wanted = Path(session.create_tmp(), "commits")
    wanted.write_text(commits + "\n")
    _asv(session, python, "machine", "--yes")
    run = ("run", f"HASHFILE:{wanted}", "--skip-existing-successful", *rest)
    _asv(session, python, *run, codes=(0, 2))
    _asv(session, python, "publish")


@nox.session(venv_backend="none")
def report(session: nox.Session) -> None:
    """The main job: check correctness, benchmark quickly, and build the HTML report."""
    _pytest(session, "-q", f"--results={RESULTS}", codes=(0, 1))
    python = suite(session)
    head = _git(session, "rev-parse", "HEAD")
    _asv(session, python, "machine", "--yes")
    quick = ("run", "--python=same", f"--set-commit-hash={head}", "--quick")
    _asv(session, python, *quick, codes=(0, 2))
    _asv(session, python, "publish", codes=(0, 1))
    _paths(session)
    session.run(python, "-m", "reports", *session.posargs, external=True)
