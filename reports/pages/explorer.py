"""The explorer's data as one script: the recorded paths and the scenes they are drawn in."""

import base64
import json
import math
from typing import Any

import numpy as np
import pandas as pd
from contourpy import contour_generator

from reference import OPTIMIZERS
from reference.parameters import Parameters
from reports.compute.stationary import KINDS, shape
from reports.read.recorded import Recorded, RecordedRun
from reports.scenes import Scene, collect
from reports.words import short

GRID = 241  # points along each axis of a contour plot
LEVELS = 14  # within the window
CURVE = 1201  # points on a curve


def _points(line: Any) -> str:
    return "".join(f"{'L' if i else 'M'}{x:.4g},{y:.4g}" for i, (x, y) in enumerate(line))


def _domain(scene: Scene) -> list[tuple[float, float]]:
    """The window with its own width added on each side: as far as the view can widen."""
    return [(2 * low - high, 2 * high - low) for low, high in scene.window]


def _contours(scene: Scene) -> list[dict[str, Any]]:
    """Contour lines as SVG paths in the scene's coordinates, denser near the minimum."""
    x, y = (np.linspace(*limits, GRID) for limits in _domain(scene))
    with np.errstate(all="ignore"):
        z = scene.objective.value(np.stack(np.meshgrid(x, y), -1))
    middle = z[GRID // 3 : -(GRID // 3), GRID // 3 : -(GRID // 3)]
    low, high = np.nanmin(middle), np.nanmax(middle)
    levels = low + (high - low) * (np.arange(1, 2 * LEVELS + 1) / (LEVELS + 1)) ** 2
    lines = contour_generator(x, y, z).lines
    return [
        {"level": float(f"{level:.3g}"), "path": "".join(map(_points, lines(level)))}
        for level in levels
    ]


def _curve(scene: Scene) -> list[list[float]]:
    """The objective over the domain, as pairs (x, f)."""
    (limits,) = _domain(scene)
    x = np.linspace(*limits, CURVE)
    f = scene.objective.value(x[:, None])
    return [[float(f"{p:.5g}"), float(f"{q:.5g}")] for p, q in zip(x, f, strict=True)]


def _settings(parameters: Parameters, *without: str) -> str:
    """The parameters in words, but for those that are shown elsewhere."""
    names = [name for name in parameters.describe_fields() if name not in without]
    return ", ".join(f"{name} = {short(getattr(parameters, name))}" for name in names)


def _scene(scene: Scene) -> dict[str, Any]:
    flat = len(scene.start) == 1
    return {
        "id": scene.name,
        "title": scene.title,
        "formula": scene.formula,
        "parameters": _settings(scene.parameters),
        "dimension": len(scene.start),
        "start": scene.start.tolist(),
        "window": scene.window,
        "domain": _domain(scene),
        "minimisers": scene.minimisers.tolist(),
        "curve": _curve(scene) if flat else [],
        "contours": [] if flat else _contours(scene),
    }


def _rows(run: RecordedRun, steps: int) -> Any:
    """The recorded points with their values, (rates times steps + 1, dimension + 1)."""
    numbers = np.frombuffer(base64.b64decode(run.points), "<f4")
    return numbers.reshape(max(1, len(run.rates)) * (steps + 1), -1)


def _frame(run: RecordedRun, steps: int) -> pd.DataFrame:
    rates, points = run.rates or [math.nan], _rows(run, steps)
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


def _run(run: RecordedRun, scene: Scene, steps: int) -> dict[str, Any]:
    """A run's rates, for each point its numbers in float32, and the stationary point near it.

    The numbers are the coordinates, the value, the slope and the curvatures.
    """
    rows = _rows(run, steps)
    found = shape(scene, rows[:, :-1].astype(float))
    with np.errstate(over="ignore"):
        numbers = np.column_stack([rows, found.slope, found.curvature]).astype("<f4")
    encoded = base64.b64encode(numbers.tobytes()).decode()
    return {"rates": run.rates, "numbers": encoded, "kinds": "".join(map(str, found.kind))}


def _optimizer(name: str) -> dict[str, str]:
    spec = OPTIMIZERS[name]
    return {"id": name, "title": spec.title, "settings": _settings(spec.hyper(), "lr")}


def script(recorded: Recorded) -> str:
    """JavaScript that defines ``EXPLORER``; the key of a run is scene/optimizer/target."""
    runs, scenes = recorded.runs, collect()
    known = {run.scene for run in runs}
    used = dict.fromkeys(run.optimizer for run in runs)
    data = {
        "steps": recorded.steps,
        "kinds": KINDS,
        "scenes": [_scene(scene) for name, scene in scenes.items() if name in known],
        "optimizers": [_optimizer(name) for name in used],
        "targets": list(dict.fromkeys(run.target for run in runs)),
        "runs": {
            f"{run.scene}/{run.optimizer}/{run.target}": _run(
                run, scenes[run.scene], recorded.steps
            )
            for run in runs
        },
    }
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f"const EXPLORER = {text};\n"
