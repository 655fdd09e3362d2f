"""Mark the digits in which two printed texts differ."""

import re
from difflib import SequenceMatcher

from markupsafe import Markup, escape

SPACE_OR_TOKEN = r"\s+|[\w.]+|[^\w\s.]"


def mark(expected: str, found: str) -> Markup:
    """Escape ``found``, and mark in every number the digits that differ from ``expected``."""
    tokens = re.findall(SPACE_OR_TOKEN, found)
    visible = [i for i, token in enumerate(tokens) if not token.isspace()]
    wanted = [token for token in re.findall(SPACE_OR_TOKEN, expected) if not token.isspace()]
    shown: list[str] = [escape(token) for token in tokens]
    matcher = SequenceMatcher(None, wanted, [tokens[i] for i in visible], autojunk=False)
    for op, i, j, a, b in matcher.get_opcodes():
        if op != "equal":
            old = wanted[i:j] if j - i == b - a else [""] * (b - a)
            for place, before in zip(visible[a:b], old, strict=True):
                shown[place] = _differing(before, tokens[place])
    return Markup("").join(shown)


def _differing(old: str, new: str) -> Markup:
    """Mark ``new`` from its first differing character, or all of it if ``old`` begins with it."""
    same = next((i for i, (p, q) in enumerate(zip(old, new, strict=False)) if p != q), len(old))
    same = same if same < len(new) else 0
    return Markup("{}<mark>{}</mark>").format(new[:same], new[same:])
