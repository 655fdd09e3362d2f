"""Made-up result files of every kind, with a given text in place of every string."""

import base64
import json
from dataclasses import asdict

import numpy as np

from backends import study
from backends.studies.model import Constants, predict
from backends.studies.scaling import Scaling, Timing

MARKUP = "<script>alert(1)</script>"
GOLDEN = "000/xcos_gd_2/jax"
EXPLAINED = "000/xcos_newton_1/jax"  # a golden whose text differs, with an explanation
# A run beyond its bound.
WRONG = {"case": "000/cosh_newton_1", "target": "torch:cpu", "dtype": "float64", "ratio": 1.22}
FALSE = "000/one_newton_step"  # a claim in which the document is wrong
CELL = {
    "kind": "golden",
    "golden": GOLDEN,
    "target": "numpy:cpu",
    "mode": "eager",
    "dtype": "float32",
    "derivatives": "analytic",
    "must_match": True,
    "text": "epoch 10, x: -1.528165",
    "matches": True,
    "outcome": "passed",
    "reason": "",
}
SAMPLED = ("result", "params", "stats_ci_99_a", "stats_ci_99_b")
ASV = (
    "<!doctype html><html><head><title>asv</title></head><body>"
    '<ul class="nav"><li id="nav-li-" class="active"><a href="#/">Grid</a></li></ul></body></html>'
)
COMMITS = ("a" * 40, "b" * 40, "c" * 40)


def _arithmetic(text, misrounded):
    """Arithmetic cells: a function within its bound and one beyond, and one damaged cell."""
    row = {
        "operation": "sqrt",
        "regime": "ordinary",
        "at_once": "many",
        "results": 1024,
        "misrounded": misrounded,
        "flushed": 0.0,
        "error": 0.74,
        "allowed": 1.5,
        "index": 3,
        "arguments": [2.0],
        "got": 1.5,
        "nearest": 1.25,
    }
    rows = [row, {**row, "at_once": "one"}, {**row, "regime": "subnormal", "flushed": 0.5}]
    other = {"operation": f"exp {text}", "error": "inf", "got": "nan", "arguments": ["-inf"]}
    cell = {
        "kind": "arithmetic",
        "target": "numpy:cpu",
        "dtype": "float32",
        "measured": [*rows, {**row, **other}],
        "fused": {"few": True, "many": None, text: False},
        "subnormals": {"one": {"arguments": True, "results": False}},
        "outcome": "passed",
    }
    elsewhere = {**cell, "target": f"mxnet {text}"}
    return [cell, {**elsewhere, "measured": [row]}, {**elsewhere, "measured": [row, 7]}]


def _cells(text):
    """Cells that passed, failed or were skipped, and some of unknown goldens and targets."""
    other = {**CELL, "target": "torch:cpu", "must_match": False, "matches": False}
    along = {
        "kind": "agreement",
        "case": "000/xcos_gd_2",
        "optimizer": "gd",
        "problem": "x_cos",
        "mode": "eager",
        "ulps": 3.0,
        "ratio": 0.5,
        "outcome": "passed",
        "along": [0.0, 0.5, 3.0],
    }
    failed = {"outcome": "failed", "reason": text, "test": f"tests/test_some.py::test_{text}"}
    worst = {"where": f"x1, {text}", "got": "0.5125", "exact": "0.5003", "allowed": 0.01}
    return [
        CELL,
        {**other, "text": "epoch 10, x: -1.528166"},
        {**other, **failed, "target": "jax:cpu", "text": text},
        {**CELL, "golden": "004/mae", "text": f"mae {text}"},
        {**CELL, "golden": FALSE, "text": text},
        {**CELL, "golden": EXPLAINED, "text": text, "matches": False, "explanation": text},
        {**other, "target": "jax:cuda", "outcome": "skipped", "reason": text},
        {**CELL, "golden": f"999/{text}", "target": "mxnet:gpu", "mode": text, "dtype": text},
        *({**along, "target": "numpy:cpu", "dtype": dtype} for dtype in ("float32", "float64")),
        {**along, **failed, **WRONG, "worst": worst},
        {**failed, "kind": "other", "target": "", "claim": f"Bowls are round, {text}."},
        {**along, "case": f"999/{text}", "target": "mxnet:gpu", "dtype": text, "along": [1, "nan"]},
        {**along, "target": "mxnet:gpu", "dtype": "float32", "along": [text]},
        *_arithmetic(text, 0.125),
        *_planted(text),
    ]


