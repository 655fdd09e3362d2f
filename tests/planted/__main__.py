"""``python -m tests.planted``: all that is planted, by the check on all its tapes, as JSON.

Also what each tape finds, first and alone, and what the usual criteria catch. It takes half an
hour, and needs torch and optax; ``--faults`` leaves the right variants out.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from tests.planted import found
from tests.planted.criteria import scoreboard
from tests.planted.faults import ABSENT, FAULTS
from tests.planted.variants import VARIANTS

SEEDS = range(3)
KINDS = ("unequal", "zeros", "repeated")


def checked(planted):
    """The check's verdict, the tapes that say wrong, and the largest share of a bound."""
    report = found.report(planted)
    shares = [trial.ratio for trial in report.trials if np.isfinite(trial.ratio)]
    return {
        "id": planted.id,
        "spec": planted.spec,
        "verdict": report.verdict,
        "tapes": found.finders(report),
        "share": max(shares, default=0.0),
    }


def shares(planted):
    """The largest share of the bound by precision, of several seeds and tapes."""
    return {
        dtype: max(
            found.share(planted, found.tape(planted, kind, dtype, seed))
            for kind in KINDS
            for seed in SEEDS
        )
        for dtype in planted.dtypes
    }


def measured(variants):
    """All numbers of the faults and of these variants, as JSON's types."""
    faults = [
        {**checked(f), "row": f.row, "wrong": f.wrong, "source": f.source}
        for f in tqdm(FAULTS, desc="faults")
    ]
    right = [{**checked(v), "shares": shares(v)} for v in tqdm(variants, desc="variants")]
    return {
        "faults": faults,
        "variants": right,
        "absent": [vars(each) for each in ABSENT],
        "worth": found.worth({each["id"]: each["tapes"] for each in faults}),
        "criteria": scoreboard(FAULTS, variants),
    }


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("out", metavar="FILE", type=Path, help="where the JSON goes")
    parser.add_argument("--faults", action="store_true", help="without the right variants")
    options = parser.parse_args()
    found = measured(() if options.faults else VARIANTS)
    options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
