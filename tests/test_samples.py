"""Claim: a winner that the speed page calls is also the winner of a fuller run."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from asv_runner.statistics import compute_stats, quantile_ci

from benchmarks._catalogue import STEPS
from benchmarks._checks import Wrong
from benchmarks._timed import Timed
from benchmarks.bandwidth import Bandwidth
from benchmarks.machine import describe, last_cache
from reports.compute import goldens, roofline, scale
from reports.compute.history import History
from reports.compute.samples import ORDERED, SAMPLES, Cost, excesses, steps, winner
from reports.draw import commits
from reports.pages import environment, questions, speed, verdict
from reports.read import races, timings
from reports.read.recorded import Recorded
from reports.read.results import Results
from tests.helpers.results import COPY, KNOWN, TOOK, UPDATE, some, updates, write

NUMPY, JAX, TORCH = "numpy:cpu", "jax:cpu", "torch:cpu"
TIMES = "\N{MULTIPLICATION SIGN}"
PACE = 1.25  # processes of one program differ by as much
CALLED = Cost(1.0, 0.9, 1.1, SAMPLES)


def _asv(samples):
    """The cost as asv computes it from samples."""
    value, found = compute_stats(list(samples), 1)
    return Cost(value, found["ci_99_a"], found["ci_99_b"], found["repeat"])


def _run(rng, true, samples):
    """The costs of one run: each process has its own pace, and some samples are disturbed."""
    for seconds in true:
        pace = seconds * rng.uniform(1, PACE)
        disturbed = rng.exponential(0.02, samples) + (rng.random(samples) < 0.1) * rng.random()
        yield _asv(pace * (1 + disturbed))


@pytest.mark.parametrize("samples", [1, SAMPLES - 1, SAMPLES, 20])
def test_a_winner_of_few_samples_is_the_winner_of_many(samples):
    """No run calls a winner that is not truly the fastest; with enough samples, most call one."""
    rng = np.random.Generator(np.random.PCG64(0))
    called = 0
    for _ in range(300):
        true = 2.0 ** rng.uniform(0, 3, size=3)
        costs = list(_run(rng, true, samples))
        best = winner(costs)
        called += best is not None
        assert best is None or costs.index(best) == np.argmin(true)
    assert (called > 50) == (samples >= SAMPLES)


@pytest.mark.parametrize(
    ("others", "won"),
    [
        ([], False),
        ([Cost(3.0, 2.9, 3.1, SAMPLES)], True),
        ([Cost(3.0, 2.9, 3.1, SAMPLES - 1)], False),
        ([Cost(3.0, 2.9, 3.1, SAMPLES), Cost(1.2, 1.15, 1.25, SAMPLES)], False),
        ([Cost(3.0, 1.05, 5.0, SAMPLES)], False),
    ],
    ids=["nothing to compare", "clear", "few samples", "another is near", "a wide interval"],
)
def test_a_winner_is_called_only_where_it_is_clear(others, won):
    """Intervals apart by more than processes differ, of enough samples each, and a rival."""
    assert winner([*others, CALLED]) == (CALLED if won else None)


@pytest.mark.parametrize("samples", range(2, 12))
def test_the_interval_is_what_the_page_says_of_it(samples):
    """asv's lies between two samples from `ORDERED` of them on; of fewer there are no such two."""
    _, ends = quantile_ci([1.0 + i for i in range(samples)], 0.5, alpha_min=0.99)
    assert np.isfinite(ends).all() == (samples >= ORDERED)


def test_one_round_takes_enough_samples_for_a_winner():
    """The report's own run, which is one round, can call winners."""
    assert Timed.repeat[0] >= SAMPLES


def test_counts_need_no_samples():
    """What is the same in every run wins by more than a hundredth."""
    least = Cost(100.0, np.nan, np.nan, 0)
    assert winner([least, Cost(102.0, np.nan, np.nan, 0)]) == least
    assert winner([least, Cost(100.5, np.nan, np.nan, 0)]) is None


def test_a_time_unlike_its_neighbours_stands_out():
    """A disturbed time is far above the line through its neighbours in size; others are not."""
    found = excesses({10: 56e-6, 10_000: 15.8e-3, 10_000_000: 30e-3})
    assert found[10] < 1
    assert found[10_000] == pytest.approx(15.8e-3 / 86e-6, rel=0.01)
    assert 10_000_000 not in found
    assert excesses({10: 1.0, 10_000: 0.1}) == {10: 10}


