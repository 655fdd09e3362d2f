"""asv's own pages, as the report has them."""

from pathlib import Path


def index(pages: Path) -> str:
    """The first of asv's own pages, with a way back to ours at the start of its navigation."""
    text = (pages / "index.html").read_text(encoding="utf-8")
    back = '<li><a href="../index.html">Report</a></li>'
    return text.replace('<li id="nav-li-"', f'{back}<li id="nav-li-"', 1)
