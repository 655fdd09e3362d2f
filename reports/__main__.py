"""``python -m reports``: build the HTML report from whatever results there are."""

import argparse
from pathlib import Path

from reports.machines import Place, Refused, add

ROOT = Path(__file__).resolve().parents[1]
SUMMARY = "Build the HTML report from whatever results there are; it says what is missing."
FOLDERS = {
    "data": ("reports/data", "where the tests left tests.json"),
    "asv": (".asv", "asv's folder, with results and html"),
    "out": ("reports/html", "where the pages go"),
}


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m reports", description=SUMMARY)
    parser.set_defaults(**{name: ROOT / default for name, (default, _) in FOLDERS.items()})
    for name, (default, words) in FOLDERS.items():
        parser.add_argument(f"--{name}", metavar="DIR", type=Path, help=f"{words} [{default}]")
    parser.add_argument(
        "--with",
        dest="others",
        metavar="FOLDER",
        type=Path,
        nargs="+",
        default=[],
        help="another machine's checkout copied here, or what nox -s keep has packed there: its "
        "results are copied into those here, and stay",
    )
    parser.add_argument("--no-pages", action="store_true", help="only copy, and build no pages")
    options = parser.parse_args(given)
    for folder in options.others:
        try:
            copied = add(folder, Place(options.data, options.asv))
        except Refused as why:
            parser.error(f"--with: {why}")
        counts = ", ".join(f"{count} of {kind}" for kind, count in copied.items() if count)
        print(f"{folder}: new files: {counts or 'none'}")
    if options.no_pages:
        return
    from reports.build import build  # after --help, which should not wait for pandas

    try:
        print(build(options.data, options.asv, options.out))
    except FileExistsError as why:
        parser.error(f"--out: {why}")


if __name__ == "__main__":
    main()