@pytest.mark.parametrize(("across", "won"), [("target", "jax:cpu"), ("metric", None)])
def test_counts_are_compared_between_targets_only(across, won, tmp_path):
    """The least bytes of an optimizer are bold, but no metric is compared with another."""
    names = ["optimizer", across]
    params = [["'adam'"], ["'numpy:cpu'", "'jax:cpu'"]]
    found = {**updates(TOOK, 20), "results": {"memory.Memory.track_extra": [[12.0, 8.0], params]}}
    known = {"memory.Memory.track_extra": {"param_names": names, "unit": "bytes/parameter"}}
    write(tmp_path, {"asv/benchmarks.json": known, "asv/memory.json": found})
    (table,) = speed.tables(timings.read(tmp_path / "asv"))
    (row,) = table.rows
    cells = row.cells
    best = [c for c, cell in zip(table.columns, cells, strict=True) if cell.best]
    assert best == ([won] if won else [])
    assert [cell.spread for cell in cells] == ["", ""]


def _tables(folder, took, samples):
    write(folder, {**some("vm"), "asv/updates.json": updates(took, samples)})
    (found,) = (t for t in speed.tables(timings.read(folder / "asv")) if t.name == UPDATE)
    return {row.key[1]: dict(zip(found.columns, row.cells, strict=True)) for row in found.rows}


def test_times_are_those_of_one_update(tmp_path):
    """A sample's seconds are divided by its updates, and its samples are counted."""
    rows = _tables(tmp_path, TOOK, 20)
    for size, at in (("10", 0), ("10000000", 2)):
        for target, seconds in TOOK.items():
            cell = rows[size][target]
            assert cell.value == pytest.approx(seconds[at] / STEPS[int(size)])
            assert cell.spread.endswith("20 samples")
    assert rows["10"]["numpy:cpu"].text == "8 µs"
    assert steps("trajectories.Trajectory.time_run", {"case": "001/steep_momentum"}) == 100
    assert steps("compilation.FirstRun.time_first_run", {"case": "001/steep_momentum"}) == 1


def test_the_page_marks_an_outlier_and_calls_no_winner_beside_it(tmp_path):
    """torch's disturbed time is marked; its row has no winner, and the others may."""
    took = {**TOOK, "numpy:cpu": (0.1e-3, 0.2e-3, 0.01)}
    rows = _tables(tmp_path, took, 20)
    marked = {(n, t) for n, row in rows.items() for t, cell in row.items() if cell.unlike}
    best = {(n, t) for n, row in rows.items() for t, cell in row.items() if cell.best}
    assert marked == {("10000", "torch:cpu")}
    assert best == {("10", "numpy:cpu"), ("10000000", "numpy:cpu")}


def test_a_row_says_who_leads_by_how_much_and_whether_that_is_clear(tmp_path):
    """The least time against the next one; a lead is clear exactly where a winner is called."""
    write(tmp_path, {**some("vm"), "asv/updates.json": updates(TOOK, 20)})
    (table,) = (t for t in speed.tables(timings.read(tmp_path / "asv")) if t.name == UPDATE)
    leads = {row.key[1]: row.lead for row in table.rows}
    assert (leads["10"].target, leads["10"].next, leads["10"].clear) == (NUMPY, JAX, True)
    assert leads["10"].ratio == pytest.approx(1.5 / 0.8)
    assert (leads["10000000"].target, leads["10000000"].clear) == (NUMPY, False)
    assert leads["10000000"].ratio == pytest.approx(0.06 / 0.05)
    assert not leads["10000"].clear
    for row in table.rows:
        best = {t for t, cell in zip(table.columns, row.cells, strict=True) if cell.best}
        assert best == ({row.lead.target} if row.lead.clear else set())


def test_equal_costs_and_single_samples_are_called_so(tmp_path):
    """A tie is no lead of 1, and what one sample each tells is no matter of noise."""
    for samples, took, margin in (
        (20, {NUMPY: (1e-3,) * 3, JAX: (1e-3,) * 3}, f"{NUMPY}, {JAX}"),
        (1, {NUMPY: (1e-3,) * 3, JAX: (2e-3,) * 3}, f"by 2{TIMES}, one sample each"),
        (20, {NUMPY: (1e-3,) * 3, JAX: (1.1e-3,) * 3}, f"by 1.1{TIMES}, not clear"),
    ):
        write(tmp_path, {**some("vm"), "asv/updates.json": updates(took, samples)})
        (table,) = (t for t in speed.tables(timings.read(tmp_path / "asv")) if t.name == UPDATE)
        assert {row.lead.margin for row in table.rows} == {margin}
    assert table.rows[0].lead.story.endswith("another run may differ")


