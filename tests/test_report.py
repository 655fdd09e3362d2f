"""Claim: the report builds from any results, shows them safely, and says what is missing."""

import html
import re
import shutil
import signal
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from markupsafe import escape

from reference import GOLDENS, OPTIMIZERS
from reference.aliases import ALIASES
from reports import record
from reports.build import PAGES, build, templates
from reports.compute import history, rates
from reports.compute.stationary import KINDS, shape
from reports.draw import accuracy, maps
from reports.draw.figure import DRAWN, WIDTH, pictures
from reports.pages.gaps import PARTS
from reports.scenes import collect
from reports.words import slug
from tests.helpers.killed import report
from tests.helpers.once import once
from tests.helpers.recipes import ROOT
from tests.helpers.results import (
    CELL,
    EXPLAINED,
    GOLDEN,
    MARKUP,
    publish,
    some,
    studied,
    write,
)


@pytest.fixture(scope="module")
def empty(shared, drawn):
    """A report without any results."""
    folder = shared / "empty"
    return once(folder / "html", lambda: build(*_folders(folder)))


def _folders(folder):
    return folder / "data", folder / "asv", folder / "html"


@pytest.fixture(scope="module")
def hostile(shared, drawn):
    """A report of results whose every string is markup, and of a truncated asv file."""
    folder = shared / "hostile"

    def make():
        write(folder, some(MARKUP))
        (folder / "asv" / "results" / "vm" / "truncated.json").write_text('{"results": {')
        publish(folder)
        studied(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(history, "subject", lambda commit: MARKUP)
            build(*_folders(folder))

    return once(folder / "html", make)


def _text(page):
    return re.sub(r"\s+", " ", page.read_text(encoding="utf-8"))


def test_without_results_it_names_the_commands_that_make_them(empty):
    """Without results every page exists, and the first names the commands to run."""
    assert {page.stem for page in empty.glob("*.html")} == set(PAGES)
    first = _text(empty / "index.html")
    for command in ("tests", "bench", "peers", "paths", "bound", "history", "regressions"):
        assert f"nox -s {command}" in first
    for part in PARTS:
        assert f'<a href="{part.page}">{escape(part.what)}</a>' in first
        assert part.id == "asv" or "There is nothing to show" in _text(
            empty / part.page.split("#")[0]
        )


class Links(HTMLParser):
    """Collects a page's links, ids, alternative texts and downloads, and counts its tables."""

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
    """Each link's file and anchor exist, ids are unique, and each image has a text."""
    html = request.getfixturevalue(name)
    pages = {page.name: Links(page) for page in html.glob("*.html")}
    for name, links in pages.items():
        assert all(links.images), name
        assert len(links.ids) == len(set(links.ids)), name
        for link in links.found:
            path, _, anchor = link.partition("#")
            if "://" in link or link.startswith("data:") or "=" in anchor:
                continue  # elsewhere, or a state of the explorer
            assert (html / (path or name)).exists(), (name, link)
            if path in ("", *pages):
                assert not anchor or anchor in pages[path or name].ids, (name, link)


def test_every_table_and_figure_offers_its_numbers(hostile):
    """Each page has as many CSV downloads as tables and figures, and none is empty."""
    read_csv = pytest.importorskip("pandas").read_csv
    for page in hostile.glob("*.html"):
        links = Links(page)
        shown = [link for link in links.downloads if link != "data/failed.csv"]  # no table has it
        assert len(shown) == sum(links.counts.values()), page.name
        for link in links.downloads:
            assert len(read_csv(hostile / link)), link


def test_what_cannot_be_read_is_named_on_the_first_page(hostile):
    """The first page names a truncated file."""
    assert "truncated.json" in _text(hostile / "index.html")


def test_hostile_text_is_shown_as_text(hostile):
    """Strings from results are escaped in pages, pictures and scripts."""
    assert CELL["outcome"] == "passed"
    shown = [path for path in hostile.rglob("*.*") if path.parent.name != "data"]
    texts = {path: path.read_text(encoding="utf-8") for path in shown}
    for path, text in texts.items():
        assert MARKUP not in text, path
    assert "&lt;script&gt;" in texts[hostile / "goldens.html"]


def test_what_is_quoted_in_another_language_is_said_in_english_too(hostile):
    """On each page that quotes a document's Chinese or Japanese."""
    quoted = [each for each in GOLDENS.values() if re.search(r"[\u3040-\u9fff]", each.printed)]
    pages = {page.name: _text(page) for page in hostile.glob("*.html")}
    shown = [(name, each) for name in pages for each in quoted if each.printed in pages[name]]
    assert {name for name, _ in shown} >= {"goldens.html", "figures.html"}
    for name, golden in shown:
        assert golden.note.startswith("In English: "), golden.id
        assert str(escape(golden.note)) in pages[name], (name, golden.id)


def test_texts_that_do_not_match_are_listed_where_the_first_page_leads(hostile):
    """All but claims and what is reproduced, the wrong one first, each with a link to its row."""
    text = (hostile / "goldens.html").read_text()
    listed = re.search(r'<h2 id="others">.*?</table>', text, re.DOTALL)[0]
    names = re.findall(r'<th scope="row" class="near"><a href="#[^"]*">([^<]*)', listed)
    assert names[:2] == [GOLDEN, EXPLAINED]
    texts = {name for name, golden in GOLDENS.items() if not (golden.prose and golden.line)}
    assert set(names) == texts - {"004/mae"}
    first, second, *_ = listed.split("</tr>")[1:]
    assert "fails" in first
    assert "<mark>" in first
    assert "&lt;script&gt;" in second
    assert f'<a href="goldens.html#{slug(GOLDEN)}">' in _text(hostile / "index.html")


def test_an_explained_text_has_its_explanation(hostile):
    """A golden's explanation is on its page, and the first page names the golden."""
    assert "<strong>Explained:</strong> &lt;script&gt;" in _text(hostile / "goldens.html")
    first = _text(hostile / "index.html")
    assert f"1 is explained by a library&#39;s function: {EXPLAINED} on numpy:cpu" in first


def test_a_diagnostic_shows_what_the_tests_recorded(empty, hostile):
    """A diagnostic shows the text that the tests recorded, or that it was not checked."""
    assert '<td class="cell">mae &lt;script&gt;' in _text(hostile / "figures.html")
    assert '<td class="cell">mae ' not in _text(empty / "figures.html")
    assert '<td class="cell">not checked yet</td>' in _text(empty / "figures.html")


def test_a_failed_benchmark_is_told_from_a_skipped_one(hostile):
    """A failed benchmark is counted on the first page, and marked in its table."""
    assert "1 result of the newest failed" in _text(hostile / "index.html")
    assert _text(hostile / "speed.html").count("✗ failed") == 1


def test_asv_pages_are_linked_both_ways(hostile):
    """The speed page links to asv's pages, and their navigation links back."""
    assert 'href="asv/index.html"' in _text(hostile / "speed.html")
    assert '<li><a href="../index.html">Report</a></li><li id="nav' in _text(
        hostile / "asv/index.html"
    )


def test_machines_are_side_by_side_and_what_exceeds_is_named(hostile):
    """Levels are shown side by side, exceeded bounds are named, damaged cells counted."""
    page = _text(hostile / "arithmetic.html")
    assert re.search(r"<td[^>]*>12.5 %, 0.74</td>\s*<td[^>]*>25.0 %, 0.74</td>", page)
    assert "takes them to be: exp &lt;script&gt;" in page
    assert "✗ 12.5 %" in page
    first = _text(hostile / "index.html")
    for name in ("tests.json", "levels/some.json"):
        words = f"{name}: 1 cell of kind arithmetic without a usable measured"
        assert f"<li>{words}</li>" in first


def _module(figure):
    return getattr(figure.draw, "func", figure.draw).__module__


@pytest.mark.exhaustive
def test_the_same_results_give_the_same_pages(hostile, tmp_path, monkeypatch):
    """A second build is identical byte by byte, with one figure of each module redrawn."""
    anew = {_module(figure): figure for figure in reversed(DRAWN)}.values()
    kept = {figure: drawn for figure, drawn in DRAWN.items() if figure not in anew}
    monkeypatch.setattr("reports.draw.figure.DRAWN", kept)
    monkeypatch.setattr(history, "subject", lambda commit: MARKUP)
    inputs = hostile.parent
    build(inputs / "data", inputs / "asv", tmp_path)
    assert report(tmp_path) == report(hostile)


@pytest.mark.exhaustive
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process is killed so here")
@pytest.mark.parametrize("way", ["exchange", "rename"])
def test_a_build_that_is_killed_leaves_a_whole_report(way, empty, hostile, tmp_path):
    """A build killed at any moment leaves the old or the new report, and the next cleans up.

    If the system cannot exchange two folders, the next build restores the old report first.
    """
    old, new, out = report(empty), report(hostile), tmp_path / "html"
    shutil.copytree(empty, out)
    changes = _killed(hostile, out, way, 0).stdout.splitlines()
    assert report(out) == new
    swapped = [i for i, name in enumerate(changes, 1) if "exchange" in name or "rename" in name]
    for at in sorted({*range(1, len(changes), len(changes) // 10), *swapped}):
        shutil.rmtree(out)
        shutil.copytree(empty, out)
        assert _killed(hostile, out, way, at).returncode == -signal.SIGKILL
        if way == "rename" and not out.exists():
            assert _killed(hostile, out, way, 3).returncode == -signal.SIGKILL
        assert report(out) in (old, new), changes[at - 1]
    _killed(hostile, out, way, 0)
    assert report(out) == new
    assert [path.name for path in tmp_path.iterdir()] == ["html"]


def _killed(new, out, way, at):
    command = (sys.executable, "-m", "tests.helpers.killed", new, out, way, at)
    return subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True)


ROWS = ("changes", "unchanged")


def test_a_comparison_shows_what_changed_and_how_far_it_can_be_trusted(hostile, empty):
    """Only benchmarks that changed; false alarms with their interval; what was planted."""
    text = (hostile / "regressions.html").read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "1 same, 1 slower" in text
    assert text.count('id="changes-') == text.count('id="unchanged-') == 1
    for page in (text, (hostile / "index.html").read_text()):
        assert "1 of 2 benchmarks got worse from &lt;script" in page
    slower, same = (re.search(f'id="{name}-1".*?</tr>', text)[0] for name in ROWS)
    assert "20.0 %" in slower
    assert "5 %" in same
    assert "1 of 100, at most 5.40 %" in slower
    assert "1 of 100, at most 5.40 %" in same
    assert "1.00 % (95 % confidence: 0.03 % to 5.40 %)" in text
    assert "0 of 1" in text
    assert "nox -s regressions" in (empty / "regressions.html").read_text()


def test_every_optimizer_has_its_entry(empty):
    """Formula, every hyperparameter with its sentence, and the files that implement it."""
    text = html.unescape((empty / "optimizers.html").read_text())
    for name, spec in OPTIMIZERS.items():
        assert f'<h2 id="{name}">' in text
        assert f"reference/optimizers/{name}.py" in text
        for field in spec.hyper.describe_fields().values():
            assert " ".join(field.meaning.replace("`", "").split()) in text


def test_every_other_name_is_listed(empty):
    """The page of optimizers tells what each alias is here, as errors do; and its CSV."""
    text = html.unescape((empty / "optimizers.html").read_text())
    table = (empty / "data" / "aliases.csv").read_text()
    for name, alias in ALIASES.items():
        assert f'<th scope="row">{name}</th><td class="wide">{alias}</td>' in text
        assert name in table


def test_a_quickest_rate_lies_in_its_band():
    """The quickest rate converges, within the widest band of rates that do."""
    for each in rates.strips():
        low, high, best, *_ = each.numbers
        assert each.band is None or low <= best <= high
        assert not best >= each.diverges


def test_where_divergence_begins_is_told_only_within_the_rates_tried():
    """A rate at the end of those tried is no threshold: the table and its CSV say what is known."""
    found = {(s.scene.name, s.optimizer): s for s in rates.strips()}
    assert found["square", "gd"].diverges == pytest.approx(1, abs=1e-4)
    remarks = {
        ("pathological_curvature", "newton"): "below 0.001, the smallest tried",
        ("pathological_curvature", "momentum"): "only at 100, the largest tried",
        ("square", "adam"): "not up to 100",
    }
    assert {key: found[key].remark for key in remarks} == remarks
    assert all((s.remark == "") == (s.diverges == s.diverges) for s in found.values())


def test_a_letter_is_the_same_limit_in_all_panels(drawn):
    """Starts at a minimum, with a small learning rate, have that minimum's letter everywhere."""
    figure = next(f for f in maps.figures() if f.id == "basins-x_cos")
    (picture,) = pictures([figure])
    few = picture.data[(picture.data.up < -1) & picture.data.limit.isin(list("ABCDE"))]
    for _, at in few[few.across.abs() < 20].groupby("across"):
        shown = at[at.optimizer.isin(["gd", "adagrad", "rmsprop"])]
        assert shown.limit.nunique() <= 1


def test_the_numbers_of_a_heatmap_are_readable(monkeypatch):
    """Each number contrasts with its cell by 4.5 or more, and no line crosses an empty cell."""
    import pandas as pd
    from seaborn.utils import relative_luminance

    values = np.linspace(0, 1.2, 40)
    rows = [(f"case {i:02}", "numpy:cpu", "eager", share, 1.0) for i, share in enumerate(values)]
    rows += [("case 00", "jax:cpu", "eager", 0.5, 1.0)]
    found = pd.DataFrame(rows, columns=["case", "where", "mode", "ratio", "ulps"])
    monkeypatch.setattr(accuracy, "shares", lambda results: found)
    monkeypatch.setattr(accuracy, "frame", lambda results: found[:0])
    drawn = next(accuracy.figures(None)).draw().figure
    drawn.draw_without_rendering()
    ax = drawn.axes[0]
    cells = ax.collections[0].get_facecolors().reshape(len(values), 2, 4)
    for text in ax.texts:
        column, row = map(int, text.get_position())
        both = [relative_luminance(c) for c in (text.get_color(), cells[row, column])]
        assert (max(both) + 0.05) / (min(both) + 0.05) >= 4.5
    assert not any(line.get_visible() for line in ax.get_xgridlines() + ax.get_ygridlines())
    for tick in ax.xaxis.get_major_ticks():  # at both ends, for the picture is high
        assert tick.label1.get_visible()
        assert tick.label2.get_visible()


@pytest.mark.parametrize("kind", ["rates", "basins"])
def test_the_text_of_a_map_is_large_enough(kind):
    """A map is no wider than its column, and its text at least 8 points, nearly 11 pixels."""
    from matplotlib.text import Text

    figure = next(f for f in maps.figures() if f.id == f"{kind}-square")
    drawn = figure.draw().figure
    assert drawn.get_figwidth() <= WIDTH
    assert min(text.get_fontsize() for text in drawn.findobj(Text) if text.get_text()) >= 8


def test_stationary_points_are_named():
    """Minima, maxima and saddle points are told apart, and a flat plain is none of them."""
    points = {
        "x_cos": [([7.27], "a minimum"), ([-7.27], "a maximum"), ([10.0], "")],
        "steep_optima": [
            ([1.0, -0.5], "a minimum"),
            ([0.25, -0.65], "a saddle point"),
            ([-2.0, -2.0], ""),
            ([float("nan"), 0.0], ""),
        ],
        "simulator": [([0.0, 0.0], "a stationary point"), ([1.0, 1.0], "")],
    }
    for name, known in points.items():
        found = shape(collect()[name], np.array([point for point, _ in known]))
        assert [KINDS[kind] for kind in found.kind] == [kind for _, kind in known]


def test_the_documents_learning_rates_are_recorded():
    """The explorer offers the learning rates with which the documents run a problem."""
    assert {0.05, 0.2, 1.1} < set(record.rates(collect()["square"]))


def test_pictures_have_no_more_digits_than_can_be_seen(drawn):
    """Coordinates of paths end at hundredths of a point; nothing else of a picture is cut."""
    figure = next(f for f in maps.figures() if f.id == "rates-square")
    (picture,) = pictures([figure])
    assert not re.search(r' d="[^"]*\.\d{3}', picture.svg)
    assert re.search(r"transform=\"[^\"]*\.\d{3}", picture.svg)


def test_large_whole_numbers_are_read_in_groups():
    """A number in a table has separators, and sorts by its value."""
    value = templates().get_template("parts.html").module.value
    assert value(12 * 10**9) == '<td data-value="12000000000">12,000,000,000</td>'
    assert ">True</td>" in value(True)
