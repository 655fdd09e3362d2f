"""Claim: of two releases it is found which digit and bit changed, at which step, by what."""

import json
import pickle
import sys

import numpy as np
import pytest

import backends
from backends.tracing import Operation
from benchmarks.regressions.builds import ROOT, WORKING_TREE, Build, Refused
from reference import GOLDENS
from reports.pages import versions
from reports.read import machines as fleet
from reports.versions import differences, drift, recorder
from reports.versions.__main__ import main
from reports.versions.environments import RELEASES, Release, grouped, pairs, parse, requirements
from reports.versions.recorder import VALUES, Bits, Work

TARGET = "numpy:cpu"
EAGER = Work("000/xcos_gd_2", "float32", "eager")
COMPILED = Work("000/xcos_gd_2", "float32", "compiled")
UPDATE = Work("adam", "float32", "update")
BEFORE, AFTER = Release("numpy", "2.3.5"), Release("numpy", "2.4.6")


def test_releases_are_sorted_and_paired():
    """By their numbers, not their letters; the same one twice is one."""
    texts = ["jax==0.10.2", "numpy==2.3.5", "jax==0.9.2", "numpy==2.10.0", "numpy==2.3.5"]
    found = grouped(texts)
    assert {p: [r.version for r in rs] for p, rs in found.items()} == {
        "jax": ["0.9.2", "0.10.2"],
        "numpy": ["2.3.5", "2.10.0"],
    }
    assert pairs(found["numpy"]) == [tuple(found["numpy"])]
    assert all(len(each) >= 3 for each in grouped(RELEASES).values())


@pytest.mark.parametrize(
    "text", ["numpy", "numpy>=2", "scipy==1.17.1", "numpy==", "numpy==2;x", ""]
)
def test_what_is_no_release_is_refused(text, capsys):
    """A clear sentence names the text, and what was expected."""
    with pytest.raises(Refused, match=r"expected a release of jax, numpy, torch, such as"):
        parse(text)
    assert main([text, "numpy==2.4.6"]) == 2
    assert repr(text) in capsys.readouterr().err


def test_one_release_alone_is_refused(capsys):
    """There is nothing to compare it with."""
    assert main(["numpy==2.4.6"]) == 2
    assert "numpy==2.4.6: expected two releases of numpy or more" in capsys.readouterr().err


@pytest.mark.parametrize("release", [BEFORE, Release("jax", "0.9.2")])
def test_an_environment_differs_by_its_release_alone(release):
    """All but the release is pinned, and no other framework is installed."""
    wanted, constraints = requirements(release)
    assert wanted[0] == release.requirement
    assert "torch" not in wanted
    assert ("jax" in "".join(wanted)) == (release.package == "jax")
    lines = constraints.splitlines()
    pinned = {line.split("==")[0] for line in lines if "==" in line}
    assert {"scipy", "mpmath"} <= pinned
    assert not pinned & {release.package, "jaxlib" if release.package == "jax" else ""}


def _operation(name, *inputs, result):
    arrays = tuple(np.array(each, np.float32) for each in inputs)
    return Operation(name, arrays, np.array(result, np.float32))


def test_the_first_step_and_operation_are_found():
    """The first row that differs, and in it the operation with other results of the same."""
    before = recorder.bits(EAGER, TARGET)
    points = before.points.copy()
    points[3:] = np.nextafter(points[3:], np.float32(9))
    found = differences.parted(EAGER, before, Bits(points, before.values))
    assert (found.what, found.step, found.ulps) == ("point", 3, 1.0)
    operations = recorder.operations(EAGER, TARGET, 3)
    at = next(i for i, each in enumerate(operations) if each.name in ("sin", "cos"))
    one = operations[at]
    other = one._replace(result=np.nextafter(one.result, np.float32(9)))
    later = operations[-1]._replace(result=operations[-1].result + 1)
    changed = [*operations[:at], other, *operations[at + 1 : -1], later]
    given = [_operation("exp", x, result=np.exp(x)) for x in (0.5, 0.75)]  # another argument
    moved = _operation("slice", 0.5, result=0.5)  # which only one release needs
    cause = differences.cause(found, [given[0], *operations], [moved, given[1], *changed])
    assert cause.function == one.name
    assert cause.arguments == (float(one.inputs[0].ravel()[0]),)
    assert cause.results == (float(one.result.ravel()[0]), float(other.result.ravel()[0]))
    assert min(cause.errors) <= 0.5 < max(cause.errors)
    assert cause.correct in cause.results


