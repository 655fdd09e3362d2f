"""Claim: a visitor keeps the thread: heads stay, pages are found, marks have their meaning."""

from contextlib import closing

import pytest

from reports.build import FOLDER, GROUPS, PAGES, templates
from reports.cells import PeerCell, TapeCell
from reports.pages import formulas, grids
from reports.read.results import Results
from tests.helpers.browsing import PHONE, WIDE, brightness

VIEWS = pytest.mark.parametrize("view", [WIDE, PHONE], ids=["wide", "phone"])
# Of every table that is higher than the window: its middle row is scrolled to, as by a link, and
# the places of the first head and of that row are returned, with what is painted on the head.
HEADS = """() => [...document.querySelectorAll(".scroll table")]
    .filter((table) => table.tHead && table.offsetHeight > innerHeight)
    .reduce(async (before, table) => {
        const found = await before;
        const row = table.tBodies[0].rows[table.tBodies[0].rows.length >> 1];
        row.scrollIntoView();
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        const head = table.tHead.rows[0].cells[0].getBoundingClientRect();
        const painted = document.elementFromPoint(head.left + 5, head.top + head.height / 2);
        return [...found, {
            name: table.closest(".scroll").getAttribute("aria-label"),
            top: head.top,
            bottom: head.bottom,
            row: row.getBoundingClientRect().top,
            shown: table.tHead.contains(painted),
        }];
    }, [])"""
DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


@VIEWS
@pytest.mark.parametrize("name", ["maps", "systems", "regressions", "accuracy", "goldens"])
def test_the_head_of_a_long_table_stays(name, view, visit):
    """Wherever one is in a table, its head is in view, and above the row that a link names."""
    page = visit(f"{name}.html", view)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    found = page.evaluate(HEADS)
    assert found or name not in ("maps", "systems")
    for each in found:
        assert each["shown"], each
        assert each["top"] > -1, each  # scrolling goes by whole pixels
        assert each["bottom"] <= each["row"] + 0.5, each
        assert each["bottom"] < view["height"] / 2, each


@VIEWS
def test_a_link_shows_its_row_below_the_head(view, visit):
    """The row that the address names, and a link that gets the focus, are not under the head."""
    page = visit("maps.html#lr-x_cos-gd", view)
    table = page.locator("[aria-label='Every learning rate in a line'] table")
    head = table.locator("thead th").first
    target = page.locator(":target")
    for _ in range(2):
        page.evaluate(DRAWN)
        box = head.bounding_box()
        assert box["y"] >= -1
        assert box["y"] + box["height"] <= target.bounding_box()["y"] + 0.5
        assert target.bounding_box()["y"] < view["height"]
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        target = table.locator("tbody a").nth(12)
        target.focus()


def test_a_wide_table_scrolls_to_both_sides_below_its_head(visit):
    """On a phone the head goes sideways with its columns, and stays at the top."""
    page = visit("maps.html#lr-x_cos-gd", PHONE)
    region = page.locator("[aria-label='Every learning rate in a line']")
    region.evaluate("region => { region.scrollLeft = 10000 }")
    page.evaluate(DRAWN)
    head = region.locator("thead th").last.bounding_box()
    cell = page.locator(":target td").last.bounding_box()
    assert abs(head["x"] - cell["x"]) < 1
    assert head["x"] + head["width"] <= PHONE["width"]
    assert -1 < head["y"] < cell["y"]  # a part of a pixel is not seen


def test_a_picture_that_goes_on_has_a_shadow(visit):
    """On a phone the edge beyond which a picture scrolls is darker, and no longer so at its end."""
    page = visit("accuracy.html", PHONE, color_scheme="light")
    region = page.locator(".picture:not(:has(.shrinks))").first
    region.evaluate("region => region.scrollIntoView({block: 'end'})")
    assert region.evaluate("region => region.scrollWidth > region.clientWidth")
    box = region.bounding_box()
    right = box["width"] - 4
    assert brightness(page, box, right) < brightness(page, box, 4) - 20
    region.evaluate("region => { region.scrollLeft = 10000 }")
    assert brightness(page, box, right) > brightness(page, box, 4) + 20


ROWS = """() => {
    const rows = {};
    for (const { offsetTop, offsetLeft, offsetWidth } of document.querySelectorAll("header nav a"))
        rows[offsetTop] = Math.max(rows[offsetTop] ?? 0, offsetLeft + offsetWidth);
    const left = document.querySelector("header nav ul").offsetLeft;
    return Object.values(rows).map((right) => right - left);
}"""


WIDTHS = 320, 390, 600, 768, 1024, 1200, 1280, 1440


