"""The explorer's data as one script: the recorded paths and the scenes they are drawn in."""

import base64
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from contourpy import contour_generator

from reference import OPTIMIZERS, FirstOrder
from reference.parameters import Parameters
from reports.compute.outcomes import optimizers, tolerance
from reports.compute.stationary import KINDS, shape
from reports.read.recorded import Recorded, RecordedRun
from reports.scenes import Scene, collect
from reports.words import short


@dataclass(frozen=True)
class Guide:
    """Two runs that show something: the explorer's state, what is shown, and why it is so."""

    state: str
    words: str
    why: str


GUIDES = (
    Guide(
        "problem=ravine&a=gd,0.1,numpy:cpu&b=momentum,0.1,numpy:cpu&step=30",
        "why momentum helps in a ravine",
        "Both runs have the same small learning rate. Along the flat floor of the ravine gradient "
        "descent (A) takes small steps; momentum (B) adds them up. In a ravine as mild as this "
        "one a larger rate helps gradient descent more: see Maps, Rotated ravine.",
    ),
    Guide(
        "problem=square&a=gd,1,numpy:cpu&b=gd,1.1,numpy:cpu&step=6",
        "where x² diverges",
        "A step of gradient descent multiplies x by 1 \N{MINUS SIGN} 2 lr. At lr = 1 (A) it jumps "
        "between 10 and \N{MINUS SIGN}10 for ever and does not converge; at lr = 1.1 (B) each "
        "jump is longer than the last.",
    ),
    Guide(
        "problem=x_cos&a=newton,1,numpy:cpu&b=gd,0.1,numpy:cpu&step=8",
        "why Newton climbs to a maximum",
        "Newton's method (A) seeks a slope of zero, uphill or downhill. From 10 it leaps to the "
        "maximum near 26.83, where the curvature is negative; gradient descent (B) goes down.",
    ),
)
GRID = 241  # points along each axis of a contour plot
LEVELS = 14  # within the window
CURVE = 1201  # points on a curve
OFF = (None, False, "none")  # settings that do nothing; zero is equal to False


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
    """The objective over the domain: x, f(x) and its slope."""
    (limits,) = _domain(scene)
    x = np.linspace(*limits, CURVE)[:, None]
    rows = np.column_stack([x, scene.objective.value(x), scene.objective.gradient(x)])
    return [[float(f"{number:.5g}") for number in row] for row in rows]


def _settings(parameters: Parameters, names: Iterable[str]) -> str:
    """The named parameters in words."""
    return ", ".join(f"{name} = {short(getattr(parameters, name))}" for name in names)


def _scene(scene: Scene) -> dict[str, Any]:
    flat, parameters = len(scene.start) == 1, scene.parameters
    return {
        "id": scene.name,
        "title": scene.title,
        "formula": scene.formula,
        "parameters": "" if scene.told else _settings(parameters, parameters.describe_fields()),
        "tolerance": float(f"{tolerance(scene.name):.4g}"),
        "dimension": len(scene.start),
        "start": scene.start.tolist(),
        "window": scene.window,
        "domain": _domain(scene),
        "minimisers": scene.minimisers.tolist(),
        "heights": scene.objective.value(scene.minimisers).tolist(),
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
    """A row for every point of every path, with the objective's value as the last column.

    What a run is on each target stands together, so that the file compresses well.
    """
    frames = [_frame(run, recorded.steps) for run in recorded.runs]
    if not frames:
        return pd.DataFrame({"scene": []})
    order = ["scene", "optimizer", "rate", "target", "step"]
    return pd.concat(frames, ignore_index=True).sort_values(order, kind="stable")


def unrecorded(recorded: Recorded) -> list[str]:
    """The titles of the optimizers that the maps have and no recorded run."""
    known = {run.optimizer for run in recorded.runs}
    mapped = dict.fromkeys(name for scene in collect().values() for name in optimizers(scene))
    return [OPTIMIZERS[name].title for name in mapped if name not in known]


def _base64(numbers: Any) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode()


def _shown(numbers: Any) -> Any:
    """Each float32 rounded to its upper three bytes, nearly five digits; four are shown."""
    bits = np.asarray(numbers, "<f4").view("<u4") + np.uint32(0x80)
    return bits[..., None].view(np.uint8)[..., 1:]


def _path(scene: Scene, rows: Any) -> dict[str, str]:
    """A path as far as it changes, (rows, dimension + 1): the reader repeats the last row.

    ``numbers`` are the coordinates and the value in float32, bit for bit; ``shapes`` the slope and
    the curvatures; ``kinds`` the stationary point that is near.
    """
    bits = rows.view(np.uint32)
    changes = np.flatnonzero((bits[1:] != bits[:-1]).any(-1))
    rows = rows[: changes.max(initial=-1) + 2]
    found = shape(scene, rows[:, :-1].astype(float))
    with np.errstate(over="ignore"):
        shapes = _shown(np.column_stack([found.slope, found.curvature]))
    kinds = "".join(map(str, found.kind))
    return {"numbers": _base64(rows), "shapes": _base64(shapes), "kinds": kinds}


class _Paths:
    """The paths of all runs, each once: many targets take the very same points."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []
        self._places: dict[tuple[str, bytes], int] = {}

    def place(self, scene: Scene, rows: Any) -> int:
        """The index in ``found`` of a path of a scene, (steps + 1, dimension + 1)."""
        key = scene.name, rows.tobytes()
        if key not in self._places:
            self._places[key] = len(self.found)
            self.found.append(_path(scene, rows))
        return self._places[key]


def _run(run: RecordedRun, scene: Scene, steps: int, paths: _Paths) -> dict[str, Any]:
    """A run's rates, and for each the index of its path."""
    rows = np.split(_rows(run, steps), max(1, len(run.rates)))
    return {"rates": run.rates, "paths": [paths.place(scene, each) for each in rows]}


def _optimizer(name: str) -> dict[str, str]:
    """Its own settings that do something, and in ``others`` those that are off or shared by all."""
    spec, h = OPTIMIZERS[name], OPTIMIZERS[name].hyper()
    names = [each for each in h.describe_fields() if each != "lr"]
    shared = FirstOrder.describe_fields()
    own = [each for each in names if each not in shared and getattr(h, each) not in OFF]
    others = [each for each in names if each not in own]
    words = {"settings": _settings(h, own), "others": _settings(h, others)}
    return {"id": name, "title": spec.title, **words}


def script(recorded: Recorded) -> str:
    """JavaScript that defines ``EXPLORER``; the key of a run is scene/optimizer/target."""
    runs, scenes, paths = recorded.runs, collect(), _Paths()
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
                run, scenes[run.scene], recorded.steps, paths
            )
            for run in runs
        },
        "paths": paths.found,
    }
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f"const EXPLORER = {text};\n"