def test_equal_bits_are_no_difference():
    """NaN is like NaN; minus zero is not zero."""
    same = Bits(np.array([[0.0], [np.nan]]), np.zeros(2))
    assert differences.parted(EAGER, same, Bits(same.points.copy(), same.values.copy())) is None
    zero = Bits(np.array([[-0.0], [np.nan]]), np.zeros(2))
    assert differences.parted(EAGER, same, zero).step == 0
    values = Bits(same.points, np.array([0.0, 1.0]))
    assert differences.parted(EAGER, same, values).traced == (EAGER, VALUES)
    longer = Bits(np.zeros((3, 1)), np.zeros(3))
    short = Bits(np.zeros((2, 1)), np.zeros(2))
    assert differences.parted(EAGER, longer, short).what == "length"


def test_a_compiled_run_is_explained_by_the_eager_one():
    """Where that differs as early; where it does not, the code of the whole step is to blame."""
    before = recorder.bits(EAGER, TARGET)
    points = before.points.copy()
    points[4:] += 1
    after = Bits(points, before.values)
    both = {w: differences.parted(w, before, after) for w in (EAGER, COMPILED)}
    assert differences.asked(both) == dict.fromkeys(both, (EAGER, 4))
    alone = {COMPILED: both[COMPILED]}
    assert differences.asked(alone) == {COMPILED: (COMPILED, 4)}
    operations = recorder.operations(COMPILED, TARGET, 4)
    assert (
        "code of the whole step" in differences.cause(both[COMPILED], operations, operations).words
    )
    other = [_operation("tanh", 0.5, result=0.4)]
    words = differences.cause(both[EAGER], operations, other).words
    assert words == f"the operations differ: {operations[0].name} before, tanh after"


def test_sums_and_products_of_matrices_are_named():
    """An operation on whole arrays is named, without the arguments of one element."""
    found = differences.parted(UPDATE, *(Bits(np.full((2, 1), v), np.empty(0)) for v in (0.0, 1.0)))
    pair = [[_operation("solve", np.eye(2), [1, 2], result=r)] for r in ([1, 2], [1, 2.5])]
    cause = differences.cause(found, *pair)
    assert (cause.function, cause.arguments, cause.results) == ("solve", (), (2.0, 2.5))
    assert cause.words == "the same arguments (2, 2) and (2,)"


def test_large_arrays_are_compared_without_being_kept(monkeypatch):
    """What stands for a large array tells it from others; the operation is named all the same."""
    whole = recorder.operations(EAGER, TARGET, 2)
    monkeypatch.setattr(recorder, "LARGEST", 0)
    light = recorder.operations(EAGER, TARGET, 2)
    assert all(each.result.nbytes == 32 for each in light)
    found = differences.Parted(EAGER, "point", 2, (0.0, 1.0), 1.0, 1.0)
    assert differences.cause(found, light, light).words == "no recorded operation differs"
    other = [*light[:-1], light[-1]._replace(result=light[-1].result[::-1])]
    words = f"{whole[-1].name}, on arrays too large to be kept"
    assert differences.cause(found, light, other).words == words


def test_an_updates_operations_lead_to_its_bits():
    """The last recorded operation of an update's step gives the parameters after it."""
    points = recorder.bits(UPDATE, TARGET).points
    for step in (1, 5):
        last = recorder.operations(UPDATE, TARGET, step)[-1]
        assert np.array_equal(last.result, points[step])


def test_recordings_travel_between_processes(tmp_path):
    """Another interpreter records the same operations, and says why it cannot."""
    build = Build(WORKING_TREE, ROOT, sys.executable)
    answer = recorder.ask(build, tmp_path, "operations", TARGET, [(EAGER, 2)])[EAGER, 2]
    ours = recorder.operations(EAGER, TARGET, 2)
    assert [each.name for each in answer] == [each.name for each in ours]
    assert all(np.array_equal(a.result, b.result) for a, b in zip(answer, ours, strict=True))
    with pytest.raises(RuntimeError, match="failed with 1"):
        recorder.ask(build, tmp_path, "operations", "moon:cpu", 7)


