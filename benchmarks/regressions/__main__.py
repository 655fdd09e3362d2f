"""Compare two commits: ``nox -s regressions -- BASE [HEAD]``."""

import argparse
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from filelock import FileLock, Timeout
from tqdm import tqdm

from benchmarks._catalogue import Cell
from benchmarks.regressions import summary, verdicts
from benchmarks.regressions.builds import SHORT, WORKING_TREE, Refused, subject, touching
from benchmarks.regressions.comparison import ROUNDS, SIDES, STATE, Comparison

REGRESSED, USAGE, NOTHING = 1, 2, 3  # exit codes


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nox -s regressions --",
        description="Compare the cost and the accuracy of two commits, benchmark by benchmark.",
        epilog="Exit codes: 0 nothing got worse; 1 something is slower or wrong; 2 the arguments "
        "or the machine do not allow it; 3 something was measured on no side or on one only.",
    )
    parser.add_argument("base", metavar="BASE", help='a commit; "." for the working tree')
    parser.add_argument("head", metavar="HEAD", nargs="?", default="HEAD", help="HEAD by default")
    parser.add_argument("--quick", action="store_true", help="counts only, no clocks")
    parser.add_argument(
        "--only", metavar="WORD", nargs="+", default=[], help="benchmarks with these in their name"
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=ROUNDS,
        help=f"rounds of clocks in all, {ROUNDS} by default; those of an earlier call count",
    )
    parser.add_argument(
        "--each",
        action="store_true",
        help="compare each commit between BASE and HEAD with the one before, in counts",
    )
    options = parser.parse_args(given)
    if options.each and WORKING_TREE in (options.base, options.head):
        parser.error(f"--each: expected two commits, not {WORKING_TREE!r} for the working tree")
    if options.rounds < 2:
        parser.error(f"--rounds {options.rounds}: expected 2 or more, to know their spread")
    return options


def _compare(options: argparse.Namespace) -> int:
    ends = options.base, options.head
    comparison = Comparison.of(*ends, options.only, _say, counted=options.quick)
    for role in SIDES:
        side = comparison.builds[role]
        _say(f"{role}: {side.short}  {subject(side.commit)}")
    comparison.count()
    if not options.quick:
        left = comparison.left(options.rounds)
        with tqdm(total=left * len(comparison.cells), unit="benchmark", disable=None) as bar:

            def progress(cell: Cell) -> None:
                bar.set_description(cell.name)
                bar.update()

            comparison.time(options.rounds, progress)
    return _told(comparison)


def _told(comparison: Comparison) -> int:
    """Keep and print the verdicts; return the exit code."""
    found = comparison.verdicts()
    path = comparison.write(found)
    markdown = path.with_name("summary.md")
    markdown.write_text(summary.markdown(comparison.meta(), found))
    print(summary.table(found))
    print(f"\n{path}\n{markdown}", flush=True)
    kinds = Counter(verdict.verdict for verdict in found)
    if kinds[verdicts.SLOWER] or kinds[verdicts.WRONG]:
        return REGRESSED
    return NOTHING if kinds[verdicts.NOTHING] else 0


def _compare_each(options: argparse.Namespace) -> int:
    """Compare neighbours in counts; each commit is counted once."""
    codes = set()
    for before, after in pairwise(touching(options.base, options.head)):
        print(f"\n{after[:SHORT]}  {subject(after)}", flush=True)
        comparison = Comparison.of(before, after, options.only, _say, counted=True)
        comparison.count()
        codes.add(_told(comparison))
    return min(codes - {0}, default=0)


def _say(text: str) -> None:
    tqdm.write(text, file=sys.stderr)


def main(given: list[str]) -> int:
    options = _arguments(given)
    STATE.mkdir(parents=True, exist_ok=True)
    lock = Path(STATE, "lock")
    try:
        with FileLock(lock, timeout=0):
            return _compare_each(options) if options.each else _compare(options)
    except Timeout:
        _say(f"another comparison runs on this machine, and would disturb this one ({lock})")
        return USAGE
    except Refused as why:
        _say(str(why))
        return USAGE
    except KeyboardInterrupt:
        _say("interrupted: the same command goes on from here")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
