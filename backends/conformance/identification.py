"""Which formula is it: the optimizer and the hyperparameters whose steps a subject takes.

The subject's paths on two tapes are compared with the specification of the asked optimizer in
float64 under more and more changes of its conventions, then with the other optimizers'. Then one
number at a time is solved for. What agrees is held to the 50-digit truth and its bound. The
learning rate is always solved for: a step that does not depend on the parameters is proportional
to it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from backends.conformance.conventions import (
    changed,
    differing,
    elsewhere,
    unknowns,
    valid,
    with_number,
)
from backends.conformance.exact import Exact, exact
from backends.conformance.tapes import KINDS
from backends.conformance.verdict import moved
from reference import OPTIMIZERS, Tape
from reference.agreement import Given
from reference.arrays import Bools, Floats
from reference.digits import distance
from reference.first_order import take
from reference.parameters import Interval
from reference.precision import PRECISIONS

Named = tuple[str, Mapping[str, Any]]  # an optimizer's id, and all its hyperparameters
Record = Callable[[Floats, Floats], Floats]  # (start (n,), gradients (T, n)) -> points (T + 1, n)

PLAIN = KINDS["unequal"]  # one array, every step with a gradient
SCREENED = 64  # rounding units that a path may be off at first sight
CANCELLED = 1e-12  # and what 1 - beta**t loses in float64, relative to the path
CHANGES = 3  # conventions changed at once
CONFIRMED = 8  # formulas that are held to the truth
STEPS = 14
SCANNED = 40  # values of an unknown number, before the best is refined
NEAR = 1e-3  # a learning rate nearer to the given one than this is that one


class Probe(NamedTuple):
    """A start (n,), gradients (T, n) and the subject's points (T + 1, n), float64."""

    start: Floats
    gradients: Floats
    points: Floats


@dataclass(frozen=True)
class Formula:
    """An optimizer with its hyperparameters.

    Attributes
    ----------
    optimizer
        Its id.
    hyper
        All its hyperparameters.
    steps
        How many steps of the tapes it explains, of ``of``.
    of
        The number of steps of both tapes.
    without
        Its hyperparameters without the number that was solved for, None if there is none.
    """

    optimizer: str
    hyper: Mapping[str, Any]
    steps: int
    of: int
    without: Mapping[str, Any] | None = None

    @property
    def whole(self) -> bool:
        """Whether it explains every step."""
        return self.steps == self.of

    def __str__(self) -> str:
        settings = differing(self.optimizer, self.hyper).items()
        words = ", ".join(f"{name}={value!r}" for name, value in settings)
        return f"{self.optimizer} with {words}" if words else self.optimizer


@dataclass(frozen=True)
class Identification:
    """What a subject's formula is.

    Attributes
    ----------
    fits
        The formulas that explain every step within the bound, with equally few changes of what was
        asked; several if the subject's steps cannot tell them apart.
    nearest
        The formula that explains the most steps.
    """

    fits: tuple[Formula, ...]
    nearest: Formula

    def __str__(self) -> str:
        if not self.fits:
            steps = f"up to step {self.nearest.steps} of {self.nearest.of}"
            far = "with larger errors than rounding explains" if self.nearest.whole else steps
            return f"no convention known here explains it; the nearest is {self.nearest}, {far}"
        first, *others = self.fits
        same = f" (or the same within rounding: {'; '.join(map(str, others))})" if others else ""
        return f"this is {first}{same}"


def tapes() -> Iterator[tuple[Floats, Floats]]:
    """Yield the starts and gradients that tell conventions apart.

    The first starts at zero, so that the smallest steps count, with gradients of all sizes and
    two steps of zeros; the second starts elsewhere, for what depends on the parameters.
    """
    rng = np.random.default_rng(20)
    sizes = 10.0 ** np.array([-11, -9, -7, -5, -3, -1, 0, 1, 2])
    small = rng.normal(size=(STEPS, len(sizes))) * sizes
    small[-4:-2] = 0
    large = rng.normal(size=(STEPS, 7)) * 10.0 ** rng.uniform(-2, 1, size=(STEPS, 7))
    for start, gradients in ((np.zeros(len(sizes)), small), (rng.normal(size=7), large)):
        yield start.astype(np.float32).astype(float), gradients.astype(np.float32).astype(float)


def specified(
    optimizer: str, hyper: Mapping[str, Any], start: Floats, gradients: Floats
) -> Iterator[Floats]:
    """Yield the specification's points after 1, 2, ... steps in float64, each (n,)."""
    spec = OPTIMIZERS[optimizer]
    h = spec.hyper.build(optimizer, hyper)
    given: Any = Given(np)
    with np.errstate(all="ignore"):
        x, state = start, spec.init(start, h)
    for t, given.row in enumerate(gradients, 1):
        with np.errstate(all="ignore"):
            x, state = take(spec, given, h, x, state, t)
        yield x


