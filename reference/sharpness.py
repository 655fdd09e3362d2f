"""How sharp and how sure a bound is: the least change it notices, how often rounding exceeds it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from reference.agreement import (
    CONSTANT,
    SAMPLES,
    CaseTruth,
    TapeTruth,
    exact_case,
    exact_tape,
    perturbed_case,
    perturbed_tape,
    step_unit,
    truth,
    unit,
    values_at,
)
from reference.case import Case, Floats
from reference.digits import distance, float64
from reference.errors import Invalid
from reference.rounding import Rounding
from reference.spec import Array
from reference.tape import Tape

SMALL = 1e-25  # a relative change whose effect grows with it, and is known to 25 digits
NOTICED = 0.9  # of the bound: what a change must come to, to be the one that was computed
LARGEST_OF = (8, 16, 32, 64)  # how many runs may stand for all that rounding does
LEAST = 2 * max(LARGEST_OF)  # runs for a coverage
SHARES = (0.5, 0.9, 0.99, 0.999, 1.0)  # of the runs, in the order of what they need
GROUPS = 16  # of runs whose largest error is taken
FIRST = 10_001  # seed of what is independent of a bound: those of a bound begin at 1


@dataclass(frozen=True)
class Part:
    """One array of a truth.

    Attributes
    ----------
    exact, allowed
        The exact numbers and what they may err by.
    unit
        What of that is one unit in the last place.
    compared
        Which of them count.
    """

    exact: Array
    allowed: Floats
    unit: Floats
    compared: Any


@dataclass(frozen=True)
class Coverage:
    """How independent perturbed runs fare in a bound.

    Attributes
    ----------
    runs
        How many there were.
    beyond
        How many of them exceed the bound somewhere.
    ratio
        The largest error of all runs divided by the one allowed.
    factors
        By N: what the largest error of N runs must be multiplied by, one unit in the last place
        added, to be the bound of a run; of half the runs, of 90, 99 and 99.9 %, and of all
        (`SHARES`). Points and states, not values: theirs grows with the square near a minimum.
    """

    runs: int
    beyond: int
    ratio: float
    factors: Mapping[int, tuple[float, ...]]


def reals(run: Case | Tape) -> tuple[str, ...]:
    """The names of the real numbers in a run: hyperparameters, and constants after ``k.``."""
    named = {f.name: getattr(run.hyperparameters, f.name) for f in fields(run.hyperparameters)}
    if isinstance(run, Case):
        constants = run.constants
        named |= {CONSTANT + name: value for name, value in constants.items()}
    return tuple(name for name, value in named.items() if isinstance(value, (float, np.ndarray)))


def sharpness(run: Case | Tape) -> Mapping[str, float]:
    """The least relative change of each real number in a run that its bound notices.

    The run is taken in 50 digits with that one number changed; the change is noticed where some
    point, value or state is then further from the truth than the bound allows. No backend is
    needed, and a program that follows the truth exactly is assumed: one that errs by half its bound
    is caught with a change between half and one and a half times as large.

    Parameters
    ----------
    run
        A `Case`, or a `Tape`. Its dtype decides how large the bound is.

    Returns
    -------
    By name: a hyperparameter's own, and ``k.name`` for a constant of the problem, an array being
    changed as a whole. ``inf`` where no change within the number's range is noticed, as of a zero,
    up to twice the number. Where the run does not respond in proportion, as a bisection, it may be
    up to ten times too large.

    Examples
    --------
    >>> found = sharpness(Case("gd", "quadratic", {"coefficients": (1.0,)}, {"lr": 0.25}, steps=2))
    >>> found["lr"] < 1e-14
    True
    """
    parts = _parts(truth(run), run.dtype)
    return {name: _least(run, parts, name) for name in reals(run)}


def _least(run: Case | Tape, parts: Sequence[Part], name: str) -> float:
    response = _ratio(run, parts, name, SMALL) / SMALL
    if response == 0:
        return math.inf
    change = 1 / response
    largest = max(1.0, change)
    while change <= largest and _possible(run, name, change):
        if _ratio(run, parts, name, change) >= NOTICED:
            return change
        change *= 10
    return math.inf


def _possible(run: Case | Tape, name: str, change: float) -> bool:
    """Whether a hyperparameter is in its range after the change."""
    if name.startswith(CONSTANT):
        return True
    try:
        replace(run.hyperparameters, **{name: getattr(run.hyperparameters, name) * (1 + change)})
    except Invalid:
        return False
    return True


def _ratio(run: Case | Tape, parts: Sequence[Part], name: str, change: float) -> float:
    """How far the changed run is from the truth, in bounds; infinitely where it ends before."""
    steps = len(parts[0].exact) - 1
    found = _exact(replace(run, dtype="float64"), steps, name, change)
    if len(found[0]) <= steps:
        return math.inf
    return max(
        float(np.max((distance(array, part.exact) / part.allowed)[part.compared], initial=0.0))
        for array, part in zip(found, parts, strict=True)
    )


@lru_cache(maxsize=16)
def _exact(run: Case | Tape, steps: int, name: str, change: float) -> list[Array]:
    """Points, and values or states, in 50 digits, with one number changed; one for both dtypes."""
    if isinstance(run, Tape):
        points, slots = exact_tape(run, {name: change})
        return [points, *slots]
    return list(exact_case(replace(run, stop=None, steps=steps), steps, {name: change}))


def _parts(true: CaseTruth | TapeTruth, dtype: str) -> list[Part]:
    """All that is compared of a run, points first."""
    rows = np.arange(len(true.points))[:, None] < true.horizon
    points = Part(true.points, true.allowed, step_unit(true.points, dtype), rows)
    if isinstance(true, CaseTruth):
        of_values = unit(float64(true.values), dtype)
        return [points, Part(true.values, true.values_allowed, of_values, rows.all(axis=1))]
    states = zip(true.slots, true.slots_allowed, strict=True)
    return [points, *(Part(*s, unit(float64(s[0]), dtype), rows[-1]) for s in states)]


def coverage(run: Case | Tape, runs: int = 1000, seed: int = FIRST) -> Coverage:
    """How often rounding alone exceeds the bound of a run.

    Parameters
    ----------
    run
        A `Case`, or a `Tape`.
    runs
        How many perturbed runs, independent of those that the bound is made of; `LEAST` or more.
    seed
        The first of their seeds.

    Raises
    ------
    Invalid
        Fewer runs.

    Examples
    --------
    >>> coverage(Case("gd", "quadratic", {"coefficients": (1.0,)}, steps=2), runs=128).beyond
    0
    """
    if runs < LEAST:
        raise Invalid(f"runs = {runs!r}: expected {LEAST} or more")
    parts = _parts(truth(run), run.dtype)
    errors = list(zip(_errors(run, parts, runs, seed), parts, strict=True))
    with np.errstate(all="ignore"):
        ratios = np.max([_worst(e / part.allowed, part) for e, part in errors], axis=0)
    linear = errors[:1] if isinstance(run, Case) else errors
    factors = {n: np.quantile(_needed(linear, n), SHARES, method="higher") for n in LARGEST_OF}
    return Coverage(
        runs,
        int((ratios > 1).sum()),
        float(ratios.max()),
        {n: tuple(quantiles.tolist()) for n, quantiles in factors.items()},
    )


def _errors(run: Case | Tape, parts: Sequence[Part], runs: int, seed: int) -> list[Floats]:
    """The errors of so many perturbed runs in each part, (runs, ...); nan after a run's end."""
    batches = [_perturbed(run, parts, xp) for xp in _arithmetics(run, runs, seed)]
    found = [np.concatenate(arrays)[:runs] for arrays in zip(*batches, strict=True)]
    return [distance(array, part.exact) for array, part in zip(found, parts, strict=True)]