def test_no_page_stands_alone_in_the_navigation(visit):
    """The lines of the navigation are about as long as each other, at every width."""
    page = visit("index.html")
    groups = page.locator("header nav .group")
    assert groups.all_inner_texts() == list(GROUPS)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        rows = page.evaluate(ROWS)
        assert min(rows) > 0.4 * max(rows), (width, rows)
        assert all(group.is_visible() for group in groups.all()), width
        assert width < WIDE["width"] or len(rows) <= 1 + (len(PAGES) > 12), (width, rows)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_documents_mistake_has_its_own_colour(scheme, visit):
    """A false claim is neither green nor red, stands first, and its mark is in a legend."""
    page = visit("goldens.html#claims", color_scheme=scheme)
    claims = page.locator("[aria-label='Claims'] tbody tr")
    colour = "element => getComputedStyle(element).color"
    others = {page.locator(f".{name}").first.evaluate(colour) for name in ("good", "bad")}
    assert claims.first.locator(".false").inner_text().startswith("!")
    shown = claims.first.locator(".false").evaluate(colour)
    assert shown not in {*others, page.locator("body").evaluate(colour)}
    legend = page.locator("dl.legend:has(dt.false)")
    assert legend.locator("dt.false").inner_text() == "!"
    assert "the document is wrong" in legend.inner_text()


def test_asv_pages_opened_as_files_say_what_to_type(browser, site):
    """Without a server and a network asv's first page is one that names the command, in style."""
    with closing(browser.new_context(offline=True)) as context:
        page = context.new_page()
        page.goto(f"{site.as_uri()}/asv/index.html")
        page.wait_for_url("**/asv/error.html")
        assert "nox -s preview" in page.locator("main").inner_text()
        page.get_by_role("link", name="Report").click()
        page.wait_for_url("**/html/index.html")


def test_asv_pages_are_found_in_two_clicks(visit):
    """The first page asks where they are; the answer and its link have the command."""
    page = visit("index.html")
    card = page.locator(".cards li", has_text="Where are asv's own pages?")
    assert "nox -s preview" in card.inner_text()
    card.get_by_role("link").click()
    page.wait_for_url("**/speed.html#asv")
    assert "nox -s preview" in page.locator(":target").inner_text()
    assert page.locator(":target").bounding_box()["y"] < WIDE["height"]


def _checked(kind):
    """As many cells of a kind as a machine with three frameworks records."""
    passed = {"outcome": "passed", "ratio": 0.086, "dtype": "float64"}
    if kind == "peer":
        ours = "lr=0.1, beta1=0.8, beta2=0.95, eps=0.001, eps_hat=True, weight_decay=0.1"
        found = [{"peer": f"library.Adam{i}", "ours": f"{ours}, k={i}"} for i in range(80)]
        return [PeerCell(optimizer="adam", target="jax:cpu", **passed, **each) for each in found]
    ways = ("compiled", "eager", "from a state", "many parameters", "sweep", "updater")
    found = [{"way": way, "dtype": dtype} for way in ways for dtype in ("float32", "float64")]
    return [
        TapeCell(**{**passed, "optimizer": "sign_descent", "target": target, **each})
        for target in ("jax:cpu", "numpy:cpu", "torch:cpu")
        for each in found
    ][:26]


def test_the_words_are_explained_once(visit, site):
    """Every page leads to the words; each has a meaning and a place that shows what it names."""
    page = visit("accuracy.html")
    page.get_by_role("link", name="What the words mean").click()
    page.wait_for_url("**/index.html#words")
    shown = page.locator("dl.words dt").all_inner_texts()
    assert {"horizon", "tape", "ulp", "system", "000/xcos_gd_2"} <= set(shown)
    for link in page.locator("dl.words a").all():
        name, _, anchor = link.get_attribute("href").partition("#")
        assert not anchor or f'id="{anchor}"' in (site / name).read_text()


def _shown(browser, table, view):
    """The region of a table in a page with the report's look and script."""
    page = browser.new_page(viewport=view)
    page.set_content(f"<!DOCTYPE html><main>{table}</main>")
    page.add_style_tag(path=FOLDER / "assets/report.css")
    page.add_script_tag(path=FOLDER / "assets/report.js")  # the heads become buttons
    return page.locator(".scroll")


@pytest.mark.parametrize("kind", ["peer", "tape"])
def test_the_tables_of_accuracy_fit_a_page(kind, browser):
    """However many libraries and ways there are, all columns are in view."""
    grid = grids.grid(Results(cells=_checked(kind)), kind)
    region = _shown(browser, templates().get_template("grid.html").module.shown(grid), WIDE)
    assert region.locator("tbody tr").count() == (80 if kind == "peer" else 1)
    assert region.evaluate("region => region.scrollWidth - region.clientWidth") <= 0


@VIEWS
def test_which_formula_is_whose_fits_a_page(view, browser):
    """No column is out of view, and no row is tall for the sake of one."""
    theirs = "learning_rate=0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-3, weight_decay=0.1, "
    theirs += "clipnorm=1.0, amsgrad=True, which takes the largest second moment so far"
    cells = _checked("peer")
    for cell in cells:
        cell.theirs, cell.source = theirs, "keras/src/optimizers/adam.py"
        cell.strays = "strays from its own formula by 1.1e+06 times the bound, from step 1 on"
    sheets = {"formulas": formulas.frame(Results(cells=cells))}
    parts = templates().get_template("parts.html").make_module({"sheets": sheets})
    page = (FOLDER / "templates/optimizers.html").read_text()
    call = page[page.index('parts.plain("formulas"') :].split("}}")[0]
    region = _shown(browser, templates().from_string(f"{{{{ {call} }}}}").render(parts=parts), view)
    assert region.evaluate("region => region.scrollWidth - region.clientWidth") <= 0
    if view == WIDE:
        assert region.locator("tbody tr").first.bounding_box()["height"] < 190