def _close(points: Floats, ours: Floats, size: Floats, dtype: str) -> Bools:
    """Whether numbers are as near as rounding may leave them, at first sight."""
    precision = PRECISIONS[dtype]
    allowed = SCREENED * precision.eps + CANCELLED
    near = abs(points - ours) <= allowed * size + precision.tiny
    return near | (np.isnan(points) & np.isnan(ours))


def _wrong(points: Floats, true: Exact) -> Bools:
    """Whether each row of points has a number that is beyond its bound."""
    rows = len(true.points)
    compared = np.arange(rows)[:, None] < true.horizon
    beyond = ~(distance(points[:rows], true.points) <= true.allowed)
    return np.asarray((beyond & compared).any(axis=1))


def _rate(points: Floats, ours: Floats, start: Floats) -> float | None:
    """Return by which factor our first step must be multiplied, None if there is no one factor."""
    with np.errstate(all="ignore"):
        factors = (points - start) / (ours - start)
    factors = factors[np.isfinite(factors) & (factors > 0)]
    if len(factors) == 0:
        return None
    middle = float(np.median(factors))
    return middle if np.median(abs(factors / middle - 1)) < NEAR else None


def _decimals(number: float) -> Iterator[float]:
    """Yield a number to more and more digits."""
    yield from dict.fromkeys(float(f"{number:.{digits}g}") for digits in range(1, 18))


def _rounded(number: float) -> float:
    """Return the shortest decimal number nearby."""
    return next(each for each in _decimals(number) if abs(each / number - 1) < NEAR / 10)


def _solved(optimizer: str, hyper: Mapping[str, Any], probe: Probe) -> Mapping[str, Any]:
    """Return the hyperparameters with the learning rate of the subject's first step."""
    first = next(specified(optimizer, hyper, probe.start, probe.gradients))
    factor = _rate(probe.points[1], first, probe.start)
    if factor is None or abs(factor - 1) < NEAR:
        return hyper
    return {**hyper, "lr": _rounded(hyper["lr"] * factor)}


def _explained(optimizer: str, hyper: Mapping[str, Any], probe: Probe, dtype: str) -> int:
    """Return how many steps agree as far as rounding may be seen at first sight."""
    size = abs(probe.start)
    rows = specified(optimizer, hyper, probe.start, probe.gradients)
    for t, (ours, points) in enumerate(zip(rows, probe.points[1:], strict=True)):
        size = np.fmax(size, np.fmax(abs(points), abs(ours)))
        if not _close(points, ours, size, dtype).all():
            return t
    return len(probe.gradients)


