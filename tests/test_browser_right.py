"""Claim: the pages say at once whether all is right, and if not, what exactly fails."""

import pytest

from tests.helpers.browsing import PHONE, WIDE
from tests.helpers.results import GOLDEN, WRONG


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_failure_is_on_the_first_screen(viewport, visit):
    """What failed, where, expected and got, the share of the bound, and the command."""
    page = visit("index.html", viewport)
    first, second, third = page.locator(".failure").all()
    assert first.bounding_box()["y"] < viewport["height"] * 0.6
    for part in (WRONG["case"], "torch:cpu, float64, eager", "x1, vm", "0.5003", "0.5125", "1.22"):
        assert part in first.inner_text()
    assert "nox -s tests -- tests/test_some.py::test_vm" in first.inner_text()
    assert first.locator("mark").inner_text() == "125"
    assert GOLDEN in second.inner_text()
    assert "Bowls are round" in third.inner_text()


def test_a_failure_leads_to_its_row(visit):
    """The links of a failure, and of the summary's crosses, lead to rows that show a cross."""
    links = visit("index.html").locator(".failure h3 a, .points li:has(.bad) a")
    pages = {link.get_attribute("href") for link in links.all()} - {"speed.html"}
    assert {page.split("#")[0] for page in pages} == {"accuracy.html", "goldens.html"}
    for page in pages:
        target = visit(page).locator(":target")
        assert "✗" in target.inner_text()
        assert target.bounding_box()["y"] < WIDE["height"]
