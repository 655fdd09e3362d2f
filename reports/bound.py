"""``python -m reports.bound``: measure the error bounds' sensitivity and coverage.

Sensitivity: the smallest relative change of each hyperparameter and constant that makes a run
exceed its bound. Coverage: how many of a thousand independent runs with random rounding errors
stay within it. It takes a minute, and needs neither JAX nor torch.
"""

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from reference import CASES, DTYPES, OPTIMIZERS, Case, Tape, distinct
from reference.agreement import BATCHES, MARGIN, SAMPLES
from reference.sharpness import LEAST, coverage, sharpness
from reports.read.bounds import Bounds, Covered, Noticed
from reports.typed import to_json

ROOT = Path(__file__).resolve().parents[1]
OUT = Path("reports", "data", "bound.json")
STEPS = 30  # longest run that is measured
DATA = 100  # largest data set of a problem that is measured
SIZE = 7  # parameters of a tape
RUNS = 1000  # perturbed runs for each coverage
COVERAGE_RUNS = {  # the runs whose coverage is measured, and their kind
    "000/x2_gd_0.2": "stable",
    "000/x2_gd_1.1": "unstable",
    "000/xcos_gd_2": "not convex",
    "001/pathological_gd": "chaotic",
    "000/cosh_newton_1": "Newton's method",
    "003/adam": "with data",
    "unequal gradients, adam": "gradients given",
    "equal gradients, adagrad": "gradients given",
}


def beginning(case: Case) -> Case:
    """The case, cut to its first `STEPS` steps."""
    return replace(case, steps=min(case.steps, STEPS))


def cases() -> dict[str, Case]:
    """One shortened case for each pair of optimizer and problem, small data sets only."""
    found: dict[tuple[str, str], tuple[str, Case]] = {}
    for name, case in distinct(CASES).items():
        if case.population <= DATA:
            found.setdefault((case.optimizer, case.problem.id), (name, case))
    return {name: beginning(case) for name, case in found.values()}


def tapes() -> dict[str, Tape]:
    """Two tapes for each first-order optimizer: with all gradients different, and all equal."""
    rng = np.random.default_rng(0)
    start, size = rng.normal(size=SIZE), 10.0 ** rng.uniform(-3, 2, size=(STEPS, SIZE))
    unequal = rng.normal(size=(STEPS, SIZE)) * size
    kinds = {"unequal": unequal, "equal": np.repeat(unequal[:1], STEPS, axis=0)}
    return {
        f"{kind} gradients, {name}": Tape(name, _float32_values(start), _float32_values(gradients))
        for name, spec in OPTIMIZERS.items()
        for kind, gradients in kinds.items()
        if spec.first_order
    }


def _float32_values(numbers: Any) -> Any:
    """Round to numbers that float32 and float64 both represent exactly."""
    return numbers.astype(np.float32).astype(np.float64)


def _noticed(name: str, run: Case | Tape) -> Noticed:
    problem = run.problem.id if isinstance(run, Case) else ""
    return Noticed(name, run.optimizer, problem, run.dtype, dict(sharpness(run)))


def _covered(name: str, run: Case | Tape, runs: int) -> Covered:
    found = coverage(run, runs)
    factors = {str(n): list(quantiles) for n, quantiles in found.factors.items()}
    kind = COVERAGE_RUNS[name]
    return Covered(name, kind, run.dtype, found.runs, found.beyond, found.ratio, factors)


def measure(runs: int = RUNS) -> Bounds:
    """Measure everything in both dtypes, with ``runs`` perturbed runs for each coverage."""
    given = tapes()
    runs_by_name = {name: given.get(name) or beginning(CASES[name]) for name in COVERAGE_RUNS}
    noticed = [_noticed(*each) for each in _both({**cases(), **given}, "sharpness")]
    covered = [_covered(*each, runs) for each in _both(runs_by_name, "coverage")]
    return Bounds(MARGIN, BATCHES * SAMPLES, noticed, covered)


def _both(runs: Mapping[str, Case | Tape], title: str) -> Iterable[tuple[str, Case | Tape]]:
    """Each run in both dtypes, with a progress bar."""
    work = [(name, replace(run, dtype=dtype)) for name, run in runs.items() for dtype in DTYPES]
    yield from tqdm(work, desc=title, unit="run", dynamic_ncols=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m reports.bound", description=__doc__)
    words = f"perturbed runs for each coverage, {LEAST} or more [{RUNS}]"
    parser.add_argument("--runs", metavar="N", type=int, default=RUNS, help=words)
    parser.add_argument("--out", metavar="FILE", type=Path, default=ROOT / OUT, help=f"[{OUT}]")
    options = parser.parse_args()
    if options.runs < LEAST:
        parser.error(f"--runs {options.runs}: expected {LEAST} or more")
    found = to_json(measure(options.runs))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    partial = options.out.with_suffix(".partial")
    partial.write_text(json.dumps(found))
    partial.replace(options.out)
    print(options.out)


if __name__ == "__main__":
    main()
