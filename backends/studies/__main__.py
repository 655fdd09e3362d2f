"""``python -m backends.studies FILE``: run a study, or go on with it."""

import argparse
import sys
from pathlib import Path

from backends.protocol import Unsupported
from backends.studies.errors import StudyError
from backends.studies.results import Results
from reference import Invalid

SUMMARY = """Run a study of a TOML file into a folder of Parquet files, or go on with it: what
is there is not computed again. It runs in processes here, or on a Dask cluster by its address."""
BAD_INPUT, STOPPED, INTERRUPTED = 2, 1, 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nox -s study --", description=SUMMARY)
    parser.add_argument("file", metavar="FILE", type=Path, help="the study, in TOML")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of Dask: tcp://HOST:8786")
    parser.add_argument("--workers", metavar="N", type=int, help="processes here [one a core]")
    parser.add_argument(
        "--into",
        metavar="DIR",
        type=Path,
        default=Path("studies"),
        help="where the study's folder is made [%(default)s]",
    )
    parser.add_argument(
        "--compare", metavar="DIR", type=Path, help="compare with other results of this study"
    )
    parser.add_argument(
        "--scaling",
        action="store_true",
        help="time it with 1, 2 and 4 workers of Dask here, and predict larger studies",
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    from backends.studies import comparison, plan, scaling, study

    name = plan.read(options.file).name
    if options.scaling:
        print(scaling.text(scaling.measure(options.file, options.into / f"{name}-scaling.json")))
        return 0
    found = study(
        options.file, options.into / name, scheduler=options.scheduler, workers=options.workers
    )
    print(_said(found))
    if options.compare is None:
        return 0
    compared = comparison.compare(found, Results(options.compare))
    print(compared, *compared.beyond, sep="\n")
    return 0 if compared.agrees else STOPPED


def _said(found: Results) -> str:
    facts = found.facts()
    mixed = (
        f"; computed in more than one arithmetic: {', '.join(facts.mixed)}" if facts.mixed else ""
    )
    return (
        f"{found.about['members']:,} members in {found.about['parts']} parts, "
        f"{facts.size / 2**20:.3g} MiB, in {found.folder}{mixed}"
    )


def main() -> int:
    options = _parser().parse_args()
    if options.workers is not None and options.workers < 1:
        print(f"--workers {options.workers}: expected a whole number from 1", file=sys.stderr)
        return BAD_INPUT
    try:
        return _run(options)
    except (Invalid, Unsupported) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except StudyError as error:
        print(error, file=sys.stderr)
        return STOPPED
    except ImportError as error:
        print(f"{error}: pip install 'descent-bench[study]'", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted: the parts that are there are kept; run the same again", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
