"""Hypothesis strategies for cases, with numbers from the ranges of the parameters' types."""

import math
from typing import Literal, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from reference import (
    DTYPES,
    OPTIMIZERS,
    PROBLEMS,
    AllClose,
    Batch,
    GradientNorm,
    Interval,
    Schedule,
)
from reference.schedules import SCHEDULES

MANY = 50  # largest integer parameter, such as a data size: larger ones only take longer
LEAST, MOST = 1e-6, 1e6  # sizes of ordinary numbers, whose squares float32 can represent


def numbers(interval, ordinary):
    """Numbers in an interval; if ``ordinary``, 0 or of a size from `LEAST` to `MOST`."""
    most = MOST if ordinary else math.inf
    ends = max(interval.low, -most), min(interval.high, most)
    low, high = (None if math.isinf(end) else end for end in ends)
    drawn = st.floats(low, high, allow_nan=False, allow_infinity=False)
    if ordinary:
        drawn = drawn.map(lambda x: x if abs(x) >= LEAST else 0.0)
    return drawn.filter(lambda x: x in interval)


def values(hint, ordinary):
    """The values that a parameter's type admits."""
    if type(None) in get_args(hint):
        return st.none() | values(get_args(hint)[0], ordinary)
    if hint is Schedule:
        kinds = list(SCHEDULES.values())
        return st.sampled_from(kinds).flatmap(
            lambda kind: parameters(kind, ordinary).map(lambda given: kind(**given))
        )
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0], ordinary), min_size=1, max_size=3).map(tuple)
    if hint is bool:
        return st.booleans()
    base, interval = get_args(hint)
    if base is int:
        return st.integers(interval.low, min(interval.high, MANY))
    return numbers(interval, ordinary)


def parameters(cls, ordinary):
    """Dicts of values for any of the parameters of a class."""
    hints = get_type_hints(cls, include_extras=True)
    chosen = {name: values(hint, ordinary) for name, hint in hints.items()}
    return st.fixed_dictionaries({}, optional=chosen)


def _compatible_problems(spec):
    """The names of the problems that an optimizer can run on."""
    for name, problem in PROBLEMS.items():
        dimension = len(problem.start(problem.params()))
        composed = problem.composition is not None or "forward" not in spec.needs
        if composed and spec.dimension in (None, dimension):
            yield name


def _starts(problem, given, ordinary):
    dimension = len(problem.start(problem.params(**given)))
    return st.lists(numbers(Interval(), ordinary), min_size=dimension, max_size=dimension)


def _stops(ordinary):
    kinds = AllClose, GradientNorm
    return [parameters(kind, ordinary).map(lambda given, k=kind: k(**given)) for kind in kinds]


@st.composite
def cases(draw, ordinary):
    """The arguments of a case; with ordinary numbers, `Case` accepts nearly all of them."""
    optimizer = draw(st.sampled_from(list(OPTIMIZERS)))
    spec = OPTIMIZERS[optimizer]
    name = draw(st.sampled_from(list(_compatible_problems(spec))))
    problem = PROBLEMS[name]
    given = draw(parameters(problem.params, ordinary))
    starts = st.none() if spec.start else st.none() | _starts(problem, given, ordinary)
    has_data = "data" in problem.constants(problem.params())
    return {
        "optimizer": optimizer,
        "problem": name,
        "params": given,
        "hyper": draw(parameters(spec.hyper, ordinary)),
        "start": draw(starts),
        "steps": draw(st.integers(0, 2)),
        "dtype": draw(st.sampled_from(DTYPES)),
        "stop": draw(st.one_of(st.none(), *_stops(ordinary))),
        "batch": Batch(**draw(parameters(Batch, ordinary)))
        if has_data and draw(st.booleans())
        else None,
    }
