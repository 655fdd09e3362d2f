"""The tapes: starts and gradients, each there for a class of mistakes, and how they are handed.

An elementwise optimizer moves a coordinate by that coordinate's numbers alone. So the same truth
holds however the coordinates are spread over arrays, and for copies of them side by side.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Literal, TypeAlias

import numpy as np

from backends.conformance.dtypes import narrow
from reference import Tape
from reference.arrays import Floats
from reference.precision import PRECISIONS
from reference.schedules import Exponential, Schedule

SIZE, STEPS = 7, 30
TINY = 1e-12  # scale of tiny gradients, far below eps
COPIES = 5715  # of SIZE coordinates: above torch's grain for threads, and no multiple of a vector
SCALES: Mapping[str, Mapping[str, float]] = {  # of gradients that go to the end of a dtype
    "underflow": {"float32": 1e-25, "float64": 1e-200, "bfloat16": 1e-25, "float16": 1e-5},
    "subnormal": {"float32": 1e-40, "float64": 1e-310, "bfloat16": 1e-40, "float16": 1e-6},
    # float16 ends at 65,504, and below 6e-8
    "unequal": {"float16": 0.125},
    "huge": {"float16": 2e-5},
    "tiny": {"float16": 1e7},
    "near zero": {"float16": 1e7},
}
OTHER = {  # the dtype beside a tape's, which represents all its numbers
    "float32": "float64",
    "float64": "float32",
    "bfloat16": "float32",
    "float16": "float32",
}

Feature: TypeAlias = Literal[
    "arrays", "groups", "missing", "rates", "reload", "memory", "half", "mixed"
]
Draw: TypeAlias = Callable[[np.random.Generator, tuple[int, int]], Floats]


@dataclass(frozen=True)
class Kind:
    """How a tape is made, and handed to a subject.

    Attributes
    ----------
    finds
        The class of mistakes that it is there for, whether or not one is planted in the tests that
        no other tape finds.
    gradients
        ``gradients(rng, (steps, n))`` draws them.
    steps, shapes, copies
        The number of steps, the shapes of the arrays that the coordinates are spread over, and how
        often these stand side by side in the one array.
    start
        The scale of the start.
    needs
        What a subject must be able to take, beside plain gradients of one array.
    rates
        The learning rate of each step, as a factor.
    groups
        The factor of each array's learning rate; empty for one group.
    missing
        For each array the steps, counted from 1, in which it has no gradient.
    reload
        After how many steps the state is saved, and loaded by a new optimizer; 0 for never.
    layout
        Whose numbers lie in another order in memory: the gradients', those of all, or nobody's.
    reused
        Whether all steps have their gradients in the same memory.
    half
        Whether gradients are float16.
    mixed
        Whether every other array has another dtype than the tape, see `OTHER`.
    flushed
        Whether gradients may be taken for zeros, as processors and compilers do.
    essential
        Whether a path whose start takes seconds is tried on it.
    asked
        Whether it is tried only if it is named.
    once
        Whether it is tried in the first dtype only, for its truth takes seconds.
    """

    finds: str
    gradients: Draw
    steps: int = STEPS
    shapes: tuple[tuple[int, ...], ...] = ((SIZE,),)
    copies: int = 1
    start: float = 1.0
    needs: Feature | None = None
    rates: Schedule | None = None
    groups: tuple[float, ...] = ()
    missing: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    reload: int = 0
    layout: Literal["packed", "gradients apart", "all apart"] = "packed"
    reused: bool = False
    half: bool = False
    mixed: bool = False
    flushed: bool = False
    essential: bool = False
    asked: bool = False
    once: bool = False

    @property
    def size(self) -> int:
        """The number of coordinates, without copies."""
        return sum(map(prod, self.shapes))

    def dtypes(self, dtype: str) -> tuple[str, ...]:
        """Return each array's dtype on a tape of ``dtype``."""
        other = OTHER[dtype] if self.mixed else dtype
        return tuple(other if i % 2 else dtype for i in range(len(self.shapes)))

    @property
    def several(self) -> bool:
        """Whether more than one array of one dimension is handed over."""
        return len(self.shapes) > 1 or len(self.shapes[0]) != 1


