"""Compare releases of a framework: ``nox -s versions -- numpy==2.2.6 numpy==2.3.5 ...``."""

import argparse
import sys

from filelock import FileLock, Timeout
from tqdm import tqdm

from benchmarks.regressions.__main__ import USAGE
from benchmarks.regressions.builds import Refused
from benchmarks.regressions.comparison import ROUNDS
from benchmarks.regressions.comparison import STATE as COMPARISONS
from reports.versions.drift import Pair, recorded, write
from reports.versions.environments import RELEASES, Release, grouped, install, pairs


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nox -s versions --",
        description="Compare releases of numpy, JAX or torch, each in an environment of its own: "
        "printed digits, every step's bits, each function's rounding, counts and seconds.",
        epilog=f"Without releases: {' '.join(RELEASES)}",
    )
    parser.add_argument("releases", metavar="PACKAGE==VERSION", nargs="*", help="two or more")
    parser.add_argument("--quick", action="store_true", help="no clocks")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"rounds of clocks in all, {ROUNDS} by default"
    )
    parser.add_argument(
        "--only", metavar="WORD", nargs="+", default=[], help="benchmarks with these in their name"
    )
    options = parser.parse_args(given)
    if options.rounds < 2:
        parser.error(f"--rounds {options.rounds}: expected 2 or more, to know their spread")
    return options


def _say(text: str) -> None:
    tqdm.write(text, file=sys.stderr)


def _compare(package: str, releases: list[Release], options: argparse.Namespace) -> None:
    for release in releases:
        _say(f"{release}: its environment is {release.folder}")
        install(release)
    records = [recorded(release, _say) for release in releases]
    known = dict(zip(releases, records, strict=True))
    drifts = []
    for before, after in pairs(releases):
        _say(f"{before} to {after.version}")
        pair = Pair(before, after, (known[before], known[after]), _say)
        drifts.append(pair.drift(options.only, 0 if options.quick else options.rounds))
    print(write(package, releases, records, drifts))


def main(given: list[str]) -> int:
    options = _arguments(given)
    COMPARISONS.mkdir(parents=True, exist_ok=True)
    lock = COMPARISONS / "lock"
    try:
        wanted = grouped(options.releases or RELEASES)
        with FileLock(lock, timeout=0):
            for package, releases in wanted.items():
                _compare(package, releases, options)
        return 0
    except Timeout:
        _say(f"another comparison runs on this machine, and would disturb this one ({lock})")
        return USAGE
    except (Refused, RuntimeError) as why:
        _say(str(why))
        return USAGE
    except KeyboardInterrupt:
        _say("interrupted: the same command goes on from here")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
