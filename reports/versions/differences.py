"""What differs between two releases' recordings: texts, and a run's first step and operation."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

import reference
from backends.parting import difference
from backends.tracing import ELEMENTARY, Operation, elements
from reference.digits import Digits
from reports.versions.recorder import VALUES, Bits, Work

POINT, VALUE, LENGTH = "point", "value", "length"
SIDES = ("before", "after")
FIELDS = ("misrounded", "flushed", "error", "got")  # what tells two measurements apart
# JAX's operations that move or select numbers: a release may take others
MOVES = frozenset(
    (
        "broadcast_in_dim",
        "concatenate",
        "convert_element_type",
        "copy",
        "dynamic_slice",
        "expand_dims",
        "gather",
        "reshape",
        "rev",
        "select_n",
        "slice",
        "squeeze",
        "stop_gradient",
        "transpose",
    )
)
EXACT = ELEMENTARY & frozenset(Digits().known())  # functions whose exact result can be had


@dataclass(frozen=True)
class Parted:
    """Where the bits of two recordings of the same work first differ.

    Attributes
    ----------
    what
        "point"; "value" where only the objective's values differ; "length" where one ends earlier.
    step
        The step, counted from 1; 0 is the start.
    numbers
        The first number that differs, in both.
    ulps, last
        How far apart the points are after that step, and in the last common one, in units in the
        last place.
    """

    work: Work
    what: str
    step: int
    numbers: tuple[float, float]
    ulps: float
    last: float

    @property
    def traced(self) -> tuple[Work, int]:
        """The operations to be asked of both releases: a step's, or those of the values."""
        return self.work, VALUES if self.what == VALUE else self.step


@dataclass(frozen=True)
class Cause:
    """Why a step's results differ.

    Attributes
    ----------
    function, arguments, results
        The first operation with different results of the same arguments, as far as it is one; and
        the first of its results that differs, with its arguments.
    correct, errors
        The correctly rounded result, and both errors in units in the last place, of elementary
        functions.
    words
        What is to be said in place of an operation, or beside it.
    """

    function: str = ""
    arguments: tuple[float, ...] = ()
    results: tuple[float, ...] = ()
    correct: float | None = None
    errors: tuple[float, ...] = ()
    words: str = ""


def asked(found: Mapping[Work, Parted]) -> dict[Work, tuple[Work, int]]:
    """Which operations are to be asked of both releases, by the work that they explain.

    A compiled run is explained by the eager one where that differs as early: one operation after
    another can be recorded there only.
    """
    chosen = {}
    for work, parted in found.items():
        eager = found.get(replace(work, mode="eager")) if work.mode == "compiled" else None
        first = eager if eager is not None and eager.step <= parted.step else parted
        if first.what != LENGTH:
            chosen[work] = first.traced
    return chosen


@dataclass(frozen=True)
class Changed:
    """A work whose bits changed: where, why, and how far off both are, in shares of the bound."""

    parted: Parted
    cause: Cause
    ratios: tuple[float | None, ...] = field(default=(None, None))

    def to_dict(self) -> dict[str, Any]:
        """JSON values; numbers that are not finite as texts."""
        known = {**vars(self.parted), "work": str(self.parted.work), "cause": asdict(self.cause)}
        known |= {"subject": self.parted.work.subject, "mode": self.parted.work.mode}
        return dict(plain({**known, "dtype": self.parted.work.dtype, "ratios": self.ratios}))


