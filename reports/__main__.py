"""``python -m reports``: build the HTML report from whatever results there are."""

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUMMARY = "Build the HTML report from whatever results there are; it says what is missing."
FOLDERS = {
    "data": ("reports/data", "where the tests left tests.json"),
    "asv": (".asv", "asv's folder, with results and html"),
    "out": ("reports/html", "where the pages go"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m reports", description=SUMMARY)
    parser.set_defaults(**{name: ROOT / default for name, (default, _) in FOLDERS.items()})
    for name, (default, words) in FOLDERS.items():
        parser.add_argument(f"--{name}", metavar="DIR", type=Path, help=f"{words} [{default}]")
    options = parser.parse_args()
    from reports.build import build  # after --help, which should not wait for pandas

    try:
        print(build(options.data, options.asv, options.out))
    except FileExistsError as why:
        parser.error(f"--out: {why}")


if __name__ == "__main__":
    main()
