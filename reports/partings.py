"""Where two backends part: the first step at which their points differ, and what did it.

The documents' printed runs are repeated on every target, one operation after another. Up to some
row the points of two targets are the same to the last bit; at the next, the operation is looked
for that takes the same numbers to different ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

import backends
from reference import GOLDENS, Case, distinct


class Recorder:
    """An array namespace that keeps what its functions were given and what they gave."""

    def __init__(self, xp: Any, calls: list[tuple[str, list[Any], Any]]) -> None:
        self._xp, self._calls = xp, calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._xp, name)
        return partial(self._call, name, found) if callable(found) else found

    def _call(self, name: str, function: Callable[..., Any], *given: Any, **options: Any) -> Any:
        result = function(*given, **options)
        self._calls.append((name, given, result))
        return result


def printed() -> dict[str, Case]:
    """The cases whose numbers the documents print, each once, by the golden's id."""
    shown = {g.id: g.case for g in GOLDENS.values() if g.line and g.cases and not g.prose}
    return distinct(shown)


def _calls(case: Case, target: str, quantity: str) -> list[tuple[str, list[Any], Any]]:
    """What the formula of a derivative asks of the namespace at the case's start."""
    calls: list[tuple[str, list[Any], Any]] = []
    formula = getattr(case.objective, quantity)

    def watched(xp: Any, k: Any, x: Any) -> Any:
        return formula(Recorder(xp, calls), k, x)

    problem = replace(case.objective, **{quantity: watched})
    backends.evaluate(replace(case, problem=problem), quantity, target, "analytic")
    return [(name, [*map(_array, given)], _array(result)) for name, given, result in calls]


def _array(value: Any) -> Any:
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        return None  # a tuple of arrays, or a device's


def _same(a: Any, b: Any) -> bool:
    return np.array_equal(a, b, equal_nan=True)


def _scalar(value: Any) -> str:
    return np.format_float_positional(value, unique=True, trim="0")


def _function(case: Case, pair: tuple[str, str], quantity: str) -> str:
    """The first function of a derivative's formula that differs on the same arguments."""
    for one, other in zip(*(_calls(case, target, quantity) for target in pair), strict=False):
        (name, given, left), (_, theirs, right) = one, other
        if left is None or right is None or left.shape != right.shape:
            continue
        if all(map(_same, given, theirs)) and not _same(left, right):
            at = np.flatnonzero(left != right)[0]
            argument = given[0].ravel()[at] if given and given[0].shape == left.shape else None
            asked = f"{name}({'' if argument is None else _scalar(argument)})"
            return f"{asked} is {_scalar(left.flat[at])} and {_scalar(right.flat[at])}"
    return f"the {quantity}: its products and sums, in another order or fused"


def _update(case: Case, pair: tuple[str, str], rows: tuple[Any, Any], gradient: Any) -> str:
    """What the update did, where both have the same derivatives."""
    lr, x = getattr(case.h, "lr", None), case.x0.astype(case.dtype)
    if lr is not None:
        rate = x.dtype.type(lr)
        exact = x.astype(np.longdouble) - np.longdouble(rate) * gradient.astype(np.longdouble)
        once, twice = exact.astype(x.dtype), x - rate * gradient
        for fused, plain in ((0, 1), (1, 0)):
            if _same(rows[fused], once) and _same(rows[plain], twice):
                return f"{pair[fused]} rounds x - lr g once; {pair[plain]} rounds lr g before"
    return "the update: both have the same derivatives there"


def _cause(case: Case, derivatives: str | None, pair: tuple[str, str], rows: Any) -> str:
    """What took the same point to two."""
    laboratories = [backends.Laboratory(target, "eager", derivatives) for target in pair]
    asked = [q for q in ("gradient", "hessian") if case.spec.evaluations(case.h).get(q)]
    for quantity in asked:
        one, other = (laboratory.evaluate(case, quantity) for laboratory in laboratories)
        if not _same(one, other):
            return _function(case, pair, quantity)
    return _update(case, pair, rows, laboratories[0].evaluate(case, "gradient"))


def _ulps(left: Any, right: Any, dtype: str) -> float:
    unit = np.spacing(np.maximum(np.abs(left), np.abs(right)).astype(dtype))
    return float(np.max(np.abs(left.astype(float) - right.astype(float)) / unit))


def _parting(name: str, case: Case, pair: tuple[str, str], paths: Any) -> dict[str, Any]:
    left, right = (path.points for path in paths)
    rows = min(len(left), len(right))
    apart = (left[:rows] != right[:rows]).any(axis=1)
    found = {"golden": name, "dtype": case.dtype, "pair": list(pair), "rows": rows}
    if not apart.any():
        return {**found, "row": None}
    row = int(apart.argmax())
    at = int((left[row] != right[row]).argmax())
    before = replace(case, start=left[row - 1].tolist()) if case.spec.start is None else case
    cause = _cause(before, GOLDENS[name].derivatives, pair, (left[row], right[row]))
    return {
        **found,
        "row": row,
        "from": [_scalar(x) for x in left[row - 1]],
        "points": [_scalar(points[row, at]) for points in (left, right)],
        "ulps": _ulps(left[row], right[row], case.dtype),
        "last": _ulps(left[rows - 1], right[rows - 1], case.dtype),
        "cause": cause,
    }


def record(targets: list[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield for every printed run how each pair of ``targets`` parts."""
    for name, case in printed().items():
        derivatives = GOLDENS[name].derivatives
        runs = {}
        for target in targets:
            try:
                runs[target] = backends.Laboratory(target, "eager", derivatives).run(case)
            except backends.Unsupported:
                continue
        yield [
            _parting(name, case, pair, [runs[target] for target in pair])
            for pair in combinations(runs, 2)
        ]