def _unequal(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return rng.normal(size=shape) * 10.0 ** rng.uniform(-3, 2, size=shape)


def _zeros(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    tape = rng.normal(size=shape)
    tape[:3], tape[10:15], tape[-2:], tape[:, -1] = 0, 0, 0, 0
    return tape


def _scaled(scale: float) -> Draw:
    return lambda rng, shape: rng.normal(size=shape) * scale


def _repeated(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return np.repeat(rng.normal(size=(1, shape[1])), shape[0], axis=0)


def _sparse(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    turn = np.arange(shape[0])[:, None] % 10 == np.arange(shape[1]) % 10
    return np.where(turn, rng.normal(size=shape), 0.0)


SHAPES = ((), (1,), (2, 3), (2, 1, 4), (5,))
PAIRED = ((3, 2), (2, 3))

KINDS: Mapping[str, Kind] = {
    "unequal": Kind(
        "a formula that differs: gradients of many magnitudes and both signs",
        _unequal,
        essential=True,
    ),
    "zeros": Kind(
        "zero divided by zero, and state that zeros do not reach: zeros first, later and last, one "
        "coordinate always",
        _zeros,
        essential=True,
    ),
    "tiny": Kind("where eps stands: it dominates the denominator", _scaled(TINY)),
    "huge": Kind("overflow, and clipping nobody asked for: eps is negligible", _scaled(1e6)),
    "repeated": Kind("limits of moving averages: the same gradient in every step", _repeated),
    "all zeros": Kind(
        "steps without a gradient: only weight decay moves anything", _scaled(0.0), steps=10
    ),
    "near zero": Kind(
        "tiny gradients at tiny parameters, where a step is not hidden by rounding",
        _scaled(TINY),
        start=TINY,
    ),
    "underflow": Kind(
        "products that underflow: NaN, or a sign that is lost", _scaled(1.0), steps=10
    ),
    "subnormal": Kind(
        "NaN from subnormal gradients, which may be taken for zeros",
        _scaled(1.0),
        steps=10,
        flushed=True,
    ),
    "sparse": Kind("averages that skip zeros: a gradient in one step of ten", _sparse),
    "one parameter": Kind(
        "arrays without a dimension", _unequal, steps=10, shapes=((),), needs="arrays"
    ),
    "many parameters": Kind(
        "vectorised loops, their remainders and threads", _unequal, steps=6, copies=COPIES
    ),
    "arrays": Kind(
        "state shared by arrays, or mixed up: five arrays of different shapes",
        _unequal,
        steps=10,
        shapes=SHAPES,
        needs="arrays",
    ),
    "empty array": Kind(
        "arrays without numbers, as a process has of parameters that others hold",
        _unequal,
        steps=10,
        shapes=((SIZE,), (0,)),
        needs="arrays",
    ),
    "groups": Kind(
        "options of the first group used for all: two groups, the second at half the rate",
        _unequal,
        steps=10,
        shapes=PAIRED,
        groups=(1.0, 0.5),
        needs="groups",
    ),
    "two dtypes": Kind(
        "what is done once for each dtype: two arrays in one optimizer, the second in another one",
        _unequal,
        steps=10,
        shapes=PAIRED,
        mixed=True,
        needs="mixed",
    ),
    "missing gradient": Kind(
        "a step without a gradient for one array, which must stay where it is",
        _unequal,
        steps=10,
        shapes=PAIRED,
        missing={0: (3, 4, 7)},
        needs="missing",
    ),
    "changing rate": Kind(
        "a learning rate kept from the start: it halves every four steps",
        _unequal,
        rates=Exponential(gamma=0.5, every=4, stepwise=True),
        needs="rates",
    ),
    "reloaded": Kind(
        "state that is not saved: saved after five steps, loaded by a new optimizer",
        _unequal,
        steps=12,
        reload=5,
        needs="reload",
    ),
    "strided gradients": Kind(
        "gradients in another order in memory than their parameters",
        _unequal,
        steps=10,
        shapes=PAIRED,
        layout="gradients apart",
        needs="memory",
    ),
    "strided parameters": Kind(
        "parameters that are not contiguous, nor their gradients",
        _unequal,
        steps=10,
        shapes=PAIRED,
        layout="all apart",
        needs="memory",
    ),
    "reused memory": Kind(
        "a gradient kept without a copy: all steps have theirs in the same memory",
        _unequal,
        steps=10,
        reused=True,
        needs="memory",
    ),
    "half gradients": Kind(
        "float16 gradients, computed with before they are converted",
        _scaled(1.0),
        steps=10,
        half=True,
        needs="half",
        asked=True,
    ),
    "1,000 steps": Kind(
        "errors that grow: corrections by powers, counters",
        _unequal,
        steps=1000,
        shapes=((2,),),
        once=True,
    ),
    "100,000 steps": Kind(
        "counters that stop, averages in too few digits",
        _unequal,
        steps=100_000,
        shapes=((1,),),
        asked=True,
        once=True,
    ),
}
LONG = "100,000 steps"
PLAIN = ("unequal", "zeros", "tiny", "huge", "repeated")  # one array, and nothing beside


def numbers(name: str, dtype: str = "float32", seed: int = 0) -> tuple[Floats, Floats]:
    """Return the start (n,) and the gradients (steps, n) of one of `KINDS`.

    They are the same in float32 and float64, which both represent them exactly, but where they go
    to the end of a dtype; those of 16 bits are rounded to it, and half gradients to float16.
    """
    kind, rng = KINDS[name], np.random.default_rng((seed, *name.encode()))
    start, gradients = rng.normal(size=kind.size), kind.gradients(rng, (kind.steps, kind.size))
    scale = SCALES.get(name, {}).get(dtype)
    same = scale is None and not narrow(dtype)
    formats = (["float16"] if kind.half else []) + ["float32" if same else dtype]
    first = start * (kind.start if scale is None or kind.start == 1 else kind.start * scale)
    gradients = gradients * (scale or 1.0)
    return _rounded(first, [dtype if narrow(dtype) else "float32"]), _rounded(gradients, formats)


def _rounded(values: Floats, formats: Sequence[str]) -> Floats:
    for name in formats:
        values = PRECISIONS[name].nearest(values)
    return values


def tape(
    name: str,
    optimizer: str,
    hyper: Mapping[str, object],
    dtype: str,
    seed: int = 0,
    steps: int | None = None,
) -> Tape:
    """Return a tape of one of `KINDS` for an optimizer, with its first ``steps`` gradients."""
    start, gradients = numbers(name, dtype, seed)
    rates = KINDS[name].rates
    given = {**hyper, "schedule": rates} if rates else hyper
    return Tape(optimizer, start, gradients[:steps], given, dtype)


def shortened(size: int, steps: int) -> Kind:
    """Return a kind of one array, with nothing beside."""
    return replace(KINDS["unequal"], shapes=((size,),), steps=steps)