def _races(text):
    def raced(names, middle):
        return {
            name: {"seconds": [1e-3, 2e-3], "ratio": [middle, middle / 2, middle * 2]}
            for name in names
        }

    update = {"work": "update", "backend": "numpy", "optimizer": "gd", "n": 10}
    grown = {"work": "growth", "along": f"${text}", "backend": text}
    return [
        {**update, "rivals": raced(("ours", "naive numpy", "limit, numpy"), 2)},
        {**update, "n": 10**7, "rivals": raced(("ours", "naive numpy", "limit, numpy"), 2)},
        {"work": text, "backend": text, "rivals": raced(("ours", text), 0.5)},
        {**grown, "rivals": raced(("10", "100", "1000"), 1)},
    ]


def _paths(text):
    steps, rates = 3, [0.5, 1.0, 2.0]
    points = np.ones((len(rates), steps + 1, 2), "<f4")
    run = {
        "scene": "square",
        "optimizer": "gd",
        "rates": rates,
        "status": ["finished", "finished", text],
        "points": base64.b64encode(points.tobytes()).decode(),
    }
    parting = {
        "golden": GOLDEN,
        "pair": ["numpy:cpu", "torch:cpu"],
        "row": 2,
        "points": ["-1.2", text],
        "ulps": 1.0,
        "last": 6.0,
        "cause": text,
    }
    runs = [{**run, "target": target} for target in ("numpy:cpu", text)]
    return {"steps": steps, "runs": runs[:1] if text == "x" else runs, "partings": [parting]}


def _bound(text):
    noticed = {"run": text, "optimizer": text, "problem": text, "dtype": "float32"}
    changes = {"lr": 1e-6, text: 1e-3, "eps": "inf", "k.c": 1e-7}
    covered = {"run": text, "kind": text, "dtype": text, "runs": 1000, "beyond": 0, "ratio": 0.5}
    return {
        "margin": 3,
        "samples": 64,
        "noticed": [{**noticed, "changes": changes}],
        "covered": [{**covered, "factors": {"8": [0.5, 1.0, 2.0, 3.0, "inf"]}}],
    }


def _timed(text, commit, at):
    values = [1.0 + at, 2.0, None, float("nan")]
    names = [[f"'{text}'"], ["'numpy:cpu'", "'torch:cpu'", "'jax:cpu'", "'jax:cuda'"]]
    statistics = [[v and v * part for v in values] for part in (0.9, 1.1)] + [[20] * 4]
    return {
        "commit_hash": commit,
        "date": 1_700_000_000_000 + at,
        "params": {"machine": text},
        "result_columns": [*SAMPLED, "stats_repeat"],
        "results": {f"updates.{text}": [values, names, *statistics]},
    }


def _timed_elsewhere(text):
    """The same benchmark on another machine, where nothing failed."""
    found = _timed(text, COMMITS[2], 2)
    ((_, names, *statistics),) = found["results"].values()
    results = {f"updates.{text}": [[3.0, 1.0, float("nan"), float("nan")], names, *statistics]}
    return {**found, "params": {"machine": f"other {text}"}, "results": results}


UPDATE = "updates.Update.time_steps"
COPY = "bandwidth.Bandwidth.time_move"
SECONDS = {"unit": "seconds"}
KNOWN = {
    UPDATE: {"pretty_name": "Updates", "param_names": ["optimizer", "n", "target"], **SECONDS},
    COPY: {"pretty_name": "Copies", "param_names": ["work", "target"], **SECONDS},
}
SIZES = {"10": 100, "10000": 100, "10000000": 2}  # updates in a sample of each size


def _sampled(values, params, samples):
    """One benchmark's columns: each interval reaches a tenth to both sides."""
    ends = ([value * part for value in values] for part in (0.9, 1.1))
    return [values, params, *ends, [samples] * len(values)]


def updates(seconds, samples):
    """asv's results of copies and of Adadelta's updates.

    ``seconds[target]`` are those of a sample of each size.
    """
    targets = [f"'{target}'" for target in seconds]
    took = [value for row in zip(*seconds.values(), strict=True) for value in row]
    copied = [[0.01, 0.005, 0.012, 0.02], [["'copy'", "'add'"], ["'numpy:cpu'", "'torch:cpu'"]]]
    return {
        "commit_hash": COMMITS[-1],
        "date": 1_700_000_000_002,
        "params": {"machine": "vm"},
        "result_columns": [*SAMPLED, "stats_repeat"],
        "results": {
            UPDATE: _sampled(took, [["'adadelta'"], list(SIZES), targets], samples),
            COPY: _sampled(*copied, samples),
        },
    }


