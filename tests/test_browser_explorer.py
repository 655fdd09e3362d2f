"""Claim: figures, maps and the explorer show what they say, legibly, on every screen."""

import pytest

from reports.pages.explorer import GUIDES
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


SMALLEST = 0.7  # of its size, at which a picture's text can be read


def test_pictures_keep_their_size(visit):
    """No picture is shrunk by much, so that its text stays readable; on a phone it scrolls, unless
    it is only a little too wide.
    """
    for view in (WIDE, PHONE):
        for image in visit("maps.html", view).locator(".picture img").all():
            width, whole = image.bounding_box()["width"], float(image.get_attribute("width"))
            if view is PHONE and "shrinks" in (image.get_attribute("class") or ""):
                assert width <= view["width"]
                assert width > SMALLEST * whole
            else:
                assert width == whole


def _status(page, run=0):
    return page.locator("#readout tbody tr").nth(run).locator("td").last.inner_text()


def _explore(visit, state, view=WIDE):
    return visit(f"explorer.html#{state}", view)


def test_the_view_holds_the_run(visit):
    """Every point of a run that goes past the window is drawn, and what goes too far is counted."""
    page = _explore(visit, "problem=ravine&a=momentum,0.1,numpy:cpu&step=40")
    assert page.locator("#runs circle").count() == 41 + 1  # a ring stands around the last
    assert "outside" not in page.locator("#difference").inner_text()
    page = _explore(visit, "problem=square&a=gd,1.1,numpy:cpu&step=40")
    assert "34 of the 41 points of A lie outside" in page.locator("#difference").inner_text()
    assert _status(page).endswith("outside the plot")


def test_it_shows_every_setting(visit):
    """All hyperparameters, the function's constants and the documents' rates are there."""
    page = _explore(visit, "problem=ravine&a=momentum,0.1,numpy:cpu")
    assert "momentum = 0.9" in page.locator("#key-a").inner_text()
    assert "weight_decay = 0" in page.locator("#others").text_content()
    assert "weight_decay" not in page.locator("#key-a").inner_text()
    assert page.locator("#formula").inner_text() == "z1² + 0.05 z2², z = x turned by 45°"
    page.locator("#problem").select_option("x_cos")
    assert "c = 0.4712" in page.locator("#formula").inner_text()
    page.locator("#problem").select_option("square")
    assert {"1", "1.1", "2"} < set(page.locator("#a-rate option").all_inner_texts())


def test_it_names_a_maximum(visit):
    """Where Newton's method ends uphill, the curvature is negative, and the status says so."""
    page = _explore(visit, "problem=x_cos&a=newton,1,numpy:cpu&b=gd,0.1,numpy:cpu&step=20")
    a, b = page.locator("#readout tbody tr").all_inner_texts()
    assert "26.834" in a
    assert "-6.015" in a
    assert a.endswith("near a maximum")
    assert b.endswith("near a minimum")
    page.locator("#step").fill("0")
    assert page.locator("#readout tbody tr").first.inner_text().endswith("has not converged")


def test_it_tells_an_overflow(visit):
    """A run whose numbers overflowed says at which step."""
    page = _explore(visit, "problem=square&a=gd,10,numpy:cpu&step=40")
    assert "overflowed at step" in page.locator("#readout tbody").inner_text()


def test_the_values_are_plotted_against_the_step(visit):
    """The second plot has a line for each run, and a marker at every step so far."""
    page = _explore(visit, "problem=square&a=gd,0.2,numpy:cpu&b=adam,0.2,numpy:cpu&step=5")
    assert page.locator("#values circle").count() == 6 + 1
    assert page.locator("#values rect:not(.frame)").count() == 6 + 1 + 1  # and the clip path's
    assert page.locator("#values").get_by_text("1e\N{MINUS SIGN}10", exact=True).count() == 1


def test_the_guide_leads_to_runs_and_explains_them(visit):
    """Each link of the guide shows two runs with what is to be seen, until others are chosen."""
    page = visit("explorer.html")
    assert page.locator("#lesson").inner_text() == ""
    for link in page.locator(".guide").all():
        link.click()
        page.wait_for_function("document.getElementById('lesson').textContent")
        assert page.locator("#lesson").inner_text() == link.get_attribute("data-why")
        assert page.locator("#readout tbody tr").count() == 2
        assert page.evaluate("location.hash").startswith(link.get_attribute("href")[:20])
    page.locator("#a-optimizer").select_option("adam")
    assert page.locator("#lesson").inner_text() == ""


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.words)
def test_the_first_page_leads_to_what_the_explorer_explains(guide, visit):
    """The first page tells why, and one click shows it in steps."""
    page = visit("index.html")
    card = page.locator(".cards li", has_text=guide.why)
    card.get_by_role("link").click()
    page.wait_for_url("**/explorer.html#*")
    assert page.locator("#lesson").inner_text() == guide.why


