"""A state to start from: the arrays of an optimizer's state, and the state that has given ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.arrays import Floats
from reference.errors import Invalid, shown
from reference.parameters import Parameters, real_numbers
from reference.run import MOST_STEPS
from reference.spec import Array, Optimizer, State


def array_names(spec: Optimizer, h: Parameters) -> tuple[str, ...]:
    """Return the names of a state's arrays in order; its numbers and None are left out."""
    state = spec.init(np.zeros(1), h)
    names = getattr(state, "_fields", ())
    return tuple(n for n, each in zip(names, state, strict=True) if isinstance(each, np.ndarray))


def check_count(owner: str, spec: Optimizer, h: Parameters, count: int) -> None:
    """Raise Invalid unless a state of ``owner`` has so many arrays."""
    names = array_names(spec, h)
    if count != len(names):
        expected = f"{len(names)}: {', '.join(names)}" if names else "none, for it keeps nothing"
        raise Invalid(f"{owner}: {count} arrays of state: expected {expected}")


def check_shape(name: str, shape: tuple[int, ...], n: int) -> None:
    """Raise Invalid unless an array of a state has a number for each of ``n`` parameters."""
    if shape != (n,):
        raise Invalid(f"{name} of shape {shape}: expected ({n},), a number for each parameter")


def check_taken(t: Any) -> None:
    """Raise Invalid unless ``t`` is a number of steps that may have been taken."""
    is_integer = isinstance(t, (int, np.integer)) and not isinstance(t, bool)
    if not is_integer or not 0 <= t <= MOST_STEPS:
        expected = f"the number of steps taken before, from 0 to {MOST_STEPS:,}"
        raise Invalid(f"t = {shown(t)}: expected {expected}")


def checked(
    owner: str, spec: Optimizer, h: Parameters, slots: Sequence[Array], n: int, dtype: str
) -> tuple[Floats, ...]:
    """Return the arrays of a state of n parameters as float64.

    Raises
    ------
    Invalid
        If there are more or fewer than the optimizer keeps, or one is not (n,) real numbers that
        are finite in ``dtype``.
    """
    if not isinstance(slots, (tuple, list)):
        raise Invalid(f"{owner}: slots = {shown(slots)}: expected a tuple or list of arrays")
    check_count(owner, spec, h, len(slots))
    found = []
    for i, given in enumerate(slots):
        array = real_numbers(f"slots[{i}]", given, dtype)
        check_shape(f"slots[{i}]", array.shape, n)
        found.append(array)
    return tuple(found)


def resumed(spec: Optimizer, h: Any, x: Array, arrays: Sequence[Array], t: int) -> State:
    """Return the specification's state after ``t`` steps with these arrays, in order."""
    own, given, numbers = spec.init(x, h), iter(arrays), spec.numbers(h, t)
    names = getattr(own, "_fields", ())
    values = [
        next(given) if isinstance(each, np.ndarray) else numbers.get(name, each)
        for name, each in zip(names, own, strict=True)
    ]
    return type(own)(*values)
