"""Text for counts, quantities and cases, and ids for URLs and file names."""

import math
import re
from typing import Any

from reference import Case

SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def slug(text: str) -> str:
    """Turn any text into an id or a file name."""
    return re.sub(r"\W+", "-", text).strip("-").lower()


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is 1."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sentence(words: str) -> str:
    """Words with a capital letter at the beginning and a full stop at the end."""
    return f"{words[:1].upper()}{words[1:]}."


def quantity(value: float, unit: str) -> str:
    """A value as text; seconds are scaled to s, ms, µs or ns."""
    if math.isnan(value):
        return ""
    if unit != "seconds":
        return f"{value:.4g}"
    scale, name = next((s for s in SECONDS if abs(value) >= s[0]), SECONDS[-1])
    return f"{value / scale:.3g} {name}"


def digits(value: float, count: int = 3) -> str:
    """A value with so many significant digits, zeros included."""
    return f"{value:#.{count}g}".rstrip(".")


def short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(short, value))})"
    return str(value)


def describe(case: Case) -> str:
    """A case in one line: optimizer, problem, parameters, start, steps and dtype."""
    chosen = {**case.params, **case.hyper}
    words = [f"{case.spec.title} on {case.problem.title}"]
    words += [f"{name} = {short(value)}" for name, value in chosen.items()]
    words += [f"from {short(case.start_point.tolist())}", f"at most {case.steps} steps", case.dtype]
    return ", ".join(words if case.stop else [w.removeprefix("at most ") for w in words])