def _at(commit, date, *benchmarks):
    """The made-up results of some benchmarks at a commit, so many seconds after the others."""
    found = updates(TOOK, 20)
    kept = {name: found["results"][name] for name in benchmarks}
    return {**found, "commit_hash": commit, "date": found["date"] + date, "results": kept}


def test_a_share_is_of_what_the_same_run_gave(tmp_path):
    """A limit of another commit divides nothing; a run with both is preferred to a newer one."""
    write(tmp_path, {"asv/benchmarks.json": KNOWN, "asv/1.json": _at("1" * 40, 1000, UPDATE)})
    write(tmp_path, {"asv/9.json": _at("9" * 40, 0, COPY)})
    found = roofline.frame(timings.read(tmp_path / "asv"), races.Races())
    assert set(found.commit) == {"1" * 40}
    assert found.share.isna().all()
    write(tmp_path, {"asv/9.json": _at("9" * 40, 0, COPY, UPDATE)})
    timed = timings.read(tmp_path / "asv")
    found = roofline.frame(timed, races.Races())
    assert set(found.commit) == {"9" * 40}
    assert found.share.notna().all()
    (limit,) = roofline.given(timed).values()
    assert limit.words == "16 GB/s (14.5 to 17.8 in 20 samples)"
    both = " and ".join(f"{digit * 8} (2023-11-14)" for digit in "19")
    assert speed.sources(speed.tables(timed), "") == f"Times from {both}."


def test_the_source_of_times_stands_to_the_checks(monkeypatch, tmp_path):
    """The page says how many commits before or after the checks a time was taken."""
    write(tmp_path, {"asv/benchmarks.json": KNOWN, "asv/1.json": _at("1" * 40, 0, UPDATE)})
    tables = speed.tables(timings.read(tmp_path / "asv"))
    for apart, words in {
        (0, 0): "the commit of the checks",
        (0, 2): "2 commits before the checks",
        (1, 0): "1 commit after the checks",
        (1, 1): "on another branch than the checks",
    }.items():
        monkeypatch.setattr(speed, "between", lambda one, other, apart=apart: apart)
        assert speed.sources(tables, "c") == f"Times from {'1' * 8} (2023-11-14, {words})."


def _history(tmp_path, costs, conditions):
    """The history of an update's cost, a commit for each."""
    for at, cost in enumerate(costs):
        took = {NUMPY: (cost,) * 3}
        found = {**updates(took, 20), "commit_hash": f"{at:040}"}
        found["results"] = {UPDATE: found["results"][UPDATE]}
        write(tmp_path, {f"asv/{at}.json": {**found, "date": found["date"] + at}})
    write(tmp_path, {"asv/benchmarks.json": KNOWN, "conditions.json": conditions})
    return History(timings.read(tmp_path / "asv"))


BUSY = {"machine": "vm", "load": "4.7, 4.4 and 4.6", "cores": "2"}


def test_two_runs_are_no_step(tmp_path):
    """From two commits no step is claimed and nothing drawn; the summary says that runs differ."""
    found = _history(tmp_path, [1.0, 2.0], BUSY)
    assert found.steps.empty
    assert len(found.compared) == 2
    assert _history(tmp_path / "one", [1.0], BUSY).compared == []  # a table of nothing but 1.000
    assert list(commits.figures(found)) == []
    (point,) = verdict._changes(found)
    assert point.sign == "·"
    assert point.words.startswith("two runs on vm differ: 3 of 3 costs are higher at 00000000 than")
    assert "under a load of 4.7 on 2 cores; fewer than 3 commits on each side" in point.words
    idle = replace(found.timings, conditions={**BUSY, "load": "0.5, 0.4 and 0.3"})
    assert "load" not in verdict._changes(replace(found, timings=idle))[0].words


