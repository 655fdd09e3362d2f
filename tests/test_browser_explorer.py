"""Claim: figures, maps and the explorer show what they say, legibly, on every screen."""

import pytest

from tests.helpers.browsing import PHONE, WIDE


@pytest.mark.parametrize("view", [WIDE, PHONE])
@pytest.mark.parametrize(
    "link", ["maps.html#basins-x_cos", "figures.html#trace_002_xcos_newton_0.5"]
)
def test_a_link_to_a_figure_shows_it(link, view, visit):
    """A figure is where its link leads, before and after the pictures above it have loaded."""
    page = visit(link, view)
    page.wait_for_timeout(500)
    heading = page.locator(":target h3").bounding_box()
    assert -1 <= heading["y"] < view["height"]


def test_pictures_keep_their_size(visit):
    """No picture is shrunk, so that its text stays readable; on a phone it scrolls."""
    for view in (WIDE, PHONE):
        for image in visit("maps.html", view).locator(".picture img").all():
            assert image.bounding_box()["width"] == float(image.get_attribute("width"))
