"""Claim: a comparison of two commits calls what got worse, and nothing else."""

import gc
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

import reference
from backends import BACKENDS
from benchmarks._catalogue import Cell, cells
from benchmarks._older import printed
from benchmarks.regressions import alarm, counters, instructions, programs, summary, verdicts
from benchmarks.regressions.__main__ import main
from benchmarks.regressions.builds import (
    ROOT,
    WORKING_TREE,
    Refused,
    build,
    processors,
    resolve,
    touching,
)
from benchmarks.regressions.clocks import ROLES, contrasts, rounds_done
from benchmarks.regressions.comparison import STATE, Comparison, compared
from benchmarks.regressions.plants import AUTHOR, KINDS, Clone, slowed, unused
from benchmarks.regressions.statistics import estimate, moderated

UPDATE = Cell("update", "gd", "numpy:cpu", size=10)
BENCHMARKS, ROUNDS = 80, 5


def _rounds(rng, slowdown=0.0, scale=0.02):
    """Contrasts of benchmarks whose processes differ by heavy-tailed noise of unequal size."""
    differences, noises = {}, {}
    for i in range(BENCHMARKS):
        spread = scale * (0.3 + 2 * i / BENCHMARKS)
        base, head, again = spread * rng.standard_t(4, (3, ROUNDS))
        head += slowdown if i == 0 else 0
        differences[str(i)] = (head - (base + again) / 2).tolist()
        noises[str(i)] = (again - base).tolist()
    return differences, noises


def _called(estimates):
    judged = {name: verdicts.timed(found).verdict for name, found in estimates.items()}
    return {n for n, v in judged.items() if v in (verdicts.SLOWER, verdicts.FASTER)}


def test_the_same_code_is_rarely_called_slower():
    """Of 8,000 comparisons with heavy-tailed noise, at most 1 in 100 is called."""
    rng = np.random.default_rng(0)
    called = sum(len(_called(estimate(*_rounds(rng)))) for _ in range(100))
    assert called <= 0.01 * 100 * BENCHMARKS


def test_a_slowdown_is_seen_where_the_estimate_says_so():
    """A slowdown as large as ``seen`` is called in most jobs, in spite of heavy tails; only it."""
    rng = np.random.default_rng(1)
    seen = np.median([estimate(*_rounds(rng))["0"].seen for _ in range(20)])
    called = [_called(estimate(*_rounds(rng, np.log(seen)))) for _ in range(100)]
    assert sum("0" in each for each in called) >= 80
    assert sum(len(each - {"0"}) for each in called) <= 0.01 * 100 * BENCHMARKS


def test_variances_shrink_towards_their_common_value():
    """Alike variances become one; unlike ones keep their order."""
    alike, prior = moderated(np.full(9, 4.0), np.full(9, 9.0))
    assert prior == np.inf
    assert np.ptp(alike) == 0
    given = np.geomspace(1e-4, 1e4, 9)
    shrunk, _ = moderated(given, np.full(9, 9.0))
    assert (np.diff(shrunk) > 0).all()
    assert shrunk[0] > given[0]
    assert shrunk[-1] < given[-1]


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ({"instructions": 1000}, {"instructions": 1020}, verdicts.SLOWER),
        ({"instructions": 1020}, {"instructions": 1000}, verdicts.FASTER),
        ({"instructions": 1000}, {"instructions": 1005}, verdicts.SAME),
        ({"compilations": 0}, {"compilations": 1}, verdicts.SLOWER),
        ({"bytecodes": 100}, {"bytecodes": 110}, verdicts.SLOWER),
        ({"instructions": 900, "bytecodes": 10}, {"instructions": 900, "bytecodes": 20}, "same"),
        ({"instructions": 900, "programs": 1}, {"instructions": 800, "programs": 2}, "slower"),
    ],
)
def test_counts_decide(base, head, expected):
    """Two per cent more instructions are slower, half a per cent is not. Bytecodes stand for
    instructions only where these are missing; any other count suffices."""
    findings = verdicts.counts(UPDATE, base, head)
    assert verdicts.verdict(UPDATE, findings, None).verdict == expected


def test_what_cannot_be_compared_measured_nothing():
    """A side without a result is no success."""
    assert verdicts.verdict(UPDATE, [], "head: failed").verdict == verdicts.NOTHING
    same = [verdicts.counted("instructions", 5, 5)]
    assert verdicts.verdict(UPDATE, same, "head: failed").verdict == verdicts.NOTHING
    assert verdicts.verdict(UPDATE, [], None).verdict == verdicts.NOTHING


