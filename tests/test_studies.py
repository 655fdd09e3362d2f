"""Claim: a study has the same bits however and wherever it is computed, and loses nothing."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pyarrow as pa
import pytest
from distributed import Client, LocalCluster
from pyarrow import dataset

from backends import StudyError, study, sweep
from backends.studies import (
    cluster,
    comparison,
    computing,
    conditions,
    grids,
    model,
    plan,
    running,
    store,
)
from backends.studies.results import Results
from backends.targets import engine
from reference import OPTIMIZERS, Case, Invalid
from tests.helpers.lists import HOSTS
from tests.helpers.recipes import ROOT

LR = {"from": 1e-3, "to": 1.5, "count": 13, "scale": "log"}
AXES = {"axes": [{"from": -5, "to": 5, "count": 9}, [-2.5, 0.1, 1e4]]}
SMALL = {
    "name": "small",
    "memory": "64 MiB",
    "cases": [
        {
            "optimizers": ["gd", "adam"],
            "problem": "quadratic",
            "params": {"rotation": 30.0},
            "hyper": {"lr": LR},
            "starts": AXES,
            "steps": 7,
        },
        {
            "optimizers": ["rmsprop", "newton"],
            "problem": "cosh",
            "hyper": {"lr": [0.1, 0.5, 2.0]},
            "starts": [[0.1 * i] for i in range(37)],
            "steps": 5,
            "dtype": "float32",
            "stop": {"rule": "allclose"},
        },
    ],
}
MEMBERS = 2 * 13 * 27 + 2 * 3 * 37


@pytest.fixture
def blocks(monkeypatch):
    """Blocks of a few dozen members, and parts of one block."""
    for target in HOSTS:
        kind = type(engine(target, "float64"))
        monkeypatch.setattr(kind, "NUMBERS", 96)
    monkeypatch.setattr(grids, "WORK", 1)


def _rows(results, *columns):
    frame = results.to_pandas(list(columns) or None)
    frame["row"] = frame.optimizer.astype(str) + frame.problem.astype(str)
    return frame.sort_values(["row", "member"], ignore_index=True)


def _same(one, two):
    compared = comparison.compare(one, two)
    assert (compared.members, compared.missing, compared.differing) == (MEMBERS, 0, 0)
    assert compared.arithmetic
    assert compared.agrees


@pytest.mark.parametrize("target", HOSTS)
def test_bits_depend_on_no_cut(target, blocks, monkeypatch, tmp_path):
    """Parts of one block, of several and of all, in any order, have the bits of sweeps."""
    given = {**SMALL, "targets": [target]}
    one = study(given, tmp_path / "one", workers=1, progress=False)
    assert one.about["parts"] > 10
    monkeypatch.setattr(grids, "WORK", 1500)
    with ThreadPoolExecutor(2) as pool:
        some = study(given, tmp_path / "some", executor=pool, progress=False)
    monkeypatch.setattr(grids, "WORK", 10**9)
    whole = study(given, tmp_path / "whole", workers=1, progress=False)
    assert one.about["parts"] > some.about["parts"] > whole.about["parts"] == 4
    _same(one, some)
    _same(one, whole)
    for grid in plan.read(given).grids:
        starts = grid.starts.rows(np.arange(grid.members // grid.combinations))
        swept = sweep(grid.case, starts, grid.hyper, target, progress=False)
        rows = _rows(one)
        rows = rows[(rows.optimizer == grid.case.optimizer)]
        points = rows[[f"point{i}" for i in range(grid.dimension)]].to_numpy()
        flat = swept.points.reshape(-1, grid.dimension).astype(float)
        np.testing.assert_array_equal(points.view(np.int64), flat.view(np.int64))
        assert (rows.status.astype(str).to_numpy() == swept.status.ravel()).all()
        assert (rows.steps.to_numpy() == swept.steps.ravel()).all()


@pytest.mark.parametrize("target", HOSTS)
def test_a_sweep_on_an_executor_is_the_same(target, monkeypatch):
    """Threads compute the bits of a sweep without them."""
    monkeypatch.setattr(type(engine(target, "float64")), "NUMBERS", 64)
    case = Case("adam", "quadratic", steps=5)
    starts, rates = np.random.default_rng(1).normal(size=(50, 2)), {"lr": np.geomspace(1e-3, 1, 9)}
    alone = sweep(case, starts, rates, target, progress=False)
    with ThreadPoolExecutor(3) as pool:
        assert sweep(case, starts, rates, target, progress=False, executor=pool) == alone


@pytest.mark.exhaustive
def test_processes_give_the_same(tmp_path):
    """Worker processes here give the bits of this process, and a sweep takes them too."""
    one = study(SMALL, tmp_path / "one", workers=1, progress=False)
    _same(one, study(SMALL, tmp_path / "two", workers=2, progress=False))
    case = Case("gd", "quadratic", steps=3)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        found = sweep(case, hyper={"lr": [0.1, 0.2]}, progress=False, executor=pool)
    assert found == sweep(case, hyper={"lr": [0.1, 0.2]}, progress=False)


def test_what_is_there_is_not_computed_again(blocks, tmp_path):
    """Files that are there stay as they are, and a half-written one is not read."""
    first = study(SMALL, tmp_path, workers=1, progress=False)
    written = {path: path.stat().st_mtime_ns for path in first.files}
    gone = first.files[1::3]
    for path in gone:
        half = path.read_bytes()[: path.stat().st_size // 2]
        path.with_name(f".{path.name}.tmp").write_bytes(half)
        path.unlink()
    assert not Results(tmp_path).complete
    again = study(SMALL, tmp_path, workers=1, progress=False)
    assert again.complete
    assert len(again.to_pandas()) == MEMBERS
    now = {path: path.stat().st_mtime_ns for path in again.files}
    assert {path for path, when in written.items() if now.get(path) == when} == {*written} - {*gone}


@pytest.mark.parametrize("where", [0.02, 0.3, 0.6, 0.9, 0.99, "cut", "empty", "text"])
def test_a_damaged_part_is_named(where, tmp_path):
    """A part with a changed byte, cut off or replaced is refused in a sentence with its name."""
    results = study(SMALL, tmp_path, workers=1, progress=False)
    path = results.files[2]
    content = bytearray(path.read_bytes())
    if where == "cut":
        content = content[: len(content) // 2]
    elif where == "empty":
        content = bytearray()
    elif where == "text":
        content = bytearray(b"PAR1 by hand")
    else:
        content[int(where * len(content))] ^= 0x10
    path.write_bytes(content)
    for act in (lambda: list(results.parts()), lambda: study(SMALL, tmp_path, progress=False)):
        with pytest.raises(StudyError, match=path.name) as told:
            act()
        assert "\n" not in str(told.value)
        assert "delete it" in str(told.value)
    path.unlink()
    assert study(SMALL, tmp_path, workers=1, progress=False).complete


def test_a_full_disk_loses_nothing(blocks, tmp_path):
    """Where a file cannot be written, the study stops, keeps what is there and goes on later."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    whole = study(SMALL, tmp_path / "whole", workers=1, progress=False)
    sizes = sorted(path.stat().st_size for path in whole.files)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9, limits[1]))
        with pytest.raises(StudyError, match="cannot be written to: File too large"):
            study(SMALL, tmp_path / "full", workers=1, progress=False)
        resource.setrlimit(resource.RLIMIT_FSIZE, (sizes[len(sizes) // 2], limits[1]))
        with pytest.raises(StudyError, match="could not be written") as told:
            study(SMALL, tmp_path / "full", workers=1, progress=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(told.value)
    kept = Results(tmp_path / "full")
    assert not kept.complete
    assert not list(kept.folder.glob(".*"))
    assert all(part.table.num_rows for part in kept.parts())
    _same(whole, study(SMALL, tmp_path / "full", workers=1, progress=False))


def test_other_versions_are_refused_by_name(monkeypatch, tmp_path):
    """A worker whose packages differ is refused, with the package and both versions."""
    there = conditions.versions(["numpy:cpu"])
    other = {**there, "numpy": "1.0"}
    monkeypatch.setattr(running, "versions", lambda targets: other)
    with pytest.raises(Invalid, match=rf"numpy {there['numpy']}, expected 1\.0"):
        study(SMALL, tmp_path, workers=1, progress=False)


def test_an_address_where_nothing_listens(monkeypatch, tmp_path):
    """The message names the address and says how to start a scheduler."""
    monkeypatch.setattr(cluster, "ANSWERS", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        with pytest.raises(Invalid, match=f"{address}.*dask scheduler"):
            study(SMALL, tmp_path, scheduler=address, progress=False)


def _changed(**changes):
    first = {**SMALL["cases"][0], **changes}
    return {**SMALL, "cases": [{k: v for k, v in first.items() if v is not None}]}


WIDE = {"from": 1, "to": 2, "count": 10**6}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({**SMALL, "colour": 1}, "unknown key of a study 'colour'"),
        (_changed(colour=1), r"cases\[0\]: unknown key of a case 'colour'"),
        ({**SMALL, "cases": []}, r"cases = \[\]: expected a list of one or more"),
        ({**SMALL, "targets": []}, r"targets = \[\]"),
        (_changed(optimizers=[]), r"optimizers = \[\]"),
        (_changed(optimizers=["adm"]), "did you mean 'adam'"),
        (_changed(hyper={"lr": []}), r"lr = \[\]: expected a list of one or more"),
        (_changed(hyper={"lr": {"from": 1, "to": 2}}), "expected numbers from, to, count"),
        (_changed(hyper={"lr": {**LR, "step": 1}}), "unknown key of a range 'step'"),
        (_changed(hyper={"lr": {**LR, "from": 0}}), "expected positive numbers"),
        (_changed(hyper={"lr": [-1.0]}), "lr = -1.0"),
        (
            _changed(hyper={"lr": {**LR, "count": 10**30}}),
            "count = 1000000000000000000000000000000",
        ),
        (_changed(starts=[]), r"starts = \[\]"),
        (_changed(starts={"axes": [[1.0]]}), "expected 2, one a coordinate"),
        (_changed(starts=[[1.0]]), "rows of 2 numbers"),
        (_changed(problem=None), "problem must be given"),
        (_changed(targets=["numpy:tpu"]), "numpy:tpu"),
        ({**SMALL, "memory": "1 KiB"}, "takes at least"),
        ({**SMALL, "memory": 5}, "memory = 5: expected a size"),
        ({**SMALL, "name": "a/b"}, "name = 'a/b'"),
        (
            _changed(
                optimizers=["adam"],
                starts={"axes": [WIDE, WIDE]},
                hyper={n: {**WIDE, "from": 0.1, "to": 0.2} for n in ("lr", "beta1", "beta2")},
            ),
            r"1e\+30 members: expected at most 1e\+13",
        ),
    ],
)
def test_bad_input_is_one_sentence(given, message, tmp_path):
    """A wrong study raises an error that names what is wrong, and makes no folder."""
    with pytest.raises(Invalid, match=message) as told:
        study(given, tmp_path / "out", progress=False)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_another_study_is_refused(tmp_path):
    """Neither another study's results nor other files are touched."""
    study(SMALL, tmp_path / "out", workers=1, progress=False)
    with pytest.raises(Invalid, match="holds another study, 'small'"):
        study(_changed(steps=8), tmp_path / "out", progress=False)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    with pytest.raises(Invalid, match="holds other files"):
        study(SMALL, tmp_path / "other", progress=False)
    with pytest.raises(Invalid, match="expected a folder with the results"):
        Results(tmp_path / "other")


@pytest.mark.parametrize("optimizer", ["gd", "adam", "newton"])
def test_a_part_stays_within_its_memory(optimizer):
    """What Python and Arrow allocate for a part is at most the study's memory."""
    starts = {"axes": [{"from": -5, "to": 5, "count": 1000}] * 2}
    case = {"optimizers": [optimizer], "problem": "quadratic", "steps": 1, "starts": starts}
    part = next(plan.read({"memory": "64 MiB", "cases": [case]}).parts({}))
    assert 1 < len(part) / part.block < 20
    default, counted = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(counted)
    tracemalloc.start()
    try:
        computing.part_file(part)
        peak = tracemalloc.get_traced_memory()[1] + counted.max_memory()
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(default)
    assert 2**23 < peak <= 2**26


def test_a_hyperparameter_that_is_not_used_is_null(tmp_path):
    """One optimizer's momentum is a number, another's None: the column is of numbers in both."""
    case = {"optimizers": ["momentum", "rmsprop"], "problem": "quadratic", "steps": 2}
    results = study({"name": "mixed", "cases": [case]}, tmp_path, workers=1, progress=False)
    for frame in (results.to_pandas(), results.to_dask().compute(scheduler="synchronous")):
        found = frame.set_index("optimizer").momentum.astype(float)
        assert found["momentum"] == 0.9
        assert np.isnan(found["rmsprop"])


def test_results_are_read_in_parts(tmp_path):
    """Pandas and Dask read the same; some columns or rows do not need the others."""
    results = study(SMALL, tmp_path, workers=1, progress=False)
    frame = results.to_pandas()
    assert len(frame) == MEMBERS
    lost = results.to_pandas(["lr", "value"], dataset.field("status") == "diverged")
    assert len(lost) == (frame.status == "diverged").sum()
    assert list(lost) == ["lr", "value"]
    ours = results.to_dask(["member", "value"]).compute(scheduler="synchronous")
    assert (ours.value.to_numpy() == frame.value.to_numpy()).all()
    assert np.isnan(frame[frame.problem == "cosh"].point1.to_numpy(float)).all()
    facts = results.facts()
    assert not facts.mixed
    assert facts.arithmetic.total() == facts.machines.total() == len(results.files)
    assert "numpy" in next(iter(facts.versions))


def test_other_arithmetic_is_compared_within_the_bound(tmp_path, monkeypatch):
    """Results of another arithmetic may differ within their bounds, and no further."""
    given = _changed(
        optimizers=["gd"], problem="x_cos", params=None, starts=[[1.5]], hyper={"lr": [0.1, 0.2]}
    )
    one = study(given, tmp_path / "one", workers=1, progress=False)

    def moved(by):
        file = computing._found

        def found(part, ends):
            return file(part, ends._replace(points=ends.points * (1 + by)))

        with monkeypatch.context() as patch:
            patch.setattr(computing, "_found", found)
            patch.setattr(conditions, "arithmetic", lambda target, dtype: "another")
            return study(given, tmp_path / str(by), workers=1, progress=False)

    within = comparison.compare(one, moved(2.0**-52))
    assert (within.differing, within.checked, within.arithmetic) == (2, 2, False)
    assert within.agrees, within
    beyond = comparison.compare(one, moved(1e-9))
    assert not beyond.agrees
    assert len(beyond.beyond) == 2
    monkeypatch.setattr(
        type(one), "facts", lambda self: type("Facts", (), {"arithmetic": {"the same": 1}})
    )
    assert not comparison.compare(one, Results(tmp_path / str(2.0**-52))).agrees


@pytest.mark.exhaustive
def test_a_killed_worker_loses_nothing(blocks, tmp_path):
    """On a Dask cluster here, of which a worker is killed, the bits are those of one process."""
    one = study(SMALL, tmp_path / "one", workers=1, progress=False)
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as here:
        checked = plan.read(SMALL)
        first = next(checked.parts({}))
        with Client(here) as client:
            client.run(lambda: None)
            victim = next(iter(client.run(os.getpid).values()))
            kill = store.Store.write

            def write(self, part, content):
                if part.index == first.index + 3:
                    os.kill(victim, signal.SIGKILL)
                kill(self, part, content)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(store.Store, "write", write)
                found = study(
                    SMALL, tmp_path / "two", scheduler=here.scheduler_address, progress=False
                )
            assert victim not in client.run(os.getpid).values()
    _same(one, found)


@pytest.mark.exhaustive
def test_an_interrupted_study_goes_on(tmp_path):
    """Ctrl-C ends the command with a sentence; the next run computes only the rest."""
    starts = {"axes": [{"from": 1, "to": 2, "count": 100}] * 2}
    long = _changed(optimizers=["gd"], steps=1200, starts=starts)["cases"][0]
    path = tmp_path / "long.toml"
    path.write_text(_toml(long))
    command = (sys.executable, "-m", "backends.studies", str(path), "--workers", "1", "--into")
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background
    try:  # ignores it, and so would the process that it starts
        running = subprocess.Popen(
            (*command, str(tmp_path)), cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, heard)
    while not list((tmp_path / "long").glob("part-*")):
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    said = running.communicate()[1]
    assert running.returncode == 130
    assert "kept" in said.splitlines()[-1]
    assert "Traceback" not in said
    kept = Results(tmp_path / "long")
    assert 0 < len(kept.files) < kept.about["parts"]
    assert all(part.table.num_rows for part in kept.parts())


def _toml(case):
    """A study's file with one case, whose values JSON writes as TOML does."""
    lines = [f"{key} = {_inline(value)}" for key, value in case.items()]
    return 'memory = "16 MiB"\n[[cases]]\n' + "\n".join(lines)


def _inline(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "benchmarks" / "studies").glob("*.toml")), ids=lambda p: p.stem
)
def test_the_studies_here_are_valid(path):
    """Each example is a study whose parts have different files and cover every member once."""
    found = plan.read(path)
    parts = list(found.parts({}))
    assert len(parts) == found.count
    assert len({part.name for part in parts}) == len(parts)
    assert sum(map(len, parts)) == found.members
    assert all(len(part) % part.block == 0 or part.last == part.members for part in parts)


def test_hyperparameters_are_no_other_columns():
    """No hyperparameter has the name of another column."""
    part = next(plan.read(_changed()).parts({}))
    names = {name for spec in OPTIMIZERS.values() for name in spec.hyper.describe_fields()}
    others = {*computing._labels(part), "member", "value", "steps", "status"}
    assert not names & others
    assert not [name for name in names if name.startswith(("start", "point"))]


def test_parts_on_paper_cost_the_scheduler_little():
    """The model's part takes fifty times what it costs the scheduler, and fits its memory."""
    constants = model.Constants(1e-6, 50, 500, 2e-3, 1e8)
    for workers in (1, 4, 1000):
        part = model.part_for(constants, workers, 2**31)
        found = model.predict(constants, 1e12, workers, part)
        assert found.overhead <= model.SHARE * 1.001
        assert found.worker_memory <= 2**31
    assert found.limit == "scheduler and client"  # 50 TB through one client
    assert found.seconds >= found.moved / constants.write_rate
