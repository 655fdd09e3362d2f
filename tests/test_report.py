"""Claim: the report is built from whatever results there are, and says what is missing."""

import json
import re
from html.parser import HTMLParser

import pytest

from reports import drawing, explorer, history, peers, results, timings
from reports.build import PAGES, build
from tests.results import CELL, MARKUP, some, write

ASV = '<ul class="nav"><li id="nav-li-" class="active"><a href="#/">Grid</a></li></ul>'


@pytest.fixture(scope="module")
def empty(tmp_path_factory, drawn):
    """The report of nothing at all."""
    folder = tmp_path_factory.mktemp("empty")
    build(folder / "data", folder / "asv", folder / "html")
    return folder / "html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, drawn):
    """The report of results whose every text is markup, beside a truncated file of asv's."""
    folder = tmp_path_factory.mktemp("hostile")
    write(folder, some(MARKUP))
    (folder / "asv" / "results" / "vm" / "truncated.json").write_text('{"results": {')
    (folder / "asv" / "html").mkdir()
    (folder / "asv" / "html" / "index.html").write_text(ASV)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "subject", lambda commit: MARKUP)
        build(folder / "data", folder / "asv", folder / "html")
    return folder / "html"


def _text(page):
    return re.sub(r"\s+", " ", page.read_text(encoding="utf-8"))


def test_without_results_it_names_the_commands_that_make_them(empty):
    """Every page is there, and the first says what to run."""
    assert {page.stem for page in empty.glob("*.html")} == set(PAGES)
    first = _text(empty / "index.html")
    for command in ("tests", "bench", "peers", "paths", "history"):
        assert f"nox -s {command}" in first


class Links(HTMLParser):
    """Collects what a page refers to, the ids it offers, and what its tables and figures say."""

    def __init__(self, page):
        super().__init__()
        self.found, self.ids, self.images, self.downloads = [], [], [], []
        self.counts = dict.fromkeys(("table", "figure"), 0)
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.found += [values[name] for name in ("href", "src") if values.get(name)]
        self.ids += [values["id"]] if "id" in values else []
        self.images += [values.get("alt", "")] if tag == "img" else []
        self.downloads += [values["href"]] if "download" in values else []
        if tag in self.counts:
            self.counts[tag] += 1


@pytest.mark.parametrize("name", ["empty", "hostile"])
def test_links_resolve_and_pictures_are_described(name, request):
    """Each link has its file and anchor, each id is one of a kind, each picture has its words."""
    html = request.getfixturevalue(name)
    pages = {page.name: Links(page) for page in html.glob("*.html")}
    for name, links in pages.items():
        assert all(links.images), name
        assert len(links.ids) == len(set(links.ids)), name
        for link in links.found:
            if "://" in link or link.startswith("data:"):
                continue
            path, _, anchor = link.partition("#")
            assert (html / (path or name)).exists(), (name, link)
            if path in ("", *pages):
                assert not anchor or anchor in pages[path or name].ids, (name, link)


def test_every_table_and_figure_offers_its_numbers(hostile):
    """As many downloads as tables and figures, with rows in them."""
    read_csv = pytest.importorskip("pandas").read_csv
    for page in hostile.glob("*.html"):
        links = Links(page)
        assert len(links.downloads) == sum(links.counts.values()), page.name
        for link in links.downloads:
            assert len(read_csv(hostile / link)), link


def test_damaged_results_are_left_out_and_named(hostile, tmp_path):
    """A truncated file is not fatal, asv's or the tests' own."""
    assert "truncated.json" in _text(hostile / "index.html")
    for name, module in (
        ("tests.json", results),
        ("peers.json", peers),
        ("paths.json", explorer),
    ):
        for damaged in ('{"races": [{"rivals": 3}]}', '{"cells": [', "[]"):
            (tmp_path / name).write_text(damaged)
            assert name in module.read(tmp_path).left_out[0]
    machine = tmp_path / "results" / "vm" / "machine.json"
    machine.parent.mkdir(parents=True)
    for damaged in ('{"cpu": 1}', '{"machine":', "[]"):
        machine.write_text(damaged)
        assert machine.name in timings.read(tmp_path).left_out[0]


def test_paths_that_cannot_be_shown_are_counted_and_left_out(tmp_path):
    """An unknown scene, too few numbers and a cause that is none; the rest is kept."""
    data = some("x")["paths.json"]
    run, parting = data["runs"][0], data["partings"][0]
    data["runs"] += [{**run, "scene": "moon"}, {**run, "points": run["points"][:8]}, 7]
    data["partings"] += [{**parting, "cause": None}]
    (tmp_path / "paths.json").write_text(json.dumps(data))
    found = explorer.read(tmp_path)
    assert found.runs == data["runs"][:1]
    assert found.partings == data["partings"][:1]
    assert [line.split(": ")[1] for line in found.left_out] == [
        "3 runs cannot be shown",
        "1 partings cannot be shown",
    ]


def test_hostile_text_is_shown_as_text(hostile):
    """What a result says is escaped, in pages, pictures and scripts."""
    assert CELL["outcome"] == "passed"
    shown = [path for path in hostile.rglob("*.*") if path.parent.name != "data"]
    texts = {path: path.read_text(encoding="utf-8") for path in shown}
    for path, text in texts.items():
        assert MARKUP not in text, path
    assert "&lt;script&gt;" in texts[hostile / "goldens.html"]


def test_a_failed_benchmark_is_told_from_a_skipped_one(hostile):
    """It is counted on the first page, and has its sign in the table."""
    assert "1 result of the newest failed" in _text(hostile / "index.html")
    assert _text(hostile / "speed.html").count("✗ failed") == 1


def test_asv_pages_are_linked_both_ways(hostile):
    """From the page on speed, and from their own navigation."""
    assert 'href="asv/index.html"' in _text(hostile / "speed.html")
    assert '<li><a href="../index.html">Report</a></li><li id="nav' in _text(
        hostile / "asv/index.html"
    )


def _module(figure):
    return getattr(figure.draw, "func", figure.draw).__module__


def test_the_same_results_give_the_same_pages(hostile, tmp_path, monkeypatch):
    """Byte for byte; those of its figures that need no results, one of each module, drawn anew."""
    anew = {_module(figure): figure for figure in reversed(drawing.DRAWN)}.values()
    kept = {figure: drawn for figure, drawn in drawing.DRAWN.items() if figure not in anew}
    monkeypatch.setattr(drawing, "DRAWN", kept)
    monkeypatch.setattr(history, "subject", lambda commit: MARKUP)
    inputs = hostile.parent
    for name in ("assets/report.css", "data/of an earlier report.csv", "of the user.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    build(inputs / "data", inputs / "asv", tmp_path)
    (tmp_path / "of the user.txt").unlink()
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {path.relative_to(hostile) for path in hostile.rglob("*") if path.is_file()}
    for path in written:
        assert (tmp_path / path).read_bytes() == (hostile / path).read_bytes(), path
