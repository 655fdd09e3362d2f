"""The commands of the suite: `nox -l` lists them, `nox -s NAME` runs one."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True

SUITE = Path(".nox", "suite")  # one environment with the frameworks, for all that runs them
EXTRAS = ".[jax,torch,test,bench,report,study]"
STUDIES = "reports/data/studies"
CHECKED = "reports/data/check"
RESULTS = "reports/data/tests.json"
CONSTRAINED = ("--quiet", "--constraint", "constraints.txt")
COMPILED = {  # for all processes and runs: what JAX and torch compiled, truths, drawn figures
    "JAX_COMPILATION_CACHE_DIR": str((SUITE / "jax").absolute()),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "TORCHINDUCTOR_CACHE_DIR": str((SUITE / "inductor").absolute()),
    "DESCENT_BENCH_TRUTHS": str((SUITE / "truths").absolute()),
    "DESCENT_BENCH_PICTURES": str((SUITE / "pictures").absolute()),
}
LEVELS = "reports/data/levels"
LEVELLED = ("tests/test_goldens.py", "tests/test_agreement.py", "tests/test_arithmetic.py")
DISPATCHED = """from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
print(*(name for name in __cpu_dispatch__ if __cpu_features__.get(name)))"""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
NAME = "from benchmarks.machine import name; print(name())"
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


def _measure(session: nox.Session, python: str, *arguments: str) -> None:
    """Run asv's suites, and write down the machine and its load beside the results."""
    name = str(session.run(python, "-c", NAME, external=True, silent=True)).strip()
    _asv(session, python, "machine", "--yes", "--machine", name)
    _asv(session, python, "run", "--machine", name, *arguments, codes=(0, 2))
    session.run(python, "-m", "benchmarks.machine", external=True)


def _paths(session: nox.Session, *arguments: str) -> None:
    session.run(suite(session), "-m", "reports.record", *arguments, external=True)


def _pytest(
    session: nox.Session,
    *arguments: str,
    codes: tuple[int, ...] = (0,),
    env: Mapping[str, str] = COMPILED,
) -> None:
    workers = str(min(4, os.cpu_count() or 1))
    command = (suite(session), "-m", "pytest", "-n", workers, "--dist", "worksteal", *arguments)
    polite = {**env, "OMP_WAIT_POLICY": "PASSIVE"}  # a thread that waits leaves its core to others
    session.run(*command, env=polite, external=True, success_codes=codes)