def plain(value: Any) -> Any:
    """Mappings and sequences as JSON has them; numbers that are not finite as texts."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def differ(one: Any, other: Any) -> Any:
    """Which numbers of two arrays of the same shape differ in a bit; NaN is like NaN."""
    unlike = (one != other) | (np.signbit(one) != np.signbit(other))
    return unlike & ~(np.isnan(one) & np.isnan(other))


def parted(work: Work, before: Bits, after: Bits) -> Parted | None:
    """Where two recordings first differ; None if they are the same bit for bit."""
    sides = (POINT, before.points, after.points), (VALUE, before.values, after.values)
    for what, one, other in sides:
        rows = min(len(one), len(other))
        unlike = differ(one[:rows], other[:rows]).reshape(rows, one[:1].size)
        if unlike.any():
            step = int(unlike.any(axis=1).argmax())
            at = int(unlike[step].argmax())
            numbers = float(one[step].reshape(-1)[at]), float(other[step].reshape(-1)[at])
            apart = [_ulps(one[row], other[row], work.dtype) for row in (step, rows - 1)]
            return Parted(work, what, step, numbers, *apart)
    first, second = len(before.points), len(after.points)
    if first == second:
        return None
    return Parted(work, LENGTH, min(first, second), (float(first - 1), float(second - 1)), 0.0, 0.0)


def _ulps(one: Any, other: Any, dtype: str) -> float:
    with np.errstate(invalid="ignore", over="ignore"):
        unit = np.spacing(np.maximum(np.abs(one), np.abs(other)).astype(dtype))
        apart = np.abs(np.asarray(one, float) - np.asarray(other, float)) / unit
    return float(np.max(apart))


def cause(found: Parted, before: Any, after: Any) -> Cause:
    """The first operation that gives two releases different results of the same arguments.

    Parameters
    ----------
    before, after
        The operations of the step in each release, or the exception in their place.
    """
    for side, operations in zip(SIDES, (before, after), strict=True):
        if isinstance(operations, Exception):
            return Cause(words=f"the step cannot be repeated {side}: {operations}")
    computed = ([o for o in side if o.name not in MOVES] for side in (before, after))
    for one, other in zip(*computed, strict=False):
        if one.name != other.name:
            return Cause(words=f"the operations differ: {one.name} before, {other.name} after")
        if _same(one.inputs, other.inputs) and not _same((one.result,), (other.result,)):
            return _named(one, other, found.work.dtype)
    if found.work.mode != "eager":
        return Cause(words="the code of the whole step; one operation after another, none differs")
    return Cause(words="no recorded operation differs")


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(one) == len(other) and all(
        a.shape == b.shape and a.dtype == b.dtype and not differ(a, b).any()
        if a.dtype.kind == "f"
        else np.array_equal(a, b)
        for a, b in zip(one, other, strict=True)
    )


def _named(one: Operation, other: Operation, dtype: str) -> Cause:
    """The first element of an operation that differs."""
    results = one.result.ravel(), other.result.ravel()
    if one.result.dtype.kind != "f":
        return Cause(words=f"{one.name}, on arrays too large to be kept")
    if len(results[0]) != len(results[1]):
        return Cause(one.name, words=f"{one.name} gives another shape")
    at = int(differ(*results).argmax())
    pair = float(results[0][at]), float(results[1][at])
    element = next((e for e, i in elements(one) if i == at), None)
    if element is None:
        kept = [each for each in one.inputs if each.ndim and each.dtype.kind == "f"]
        shapes = " and ".join(str(each.shape) for each in kept)
        return Cause(one.name, results=pair, words=f"the same arguments {shapes}".strip())
    if one.name not in EXACT:
        return Cause(one.name, element[1], pair)
    known = difference(element, pair, dtype)
    return Cause(one.name, element[1], pair, known.correct, known.errors)


def ratio(work: Work, bits: Bits) -> float | None:
    """How far off a trajectory is, as a share of what rounding allows; None of an update."""
    if work.mode == "update":
        return None
    path = SimpleNamespace(case=work.case, points=bits.points, values=bits.values)
    return float(reference.compare(path).ratio)


def texts(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    """The goldens that are printed otherwise, with both texts and the document's."""
    return [
        {
            "golden": name,
            "expected": reference.GOLDENS[name].expected,
            "before": before.get(name, ""),
            "after": after.get(name, ""),
        }
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def functions(
    before: Mapping[str, list[dict[str, Any]]], after: Mapping[str, list[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """Each measurement of a function's rounding that is another after than before."""
    for dtype, rows in before.items():
        others = {_key(row): row for row in after.get(dtype, [])}
        for row in rows:
            other = others.get(_key(row))
            if other is not None and any(repr(row[n]) != repr(other[n]) for n in FIELDS):
                words = dict(zip(("operation", "regime", "at_once"), _key(row), strict=True))
                numbers = {n: [row[n], other[n]] for n in ("misrounded", "error")}
                yield dict(plain({**words, "dtype": dtype, **numbers, "allowed": row["allowed"]}))


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["operation"], row["regime"], row["at_once"]