def test_the_plot_is_on_a_phones_first_screen(visit):
    """On a phone the whole plot is seen without scrolling."""
    box = visit("explorer.html", PHONE).locator("#plot").bounding_box()
    assert box["y"] + box["height"] <= PHONE["height"]


def test_unlike_runs_are_not_compared_by_rounding(visit):
    """Two learning rates part, but not by units in the last place."""
    page = _explore(visit, "problem=square&a=gd,0.2,numpy:cpu&b=gd,0.5,numpy:cpu")
    assert page.locator("#difference").inner_text().endswith("part at the first step.")


def test_the_legend_has_the_minimisers_numbers(visit):
    """Each marked minimiser stands in the legend."""
    page = _explore(visit, "problem=square&a=gd,0.2,numpy:cpu")
    assert page.locator("#item-minimiser").inner_text().endswith("minimiser (0)")


def test_the_status_has_the_words_of_the_maps(visit):
    """A run that rises diverges; one that arrives converges from the step on that it stays."""
    page = _explore(visit, "problem=square&a=gd,1.1,numpy:cpu&b=momentum,0.5,numpy:cpu&step=6")
    assert _status(page).startswith("diverges")
    assert _status(page, 1).startswith("has not converged")
    page.locator("#step").fill("1")  # momentum flies through the minimum
    assert _status(page, 1) == "has not converged, near a minimum"
    page.locator("#b-optimizer").select_option("gd")
    page.locator("#b-rate").select_option("0.2")
    page.locator("#step").fill("40")
    assert _status(page, 1) == "converges, near a minimum"
    assert page.locator("#readout thead a").get_attribute("href") == "maps.html#words"


def test_what_jumps_for_ever_has_not_converged(visit):
    """Gradient descent with lr = 1 goes to and fro on the square, to the last step."""
    page = _explore(visit, "problem=square&a=gd,1,numpy:cpu&step=40")
    assert _status(page) == "has not converged"


def test_an_address_that_was_not_recorded_is_told(visit):
    """The page says what of it is not shown, until something is chosen."""
    page = _explore(visit, "problem=square&a=gd,0.123,torch:cpu&b=adabelief,0.1,numpy:cpu&step=1")
    words = page.locator("#missing").inner_text()
    assert words.startswith(
        "Not recorded, and so not shown: learning rate 0.123, torch:cpu of run A; "
    )
    assert "adabelief of" in words
    page.locator("#a-rate").select_option("0.2")
    assert page.locator("#missing").inner_text() == ""
    page = _explore(visit, "problem=square&a=line_search,,numpy:cpu&b=gd,0.2,numpy:cpu&step=1")
    assert page.locator("#missing").inner_text() == ""


def test_it_says_where_the_other_optimizers_are(visit):
    """Optimizers without recorded runs lead to the maps; only the learning rate is chosen."""
    page = visit("explorer.html")
    words = page.locator("#unrecorded").inner_text()
    assert "AdaBelief" in words
    assert "Momentum" not in words
    assert page.locator("#unrecorded a").first.get_attribute("href") == "maps.html#table"
    assert "only the learning rate is chosen" in page.locator("main > p").first.inner_text()


def test_the_lowest_minimum_has_its_own_sign(visit):
    """A ring stands around the lowest of several minima, in the plot and in the legend."""
    page = _explore(visit, "problem=x_cos&a=gd,0.1,numpy:cpu")
    assert page.locator("#plot .best").count() == 1
    words = page.locator("#item-lowest").inner_text()
    assert words == "lowest minimum in view: -26.83, where f(x) = -26.75"
    page.locator("#problem").select_option("square")
    assert page.locator("#plot .best").count() == 0
    assert not page.locator("#item-lowest").is_visible()


def test_the_curve_tells_its_value_and_slope(visit):
    """Below the pointer one reads x, f(x) and the slope of a function of one variable."""
    page = _explore(visit, "problem=square&a=gd,0.2,numpy:cpu")
    box = page.locator("#plot .frame").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 9)
    assert page.locator("#probe").inner_text() == "At x = 0: f(x) = 0, slope 0."


def test_the_choices_follow_the_plot_on_a_phone(visit):
    """What is drawn is chosen right below it, and no number of the run is cut."""
    page = _explore(visit, "problem=square&a=gd,0.2,numpy:cpu&b=adam,0.2,numpy:cpu", PHONE)
    plot, stepper = (page.locator(name).bounding_box() for name in ("#plot", ".stepper"))
    choices = page.locator("#problem").bounding_box()
    assert plot["y"] < choices["y"] < stepper["y"] + stepper["height"] + 80
    assert choices["y"] < page.locator("#values").bounding_box()["y"]
    for cell in page.locator("#readout td").all():
        box = cell.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    readout = page.locator(".readout")
    assert readout.evaluate("region => region.scrollWidth <= region.clientWidth")
