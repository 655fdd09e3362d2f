"""The explorer's data: the recorded paths and the views they are drawn on, as one script."""

import base64
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from contourpy import contour_generator

from reference import OPTIMIZERS
from reports.scenes import Scene, collect

GRID = 121  # points along each axis of a contour plot
LEVELS = 14
CURVE = 401  # points on a curve


@dataclass(frozen=True)
class Recorded:
    """What ``python -m reports.record`` found, and ``left_out``: sentences on what is damaged."""

    steps: int = 0
    runs: list[dict[str, Any]] = field(default_factory=list)
    partings: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(folder: Path) -> Recorded:
    """Read ``paths.json`` from ``folder``; a run or parting that cannot be shown is left out."""
    path = folder / "paths.json"
    if not path.exists():
        return Recorded()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        steps, found = int(data["steps"]), data["runs"]
        scenes = collect()
        runs = [r for r in found if _fits(r, scenes, steps)]
        apart = [p for p in data["partings"] if _whole(p)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return Recorded(left_out=[f"{path.name} is damaged: {type(error).__name__} {error}"])
    lost = {"runs": len(found) - len(runs), "partings": len(data["partings"]) - len(apart)}
    left_out = [f"{path.name}: {n} {what} cannot be shown" for what, n in lost.items() if n]
    return Recorded(steps, runs, apart, left_out)


def _fits(run: Any, scenes: dict[str, Scene], steps: int) -> bool:
    """Whether a run is of a scene and an optimizer that are here, with all of its numbers."""
    try:
        scene = scenes[run["scene"]]
        count = len([float(rate) for rate in run["rates"]]) or 1
        whole = len(base64.b64decode(run["points"], validate=True))
        shape = count * (steps + 1) * (len(scene.start) + 1)
        named = run["optimizer"] in OPTIMIZERS and isinstance(run["target"], str)
        return named and whole == 4 * shape and len([*map(str, run["status"])]) == count
    except (LookupError, ValueError, TypeError):
        return False


def _whole(parting: Any) -> bool:
    """Whether a parting says which golden and pair it is of, and where they part."""
    try:
        one, other = map(str, parting["pair"])
        row = parting["row"]
        told = row is None or (
            int(row) > 0
            and len([*map(str, parting["points"])]) == 2
            and math.isfinite(float(parting["ulps"]) + float(parting["last"]))
            and isinstance(parting["cause"], str)
        )
        return bool(one and other and isinstance(parting["golden"], str) and told)
    except (LookupError, ValueError, TypeError):
        return False


def _points(line: Any) -> str:
    return "".join(f"{'L' if i else 'M'}{x:.4g},{y:.4g}" for i, (x, y) in enumerate(line))


def _contours(scene: Scene) -> list[dict[str, Any]]:
    """Level lines as SVG paths in the scene's own coordinates, more of them near the bottom."""
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
    """The function on its window, as pairs (x, f)."""
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


def frame(recorded: Recorded) -> pd.DataFrame:
    """A row for every point of every path; the value is the last of its numbers."""
    frames = []
    for run in recorded.runs:
        rates = run["rates"] or [math.nan]
        points = np.frombuffer(base64.b64decode(run["points"]), "<f4")
        points = points.reshape(len(rates) * (recorded.steps + 1), -1)
        labels = {
            **{name: run[name] for name in ("scene", "optimizer", "target")},
            "rate": np.repeat(rates, recorded.steps + 1),
            "step": np.tile(np.arange(recorded.steps + 1), len(rates)),
        }
        coordinates = {f"x{i}": x for i, x in enumerate(points.T[:-1], start=1)}
        frames.append(pd.DataFrame({**labels, **coordinates, "value": points[:, -1]}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"scene": []})


def script(recorded: Recorded) -> str:
    """The data as JavaScript that defines ``EXPLORER``; runs are told apart by their key."""
    known = {run["scene"] for run in recorded.runs}
    used = dict.fromkeys(run["optimizer"] for run in recorded.runs)
    data = {
        "steps": recorded.steps,
        "scenes": [_scene(s) for name, s in collect().items() if name in known],
        "optimizers": [{"id": o, "title": OPTIMIZERS[o].title} for o in used],
        "targets": list(dict.fromkeys(run["target"] for run in recorded.runs)),
        "runs": {
            "/".join((run["scene"], run["optimizer"], run["target"])): {
                key: run[key] for key in ("rates", "status", "points")
            }
            for run in recorded.runs
        },
    }
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f"const EXPLORER = {text};\n"
