"""The values of a study's file: keys, lists, ranges and starts, checked."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from backends.studies.grids import Starts
from reference import Case, Invalid, Unknown
from reference.arrays import Floats
from reference.errors import choose, shown
from reference.parameters import real_numbers

KEYS = {
    "study": ("name", "memory", "targets", "cases"),
    "case": (
        *("optimizers", "problem", "params", "hyper", "starts", "steps", "dtype", "stop", "batch"),
        *("targets", "derivatives"),
    ),
    "range": ("from", "to", "count", "scale"),
    "starts": ("axes",),
}
SCALES = ("linear", "log")
MOST_VALUES = 10**6  # of a list: what a part carries
DIGITS = 12  # of numbers spaced by a logarithm, so that every machine has the same


def check_keys(kind: str, given: Mapping[str, Any]) -> None:
    for key in given:
        if key not in KEYS[kind]:
            raise Unknown(f"key of a {kind}", key, KEYS[kind])


def listed(name: str, given: object) -> list[Any]:
    if not isinstance(given, (list, tuple)) or not given:
        raise Invalid(f"{name} = {shown(given)}: expected a list of one or more")
    return list(given)


def numbers(name: str, given: object) -> Any:
    """Return the numbers of a list, or of a range ``{from, to, count, scale}``."""
    if not isinstance(given, Mapping):
        found = listed(name, given)
        if len(found) > MOST_VALUES:
            raise Invalid(f"{name}: {len(found):,} numbers: expected at most {MOST_VALUES:,}")
        return found
    check_keys("range", given)
    try:
        ends, count = (float(given["from"]), float(given["to"])), given["count"]
        scale = choose("scale", given.get("scale", "linear"), SCALES)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, Unknown):
            raise
        raise Invalid(f"{name} = {shown(dict(given))}: expected numbers from, to, count") from None
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_VALUES:
        raise Invalid(
            f"{name}: count = {shown(count)}: expected a whole number from 1 to {MOST_VALUES:,}"
        )
    if not all(map(math.isfinite, ends)) or (scale == "log" and min(ends) <= 0):
        kind = "positive" if scale == "log" else "finite"
        raise Invalid(f"{name}: from = {ends[0]}, to = {ends[1]}: expected {kind} numbers")
    return _spaced(*ends, count, scale)


def _spaced(first: float, last: float, count: int, scale: str) -> Floats:
    if scale == "linear":
        return np.linspace(first, last, count)
    found = np.geomspace(first, last, count)
    return np.array([float(f"{x:.{DIGITS}g}") for x in found])


def starts(case: Case, given: object) -> Starts:
    if given is None:
        return Starts((case.start_point[None],), False)
    dimension = len(case.start_point)
    if isinstance(given, Mapping):
        check_keys("starts", given)
        axes = listed("starts.axes", given.get("axes", ()))
        if len(axes) != dimension:
            raise Invalid(f"starts.axes has {len(axes)}: expected {dimension}, one a coordinate")
        names = [f"starts.axes[{i}]" for i in range(dimension)]
        return Starts(
            tuple(_axis(n, a, case.dtype) for n, a in zip(names, axes, strict=True)), True
        )
    x0 = real_numbers("starts", listed("starts", given), case.dtype)
    if x0.ndim != 2 or x0.shape[1] != dimension:
        raise Invalid(f"starts of shape {x0.shape}: expected rows of {dimension} numbers each")
    return Starts((x0,), False)


def _axis(name: str, given: object, dtype: str) -> Floats:
    return real_numbers(name, numbers(name, given), dtype)
