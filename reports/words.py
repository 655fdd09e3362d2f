"""Words for addresses."""

import re


def slug(text: str) -> str:
    """Make an id or a file's name of any text."""
    return re.sub(r"\W+", "-", text).strip("-").lower()