class Search:
    """The search for a subject's formula: its paths, in a dtype, and the nearest so far."""

    def __init__(
        self, record: Record, optimizer: str, hyper: Mapping[str, Any], dtype: str
    ) -> None:
        self.optimizer, self.hyper = optimizer, hyper
        self.probes = tuple(Probe(*tape, record(*tape)) for tape in tapes())
        self.dtype = dtype
        self.of = sum(len(probe.gradients) for probe in self.probes)
        self.nearest = Formula(optimizer, hyper, -1, self.of)

    def tried(self, optimizer: str, hyper: Mapping[str, Any]) -> Formula:
        """Return the formula, its learning rate solved for, with the steps that it explains."""
        solved = _solved(optimizer, hyper, self.probes[0])
        explained = 0
        for probe in self.probes:
            steps = _explained(optimizer, solved, probe, self.dtype)
            explained += steps
            if steps < len(probe.gradients):
                break
        return Formula(optimizer, solved, explained, self.of)

    def confirmed(self, formula: Formula) -> Formula:
        """Count the steps that are within the bound of the formula's truth.

        None are explained by a number that was solved for and moves nothing but rounding errors.
        """
        if formula.without is not None and not self._noticed(formula, formula.without):
            return replace(formula, steps=0)
        explained = 0
        for probe in self.probes:
            given = probe.start, probe.gradients, formula.hyper, self.dtype
            wrong = _wrong(probe.points, exact(PLAIN, Tape(formula.optimizer, *given)))
            explained += int(wrong.argmax()) - 1 if wrong.any() else len(probe.gradients)
            if wrong.any():
                break
        return replace(formula, steps=explained)

    def _noticed(self, formula: Formula, without: Mapping[str, Any]) -> bool:
        """Whether a formula's truth is further from that without its number than rounding leads."""
        both = formula.hyper, {**without, "lr": formula.hyper["lr"]}
        for probe in self.probes:
            given = probe.start, probe.gradients
            truths = (exact(PLAIN, Tape(formula.optimizer, *given, h, self.dtype)) for h in both)
            if moved(*truths) > SCREENED:
                return True
        return False

    def number(
        self, optimizer: str, hyper: Mapping[str, Any], unknown: tuple[str, str, Interval]
    ) -> Formula:
        """Solve for one number, and return the formula with it."""
        name, rule, interval = unknown

        def far(z: float) -> float:
            return self._far(optimizer, with_number(hyper, name, rule, _value(z, interval)))

        scanned = np.linspace(*_ends(interval), SCANNED)
        with np.errstate(all="ignore"):
            best = float(scanned[int(np.argmin([far(z) for z in scanned]))])
            gap = scanned[1] - scanned[0]
            around, precise = (best - gap, best + gap), {"xatol": 1e-10}
            found = minimize_scalar(far, bounds=around, method="bounded", options=precise)
        value = _value(float(found.x), interval)
        formulas = (
            self.tried(optimizer, with_number(hyper, name, rule, each))
            for each in _decimals(value)
            if each in interval and abs(each / value - 1) < NEAR
        )
        tried = [replace(formula, without=hyper) for formula in formulas]
        return next((f for f in tried if f.whole), max(tried, key=lambda f: f.steps))

    def _far(self, optimizer: str, hyper: Mapping[str, Any]) -> float:
        """Return how far the paths are apart on the first tape, as a share of the way gone."""
        if not valid(optimizer, hyper):
            return float("inf")
        probe = self.probes[0]
        solved = _solved(optimizer, hyper, probe)
        ours = np.array([*specified(optimizer, solved, probe.start, probe.gradients)])
        apart = abs(ours - probe.points[1:]) / abs(probe.points[1:]).max(axis=0)
        return float(np.log(np.mean(np.where(np.isfinite(apart), apart, 1.0)) + 1e-300))

    def levels(self) -> Iterator[Iterable[Callable[[], Formula]]]:
        """Yield what to try, the fewest changes first."""
        optimizer, hyper = self.optimizer, self.hyper
        yield self._each([(optimizer, hyper)])
        yield self._each((optimizer, one) for one in changed(optimizer, hyper, 1))
        yield self._each(elsewhere(optimizer, hyper))
        yield self._each((optimizer, one) for one in changed(optimizer, hyper, 2))
        yield self._solved([(optimizer, hyper), (self.nearest.optimizer, self.nearest.hyper)])
        yield self._each((optimizer, one) for one in changed(optimizer, hyper, CHANGES))
        yield self._each(
            (other, one)
            for other, shared in elsewhere(optimizer, hyper)
            for one in changed(other, shared, 1)
        )
        options = changed(optimizer, hyper, 1, numbers=False)
        yield self._solved((optimizer, one) for one in options)

    def _each(self, found: Iterable[Named]) -> Iterator[Callable[[], Formula]]:
        return (partial(self.tried, *one) for one in found)

    def _solved(self, found: Iterable[Named]) -> Iterator[Callable[[], Formula]]:
        return (
            partial(self.number, *one, unknown) for one in found for unknown in unknowns(one[0])
        )

    def found(self) -> tuple[Formula, ...]:
        """Return the formulas of the first level that has any that explain all steps."""
        for level in self.levels():
            formulas = [attempt() for attempt in level]
            self.nearest = max([self.nearest, *formulas], key=lambda formula: formula.steps)
            whole = islice((formula for formula in formulas if formula.whole), CONFIRMED)
            fits = [formula for formula in map(self.confirmed, whole) if formula.whole]
            if fits:
                return tuple(sorted(fits, key=lambda f: f.hyper["lr"] != self.hyper["lr"]))
        return ()


def _ends(interval: Interval) -> tuple[float, float]:
    """Return the range of z in `_value`."""
    return (-6.0, 6.0) if interval.high <= 1 else (-18.0, 3.0)


def _value(z: float, interval: Interval) -> float:
    """Return the number at ``z``: a power of ten, or between 0 and 1 so that both ends are far."""
    return float(1 / (1 + 10**-z)) if interval.high <= 1 else float(10**z)


def identify(
    record: Record, optimizer: str, hyper: Mapping[str, Any], dtype: str = "float64"
) -> Identification:
    """Find the formula that a subject follows.

    Parameters
    ----------
    record
        Runs the subject from a start (n,) with gradients (T, n), float64 numbers that float32
        represents, and returns its points (T + 1, n).
    optimizer
        The id of the optimizer that it is taken for; others are tried too.
    hyper
        Our hyperparameters of it, as far as they are known; defaults for the rest.
    dtype
        The dtype in which the subject runs.
    """
    full = OPTIMIZERS[optimizer].hyper.build(optimizer, hyper).to_dict()
    search = Search(record, optimizer, full, dtype)
    fits = search.found()
    return Identification(fits, fits[0] if fits else search.nearest)
