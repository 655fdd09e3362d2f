"""Claim: the report shows what a study found, and says what it leaves out."""

import json
import os
import platform

import numpy as np
import pytest

from reports.compute.studies import best
from reports.draw import studies as maps
from reports.pages import studies as pages
from reports.read import studies
from tests.helpers.results import MARKUP, SCALED, studied


@pytest.fixture
def found(tmp_path):
    """A study's results, and the folder that the report reads."""
    return studied(tmp_path), tmp_path / "data"


def test_the_table_counts_what_the_parts_hold(found):
    """Shares and means are those of all members, and the best rate is where most converge."""
    results, folder = found
    read = studies.read(folder)
    assert not read.left_out
    frame, table = results.to_pandas(), pages.grids(read)
    assert table.optimizer.tolist() == ["Gradient descent", "Adam", "Momentum"]
    gd = frame[frame.optimizer == "gd"]
    assert table["members read"][0] == len(gd) == 36
    assert table.diverged[0] == f"{(gd.status == 'diverged').mean():.1%}" != "0.0%"
    assert table.converged[0] == f"{(gd.status == 'converged').mean():.1%}" != "0.0%"
    by = gd.groupby("lr")
    ended = by.status.apply(lambda s: (s == "converged").mean())
    steps = gd[gd.status != "diverged"].groupby("lr").steps.mean()
    top = best(read.found[0].grids[0])
    assert top.number == steps[ended[ended == ended.max()].index].idxmin() == table.best[0]
    assert top.steps == pytest.approx(steps[top.number], rel=1e-12)


def test_a_map_shows_every_cell(found):
    """A map has a cell for each rate and value of another axis, which count all members."""
    pictures = list(maps.figures(studies.read(found[1]).found))
    assert [figure.id for figure in pictures] == ["study-rates-1", "study-rates-2", "study-rates-3"]
    data = pictures[0].draw().data
    assert (len(data), data.members.sum()) == (18, 36)
    assert {"lr", "start0"} < {*data}


def test_what_is_damaged_is_left_out_by_name(found):
    """A damaged part is named and the others are shown; a damaged study is named."""
    results, folder = found
    path = results.files[0]
    path.write_bytes(path.read_bytes()[:-9])
    read = studies.read(folder)
    assert path.name in read.left_out[0]
    assert [int(grid.members.sum()) for grid in read.found[0].grids] == [0, 36, 1]
    assert pages.grids(read)["members read"].tolist() == [0, 36, 1]
    path.unlink()
    assert not studies.read(folder).left_out
    about = results.folder / "_study.json"
    known = json.loads(about.read_text())
    about.write_text(json.dumps({**known, "given": {"cases": 1}}))
    assert "cases = 1" in studies.read(folder).left_out[0]
    about.write_text(json.dumps({**known, "name": MARKUP}))
    assert not studies.read(folder).found


def test_the_dashboard_is_linked_while_the_study_runs(found):
    """The link is there while the process is, and only if it is an address of the web."""
    results, folder = found
    running = results.folder / "_running.json"
    for pid, link, shown in (
        (os.getpid(), "http://127.0.0.1:8787/status", True),
        (os.getpid(), "javascript:alert(1)", False),
        (2**22 + 1, "http://127.0.0.1:8787/status", False),  # no process has this number
    ):
        running.write_text(json.dumps({"pid": pid, "host": platform.node(), "dashboard": link}))
        assert pages.dashboards(studies.read(folder)) == ([("rates", link)] if shown else [])


def test_the_scaling_is_read_as_it_was_written(found):
    """Ratios are those of the measured times, and the study on paper is told."""
    read = studies.read(found[1])
    assert read.found[0].scaling.timings == SCALED.timings
    (table,) = pages.scalings(read).values()
    assert table["ratio to one"].tolist() == ["1.00", "2.00"]
    assert table.scheduling.tolist() == ["0.20%", "0.20%"]
    ((name, _, sentences),) = pages.scaled(read)
    assert name == "rates"
    assert "1e+12 members on 1,000 workers: 1,000,000 parts" in " ".join(sentences)
    assert np.isclose(SCALED.large.moved, 3e13)
