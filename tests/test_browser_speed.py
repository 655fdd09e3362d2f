"""Claim: the speed page calls winners, marks outliers and shows asv's pages, in a real browser."""

import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest

from tests.helpers.browsing import PHONE, WIDE
from tests.helpers.recipes import ROOT

UPDATES = "#speed-updates-update-time_steps-vm-adadelta"


def _cell(page, size, column):
    """The cell of a target; before the first stand the size and the least."""
    return page.locator(f"{UPDATES}-{size} td").nth(column + 2)


@pytest.mark.parametrize("view", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_least_is_in_view(view, visit):
    """A link to a row shows which target is the fastest, without scrolling sideways."""
    page = visit(f"speed.html{UPDATES}-10", view)
    least = _cell(page, 10, -1)
    assert "numpy:cpu" in least.inner_text()
    box = least.bounding_box()
    assert box["x"] + box["width"] <= view["width"]
    assert 0 <= box["y"] < view["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_time_has_its_interval_and_an_outlier_is_marked(scheme, visit):
    """A cell has the time of an update, its interval and samples; a disturbed one is marked."""
    page = visit("speed.html", color_scheme=scheme)
    assert "Time of an update" in page.locator(f"table:has({UPDATES}-10) caption").inner_text()
    assert _cell(page, 10, 1).inner_text().split("\n") == ["8 µs", "7.2 µs to 8.8 µs, 20 samples"]
    marked = _cell(page, 10000, 2)
    assert "times its neighbours" in marked.inner_text()
    assert marked.locator("mark").inner_text() == "15.8 ms"
    assert page.locator(f"{UPDATES}-10000 strong").count() == 0


def test_only_a_clear_winner_is_bold(visit):
    """numpy's update of few parameters is clearly the fastest; of many, torch's is too near."""
    page = visit("speed.html", PHONE)
    assert page.locator(f"{UPDATES}-10 strong").all_inner_texts() == ["8 µs"]
    assert page.locator(f"{UPDATES}-10000000 strong").count() == 0


def test_the_roofline_sorts_by_share(visit):
    """Every large update has its GB/s and its share; they sort by number."""
    page = visit("speed.html#roofline")
    table = page.locator("[aria-label='What memory allows'] table")
    table.get_by_role("button", name="Share").click()
    shares = table.locator("tbody tr td:last-child").all_inner_texts()
    numbers = [float(share.split()[0]) for share in shares]
    assert numbers == sorted(numbers)
    assert len(numbers) == 6


@contextmanager
def _served(folder):
    """The address of a report that is served as `nox -s preview` does."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = (sys.executable, "-m", "asv", "preview", "--html-dir", folder, "--port", str(port))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([*map(str, command)], cwd=ROOT, **quiet)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with closing(socket.socket()) as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def test_asv_pages_open_where_they_can_be_read(visit, browser, site):
    """From the file system the page says what to type; served, it leads to them and back."""
    words = visit("speed.html").locator("#asv")
    assert words.get_by_role("link").count() == 0
    assert "nox -s preview" in words.inner_text()
    assert "at that address with /asv/index.html after it" in words.inner_text()
    with _served(site) as address, closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(f"{address}/speed.html")
        page.locator("#asv").get_by_role("link").click()
        page.wait_for_url(f"{address}/asv/index.html")
        page.get_by_role("link", name="Report").click()
        page.wait_for_url(f"{address}/index.html")
        assert page.get_by_role("link", name="Speed").count() > 0


def test_times_come_first_and_outliers_are_counted(visit):
    """The first table is of times, its sizes are readable, and the page says how many it marks."""
    page = visit("speed.html")
    caption = page.locator("table caption").first.inner_text()
    assert caption.startswith("Time")
    words = page.locator("main").inner_text()
    marked = page.locator("td mark").count()
    assert f"{marked} time{'s' if marked != 1 else ''} on this page" in words
    assert page.get_by_text("10,000,000", exact=True).count()