def _record(change):
    """A release's recording of two works, with what a change of cosine does to it."""
    found = {w: recorder.bits(w, TARGET) for w in (EAGER, UPDATE)}
    if change:
        points = found[EAGER].points.copy()
        points[2:] = np.nextafter(points[2:], np.float32(9))
        found[EAGER] = Bits(points, found[EAGER].values)
    texts = {"000/xcos_gd_2/jax": GOLDENS["000/xcos_gd_2/jax"].expected}
    texts |= {"000/xcos_gd_2/jax": "epoch 10, x: -1.5"} if change else {}
    row = {"operation": "cos", "regime": "ordinary", "at_once": "many", "flushed": 0.0, "got": 1.0}
    rows = [{**row, "misrounded": 0.1 * change, "error": 0.5 + change, "allowed": 4.0}]
    told = {"machine": "one", "python": "3.11", "date": "2026-01-01 00:00 UTC"}
    return {"environment": told, "texts": texts, "bits": found, "arithmetic": {"float32": rows}}


def _traced(build, folder, kind, target, wanted):
    """The operations of a release; the later one's cosine is another."""
    answers, later = {}, folder.name == AFTER.version
    for work, step in wanted:
        found = recorder.operations(work, target, step)
        moved = [_moved(each) if later and each.name == "cos" else each for each in found]
        answers[work, step] = moved
    return pickle.loads(pickle.dumps(answers))


def _moved(operation):
    return operation._replace(result=np.nextafter(operation.result, np.float32(9)))


@pytest.mark.parametrize("change", [True, False])
def test_the_page_names_what_changed_or_says_that_nothing_did(change, tmp_path, monkeypatch):
    """From two recordings to the page: digit, step, operation, bound, function; or a sentence."""
    monkeypatch.setattr(recorder, "ask", _traced)
    monkeypatch.setattr(drift, "STATE", tmp_path / "state")
    monkeypatch.setattr(drift, "OUT", tmp_path / "data" / "versions")
    measured = {"rounds": 0, "instructions": "counted", "verdicts": []}
    monkeypatch.setattr(drift.Pair, "measure", lambda self, words, rounds: measured)
    records = [_record(False), _record(change)]
    found = drift.Pair(BEFORE, AFTER, tuple(records), print).drift((), 0)
    path = drift.write("numpy", [BEFORE, AFTER], records, [found])
    assert json.loads(path.read_text())["pairs"] == [json.loads(json.dumps(found))]
    machines = fleet.read(tmp_path / "data")
    assert machines[0].left_out == []
    assert versions.uncompared(machines) == ["jax", "torch"]
    (sentence,) = versions.sentences(machines)
    assert sentence.startswith("numpy 2.3.5 to 2.4.6 on one: ")
    shown = versions.texts(machines), versions.runs(machines), versions.functions(machines)
    if not change:
        same = "none of 1 printed or claimed text changed; the bits of none of 2 runs changed"
        assert same in sentence
        assert "none of 1 measurement of functions' rounding changed" in sentence
        assert all(frame.empty for frame in shown)
        return
    assert "1 of 1 printed or claimed text changed, 1 away from the document's" in sentence
    assert "the bits of 1 of 2 runs changed, first by cos (1), all within" in sentence
    texts, runs, functions = shown
    assert texts.after.tolist() == ["epoch 10, x: -1.5"]
    (run,) = runs.itertuples()
    assert run.run == "000/xcos_gd_2, float32, eager"
    assert runs["first step"].tolist() == [2]
    assert run.operation.startswith("cos(")
    assert "rounded correctly by 2.3.5" in run.operation
    assert functions["error after"].tolist() == [1.5]


def test_everything_a_document_has_is_recorded():
    """Every distinct case in each dtype and mode, and updates of each optimizer of first order."""
    for target in ("numpy:cpu", "jax:cpu"):
        found = recorder.works(target)
        assert {w.mode for w in found} == {*backends.modes_of(target), "update"}
        assert len({*found}) == len(found) > 100
