"""Claim: the pages say at once whether all is right, and if not, what exactly fails."""

import pytest

from reports.words import slug
from tests.helpers.browsing import PHONE, WIDE, brightness
from tests.helpers.results import FALSE, GOLDEN, WRONG


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_failure_is_on_the_first_screen(viewport, visit):
    """What failed, where, expected and got, the share of the bound, and the command."""
    page = visit("index.html", viewport)
    first, second, third = page.locator("#failed > .failure").all()
    assert page.locator("#failed details .failure").count() == 1
    assert first.bounding_box()["y"] < viewport["height"] * 0.6
    for part in (WRONG["case"], "torch:cpu, float64, eager", "x1, vm", "0.5003", "0.5125", "1.22"):
        assert part in first.inner_text()
    assert "nox -s tests -- tests/test_some.py::test_vm" in first.inner_text()
    assert first.locator("mark").inner_text() == "125"
    assert GOLDEN in second.inner_text()
    assert "Bowls are round" in third.inner_text()


ELSEWHERE = ("speed", "regressions", "versions", "machines")  # other crosses than failed checks


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_failure_leads_to_its_row(viewport, visit):
    """The links of a failure, and of the summary's crosses, lead to rows that show a cross."""
    links = visit("index.html").locator(".failure h3 a, .points li:has(.bad) a")
    pages = {link.get_attribute("href") for link in links.all()}
    pages = {page for page in pages if not page.startswith(ELSEWHERE)}
    assert {page.split("#")[0] for page in pages} == {"accuracy.html", "goldens.html"}
    for page in pages:
        target = visit(page, viewport).locator(":target")
        assert "✗" in target.inner_text()
        cross = target.locator(".bad").first.bounding_box()
        assert 0 <= cross["x"] <= viewport["width"] - cross["width"]
        assert 0 <= cross["y"] <= viewport["height"]


def test_the_accuracy_page_begins_with_the_run_nearest_to_its_bound(visit):
    """Its first sentence and the first line of its first table name the worst run."""
    page = visit("accuracy.html")
    row = page.locator("#nearest ~ .scroll tbody tr").first
    for text in (page.locator(".verdict").inner_text(), row.inner_text()):
        for part in (WRONG["case"], "torch:cpu, float64, eager", "1.2"):
            assert part in text
    assert "✗" in row.inner_text()
    assert row.bounding_box()["y"] < WIDE["height"]


def test_a_column_in_order_is_turned_by_the_first_click(visit):
    """A click on a column that is in ascending order already sorts it in descending order."""
    page = visit("systems.html")
    table = page.locator("table").first
    before = table.locator("tbody th").all_inner_texts()
    table.locator("thead button").first.click()
    assert table.locator("tbody th").all_inner_texts() == before[::-1]
    assert table.locator("thead th").first.get_attribute("aria-sort") == "descending"


def test_a_table_that_goes_on_has_a_shadow(visit):
    """The edge beyond which a table scrolls is darker, and no longer so at its end."""
    page = visit("goldens.html#claims", PHONE, color_scheme="light")
    region = page.locator("[aria-label='Claims']")
    region.evaluate("region => region.scrollIntoView({block: 'end'})")
    box = region.bounding_box()
    right = box["width"] - 4
    assert brightness(page, box, right) < brightness(page, box, 4) - 20
    region.evaluate("region => { region.scrollLeft = 10000 }")
    assert brightness(page, box, right) > brightness(page, box, 4) + 20


def test_all_targets_fit_a_phone(visit):
    """The columns of every target are in view on a phone."""
    page = visit("goldens.html", PHONE)
    for table in page.locator("[aria-label^='Printed texts'] table").all():
        box = table.locator("thead th").last.bounding_box()
        assert box["x"] + box["width"] <= PHONE["width"]


def test_a_false_claim_is_the_documents_mistake(visit):
    """That a document is wrong is no cross: a cross is a failure of ours."""
    row = visit(f"goldens.html#{slug(FALSE)}").locator(":target")
    assert "the document is wrong; we confirm it" in row.inner_text()
    assert "✗" not in row.inner_text()


def test_the_outline_of_a_target_is_clear_of_its_text(visit):
    """The outline of an article that a link names is drawn around it."""
    article = visit(f"goldens.html#{slug(GOLDEN)}").locator(":target")
    style = article.evaluate("a => getComputedStyle(a).outlineOffset")
    assert float(style.removesuffix("px")) > 0
    assert article.bounding_box()["y"] > 3
