"""Claim: what visitors look for is on the first screen, and fits a phone."""

import pytest

from reports.build import GROUPS
from tests.helpers.browsing import PHONE, WIDE
from tests.helpers.results import WRONG


def test_a_printed_number_is_on_the_first_screen(visit):
    """The table of all numbers begins there, and its filter leaves the row with a number."""
    page = visit("goldens.html")
    table = page.locator("[aria-label='Every number that is printed'] table")
    assert table.bounding_box()["y"] < WIDE["height"] * 0.75
    page.locator(".tools input").first.fill("0.060466")
    shown = table.locator("tbody tr:visible")
    assert 0 < shown.count() < 10
    assert "0.060466" in shown.first.inner_text()


def test_the_navigation_is_grouped(visit):
    """Each page stands in its group's list, after the group's name."""
    nav = visit("index.html").locator("header nav")
    for group, members in GROUPS.items():
        inside = nav.locator(f"li:has(> .group:text-is('{group}')) > ul a")
        assert inside.all_inner_texts() == list(members.values())


def test_a_failure_is_shown_once(visit):
    """The first page has the block of a failure, and no table that repeats it."""
    text = visit("index.html").locator("main").inner_text()
    assert text.count(f"{WRONG['case']} on torch:cpu") == 1
    assert text.count("Bowls are round") == 1


@pytest.mark.parametrize("name", ["optimizers", "check", "index"])
def test_rows_of_long_texts_are_cards_on_a_phone(name, visit):
    """No cell is off the screen, and none leaves a tall empty row beside it."""
    page = visit(f"{name}.html", PHONE)
    tables = page.locator("table.stacked").all()
    assert tables
    for table in tables[:5]:
        for cell in table.locator("tbody tr").first.locator("th, td").all():
            box = cell.bounding_box()
            if box is not None:  # an empty one is left out
                assert box["x"] + box["width"] <= PHONE["width"]


def test_small_pictures_fit_a_phone(visit):
    """They shrink with their text to the screen's width, and need no scrolling."""
    page = visit("figures.html", PHONE)
    for region in page.locator(".picture:has(.shrinks)").all()[:5]:
        assert region.evaluate("region => region.scrollWidth <= region.clientWidth + 1")


def test_a_figure_has_an_anchor(visit):
    """Its heading is a link to itself."""
    page = visit("maps.html")
    for heading in page.locator("figure h3").all()[:5]:
        here = heading.locator("xpath=..").get_attribute("id")
        assert heading.get_by_role("link").get_attribute("href") == f"#{here}"


def test_exact_and_got_stand_unbroken_below_each_other(visit):
    """Two lines of one cell, so that digits are compared by eye."""
    page = visit("check.html")
    cell = page.locator("[aria-label='What is wrong in other libraries'] td.text").first
    style = "cell => cell.offsetHeight / parseFloat(getComputedStyle(cell).lineHeight)"
    assert cell.evaluate(style) < 3
