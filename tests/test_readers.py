"""Claim: readers name and leave out unreadable results, and keep the rest."""

import json
from dataclasses import asdict

from reports.pages import sharpness
from reports.read import bounds, comparisons, races, recorded, results, timings
from tests.helpers.results import some


def test_a_damaged_file_is_left_out_and_named(tmp_path):
    """A truncated file, or JSON of another structure, is named in ``left_out``."""
    for name, module in (
        ("tests.json", results),
        ("peers.json", races),
        ("paths.json", recorded),
        ("bound.json", bounds),
    ):
        for damaged in ('{"races": [{"rivals": 3}]}', '{"cells": [', "[]"):
            (tmp_path / name).write_text(damaged)
            assert name in module.read(tmp_path).left_out[0]
    level = tmp_path / "levels" / "some.json"
    level.parent.mkdir()
    for damaged in ('{"cells": [', '{"cells": 3}', "[]"):
        level.write_text(damaged)
        assert "levels/some.json" in results.read_levels(tmp_path)["some"].left_out[0]
    machine = tmp_path / "results" / "vm" / "machine.json"
    machine.parent.mkdir(parents=True)
    for damaged in ('{"cpu": 1}', '{"machine":', "[]"):
        machine.write_text(damaged)
        assert machine.name in timings.read(tmp_path).left_out[0]
    for damaged in ('{"machine":', "[]"):
        (tmp_path / "conditions.json").write_text(damaged)
        assert "conditions.json is damaged" in timings.read(tmp_path).left_out[1]
    for name in ("regressions/a-b/verdicts.json", "alarm/vm.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        for damaged in ('{"kinds": [', "[]", '{"kinds": 3}'):
            path.write_text(damaged)
            assert path.name in comparisons.read(tmp_path).left_out[0]
        path.unlink()


def test_paths_that_cannot_be_shown_are_counted_and_left_out(tmp_path):
    """Runs and partings with unknown scenes or missing numbers are left out; the rest is kept."""
    data = some("x")["paths.json"]
    run, parting = data["runs"][0], data["partings"][0]
    data["runs"] += [{**run, "scene": "moon"}, {**run, "points": run["points"][:8]}, 7]
    data["partings"] += [{**parting, "cause": None}]
    (tmp_path / "paths.json").write_text(json.dumps(data))
    found = recorded.read(tmp_path)
    assert [asdict(run) for run in found.runs] == data["runs"][:1]
    assert [parting.cause for parting in found.partings] == ["x"]
    assert [line.split(": ")[1] for line in found.left_out] == [
        "3 runs cannot be shown",
        "1 parting cannot be shown",
    ]


def test_bounds_that_cannot_be_shown_are_counted_and_left_out(tmp_path):
    """Rows with wrong types or too few quantiles are left out; the rest is kept."""
    data = some("x")["bound.json"]
    (noticed,), (covered,) = data["noticed"], data["covered"]
    data["noticed"] += [{**noticed, "changes": {"lr": "much"}}, 7]
    data["covered"] += [{**covered, "factors": {"8": [1.0]}}, {**covered, "factors": {"x": []}}]
    (tmp_path / "bound.json").write_text(json.dumps(data))
    found = bounds.read(tmp_path)
    assert (len(found.noticed), len(found.covered)) == (1, 1)
    assert found.left_out == ["bound.json: 4 rows cannot be shown"]
    table = sharpness.hyperparameters(found).set_index("hyperparameter").float32
    assert table.lr == 1e-6
    assert table.isna().eps
