"""asv's own HTML pages, linked with the report."""

from pathlib import Path


def index(pages: Path) -> str:
    """asv's index.html, with a link to the report added to its navigation."""
    text = (pages / "index.html").read_text(encoding="utf-8")
    back = '<li><a href="../index.html">Report</a></li>'
    return text.replace('<li id="nav-li-"', f'{back}<li id="nav-li-"', 1)
