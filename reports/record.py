"""``python -m reports.record``: record runs for the explorer and for the table of partings.

Every available target runs the optimizers that a document has, with analytic gradients. Those with
a learning rate run in eager mode, since compiling would take a second for each rate. It takes two
minutes and writes a file, from which the pages are built.
"""

import argparse
import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import backends
from reference import CASES, DOCUMENTED
from reports.compute import partings
from reports.read.recorded import RecordedRun
from reports.scenes import Scene, collect, swept
from reports.typed import to_json

ROOT = Path(__file__).resolve().parents[1]
OUT = Path("reports", "data", "paths.json")
STEPS = 40
RATES = (*(float(f"{m}e{e}") for e in range(-3, 1) for m in (1, 2, 5)), 10.0)


def _path(scene: Scene, optimizer: str, target: str, hyper: dict[str, float]) -> tuple[Any, str]:
    """Points with values, (STEPS + 1, dimension + 1), NaN after a divergence; and the status."""
    case = scene.of(optimizer, hyper=hyper, steps=STEPS, dtype="float32")
    path = backends.run(case, target, "eager" if hyper else None, "analytic")
    rows = np.full((STEPS + 1, len(scene.start) + 1), np.nan, np.float32)
    rows[: path.steps + 1] = np.column_stack([path.points, path.values])
    return rows, path.status


def rates(scene: Scene) -> list[float]:
    """`RATES`, and the learning rates of the documents' cases on the scene's problem."""
    cases = [case for case in CASES.values() if case.problem.id == scene.problem]
    return sorted({*RATES, *(vars(c.hyperparameters)["lr"] for c in cases if swept(c.optimizer))})


def run(scene: Scene, optimizer: str, target: str) -> RecordedRun | None:
    """The paths for all learning rates; None if the target does not support the optimizer."""
    swept_rates = rates(scene) if swept(optimizer) else []
    chosen = [{"lr": rate} for rate in swept_rates] or [{}]
    try:
        found = [_path(scene, optimizer, target, hyper) for hyper in chosen]
    except backends.Unsupported:
        return None
    points = np.stack([rows for rows, _ in found]).astype("<f4")
    encoded = base64.b64encode(points.tobytes()).decode()
    status = [status for _, status in found]
    return RecordedRun(scene.name, optimizer, target, swept_rates, status, encoded)


def record(scenes: Iterable[Scene], targets: list[str]) -> dict[str, Any]:
    """The contents of ``paths.json``."""
    work = [(s, o, t) for s in scenes for o in s.optimizers() if o in DOCUMENTED for t in targets]
    bar = {"dynamic_ncols": True}
    runs = [run(*each) for each in tqdm(work, desc="paths", unit="run", **bar)]
    parted = partings.record(targets)
    found = [row for rows in tqdm(parted, desc="partings", unit="case", **bar) for row in rows]
    return {
        "steps": STEPS,
        "runs": [to_json(each) for each in runs if each is not None],
        "partings": [to_json(each) for each in found],
    }


def main() -> None:
    here = [target for target, why in backends.available().items() if why is None]
    parser = argparse.ArgumentParser(prog="python -m reports.record", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one or more of {here} [all]")
    parser.add_argument("--out", metavar="FILE", type=Path, default=ROOT / OUT, help=f"[{OUT}]")
    options = parser.parse_args()
    if wrong := set(options.targets) - set(here):
        parser.error(f"{', '.join(sorted(wrong))}: expected targets of {', '.join(here)}")
    found = record(collect().values(), options.targets or here)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    partial = options.out.with_suffix(".partial")
    partial.write_text(json.dumps(found))
    partial.replace(options.out)
    print(options.out)


if __name__ == "__main__":
    main()
