"""``python -m backends.conformance SUBJECT --spec NAME``: is an optimizer of anybody's right?"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from tqdm import tqdm

from backends.conformance import board
from backends.conformance.alive import TAPE
from backends.conformance.dtypes import EVERY
from backends.conformance.formats import markdown, to_dict
from backends.conformance.limits import OutOfTime, limited
from backends.conformance.parting import part
from backends.conformance.report import Report
from backends.conformance.request import Missing, Request, hyperparameters, load
from backends.conformance.speed import Timer
from backends.conformance.tapes import KINDS
from backends.conformance.verdict import CANNOT_TELL, NOT_RUN, RIGHT, WRONG, Trial
from backends.conformance.worker import supervised
from backends.protocol import Unsupported
from reference import DTYPES, OPTIMIZERS, Invalid
from reference.aliases import ALIASES
from reference.errors import choose

SUMMARY = """Is an optimizer right? It takes steps with given gradients, and each step is compared
with the exact one; the bound is what rounding explains."""
SUBJECT = """what to check: module:attribute, or folder/file.py:attribute. A torch.optim.Optimizer
class, a GradientTransformation of optax or a function that makes one, an optimizer of Keras 3, a
function step(x, g, state) that returns the next x and state, something with init, step and get, or
a function that makes one of them"""
HYPER = """its hyperparameters, in its own names or in ours: lr=1e-3,betas=(0.9,0.95). Those left
out are its own defaults"""
PATHS = """only this way of computing a step: default and compiled of any torch optimizer, for-loop,
foreach, fused, capturable and tensor lr of those of torch.optim; eager, jitted, donated and
inject_hyperparams of optax"""
PRECISION = "only in this precision; float16 is tried only so"
AGAINST = """another one of the same --spec: say where the bits of the two part, and by which
operation, on one tape in one precision ('unequal' in float32 without --tape and --dtype), in place
of a verdict; 0 is the exit code if they never do, else 1"""
TIME = """time a step, too, of few and of many parameters, in turns with our own of the same
specification and with a copy of memory; on all paths but those that take seconds to start, which
must be named"""
ALL = """check every optimizer of the installed libraries that is one of the suite's, or those with
these words in their names, and keep what is found for the report; what is there already is not
checked again"""
END = """Exit codes: 0 right, 1 wrong, 2 the request cannot be understood, 3 cannot tell or not run,
130 interrupted."""
SPECS = tuple(name for name, spec in OPTIMIZERS.items() if spec.first_order)
CODES = {RIGHT: 0, WRONG: 1, CANNOT_TELL: 3, NOT_RUN: 3}
BAD_REQUEST, INTERRUPTED = 2, 130
LIMIT, LONG_LIMIT = 300.0, 3600.0


def _parser(timer: Timer | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nox -s check --", description=SUMMARY, epilog=END)
    add = parser.add_argument
    add("subject", metavar="SUBJECT", nargs="?", help=SUBJECT)
    usual = f"{', '.join(SPECS)}; or {', '.join(ALIASES)}"
    add("--spec", metavar="NAME", help=f"what it must be: {usual}")
    add("--hyper", metavar="A=X,B=Y", default="", help=HYPER)
    add("--against", metavar="SUBJECT", help=AGAINST)
    add("--path", metavar="NAME", action="append", help=PATHS)
    add("--dtype", choices=EVERY, action="append", help=PRECISION)
    add("--tape", metavar="NAME", action="append", help=f"only this tape: {', '.join(KINDS)}")
    add("--long", action="store_true", help="100,000 steps, too, which takes minutes")
    add(
        "--limit",
        metavar="SECONDS",
        type=float,
        help=f"when to end it if it hangs [{LIMIT:g}; {LONG_LIMIT:g} with --long or --time]",
    )
    add("--install", metavar="PATH", action="append", default=[], help="a package to install first")
    if timer is not None:
        add("--time", action="store_true", help=TIME)
    add("--all", metavar="WORD", nargs="*", help=ALL)
    add("--into", metavar="FOLDER", type=Path, default=Path("check"), help=argparse.SUPPRESS)
    add("--json", metavar="FILE", type=Path, help="write the report there, as JSON")
    add("--markdown", metavar="FILE", type=Path, help="write it there, as a pull request's comment")
    return parser


def _limit(options: argparse.Namespace) -> float:
    """Return the time limit in seconds; raises Invalid if it is not above 0."""
    usual = LONG_LIMIT if options.long or getattr(options, "time", False) else LIMIT
    limit = usual if options.limit is None else float(options.limit)
    if not limit > 0:
        raise Invalid(f"--limit {limit:g}: expected a number of seconds above 0")
    return limit


def _check_request(options: argparse.Namespace) -> None:
    """Raise Invalid for a request that is not whole, before anything is computed."""
    if options.all is None and not options.subject:
        raise Invalid("SUBJECT is missing: expected SUBJECT --spec NAME, or --all")
    if options.all is None and not options.spec:
        raise Invalid(
            f"--spec is missing: expected {options.subject} --spec NAME, where NAME is what it "
            f"must be: {', '.join(SPECS)}, or {', '.join(ALIASES)}"
        )
    for name in options.tape or ():
        choose("tape", name, KINDS)
    for flag in ("json", "markdown"):
        file = getattr(options, flag)
        if file is not None and not file.absolute().parent.is_dir():
            raise Invalid(f"--{flag} {file}: there is no folder {file.absolute().parent}")


def _request(options: argparse.Namespace, timer: Timer | None) -> Request:
    chosen = {
        "dtypes": options.dtype,
        "paths": options.path,
        "tapes": options.tape,
        "long": options.long,
        "timer": timer if timer and options.time else None,
    }
    return Request(options.subject, options.spec, hyperparameters(options.hyper), chosen)


def _checked(request: Request, limit: float) -> Report:
    with tqdm(desc="tapes", disable=None, leave=False) as bar:

        def progress(trial: Trial, left: int) -> None:
            bar.total = bar.n + 1 + left
            bar.set_postfix_str(f"{trial.path}, {trial.tape}")
            bar.update()

        return supervised(request, limit, progress)


def _parted(options: argparse.Namespace) -> int:
    """Say where two subjects part, and return the exit code."""
    dtype, tape = (options.dtype or DTYPES)[0], (options.tape or [TAPE])[0]
    first, second = [*(options.path or ()), None, None][:2]
    about = options.spec, hyperparameters(options.hyper), dtype, (first, second), tape
    limit = _limit(options)
    try:
        with limited(limit):
            found = part(load(options.subject), load(options.against), *about)
    except OutOfTime:
        raise Invalid(f"--limit {limit:g}: the two took longer") from None
    print(found or f"their bits are the same ({dtype}, tape {tape!r})")
    return 1 if found else 0


def _board(options: argparse.Namespace) -> int:
    """Check every optimizer of the installed libraries, and return the exit code."""
    wanted = [e for e in board.entries() if all(word in e.name for word in options.all)]
    if not wanted:
        known = ", ".join(entry.name for entry in board.entries())
        raise Invalid(f"--all {' '.join(options.all)}: expected words of {known}")
    for name in board.absent():
        print(f"{name} is not installed: its optimizers are left out", file=sys.stderr)
    kept = [(entry, board.kept(entry, options.into)) for entry in wanted]
    missing = [entry for entry, found in kept if found is None]
    codes = set()
    with tqdm(total=len(wanted), unit="optimizer", disable=None) as bar:
        there = ((entry, found) for entry, found in kept if found is not None)
        for entry, found in chain(there, board.checked(missing, options.into, _limit(options))):
            bar.set_description(entry.name)
            bar.write(f"{found['verdict']}: {found['summary']}", file=sys.stdout)
            codes.add(CODES[found["verdict"]])
            bar.update()
    return min(codes - {0}, default=0)


def _keep(report: Report, options: argparse.Namespace) -> None:
    if options.json is not None:
        text = json.dumps(to_dict(report), indent=1, allow_nan=False)
        options.json.write_text(f"{text}\n", encoding="utf-8")
    if options.markdown is not None:
        options.markdown.write_text(markdown(report), encoding="utf-8")


def main(arguments: Sequence[str] | None = None, timer: Timer | None = None) -> int:
    """Check what the command's arguments ask for; with a ``timer``, --time is among them."""
    options = _parser(timer).parse_args(arguments)
    try:
        _check_request(options)
        for package in options.install:
            pip = (sys.executable, "-m", "pip", "install", "--quiet", package)
            if subprocess.run(pip, check=False).returncode:
                raise Invalid(f"--install {package}: pip could not install it")
        if options.all is not None:
            return _board(options)
        if options.against:
            return _parted(options)
        report = _checked(_request(options, timer), _limit(options))
        _keep(report, options)
    except (Invalid, OSError, Missing, Unsupported) as error:
        print(error, file=sys.stderr)
        return BAD_REQUEST
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    print(report)
    return CODES[report.verdict]


if __name__ == "__main__":
    sys.exit(main())
