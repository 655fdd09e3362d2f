"""The explorer's data as one script: the recorded paths and the scenes they are drawn in."""

import base64
import json
import math
from typing import Any

import numpy as np
import pandas as pd
from contourpy import contour_generator

from reference import OPTIMIZERS
from reports.read.recorded import Recorded, RecordedRun
from reports.scenes import Scene, collect

GRID = 121  # points along each axis of a contour plot
LEVELS = 14
CURVE = 401  # points on a curve


def _points(line: Any) -> str:
    return "".join(f"{'L' if i else 'M'}{x:.4g},{y:.4g}" for i, (x, y) in enumerate(line))


def _contours(scene: Scene) -> list[dict[str, Any]]:
    """Contour lines as SVG paths in the scene's coordinates, denser near the minimum."""
    (a, b), (c, d) = scene.window
    x, y = np.linspace(a, b, GRID), np.linspace(c, d, GRID)
    with np.errstate(all="ignore"):
        z = scene.objective.value(np.stack(np.meshgrid(x, y), -1))
    finite = z[np.isfinite(z)]
    low, high = finite.min(), finite.max()
    levels = low + (high - low) * (np.arange(1, LEVELS + 1) / (LEVELS + 1)) ** 2
    lines = contour_generator(x, y, z).lines
    return [
        {"level": float(f"{level:.3g}"), "path": "".join(map(_points, lines(level)))}
        for level in levels
    ]


def _curve(scene: Scene) -> list[list[float]]:
    """The objective over the window, as pairs (x, f)."""
    ((a, b),) = scene.window
    x = np.linspace(a, b, CURVE)
    f = scene.objective.value(x[:, None])
    return [[float(f"{p:.5g}"), float(f"{q:.5g}")] for p, q in zip(x, f, strict=True)]


def _scene(scene: Scene) -> dict[str, Any]:
    flat = len(scene.start) == 1
    return {
        "id": scene.name,
        "title": scene.title,
        "formula": scene.formula,
        "dimension": len(scene.start),
        "start": scene.start.tolist(),
        "window": [list(limits) for limits in scene.window],
        "minimisers": scene.minimisers.tolist(),
        "curve": _curve(scene) if flat else [],
        "contours": [] if flat else _contours(scene),
    }


def _frame(run: RecordedRun, steps: int) -> pd.DataFrame:
    rates = run.rates or [math.nan]
    points = np.frombuffer(base64.b64decode(run.points), "<f4")
    points = points.reshape(len(rates) * (steps + 1), -1)
    labels = {
        "scene": run.scene,
        "optimizer": run.optimizer,
        "target": run.target,
        "rate": np.repeat(rates, steps + 1),
        "step": np.tile(np.arange(steps + 1), len(rates)),
    }
    coordinates = {f"x{i}": x for i, x in enumerate(points.T[:-1], start=1)}
    return pd.DataFrame({**labels, **coordinates, "value": points[:, -1]})


def frame(recorded: Recorded) -> pd.DataFrame:
    """A row for every point of every path, with the objective's value as the last column."""
    frames = [_frame(run, recorded.steps) for run in recorded.runs]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"scene": []})


def _run(run: RecordedRun) -> dict[str, Any]:
    return {"rates": run.rates, "status": run.status, "points": run.points}


def script(recorded: Recorded) -> str:
    """JavaScript that defines ``EXPLORER``; the key of a run is scene/optimizer/target."""
    runs = recorded.runs
    known = {run.scene for run in runs}
    used = dict.fromkeys(run.optimizer for run in runs)
    data = {
        "steps": recorded.steps,
        "scenes": [_scene(s) for name, s in collect().items() if name in known],
        "optimizers": [{"id": o, "title": OPTIMIZERS[o].title} for o in used],
        "targets": list(dict.fromkeys(run.target for run in runs)),
        "runs": {f"{run.scene}/{run.optimizer}/{run.target}": _run(run) for run in runs},
    }
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f"const EXPLORER = {text};\n"
