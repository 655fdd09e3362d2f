"""Claim: the explorer has every recorded number, and none twice."""

import base64
import json

import numpy as np
import pytest

from reports.compute.stationary import KINDS, shape
from reports.pages import explorer
from reports.read.recorded import Recorded, RecordedRun
from reports.scenes import collect

STEPS, RATES = 6, [0.1, 0.5, 2.0]


def _run(target, points):
    encoded = base64.b64encode(points.astype("<f4").tobytes()).decode()
    return RecordedRun("quadratic", "gd", target, RATES, ["finished"] * 3, encoded)


@pytest.fixture
def points():
    """Random points; the second run comes to rest at step 2, the third overflows at step 3."""
    found = np.random.default_rng(0).normal(size=(len(RATES), STEPS + 1, 3)).astype("<f4")
    found[1, 2:] = found[1, 2]
    found[2, 3:] = np.nan
    return found


def _read(points):
    other = points.copy()
    other[0, 4] = np.nextafter(other[0, 4], np.float32(np.inf))
    runs = [_run("numpy:cpu", points), _run("jax:cpu", points), _run("torch:cpu", other)]
    text = explorer.script(Recorded(STEPS, runs))
    return json.loads(text.removeprefix("const EXPLORER = ").removesuffix(";\n")), other


def _decoded(path, width):
    """The rows of a path and its shapes, the last row repeated to the end."""
    rows = np.frombuffer(base64.b64decode(path["numbers"]), "<f4").reshape(-1, width)
    upper = np.frombuffer(base64.b64decode(path["shapes"]), np.uint8).reshape(-1, width, 3)
    padded = np.concatenate([np.zeros_like(upper[..., :1]), upper], -1)
    kinds = np.array(list(path["kinds"]), int)
    places = np.minimum(np.arange(STEPS + 1), len(rows) - 1)
    return rows[places], padded.view("<f4")[..., 0][places], kinds[places]


def test_every_number_is_there(points):
    """Points and values bit for bit; slopes and curvatures to more digits than are shown."""
    data, other = _read(points)
    scene = collect()["quadratic"]
    for target, wanted in (("numpy:cpu", points), ("jax:cpu", points), ("torch:cpu", other)):
        run = data["runs"][f"quadratic/gd/{target}"]
        assert run["rates"] == RATES
        for place, rows in zip(run["paths"], wanted, strict=True):
            found, shapes, kinds = _decoded(data["paths"][place], 3)
            assert found.tobytes() == rows.tobytes()
            truth = shape(scene, rows[:, :-1].astype(float))
            exact = np.column_stack([truth.slope, truth.curvature])
            np.testing.assert_allclose(shapes, exact, rtol=2**-16 + 2**-24)
            assert [KINDS[k] for k in kinds] == [KINDS[k] for k in truth.kind]


def test_nothing_is_stored_twice(points):
    """Equal paths of several targets are one, and a path ends where it no longer changes."""
    data, _ = _read(points)
    runs = {name.split("/")[2]: run["paths"] for name, run in data["runs"].items()}
    assert runs == {"numpy:cpu": [0, 1, 2], "jax:cpu": [0, 1, 2], "torch:cpu": [3, 1, 2]}
    assert [len(path["kinds"]) for path in data["paths"]] == [7, 3, 4, 7]


def test_what_overflows_is_rounded_no_further():
    """Infinities, NaN and zeros survive the rounding to three bytes, and halves are rounded."""
    given = np.array([np.inf, -np.inf, np.nan, 0.0, 1.0, 1.2345678], "<f4")
    upper = explorer._shown(given)
    whole = np.concatenate([np.zeros_like(upper[..., :1]), upper], -1).view("<f4")[..., 0]
    np.testing.assert_array_equal(whole[:5], given[:5])
    assert abs(whole[5] - given[5]) <= given[5] * 2**-16
