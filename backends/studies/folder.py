"""What is in the folder of a study besides the parts, and their names."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reference import Invalid

ABOUT = "_study.json"  # readers of Parquet leave out names that begin with _ or .
RUNNING = "_running.json"
PARTS = "part-*.parquet"


def about_study(folder: Path) -> dict[str, Any]:
    """Read what a folder says of its study; raises `reference.Invalid` if it has none."""
    try:
        found: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError):
        raise Invalid(f"{folder}: expected a folder with the results of a study") from None


def files(folder: Path) -> Iterator[Path]:
    """Return the files of the parts there are, in the order of the study."""
    yield from sorted(folder.glob(PARTS))