TOOK = {
    "jax:cpu": (1.5e-3, 2.4e-3, 0.08),
    "numpy:cpu": (0.8e-3, 2.3e-3, 0.05),
    "torch:cpu": (5.6e-3, 1.58, 0.06),
}


def _compared(text):
    findings = [{"metric": text, "verdict": "same"}, {"metric": "seconds", "verdict": "slower"}]
    judged = {"name": text, "verdict": "slower", "why": text, "findings": findings}
    same = {**judged, "verdict": "same", "why": ""}
    ends = {"base": text, "head": text, "machine": text, "rounds": 5}
    return {**ends, "verdicts": [judged, same]}


def _alarm(text):
    planted = {"plant": text, "metrics": [text], "flagged": True, "elsewhere": [text], "why": text}
    rate = {"compared": 100, "flagged": 1, "low": 0.0003, "high": 0.054, "seen": {text: 1.2}}
    size = {"planted": 1, "found": [0.05], "elsewhere": [text]}
    sizes = [{**size, "share": 0.02, "missed": [text]}, {**size, "share": 0.05, "missed": []}]
    return {
        "kinds": [planted],
        "sizes": sizes,
        "same counts": rate,
        "same clocks": rate,
        "busy clocks": rate,
        "machine": text,
    }


def _versions(text):
    """Two releases between which everything changed that can."""
    cause = {"function": "cos", "arguments": [0.5], "correct": 0.25, "errors": [0.5, 0.75]}
    said = {"function": "", "arguments": [], "results": [], "correct": None, "errors": []}
    run = {"work": text, "subject": text, "mode": "eager", "dtype": "float32", "what": "point"}
    run |= {"step": 3, "numbers": [0.5, "nan"], "ulps": 1.0, "last": "inf", "ratios": [0.1, None]}
    cause |= {"results": [0.25, 0.2500001], "words": ""}
    moved = {"metric": text, "verdict": "slower", "base": 100, "head": 110, "ratio": 1.1}
    clock = {"metric": "seconds", "verdict": "faster", "ratio": 0.8, "low": 0.7, "high": 0.9}
    judged = {"name": text, "verdict": "slower", "why": text}
    still = {**judged, "findings": [{**clock, "verdict": "undecided"}]}
    rounded = {"operation": text, "regime": "ordinary", "at_once": "many", "dtype": "float32"}
    rounded |= {"misrounded": [0.0, 0.1], "error": [0.5, "inf"], "allowed": 3.0}
    golden = {"golden": text, "expected": text, "before": text, "after": f"{text}\n{text}"}
    environment = {"machine": text, "python": text, "numpy": text}
    pair = {
        "before": "1.0",
        "after": text,
        "goldens": 1,
        "works": 2,
        "functions": 1,
        "texts": [golden],
        "changed": [{**run, "cause": cause}, {**run, "cause": {**said, "words": text}}],
        "broken": [{"work": text, "before": "", "after": text}],
        "rounded": [rounded],
        "rounds": 5,
        "instructions": text,
        "verdicts": [{**judged, "findings": [moved, clock]}, still],
    }
    releases = [{"version": v, "environment": environment} for v in ("1.0", text)]
    return {"package": text, "target": "numpy:cpu", "releases": releases, "pairs": [pair]}


def _checked(text):
    """What a check found of a library's optimizer: one trial wrong, one right, one not run."""
    trial = {"verdict": "right", "tape": text, "dtype": "float32", "path": "fused", "why": ""}
    trial |= {"ratio": 0.25, "step": 3, "coordinate": 0, "got": 0.5, "exact": "0.5"}
    wrong = {**trial, "verdict": "wrong", "dtype": "float64", "ratio": "inf", "why": text}
    absent = {**trial, "path": text, "verdict": "not run", "why": text, "ratio": "nan"}
    return {
        "framework": "torch",
        "home": text,
        "peer": "Adam",
        "spec": "adam",
        "verdict": "wrong",
        "summary": text,
        "trials": [trial, wrong, {**absent, "step": None, "got": None}],
        "versions": {"torch": text},
        "hyper": {"lr": 0.1, "amsgrad": text},
        "formula": text,
    }