def _levels(dispatched: list[str]) -> dict[str, dict[str, str]]:
    """What each level sets; ``dispatched`` is what numpy found on this processor to choose from."""
    wide = [name for name in dispatched if name.startswith(("AVX512", "X86_V4"))]
    fused = [name for name in dispatched if name in ("AVX2", "FMA3", "X86_V3")]
    levels = {f"aten-{name}": {"ATEN_CPU_CAPABILITY": name} for name in ("default", "avx2")}
    if wide:
        levels["numpy-without-avx512"] = {"NPY_DISABLE_CPU_FEATURES": " ".join(wide)}
    if fused:
        levels["numpy-without-avx2"] = {"NPY_DISABLE_CPU_FEATURES": " ".join(wide + fused)}
    for name in ("SSE4_2", "AVX2"):
        levels[f"xla-{name.lower()}"] = {
            "XLA_FLAGS": f"--xla_cpu_max_isa={name}",
            "JAX_COMPILATION_CACHE_DIR": f"{COMPILED['JAX_COMPILATION_CACHE_DIR']}-{name.lower()}",
        }
    levels["one-thread"] = dict.fromkeys(THREADS, "1")
    levels["four-threads"] = dict.fromkeys(THREADS, "4")
    return levels


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Check every claim; arguments go to pytest: nox -s tests -- -k adam, or -m exhaustive."""
    kept = [] if session.posargs else [f"--results={RESULTS}"]
    _pytest(session, *kept, *session.posargs)


@nox.session(venv_backend="none")
def levels(session: nox.Session) -> None:
    """Goldens, agreement and arithmetic at each dispatch level; -- NAME ... for some of them."""
    python = suite(session)
    dispatched = str(session.run(python, "-c", DISPATCHED, external=True, silent=True)).split()
    known = {name: (env, ()) for name, env in _levels(dispatched).items()}
    known["imitated-sqrt"] = {}, ("--imitate", "torch.sqrt")
    unknown = sorted({*session.posargs} - {*known})
    if unknown:
        session.error(f"{', '.join(unknown)}: expected some of {', '.join(known)}")
    failed = []
    for name in session.posargs or known:
        env, arguments = known[name]
        session.log(f"{name}: {' '.join((*(f'{k}={v}' for k, v in env.items()), *arguments))}")
        kept = f"--results={LEVELS}/{name}.json"
        try:
            _pytest(session, *LEVELLED, "-q", kept, *arguments, env={**COMPILED, **env})
        except CommandFailed:
            failed.append(name)
    if failed:
        session.error(f"these levels failed: {', '.join(failed)}")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting with ruff; -- --fix mends what it can."""
    session.install(*CONSTRAINED, "ruff")
    session.run("ruff", "check", *session.posargs, ".")
    session.run("ruff", "format", *([] if "--fix" in session.posargs else ["--check"]), ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of all but the tests with mypy, strictly."""
    session.install(*CONSTRAINED, "mypy", "numpy", "jinja2", "filelock")
    session.run("mypy")


@nox.session(venv_backend="none")
def check(session: nox.Session) -> None:
    """Is your optimizer right? nox -s check -- torch.optim:AdamW --spec adamw --hyper lr=1e-3."""
    into = ("--into", str(Path(CHECKED).absolute()))
    # -P: a folder of the user's own that is called benchmarks is not taken for this one
    command = (suite(session), "-P", "-m", "benchmarks.check", *into, *session.posargs)
    here = os.pathsep.join(filter(None, (str(Path.cwd()), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, **COMPILED, "PYTHONPATH": here}
    found = subprocess.run(command, env=env, cwd=session.invoked_from, check=False)
    if found.returncode:  # 1 wrong, 2 refused, 3 cannot tell or not run, 130 interrupted
        sys.exit(found.returncode)


@nox.session(venv_backend="none")
def speed(session: nox.Session) -> None:
    """Time the optimizers' inner loops with pytest-benchmark, in a minute."""
    only = ("tests/test_speed.py", "--benchmark-only", *session.posargs)
    session.run(suite(session), "-m", "pytest", *only, external=True)


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Run the asv suites on HEAD in asv's own environment; -- --quick for one sample each."""
    python = suite(session)
    _measure(session, python, "HEAD^!", "--show-stderr", *session.posargs)
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
def bound(session: nox.Session) -> None:
    """Measure how sharp and how sure the bounds of agreement are, in a minute."""
    session.run(suite(session), "-m", "reports.bound", *session.posargs, external=True)


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
    _measure(session, python, f"HASHFILE:{wanted}", "--skip-existing-successful", *rest)
    _asv(session, python, "publish")


@nox.session(venv_backend="none")
def report(session: nox.Session) -> None:
    """The main job: check, benchmark quickly, and build the report; -- --with FOLDER ..."""
    python = suite(session)
    session.run(python, "-m", "reports", "--no-pages", *session.posargs, external=True)
    _pytest(session, "-q", f"--results={RESULTS}", codes=(0, 1))
    head = _git(session, "rev-parse", "HEAD")
    once = ("--python=same", f"--set-commit-hash={head}", "--attribute", "rounds=1")
    _measure(session, python, *once, "--bench", "^(?!counts)")  # which take minutes
    _asv(session, python, "publish", codes=(0, 1))
    _paths(session)
    session.run(python, "-m", "reports.bound", external=True)
    session.run(python, "-m", "reports", *session.posargs, external=True)


@nox.session(venv_backend="none")
def preview(session: nox.Session) -> None:
    """Serve the report: asv's pages in it need a server, and the network."""
    _asv(session, suite(session), "preview", "--html-dir", "reports/html", *session.posargs)


@nox.session(venv_backend="none")
def regressions(session: nox.Session) -> None:
    """Compare two commits in counts and seconds: nox -s regressions -- BASE [HEAD] [--quick]."""
    command = (suite(session), "-m", "benchmarks.regressions", *session.posargs)
    code = subprocess.run(command, env={**os.environ, **COMPILED}, check=False).returncode
    if code:  # 1 slower or wrong, 2 refused, 3 measured nothing
        sys.exit(code)


@nox.session(venv_backend="none")
def versions(session: nox.Session) -> None:
    """Which release changed a digit, a count or the speed: nox -s versions -- numpy==2.2.6 ..."""
    command = (suite(session), "-m", "reports.versions", *session.posargs)
    session.run(*command, env=COMPILED, external=True)


@nox.session(venv_backend="none")
def keep(session: nox.Session) -> None:
    """Pack what this machine found, for another's report: nox -s keep -- FOLDER [--days N]."""
    session.run(suite(session), "-m", "reports.keep", *session.posargs, external=True)


@nox.session(venv_backend="none")
def study(session: nox.Session) -> None:
    """Run a study, or go on with it: nox -s study -- FILE [--scheduler ADDRESS] [--scaling]."""
    command = (suite(session), "-m", "backends.studies", "--into", STUDIES, *session.posargs)
    code = subprocess.run(command, env={**os.environ, **COMPILED}, check=False).returncode
    if code:  # 1 stopped, 2 refused, 130 interrupted
        sys.exit(code)


@nox.session(venv_backend="none")
def alarm(session: nox.Session) -> None:
    """Measure how often a comparison of commits cries wolf, and what it misses."""
    session.run(
        suite(session),
        "-m",
        "benchmarks.regressions.alarm",
        *session.posargs,
        env=COMPILED,
        external=True,
    )