def test_wide_intervals_are_undecided():
    """Noise of a tenth in few rounds decides nothing, and says how many more would."""
    rng = np.random.default_rng(2)
    found = estimate(*_rounds(rng, scale=0.2))["40"]
    judged = verdicts.timed(found)
    assert judged.verdict == verdicts.UNDECIDED
    assert f"{found.wanted} more rounds" in judged.detail
    assert verdicts.verdict(UPDATE, [judged], None).verdict == verdicts.UNDECIDED
    exact = [judged, verdicts.counted("instructions", 5, 5)]
    assert verdicts.verdict(UPDATE, exact, None).verdict == verdicts.SAME


def test_lost_accuracy_and_lost_digits_are_wrong():
    """A larger share of the allowed error, and a golden that is printed no longer."""
    assert verdicts.accurate(0.1, 0.12).verdict == verdicts.SAME
    assert verdicts.accurate(0.1, 0.5).verdict == verdicts.WRONG
    assert verdicts.accurate(0.1, np.inf).verdict == verdicts.WRONG
    mended = verdicts.accurate(np.inf, 0.1)
    assert mended.verdict == verdicts.SAME
    assert "the base was wrong" in mended.detail
    lost = verdicts.verdict(UPDATE, [verdicts.accurate(0.1, np.inf)], None)
    assert lost.why == "error 0.10 to more than all of that allowed"
    expected = {"000/x": "epoch 10, x: 0.060466"}
    (lost,) = verdicts.texts(expected, {"000/x": "epoch 10, x: 0.060467"}, expected, "numpy:cpu")
    assert lost.verdict == verdicts.WRONG
    assert "0.060467" in lost.why
    assert not list(verdicts.texts(expected, expected, expected, "numpy:cpu"))


def test_contrasts_are_head_against_both_bases():
    """A failed benchmark has none, but a reason."""
    measured = {"a": dict(zip(ROLES, (1.0, 3.0, 2.0), strict=True)), "b": "failed: it died"}
    assert contrasts([measured]) == ({"a": [1.5]}, {"a": [1.0]}, {"b": "failed: it died"})


def test_a_damaged_round_is_measured_again(tmp_path):
    """Only whole rounds count."""
    (tmp_path / "round-000.json").write_text('{"a": {"base": 1, "head": 1, "again": 1}}')
    (tmp_path / "round-001.json").write_text('{"a": {"base"')
    assert len(rounds_done(tmp_path)) == 1
    assert not (tmp_path / "round-001.json").exists()


def test_a_summary_names_what_changed():
    """For a pull request, in Markdown: the verdict, the benchmark and the metric."""
    slow = verdicts.verdict(UPDATE, [verdicts.counted("instructions", 100, 110)], None)
    same = verdicts.verdict(UPDATE, [verdicts.counted("instructions", 100, 100)], None)
    text = summary.markdown({"base": "a" * 40, "head": "b" * 40, "rounds": 0}, [slow, same])
    assert "Something got worse" in text
    assert "| slower | update gd 10 numpy:cpu | instructions +10.0% |" in text
    assert "1 slower, 1 same" in summary.table([slow, same])
    assert "Nothing got worse" in summary.markdown({"base": "a", "head": "b", "rounds": 2}, [same])


def test_unknown_commits_and_benchmarks_are_refused(capsys):
    """With what was expected, and exit code 2."""
    with pytest.raises(Refused, match=r"'no-such': expected a commit"):
        resolve("no-such")
    assert "sweep" not in {cell.kind for cell in compared(counted=True)}
    with pytest.raises(Refused, match="no benchmark is called so"):
        compared(["no-such"])
    assert resolve(WORKING_TREE) == WORKING_TREE
    assert main(["no-such"]) == 2
    with pytest.raises(SystemExit, match="2"):
        main(["HEAD", "--rounds", "1"])
    assert "expected 2 or more" in capsys.readouterr().err


