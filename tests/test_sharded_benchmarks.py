"""Claim: benchmarks see a slow path on sharded parameters, and the model of many devices holds."""

import doctest
import os
import re
import subprocess
import sys

import pytest

from backends import why_unavailable
from backends.targets import why_unplaced
from benchmarks._catalogue import Cell
from benchmarks._grid import GRID
from benchmarks.regressions import counters, verdicts
from benchmarks.regressions.builds import WORKING_TREE, build
from benchmarks.regressions.plants import KINDS
from reference import Invalid
from reports.compute import scale
from reports.compute.scale import frame
from tests.helpers import sharded
from tests.helpers.lists import FIRST_ORDER, HOSTS

PLACED = [target for target in HOSTS if why_unplaced(target) is None]


@pytest.fixture(scope="module")
def on_jax(shared):
    """What JAX finds on eight devices."""
    return sharded.found(shared, "jax", sharded.on_jax, "few")


def _counts(cell, trees):
    """What is counted of a cell in each of the trees."""
    folders = [tree.folder / "counted" for tree in trees]
    pairs = zip(trees, folders, strict=True)
    processes = [counters.start(tree, cell.target, [cell], folder, False) for tree, folder in pairs]
    for process, folder in zip(processes, folders, strict=True):
        log = folder / "log.txt"
        assert process.wait(sharded.SECONDS) == 0, log.read_text(errors="replace")[-3000:]
        found = counters.collect(folder)
        if isinstance(found["results"][cell.name], NotImplementedError):
            pytest.skip(str(found["results"][cell.name]))
        assert not isinstance(found["results"][cell.name], Exception), found["results"]
        yield found["counts"][cell.name]


@pytest.mark.exhaustive
@pytest.mark.parametrize("target", PLACED)
def test_a_slow_path_on_sharded_parameters_is_seen(target, tmp_path):
    """Updates through DTensor's dispatch on torch, parameters sent on JAX: counts flag them, those
    of plain parameters do not."""
    if why_unavailable(target):
        pytest.skip(why_unavailable(target))
    plants = [p for p in KINDS if "sharded" in p.words and target in p.compared]
    assert plants
    for plant in plants:
        trees = [build(WORKING_TREE, tmp_path / side) for side in ("base", "head")]
        path = trees[1].folder / plant.file
        path.write_text(path.read_text().replace(plant.old, plant.new))
        cell = Cell("sharded", GRID.first_order[0], target, size=10_000)
        findings = verdicts.counts(cell, *_counts(cell, trees))
        flagged = {each.metric for each in findings if each.verdict == verdicts.SLOWER}
        assert flagged & {*plant.expected}, findings


def _readme():
    """The README's program for torch."""
    text = (sharded.ROOT / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(# torchrun .*?)```", text, re.DOTALL)
    return program


@pytest.mark.exhaustive
def test_the_readmes_program_runs_in_two_processes(tmp_path):
    """The README's program for torch prints the parameters and the norm in each process."""
    sharded.require_gloo()
    path = tmp_path / "sharded.py"
    path.write_text(_readme())
    command = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(path))
    done = subprocess.run(
        (sys.executable, *command),
        env={**os.environ, "PYTHONPATH": str(sharded.ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=sharded.SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for printed in ("[0.5 0.5 0.5]", " 3.0", " (Shard(dim=0),)"):  # pieces of lines may mix
        assert done.stdout.count(printed) == 2, done.stdout


@pytest.mark.parametrize(("placement", "devices"), [("one device", 1), ("one axis", 8)])
@pytest.mark.parametrize("optimizer", FIRST_ORDER)
def test_the_model_of_many_devices_holds_on_one(optimizer, placement, devices, on_jax):
    """What a device of JAX holds, and what its compiled program takes and gives in place."""
    held, moved = on_jax["bytes"][optimizer, placement]
    n, found = on_jax["n"], frame(on_jax["n"], devices, 1e9).set_index("optimizer").loc[optimizer]
    assert found["bytes held"] == held
    assert found["bytes moved"] == moved
    assert found["bytes moved with a norm"] == moved + 4 * n / devices
    assert found["parameters of a device"] == n / devices
    assert found["seconds"] == moved / 1e9
    assert (found["numbers sent"], found["numbers sent with a norm"]) == (0, 1)


def test_the_models_example():
    """A trillion parameters on a thousand devices, as its docstring shows them."""
    found = doctest.testmod(scale)
    assert found.attempted
    assert not found.failed


def test_the_model_refuses_what_is_no_machine():
    """A number that is not positive, by name."""
    for name in ("parameters", "devices", "bandwidth"):
        numbers = {"parameters": 10**12, "devices": 1000, "bandwidth": 1e12}
        with pytest.raises(Invalid, match=f"{name} = 0: expected a number above"):
            frame(**numbers | {name: 0})