def _planted(text):
    """A mistake that two tapes find, one that none does, and a right variant."""
    cell = {"kind": "planted", "target": "numpy:cpu", "optimizer": "adam", "outcome": "passed"}
    wrong = {**cell, "wrong": text, "source": text, "tried": [text, "shapes"], "criteria": [text]}
    return [
        {**wrong, "planted": "first", "tapes": ["unequal", text]},
        {**wrong, "planted": f"second {text}", "tapes": ["unequal"], "criteria": []},
        {**wrong, "planted": "third", "tapes": []},
        {**cell, "planted": "right", "tried": ["shapes"]},
    ]


def _elsewhere(text, environment):
    """Results of another machine, which prints another text and raced, too."""
    told = {**environment, "machine": f"other {text}", "numpy": text, "ATEN_CPU_CAPABILITY": text}
    cells = [{**CELL, "text": f"epoch 10, x: {text}", "matches": False, "outcome": "failed"}]
    return {
        "machines/other-1/tests.json": {"environment": told, "cells": cells + _arithmetic(text, 1)},
        "machines/other-1/peers.json": {"environment": told, "races": _races(text)},
    }


def some(text):
    """Result files by name, as JSON values, with ``text`` wherever a result may hold any string."""
    environment = {"machine": text, "commit": text, "dirty": text, "platform": text, text: text}
    summary = {"passed": 4, "failed": 3, "skipped": 1, "seconds": 1.0}
    level = {"environment": {**environment, "imitated": text}, "cells": _arithmetic(text, 0.25)}
    return {
        "levels/some.json": level,
        "tests.json": {"environment": environment, "summary": summary, "cells": _cells(text)},
        "peers.json": {"environment": {"machine": text, text: text}, "races": _races(text)},
        "paths.json": _paths(text),
        "bound.json": _bound(text),
        "regressions/a-b/verdicts.json": _compared(text),
        "alarm/vm.json": _alarm(text),
        "asv/machine.json": {"machine": text, "cpu": text, "version": 1},
        "conditions.json": {"machine": text, "load": text, "caches": text},
        "asv/benchmarks.json": KNOWN,
        "asv/updates.json": updates(TOOK, 20),
        **{f"asv/{at}.json": _timed(text, commit, at) for at, commit in enumerate(COMMITS)},
        "asv/elsewhere.json": _timed_elsewhere(text),
        "versions/numpy.json": _versions(text),
        "check/torch-Adam-adam.json": _checked(text),
        **_elsewhere(text, environment),
    }


def write(folder, files):
    """Write the files to ``data`` and ``asv`` in ``folder``, as `reports.build.build` expects."""
    for name, value in files.items():
        kind, _, rest = name.partition("/")
        measured = f"asv/results/vm/{rest}" if kind == "asv" else f"asv/{name}"
        inside = kind in ("asv", "regressions", "alarm", "conditions.json")
        path = folder / (measured if inside else f"data/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))


def publish(folder):
    """Write a page in the place of those that `asv publish` makes."""
    page = folder / "asv" / "html" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(ASV)


STUDY = {
    "name": "rates",
    "cases": [
        {
            "optimizers": ["gd", "adam"],
            "problem": "quadratic",
            "hyper": {"lr": {"from": 1e-2, "to": 2e3, "count": 9, "scale": "log"}},
            "starts": {"axes": [[-5.0, 1.0], [-2.0, 0.5]]},
            "steps": 120,
            "stop": {"rule": "allclose"},
        },
        {"optimizers": ["momentum"], "problem": "x_cos", "steps": 3},
    ],
}
SCALED = Scaling(
    study="rates",
    cores=2,
    load=(0.5, 0.5, 0.5),
    machine={},
    constants=Constants(1e-6, 30.0, 500.0, 2e-3, 1e8),
    timings=(
        Timing("strong", 1, 4, 100, 8.0, 4.0, 0.5, 3000, 7.0),
        Timing("strong", 2, 4, 100, 4.0, 4.0, 0.5, 3000, 3.5),
    ),
    large=predict(Constants(1e-6, 30.0, 500.0, 2e-3, 1e8), 1e12, 1000, 10**6),
)


def studied(folder):
    """Run a small study in ``data`` of ``folder``, and write what its scaling might be."""
    studies = folder / "data" / "studies"
    found = study(STUDY, studies / "rates", workers=1, progress=False)
    (studies / "rates-scaling.json").write_text(json.dumps(asdict(SCALED)))
    return found