def test_a_second_comparison_refuses(capsys):
    """Two at a time would disturb each other's clocks."""
    STATE.mkdir(parents=True, exist_ok=True)
    holding = (
        "import sys, filelock; lock = filelock.FileLock(sys.argv[1], timeout=0); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    lock = str(STATE / "lock")
    with subprocess.Popen(
        (sys.executable, "-c", holding, lock), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        if other.stdout.readline() != b"held\n":
            pytest.skip("a comparison runs on this machine")
        try:
            assert main(["HEAD"]) == 2
            assert "another comparison runs" in capsys.readouterr().err
        finally:
            other.stdin.close()


def test_what_is_missing_is_said(monkeypatch):
    """Without valgrind or a compiler, and where to get them."""
    monkeypatch.setenv("PATH", "")
    if sys.platform.startswith("linux"):
        assert instructions.missing() == "valgrind is not on the PATH: apt-get install valgrind"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "Linux only" in instructions.missing()


def test_bytecodes_are_counted_exactly():
    """The same each time; a hundred turns of a loop cost more than ten."""

    def turns(count):
        for _ in range(count):
            pass

    once, again, longer = (counters.bytecodes(lambda n=n: turns(n)) for n in (10, 10, 100))
    assert once == again
    assert longer > once
    assert (longer - once) % 90 == 0


def test_a_collection_costs_no_bytecodes():
    """What a framework does in Python when garbage is collected is not the work's."""
    many = 2 * gc.get_threshold()[0]  # more than a collection waits for

    def work():
        return [[] for _ in range(many)]

    def collected(phase, info):
        sum(range(3))

    without = counters.bytecodes(work)
    gc.callbacks.append(collected)
    try:
        assert counters.bytecodes(work) == without
    finally:
        gc.callbacks.remove(collected)


def test_allocations_are_seen():
    """The peak of a temporary array of a million bytes."""
    assert 10**6 <= counters.allocated(lambda: np.zeros(10**6, np.int8).sum()) < 1.1 * 10**6


HLO = """HloModule jit_update, is_scheduled=true, input_output_alias={ {0}: (0, {}, may-alias) }

%fused (p: f32[10]) -> f32[10] {
  ROOT %r = f32[10]{0} add(%p, %p)
}

ENTRY %main (a: f32[10], b: f32[10]) -> (f32[10], f32[10]) {
  %a = f32[10]{0} parameter(0)
  %b = f32[10]{0} parameter(1)
  %fusion = f32[10]{0} fusion(%a, %b), kind=kLoop, calls=%fused
  %copy = f32[10]{0} copy(%b)
  ROOT %tuple = (f32[10]{0}, f32[10]{0}) tuple(%fusion, %copy)
}
"""


def test_compiled_programs_are_read(tmp_path):
    """Kernels, and outputs that take no input's memory: a donation that is lost is one more."""
    read = programs.Programs(tmp_path)
    (tmp_path / "module_0001.jit_update.cpu_after_optimizations.txt").write_text(HLO)
    found = read.new()
    assert found == {
        "programs": 1,
        "kernels": 2,
        "bytes": 3 * 40 + 2 * 40,  # fusion and copy: what each reads and writes
        "new outputs": 1,
        "communications": 0,
    }
    assert not any(read.new().values())
    lost = HLO.replace(", input_output_alias={ {0}: (0, {}, may-alias) }", "")
    (tmp_path / "module_0002.jit_update.cpu_after_optimizations.txt").write_text(lost)
    assert read.new()["new outputs"] == 2


CALLGRIND = """\
desc: Trigger: Client Request: update gd 10 numpy:cpu
positions: line
events: Ir
summary: 1160

fl=(1) engine.c
fn=(1) update
0 100
cfn=(2) malloc.constprop.0
calls=3 0
0 1000
fn=(3) malloc_usable
+4 7

fn=(2)
0 1000
cfn=(3)
calls=2 0
* 7
fn=(1)
-2 50

totals: 1160
"""


def test_instructions_of_what_varies_are_left_out():
    """A function's own cost counts once, and not at all where it depends on addresses."""
    assert instructions._read(CALLGRIND) == ("update gd 10 numpy:cpu", 157)
    assert instructions._read(CALLGRIND.replace("malloc.c", "mallet.c"))[1] == 1157
    assert instructions._read(CALLGRIND.replace("Client Request", "Program termination")) == ("", 0)


DATED = "946684800"  # 2000-01-01, the date of all scratch commits


def test_every_plant_finds_its_place(tmp_path):
    """Each is a commit of its own that changes its file."""
    clone = Clone(tmp_path / "clone")
    planted = [*KINDS, unused(3), *(slowed(b, "adam", 7) for b in ("numpy", "jax", "torch"))]
    files = [ROOT / each.file for each in planted]
    if not all(path.exists() for path in files):
        pytest.skip("a backend is not here")
    for each, path in zip(planted, files, strict=True):  # as it will be committed
        (clone.folder / each.file).write_text(path.read_text())
    clone._run(clone.folder, *AUTHOR, "commit", "--quiet", "--all", "--allow-empty", "-m", "tree")
    clone.base = clone._run(clone.folder, "rev-parse", "HEAD")
    for each in planted:
        commit = clone.commit([each])
        changed = clone._run(clone.folder, "diff", "--name-only", clone.base, commit)
        assert changed == each.file
        dates = clone._run(clone.folder, "show", "-s", "--format=%at %ct", commit).split()
        assert dates[0] == dates[1] == DATED  # so an interrupted alarm finds its counts again
    with pytest.raises(Refused, match="stands 0 times"):
        clone.commit([slowed("numpy", "adam", 1), *KINDS[:1], *KINDS[:1]])


@pytest.mark.skipif("numpy" not in BACKENDS, reason="backends/numpy is not here")
def test_planted_work_is_called_where_it_is_planted(tmp_path):
    """Forty idle turns in one optimizer: its bytecodes, and no other optimizer's."""
    tree = build(WORKING_TREE, tmp_path / "base")
    slow = build(WORKING_TREE, tmp_path / "head")
    plant = slowed("numpy", "gd", 40)
    path = slow.folder / plant.file
    path.write_text(path.read_text().replace(plant.old, plant.new))
    chosen = [c for c in cells() if c.kind == "update" and c.size == 10 and c.backend == "numpy"]
    comparison = Comparison({"base": tree, "head": slow}, tmp_path, chosen[:4], lambda text: None)
    assert any(cell.subject == "gd" for cell in comparison.cells)
    for side in ("base", "head"):
        process = comparison._start("counters", side, "numpy:cpu", processors()[0])
        comparison._collect(process.wait(), "counters", side, "numpy:cpu")
    found = {v.name: v for v in comparison.verdicts()}
    slower = {name for name, v in found.items() if v.verdict == verdicts.SLOWER}
    assert slower == {"update gd 10 numpy:cpu"}
    assert "bytecodes" in found["update gd 10 numpy:cpu"].why
    kept = json.loads(comparison.write(list(found.values())).read_text())
    assert len(kept["verdicts"]) == len(found)


def test_cells_travel():
    """Worker processes are sent cells; equal ones stay equal, and names are unique."""
    known = cells()
    assert pickle.loads(pickle.dumps(known)) == known
    assert len({cell.name for cell in known}) == len(known)


def test_each_commit_is_compared_with_the_one_before(tmp_path, monkeypatch, capsys):
    """Commits that change no package are left out, and none at all are refused."""

    def git(*arguments):
        done = subprocess.run(
            ("git", *AUTHOR, *arguments), cwd=tmp_path, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    git("init", "--quiet")
    (tmp_path / "backends").mkdir()
    commits = []
    for number, name in enumerate(("backends/a", "backends/a", "README", "backends/b")):
        (tmp_path / name).write_text(str(number))
        git("add", name)
        git("commit", "--quiet", "-m", name)
        commits.append(git("rev-parse", "HEAD"))
    monkeypatch.setattr("benchmarks.regressions.builds.ROOT", tmp_path)
    monkeypatch.setattr(resolve, "__defaults__", (tmp_path,))
    assert touching(commits[0], "HEAD") == [commits[0], commits[1], commits[3]]
    with pytest.raises(Refused, match="no commit from HEAD~2 to HEAD~1 changes reference or"):
        touching("HEAD~2", "HEAD~1")
    with pytest.raises(SystemExit):
        main([".", "HEAD", "--each"])
    assert "expected two commits" in capsys.readouterr().err


def test_a_commit_from_before_there_were_goldens_prints_none(monkeypatch):
    monkeypatch.delattr(reference, "GOLDENS")
    assert printed("numpy:cpu") == {}


def test_counts_of_the_same_work_are_judged_as_those_of_two_commits():
    """Bytecodes of large work decide nothing there, so they raise no false alarm."""
    small, large = "update adam 10 numpy:cpu", "update adam 10000000 numpy:cpu"
    one = {small: {"instructions": 1000.0}, large: {"bytecodes": 1000.0}}
    other = {small: {"instructions": 1020.0}, large: {"bytecodes": 1020.0}}
    found = alarm.judged_counts([one, other])
    assert (found["compared"], found["names"]) == (2, [f"{small}: instructions +2.00%"])
    assert found["largest"] == pytest.approx({"instructions": 0.02, "bytecodes": 0.02})