def _arithmetics(run: Case | Tape, runs: int, seed: int) -> Iterator[Rounding]:
    """As a bound's; a tape's are one batch, for it has no constants for a batch to share."""
    size = runs if isinstance(run, Tape) else SAMPLES
    batches, samples = (math.ceil(runs / size), size) if run.spec.elementwise else (runs, None)
    for each in range(seed, seed + batches):
        yield Rounding(run.dtype, each, samples)


def _perturbed(run: Case | Tape, parts: Sequence[Part], xp: Rounding) -> list[Floats]:
    if isinstance(run, Tape):
        points, slots = perturbed_tape(run, xp)
        found = [points, *slots]
    else:
        onward = replace(run, stop=None, steps=len(parts[0].exact) - 1)
        points, bound = perturbed_case(onward, xp)
        found = [points, values_at(bound, points)]
    return [_whole(array, part.exact.shape) for array, part in zip(found, parts, strict=True)]


def _whole(found: Floats, shape: tuple[int, ...]) -> Floats:
    """(runs, *shape), nan where a run had ended."""
    whole = np.full((len(found), *shape), np.nan)
    whole[:, : found.shape[1]] = found[:, : shape[0]]
    return whole


def _worst(ratios: Floats, part: Part) -> Floats:
    """The largest ratio of each run, (runs,)."""
    return np.asarray(np.fmax.reduce(ratios[:, part.compared], axis=1, initial=0.0))


def _needed(errors: Iterable[tuple[Floats, Part]], n: int) -> Floats:
    """What the largest error of n runs must be multiplied by to bound each of the other runs."""
    return np.asarray(np.max([_factors(found, part, n) for found, part in errors], axis=0))


def _factors(errors: Floats, part: Part, n: int) -> Floats:
    """The same for one array: each of the first groups of n runs against all runs outside it."""
    count = min(GROUPS, len(errors) // n)
    groups = [slice(start, start + n) for start in range(0, count * n, n)]
    with np.errstate(all="ignore"):
        excess = np.maximum(errors - part.unit, 0)
        found = [np.delete(excess, g, 0) / errors[g].max(axis=0) for g in groups]
        return np.concatenate([_worst(ratios, part) for ratios in found])
