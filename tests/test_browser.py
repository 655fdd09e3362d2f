"""Claim: every page works in a real browser, opened from the file system, and is accessible."""

import re

import pytest

from reports.build import PAGES
from tests.helpers.browsing import PHONE, WIDE
from tests.helpers.lists import quick
from tests.helpers.results import GOLDEN

AXE_OPTIONS = {"preload": False, "resultTypes": ["violations"]}
SERIOUS = ("serious", "critical")


LOOKS = (("light", WIDE), ("dark", PHONE))
EVERY = [(name, *look) for name in PAGES for look in LOOKS]
ONCE = [(name, *LOOKS[i % 2]) for i, name in enumerate(PAGES)]


@pytest.mark.parametrize(("name", "scheme", "viewport"), quick(EVERY, ONCE))
def test_every_page_opens_and_is_accessible(name, scheme, viewport, visit):
    """axe finds no serious violation, the page fits the screen, and its images load."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(f"{name}.html", viewport, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    found = axe.run(page, options=AXE_OPTIONS).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS] == []
    for image in page.locator("img").all() if viewport is PHONE else ():
        image.evaluate("image => { image.loading = 'eager'; return image.decode() }")


def test_tables_sort_and_filter(visit):
    """Tables sort by number in both directions, and filter by words with a count of rows."""
    page = visit("maps.html")
    table = "[aria-label='Every learning rate in a line'] table"
    head = page.locator(f"{table} thead th").nth(2)
    for order, sign in (("ascending", 1), ("descending", -1)):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == order
        cells = page.locator(f"{table} tbody td:nth-child(3)").all()
        given = [c.get_attribute("data-value") for c in cells]
        numbers = [sign * float(value) for value in given if value]
        assert numbers == sorted(numbers)
        assert len(numbers) > 50
    page.get_by_label("Only rows with").fill("x² gradient descent")
    shown = page.locator(f"{table} tbody tr:visible")
    assert shown.count() == 1
    assert "Gradient descent" in shown.inner_text()
    assert "1 of" in page.get_by_role("status").inner_text()


def test_a_deep_link_shows_its_row(visit):
    """A link to a row scrolls to it and marks it; a malformed one causes no error."""
    page = visit("maps.html#lr-x_cos-gd")
    row = page.locator("#lr-x_cos-gd")
    assert row.evaluate("row => row.matches(':target')")
    box = row.bounding_box()
    assert -1 <= box["y"] < WIDE["height"]
    visit("maps.html#%E0%A4%A")


# Records the colour scheme when the body begins to exist, before anything is painted.
AT_FIRST = """new MutationObserver((_, observer) => {
    if (!document.body) return;
    window.atFirst = document.documentElement.dataset.scheme;
    observer.disconnect();
}).observe(document, { childList: true, subtree: true })"""


def test_the_button_chooses_the_colours(visit):
    """The chosen colours persist from page to page, and apply before the first paint."""
    page = visit("index.html", color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    for _ in range(2):
        page.locator("#scheme").click()
    assert page.locator("#scheme").inner_text() == "Colours: dark"
    page.add_init_script(AT_FIRST)
    page.get_by_role("link", name="Figures", exact=True).click()
    page.wait_for_url("**/figures.html")
    assert page.evaluate("window.atFirst") == "dark"
    assert page.evaluate(background) == "rgb(22, 24, 28)"
    assert page.locator("#scheme").inner_text() == "Colours: dark"


def test_the_explorer_steps_and_compares(visit):
    """The explorer responds to keys, its slider and its URL, and shows a second run."""
    page = visit("explorer.html#problem=square&a=gd,0.2,numpy:cpu&step=2")
    row = page.locator("#readout tbody tr").nth(0)
    assert page.locator("#step").input_value() == "2"
    assert "3.6" in row.inner_text()  # 10 (1 - 2 lr)^2
    page.keyboard.press("ArrowRight")
    assert page.locator("#step").input_value() == "3"
    assert "2.16" in row.inner_text()
    page.locator("#step").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    assert page.locator("#step").input_value() == "0"
    page.locator("#step").fill("7")
    assert "0.2799" in row.inner_text()
    page.locator("#b-optimizer").select_option("gd")
    page.locator("#b-rate").select_option("0.5")
    assert "part" in page.locator("#difference").inner_text()
    assert page.locator("#readout tbody tr").count() == 2
    page.wait_for_function("location.hash.includes('b=gd,0.5')")
    page.locator("#problem").select_option("quadratic")
    assert page.locator("#plot .level").count() > 5
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


WALKS = {  # the text of a link on the first page, and a pattern of the row it leads to
    "why -1.528166": ("Why do backends print other digits", rf"{GOLDEN}.*part at step 2"),
    "the slowest against its peer": (
        "What is furthest behind its peer?",
        r"gd, n = 10.*naive numpy\s+2\.00",
    ),
    "where gradient descent diverges": ("From which learning rate", r"Gradient descent.*1\.0000"),
}


@pytest.mark.parametrize("walk", WALKS)
def test_a_visitor_finds_it_in_one_click(walk, visit):
    """A question on the first page links to the row that answers it."""
    words, found = WALKS[walk]
    page = visit("index.html")
    link = page.get_by_role("link", name=re.compile(re.escape(words))).first
    leads_to = link.get_attribute("href")
    link.click()
    page.wait_for_url(f"**/{leads_to}")
    target = page.locator(":target")
    assert re.search(found, target.inner_text(), re.DOTALL)
    assert target.bounding_box()["y"] < WIDE["height"]


def test_the_pages_are_light(site):
    """The first page with its assets is below 1 MB, the whole report below 15 MB."""
    loaded = ("index.html", "assets/scheme.js", "assets/report.css", "assets/report.js")
    assert sum((site / name).stat().st_size for name in loaded) < 1e6
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 15e6
