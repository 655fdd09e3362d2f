"""Results to build reports from: a few of every kind, with any text wherever a text can be."""

import base64
import json

import numpy as np

MARKUP = "<script>alert(1)</script>"
GOLDEN = "000/xcos_gd_2/jax"
CELL = {
    "kind": "golden",
    "golden": GOLDEN,
    "target": "numpy:cpu",
    "mode": "eager",
    "dtype": "float32",
    "derivatives": "analytic",
    "own": True,
    "ours": "epoch 10, x: -1.528165",
    "same": True,
    "outcome": "passed",
    "reason": "",
}
COMMITS = ("a" * 40, "b" * 40, "c" * 40)


def _cells(text):
    """One that passed, failed and was skipped, compared runs, and some from elsewhere."""
    other = {**CELL, "target": "torch:cpu", "own": False, "same": False}
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
    return [
        CELL,
        {**other, "ours": "epoch 10, x: -1.528166"},
        {**other, "target": "jax:cpu", "ours": text, "outcome": "failed", "reason": text},
        {**other, "target": "jax:cuda", "outcome": "skipped", "reason": text},
        {**CELL, "golden": f"999/{text}", "target": "mxnet:gpu", "mode": text, "dtype": text},
        *({**along, "target": "numpy:cpu", "dtype": dtype} for dtype in ("float32", "float64")),
        {**along, "case": f"999/{text}", "target": "mxnet:gpu", "dtype": text, "along": [text]},
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


def _timed(text, commit, at):
    values = [1.0 + at, 2.0, None, float("nan")]
    names = [[f"'{text}'"], ["'numpy:cpu'", "'torch:cpu'", "'jax:cpu'", "'jax:cuda'"]]
    statistics = [[v and v * part for v in values] for part in (0.9, 1.1)]
    return {
        "commit_hash": commit,
        "date": 1_700_000_000_000 + at,
        "params": {"machine": text},
        "result_columns": ["result", "params", "stats_q_25", "stats_q_75"],
        "results": {f"updates.{text}": [values, names, *statistics]},
    }


def some(text):
    """Files by name, as JSON's values; ``text`` stands wherever a result can say what it likes."""
    environment = {"commit": text, "dirty": text, "platform": text, text: text}
    summary = {"passed": 4, "failed": 1, "skipped": 1, "seconds": 1.0}
    return {
        "tests.json": {"environment": environment, "summary": summary, "cells": _cells(text)},
        "peers.json": {"environment": {text: text}, "races": _races(text)},
        "paths.json": _paths(text),
        "asv/machine.json": {"machine": text, "cpu": text, "version": 1},
        **{f"asv/{at}.json": _timed(text, commit, at) for at, commit in enumerate(COMMITS)},
    }


def write(folder, files):
    """Put the files where `reports.build.build` reads them: ``data`` and ``asv``."""
    for name, value in files.items():
        inside = name.startswith("asv/")
        place = folder / "asv" / "results" / "vm" if inside else folder / "data"
        place.mkdir(parents=True, exist_ok=True)
        (place / name.removeprefix("asv/")).write_text(json.dumps(value))
