"""What other machines measured, beside what this one did: ``nox -s merge -- FOLDER``."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1] / ".asv"
MACHINE = "machine.json"
KINDS = {"regressions": "comparisons", "alarm": "records of the alarm"}
HARDWARE = ("arch", "cpu", "num_cpu", "os", "ram")


class Refused(Exception):
    """A folder that cannot be merged, with the reason."""


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} is damaged: {error}") from None


def _there(folder: Path) -> Path:
    """The folder of asv in a checkout, or the folder itself."""
    for found in (folder / ".asv", folder):
        if (found / "results").is_dir() or (found / "regressions").is_dir():
            return found
    raise Refused(
        f"{folder}: expected a checkout in which something was measured, or its folder .asv, "
        "with results or regressions in it"
    )


def _check_hardware(machine: str, there: Path, here: Path) -> None:
    """Raise `Refused` if two machines have one name."""
    if not (here / MACHINE).exists():
        return
    theirs, ours = (_load(folder / MACHINE) for folder in (there, here))
    for name in HARDWARE:
        if theirs.get(name) != ours.get(name):
            raise Refused(
                f"two machines are called {machine!r}: {name} is {ours.get(name)!r} here and "
                f"{theirs.get(name)!r} there; give one another name in ~/.asv-machine.json and "
                "measure it again"
            )


def _files(there: Path, here: Path) -> Iterator[Path]:
    """What is to be copied, relative to ``there``; all of it has been read."""
    for folder in sorted(path.parent for path in there.glob(f"results/*/{MACHINE}")):
        _check_hardware(folder.name, folder, here / "results" / folder.name)
        for path in sorted(folder.glob("*.json")):
            _load(path)
            yield path.relative_to(there)
    for pattern in ("regressions/*/verdicts.json", "alarm/*.json"):
        for path in sorted(there.glob(pattern)):
            _load(path)
            yield path.relative_to(there)


def merge(folder: Path, here: Path = HERE) -> dict[str, int]:
    """Copy results and comparisons of commits that are not here yet.

    Returns
    -------
    How many files were copied, by what they are: a machine's name, "comparisons" or "records of
    the alarm".

    Raises
    ------
    Refused
        Where nothing was measured, a file is damaged, or another machine has the name of one here.
        Nothing is copied then.
    """
    there = _there(folder)
    if there.resolve() == here.resolve():
        raise Refused(f"{folder}: expected another folder than this checkout's own")
    wanted = list(_files(there, here))
    copied: dict[str, int] = {}
    for path in wanted:
        kind = path.parts[1] if path.parts[0] == "results" else KINDS[path.parts[0]]
        copied.setdefault(kind, 0)
        if not (here / path).exists():
            _copy(there / path, here / path)
            copied[kind] += 1
    return copied


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_bytes(source.read_bytes())
    draft.replace(target)


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="nox -s merge --", description="Add what other machines measured to what this one did."
    )
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="a checkout there")
    for folder in parser.parse_args(given).folders:
        try:
            copied = merge(folder)
        except Refused as why:
            print(why, file=sys.stderr)
            return 2
        counts = ", ".join(f"{count} of {kind}" for kind, count in copied.items())
        print(f"{folder}: new files: {counts or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
