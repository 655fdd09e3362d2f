"""A report of made-up results, and a browser that opens its pages and watches for trouble."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ("--no-sandbox", "--renderer-process-limit=1")  # or each page starts a spare process, too
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def site(folder: Path) -> Path:
    """Build a report of made-up results and recorded runs on numpy in ``folder``, once."""
    from reports.build import build
    from reports.record import record
    from reports.scenes import collect
    from tests.helpers.once import once
    from tests.helpers.results import publish, some, write

    def make() -> None:
        scenes = [collect()[name] for name in ("square", "quadratic", "ravine", "x_cos")]
        paths = record(scenes, ["numpy:cpu"]) | {"partings": some("vm")["paths.json"]["partings"]}
        write(folder, {**some("vm"), "paths.json": paths})
        publish(folder)
        build(folder / "data", folder / "asv", folder / "html")

    return once(folder / "html", make)


@contextmanager
def browser() -> Iterator[Any]:
    """The installed Chromium; without it tests are skipped, unless BROWSER_TESTS=required."""
    if CHROMIUM is None and os.environ.get("BROWSER_TESTS") != "required":
        pytest.skip("no chromium here: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as session:
        found = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@contextmanager
def visits(opened: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """Open pages; afterwards fail on console errors, exceptions and network requests."""
    troubles: list[str] = []
    contexts = []

    def watch(page: Any) -> None:
        page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("requestfailed", lambda r: troubles.append(f"failed: {r.url}"))
        page.on("request", lambda r: troubles.append(r.url) if r.url[:4] == "http" else None)

    def open_page(name: str, viewport: dict[str, int] = WIDE, **options: Any) -> Any:
        contexts.append(opened.new_context(viewport=viewport, **options))
        page = contexts[-1].new_page()
        watch(page)
        page.goto(f"{folder.as_uri()}/{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def brightness(page: Any, box: dict[str, float], x: float) -> float:
    """The mean brightness of a strip at the bottom of a box that begins ``x`` from its left."""
    import numpy as np
    from PIL import Image

    clip = {"x": box["x"] + x, "y": box["y"] + box["height"] - 3, "width": 3, "height": 2}
    return float(np.mean(Image.open(BytesIO(page.screenshot(clip=clip))).convert("L")))
