"""Where two backends part: the first step at which their points differ in a bit, and the cause.

The documents' printed runs are repeated on every target in eager mode. The first step after which
the points of two targets differ is repeated on both with its operations recorded. The cause is the
operation that gives different results for the same arguments.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

import backends
from backends.explanation import number
from backends.parting import Parting, parting
from reference import GOLDENS, Case, distinct
from reports.read.recorded import RecordedParting


def printed() -> dict[str, Case]:
    """The different cases whose numbers the documents print, by the golden's id."""
    shown = {g.id: g.case for g in GOLDENS.values() if g.line and g.cases and not g.prose}
    return distinct(shown)


def _cause(found: Parting, rows: tuple[Any, Any]) -> str:
    """Why the step gave different points, in words."""
    if found.differences:
        one = found.differences[0]
        results = dict(zip(found.targets, one.results, strict=True))
        words = function(one.function, one.arguments, results, one.correct, found.case.dtype)
        return words if found.sufficient else f"{words}, and that is not all"
    return _update(found, rows)


def function(
    name: str,
    arguments: Sequence[float],
    results: Mapping[str, float],
    correct: float | None,
    dtype: str,
) -> str:
    """Two results of a function, by whose they are, and which of them is correctly rounded."""
    given = ", ".join(number(argument, dtype) for argument in arguments)
    left, right = (number(result, dtype) for result in results.values())
    said = f"{name}({given}) is {left} and {right}"
    right_ones = [whose for whose, result in results.items() if result == correct]
    return f"{said}, rounded correctly by {right_ones[0]}" if right_ones else said


def _update(found: Parting, rows: tuple[Any, Any]) -> str:
    """If no function differs: whether one target rounds x - lr g once (FMA) and the other twice."""
    case, pair = found.case, found.targets
    lr, x = getattr(case.hyperparameters, "lr", None), found.start.astype(case.dtype)
    if lr is not None and found.case.spec.needs == {"gradient"}:
        at = replace(case, start=x.tolist(), steps=0, stop=None, batch=None)
        gradient = backends.evaluate(at, "gradient", pair[0], found.derivatives[0])
        rate = x.dtype.type(lr)
        exact = x.astype(np.longdouble) - np.longdouble(rate) * gradient.astype(np.longdouble)
        once, twice = exact.astype(x.dtype), x - rate * gradient
        for fused, plain in ((0, 1), (1, 0)):
            if np.array_equal(rows[fused], once) and np.array_equal(rows[plain], twice):
                return f"{pair[fused]} rounds x - lr g once; {pair[plain]} rounds lr g before"
    return "products and sums: in another order, or rounded once where the other rounds twice"


def _ulps(left: Any, right: Any, dtype: str) -> float:
    unit = np.spacing(np.maximum(np.abs(left), np.abs(right)).astype(dtype))
    return float(np.max(np.abs(left.astype(float) - right.astype(float)) / unit))


def _parting(name: str, paths: Any) -> RecordedParting:
    """Where and why two paths of the same case first differ."""
    left, right = (path.points for path in paths)
    case, rows = paths[0].case, min(len(left), len(right))
    pair = paths[0].target, paths[1].target
    found = parting(tuple(paths))
    if found is None:
        return RecordedParting(name, pair, None)
    row = found.step
    at = int((left[row] != right[row]).argmax())
    return RecordedParting(
        name,
        pair,
        row,
        before=[number(x, case.dtype) for x in left[row - 1]],
        points=(number(left[row, at], case.dtype), number(right[row, at], case.dtype)),
        ulps=_ulps(left[row], right[row], case.dtype),
        last=_ulps(left[rows - 1], right[rows - 1], case.dtype),
        cause=_cause(found, (left[row], right[row])),
    )


def record(targets: list[str]) -> Iterator[list[RecordedParting]]:
    """Yield for every printed run where each pair of ``targets`` first differs."""
    for name, case in printed().items():
        derivatives = GOLDENS[name].derivatives
        runs = {}
        for target in targets:
            try:
                runs[target] = backends.TargetRunner(target, "eager", derivatives).run(case)
            except backends.Unsupported:
                continue
        yield [_parting(name, [runs[target] for target in pair]) for pair in combinations(runs, 2)]
