"""``nox -s keep -- FOLDER``: pack what this machine found, for a report that is built elsewhere."""

import argparse
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import machine
from reports.machines import (
    COMPARED,
    HERE,
    LISTS,
    Copy,
    Place,
    Refused,
    load,
    matching,
    of_asv,
    told,
    when,
)
from reports.read.machines import key

PACKED = ("data", "asv")
DATED = ("data/**/*.json", "asv/results/*/*.json", *(f"asv/{each}" for each in COMPARED))


def _wanted(name: str, here: Place, there: Place) -> Iterator[Copy]:
    """What the machine of that name found here."""
    for path in matching(here.data):
        yield Copy(name, path, there.data / path.relative_to(here.data))
    for copy in of_asv(here.asv, there.asv):
        owner = load(copy.source).get("machine") if copy.kind in COMPARED.values() else copy.kind
        if owner == name or copy.kind == LISTS:
            yield copy


def keep(folder: Path, here: Place = HERE) -> tuple[Path, int]:
    """Pack this machine's results into a folder of its own in ``folder``.

    Returns
    -------
    The machine's folder, and how many files in it are new or others than before.

    Raises
    ------
    Refused
        Where nothing was measured, or a file is damaged. Nothing is packed then.
    """
    known = told(here.data) or machine.describe()
    packed = folder / key(known)
    there = Place(*(packed / name for name in PACKED))
    found = list(_wanted(known["machine"], here, there))
    for copy in found:
        load(copy.source)
    if all(copy.kind == LISTS for copy in found):
        raise Refused("nothing was measured here yet: nox -s tests, or nox -s bench")
    changed = [copy for copy in found if copy.differs()]
    for copy in changed:
        copy.make()
    return packed, len(changed)


def prune(folder: Path, days: int) -> list[Path]:
    """Remove what was measured more than so many days ago, of all machines packed in ``folder``.

    A machine's folder goes with the last result in it. Returns what was removed.

    Raises
    ------
    Refused
        A damaged file. Nothing is removed then.
    """
    oldest = f"{datetime.now(UTC) - timedelta(days=days):{machine.DATE}}"
    packed = [each for each in sorted(folder.glob("*")) if any((each / p).is_dir() for p in PACKED)]
    dates = {each: {path: when(path) for path in matching(each, DATED)} for each in packed}
    removed = []
    for each, found in dates.items():
        old = [path for path, date in found.items() if date and date < oldest]
        if old and not any(date >= oldest for date in found.values()):
            shutil.rmtree(each)
            removed.append(each)
            continue
        for path in old:
            path.unlink()
        removed += old
    return removed


def _days(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 10**5:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number of days, from 1")
    return int(text)


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="nox -s keep --",
        description="Pack what this machine found into a folder of its own in FOLDER, for "
        "nox -s report -- --with FOLDER/* anywhere.",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where machines are packed")
    parser.add_argument(
        "--days", type=_days, help="remove what any machine there measured longer ago [nothing]"
    )
    options = parser.parse_args(given)
    try:
        packed, count = keep(options.folder)
        print(f"{packed}: {count} files are new or changed")
        for path in prune(options.folder, options.days) if options.days else ():
            print(f"removed, older than {options.days} days: {path}")
    except Refused as why:
        print(why, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