@pytest.mark.parametrize(("after", "claimed"), [(2, 0), (3, 3)])
def test_a_step_is_claimed_from_three_commits_on_each_side(after, claimed, tmp_path):
    """A cost that doubles and stays so is a step, once three commits have it."""
    found = _history(tmp_path, [1.0] * 3 + [2.0] * after, {})
    assert len(found.steps) == claimed
    assert len(list(commits.figures(found))) == 1


def test_the_first_page_says_which_backend_is_fastest(tmp_path):
    """The least time of the largest Adam, against the next, whether that is clear, and its GB/s."""
    found = json.loads(json.dumps(updates(TOOK, 20)).replace("adadelta", "adam"))
    write(tmp_path, {**some("vm"), "asv/updates.json": found})
    timed, raced = timings.read(tmp_path / "asv"), races.Races()
    tables, moved = speed.tables(timed), roofline.frame(timed, raced)
    printed = goldens.collect(Results(), Recorded())
    asked = questions.collect(printed, [], tables, moved, raced, pages=False, tested=Results())
    (card,) = (each for each in asked if "fastest for Adam of 10,000,000" in each.words)
    assert card.answer.startswith("numpy:cpu, with 25 ms; torch:cpu takes 1.2 times as much. ")
    assert "not clear" in card.answer
    clear = speed.Lead(NUMPY, "25 ms", 2.0, TORCH, clear=True).story
    assert clear.endswith(
        "times as much. Its interval lies below all others, by more than two "
        "processes of one program usually differ"
    )
    row = moved[(moved.optimizer == "adam") & (moved.by == NUMPY)].iloc[0]
    assert f"{row['bytes / s'] / 1e9:.3g} GB/s, {100 * row.share:.0f} % of what" in card.answer
    (table,) = (t for t in tables if t.name == UPDATE)
    assert card.page in [f"speed.html#{table.anchor(row)}" for row in table.rows]


def test_one_sample_is_marked_and_wins_nothing(tmp_path):
    """Results of a quick run say that they are one sample."""
    cells = [cell for row in _tables(tmp_path, TOOK, 1).values() for cell in row.values()]
    assert {cell.spread for cell in cells} == {"one sample"}
    assert not any(cell.best for cell in cells)


def test_times_without_a_comparison_get_no_check_mark(tmp_path):
    """The first page's sentence on times is no success where nothing was compared."""
    write(tmp_path, {"asv/updates.json": updates(TOOK, 20)})
    assert verdict._times(timings.read(tmp_path / "asv")).sign == "·"


def test_the_machine_is_told_in_words(tmp_path):
    """Model, cores, caches, memory in GiB, load, threads and date; asv's bytes become GiB too."""
    told = describe()
    assert all(told.values())
    assert re.fullmatch(r"[\d.]+ GiB|not known", told["memory"])
    write(tmp_path, {"conditions.json": told, "asv/updates.json": updates(TOOK, 20)})
    known = {"machine": told["machine"], "cpu": "Z80", "num_cpu": "2", "ram": str(24 << 30)}
    write(tmp_path, {"asv/machine.json": {**known, "version": 1}})
    found = timings.read(tmp_path / "asv")
    words = environment.machines(found)[told["machine"]]
    for name in ("processor", "caches", "memory", "load", "threads", "date"):
        assert told[name] in words
    unmeasured = replace(found, conditions={})
    assert set(environment.machines(unmeasured).values()) >= {"Z80; 2 cores; 24 GiB of memory"}


def test_where_asv_measured_is_told_with_commit_and_versions(tmp_path):
    """asv's files have them, of the newest results; Python's where asv made no environment."""
    found = updates(TOOK, 20)
    params = {"machine": "vm", "cpu": "Z80", "python": "/some/where/python", "numpy": "2.4.6"}
    old = {**found, "commit_hash": "1" * 40, "date": found["date"] - 1}
    write(tmp_path, {"asv/benchmarks.json": KNOWN, "asv/machine.json": {"machine": "vm"}})
    write(tmp_path, {"asv/1.json": {**old, "params": {**params, "numpy": "2.3"}}})
    write(tmp_path, {"asv/9.json": {**found, "params": params}})
    write(tmp_path, {"conditions.json": {"machine": "vm", "python": "3.11.7"}})
    facts = environment.facts(Results(), timings.read(tmp_path / "asv"), races.Races())
    told = facts.set_index("what")["asv on vm"]
    wanted = {"commit": found["commit_hash"], "numpy": "2.4.6", "python": "3.11.7"}
    assert told[list(wanted)].to_dict() == wanted


