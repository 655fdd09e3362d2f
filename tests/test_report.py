"""Claim: the report is built from whatever results there are, and says what is missing."""

import json
import re
from html.parser import HTMLParser

import pytest

from reports import peers, results
from reports.build import PAGES, build

MARKUP = "<script>alert(1)</script>"
CELL = {
    "kind": "golden",
    "golden": "000/x2_gd_0.2/jax",
    "target": "numpy:cpu",
    "mode": "eager",
    "dtype": "float64",
    "derivatives": "analytic",
    "own": True,
    "ours": "epoch 10, x: 0.060466",
    "same": True,
    "outcome": "passed",
    "reason": "",
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """The report of nothing at all."""
    folder = tmp_path_factory.mktemp("empty")
    build(folder / "data", folder / "asv", folder / "html")
    return folder / "html"


def _text(page):
    return re.sub(r"\s+", " ", page.read_text(encoding="utf-8"))


def test_without_results_it_names_the_commands_that_make_them(empty):
    """Every page is there, and the first says what to run."""
    assert {page.stem for page in empty.glob("*.html")} == set(PAGES)
    first = _text(empty / "index.html")
    for command in ("nox -s tests", "nox -s bench"):
        assert command in first


class Links(HTMLParser):
    """Collects what a page refers to, and the ids it offers."""

    def __init__(self, page):
        super().__init__()
        self.found, self.ids, self.images = [], set(), []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.found += [values[name] for name in ("href", "src") if values.get(name)]
        self.ids |= {values["id"]} if "id" in values else set()
        self.images += [values.get("alt", "")] if tag == "img" else []


def test_links_resolve_and_pictures_are_described(empty):
    """Each local link has its file and anchor, each picture its alternative text."""
    pages = {page.name: Links(page) for page in empty.glob("*.html")}
    for name, links in pages.items():
        assert all(links.images), name
        for link in links.found:
            if "://" in link or link.startswith("data:"):
                continue
            path, _, anchor = link.partition("#")
            assert (empty / (path or name)).exists(), (name, link)
            assert not anchor or anchor in pages[path or name].ids, (name, link)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The report of a failed cell that says markup, beside a truncated file of asv's."""
    folder = tmp_path_factory.mktemp("hostile")
    cells = [{**CELL, "ours": MARKUP, "outcome": "failed", "reason": MARKUP}]
    environment = {"commit": MARKUP, "platform": MARKUP}
    summary = {"passed": 0, "failed": 1, "skipped": 0, "seconds": 1.0}
    tested = {"environment": environment, "summary": summary, "cells": cells}
    rivals = {name: {"seconds": [1e-3], "ratio": [1, 1, 1]} for name in ("ours", MARKUP)}
    raced = {"work": MARKUP, "backend": MARKUP, "rivals": rivals}
    sizes = {size: {"seconds": [1e-3], "ratio": [1, 1, 1]} for size in ("10", "100")}
    grown = {"work": "growth", "along": "$x", "backend": MARKUP, "rivals": sizes}
    for path, text in (
        ("data/tests.json", json.dumps(tested)),
        ("data/peers.json", json.dumps({"environment": {MARKUP: MARKUP}, "races": [raced, grown]})),
        ("asv/results/machine/truncated.json", '{"results": {'),
    ):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    build(folder / "data", folder / "asv", folder / "html")
    return folder / "html"


def test_damaged_results_are_left_out_and_named(hostile, tmp_path):
    """A truncated file is not fatal, asv's or the tests' own."""
    assert "truncated.json" in _text(hostile / "index.html")
    for name, module in (("tests.json", results), ("peers.json", peers)):
        (tmp_path / name).write_text('{"races": [{"rivals": 3}]}')
        assert name in module.read(tmp_path).left_out[0]
        (tmp_path / name).write_text('{"cells": [')
        assert name in module.read(tmp_path).left_out[0]


def test_hostile_text_is_shown_as_text(hostile):
    """What a result says is escaped."""
    texts = "".join(_text(page) for page in hostile.glob("*.html"))
    assert MARKUP not in texts
    assert "&lt;script&gt;" in texts


def test_the_same_results_give_the_same_pages(empty, tmp_path):
    """Byte for byte, figures included."""
    build(tmp_path / "data", tmp_path / "asv", tmp_path / "html")
    for path in empty.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "html" / path.relative_to(empty)).read_bytes()
