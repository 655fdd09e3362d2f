"""``python -m tests.planted``: all that is planted, by the check on all its tapes, as JSON.

Also what the usual criteria catch of it. It takes twenty minutes, and needs torch and optax. The
check has no bfloat16, and no parameters of two dtypes in one optimizer: `tests/test_planted.py` has
what shows there alone.
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
        "tapes": sorted(found.finders(report)),
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


def measured():
    """All numbers, as JSON's types."""
    faults = [
        {**checked(f), "row": f.row, "wrong": f.wrong, "source": f.source}
        for f in tqdm(FAULTS, desc="faults")
        if f.dtypes != ("bfloat16",)
    ]
    variants = [{**checked(v), "shares": shares(v)} for v in tqdm(VARIANTS, desc="variants")]
    return {
        "faults": faults,
        "variants": variants,
        "absent": [vars(each) for each in ABSENT],
        "alone": found.alone({each["id"]: set(each["tapes"]) for each in faults}),
        "criteria": scoreboard(FAULTS, VARIANTS),
    }


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("out", metavar="FILE", type=Path, help="where the JSON goes")
    out = parser.parse_args().out
    out.write_text(json.dumps(measured(), indent=1))


if __name__ == "__main__":
    main()