def test_the_model_of_many_devices_has_the_memory_of_this_one(tmp_path):
    """A thousand devices as fast as the one measured: the bytes that each moves, at its rate."""
    write(tmp_path, some("x"))
    timed = timings.read(tmp_path / "asv")
    ((where, limit),) = roofline.memory(timed).items()
    found = scale.on_paper(timed).set_index("optimizer").loc["adam"]
    part = scale.PARAMETERS // scale.DEVICES
    assert found["device"] == f"{where[1]} of {where[0]}"
    assert found["seconds"] == roofline.moved("adam", part) / limit.rate
    assert scale.on_paper(timings.read(tmp_path / "nothing")).empty


def test_the_roofline_has_every_large_update(tmp_path):
    """Bytes from the arrays that a step moves; shares of the fastest copy, or of the limit."""
    write(tmp_path, some("vm"))
    found = roofline.frame(timings.read(tmp_path / "asv"), races.read(tmp_path / "data"))
    assert {roofline.arrays(name) for name in ("gd", "momentum", "adam")} == {1, 2, 3}
    asv = found[found.run == "asv on vm"].set_index("by")
    assert set(asv.index) == set(TOOK)
    assert (asv.bytes == 7 * 4 * 10**7).all()  # the gradient, and three arrays in both directions
    most = 8 * 10**7 / 0.005
    for target, took in TOOK.items():
        share = 7 * 4 * 10**7 / (took[2] / STEPS[10**7]) / most
        assert asv.share[target] == pytest.approx(share)
    raced = found[found.run == "the races"].set_index("by")
    shares = {"numpy, ours": 0.5, "numpy, naive numpy": 1.0, "numpy, limit, numpy": 1.0}
    assert raced.share.to_dict() == shares
    assert (raced.bytes == 3 * 4 * 10**7).all()


@pytest.mark.parametrize(("caches", "why"), [("L1 48 KiB, L3 300 MiB", True), ("L2 2 MiB", False)])
def test_a_share_above_the_limit_is_none(caches, why, tmp_path):
    """What beats the copy is not bound by memory, and the page says why, if a cache holds it."""
    quick = {NUMPY: (1e-3, 2e-3, 0.03), JAX: (1e-3, 2e-3, 0.3)}
    told = {"machine": "vm", "caches": caches}
    write(tmp_path, {**some("vm"), "asv/updates.json": updates(quick, 20)})
    write(tmp_path, {"conditions.json": told})
    timed = timings.read(tmp_path / "asv")
    found = roofline.frame(timed, races.Races()).set_index("by")
    above, below = roofline.against(found.loc[NUMPY]), roofline.against(found.loc[JAX])
    assert above.startswith("more than a copy or a sum reached, so memory does not bound it here")
    assert above.endswith("(its arrays of 153 MiB fit the last cache of 300 MiB)") == why
    assert below == "12 % of what memory gives (11 to 13 %)"
    (limit,) = roofline.given(timed).values()
    assert limit.cached == ("76.3 MiB fit the last cache of 300 MiB" if why else "")


def test_a_share_within_the_limits_interval_is_one():
    """Only what beats the whole interval is above the limit."""
    row = {"share": 1.05, "least share": 0.91, "most share": 1.38, "arrays": 9, "last cache": 0}
    assert roofline.against(row) == "105 % of what memory gives (91 to 138 %)"
    assert roofline.against({**row, "least share": 1.01}).startswith("more than a copy")
    assert roofline.above(1.05, math.nan)


def test_the_last_cache_is_read_from_its_words():
    assert last_cache("L1 48 KiB, L2 2 MiB, L3 1.5 GiB") == 3 << 29
    assert last_cache("not known") == 0


@pytest.mark.parametrize("target", Bandwidth.params[1])
@pytest.mark.parametrize("work", Bandwidth.params[0])
def test_a_copy_that_leaves_something_out_is_refused(work, target, monkeypatch):
    """Every number is moved, by every mover; a sample that moved fewer fails."""
    monkeypatch.setattr("benchmarks.bandwidth.N", 1000)
    pytest.importorskip(target.split(":")[0])
    measured = Bandwidth()
    measured.setup(work, target)
    measured.time_move(work, target)
    measured.teardown(work, target)
    measured.aim[7] = 0
    with pytest.raises(Wrong, match="not all numbers"):
        measured.teardown(work, target)
