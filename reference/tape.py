"""A tape: an optimizer's run on a fixed sequence of gradients."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, partial
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from reference import states
from reference.arrays import Floats, Ints
from reference.errors import Invalid, choose
from reference.parameters import real_numbers
from reference.precision import PRECISIONS
from reference.run import DEFAULTS, DIGEST, OPTIMIZERS, Run


@dataclass(frozen=True, eq=False, init=False)
class Tape(Run):
    """An optimizer, a start, and the gradients of its steps, which do not depend on the points.

    Parameters
    ----------
    optimizer
        An id of `OPTIMIZERS` whose step uses one gradient (`Optimizer.first_order`).
    start
        (n,) finite numbers.
    gradients
        (steps, n) finite numbers, the gradient of each step.
    hyper
        The optimizer's hyperparameters; defaults for those left out.
    dtype
        The precision of a run: one of `DTYPES`; or "bfloat16" or "float16", in which no backend
        runs and others may be compared. There the hyperparameters are held to float32: a correct
        program has its coefficients in that.
    slots
        The state to start from: its arrays, (n,) finite numbers each, in the order of the
        specification's ``State``, whose numbers follow from ``t``. None for the first state.
    t
        How many steps the optimizer has taken before.

    Raises
    ------
    Invalid
        If the tape cannot be run; the message names the value and what was expected.

    Examples
    --------
    >>> tape = Tape("gd", [1.0], [[0.5], [0.25]], hyper={"lr": 0.5})
    >>> float(truth(tape).points[-1, 0])
    0.625
    """

    optimizer: str
    start: Floats
    gradients: Floats
    hyper: Mapping[str, object]
    dtype: str
    slots: tuple[Floats, ...] | None
    t: int

    def __init__(
        self,
        optimizer: str,
        start: ArrayLike,
        gradients: ArrayLike,
        hyper: Mapping[str, object] = DEFAULTS,
        dtype: str = "float64",
        slots: Sequence[ArrayLike] | None = None,
        t: int = 0,
    ) -> None:
        self._keep(optimizer=optimizer, hyper=hyper, dtype=choose("dtype", dtype, PRECISIONS))
        if not self.spec.first_order:
            known = ", ".join(name for name, spec in OPTIMIZERS.items() if spec.first_order)
            raise Invalid(f"{optimizer!r} needs more than gradients: expected one of {known}")
        self.hyperparameters.check_dtype(optimizer, PRECISIONS[dtype].wide)
        self._keep(
            start=real_numbers("start", start, dtype),
            gradients=real_numbers("gradients", gradients, dtype),
            hyper=MappingProxyType(dict(hyper)),
        )
        self._check_shapes()
        states.check_taken(t)
        self._keep(slots=None if slots is None else self._arrays(slots), t=int(t))
        for array in (self.start, self.gradients, *(self.slots or ())):
            array.flags.writeable = False

    def _arrays(self, slots: Sequence[ArrayLike]) -> tuple[Floats, ...]:
        owner = self.optimizer, self.spec, self.hyperparameters
        return states.checked(*owner, slots, len(self.start), self.dtype)

    def _check_shapes(self) -> None:
        start, gradients = self.start, self.gradients
        if start.ndim != 1 or start.size == 0:
            raise Invalid(f"start of shape {start.shape}: expected (n,), one or more parameters")
        if gradients.ndim != 2 or gradients.shape[1:] != start.shape:
            raise Invalid(
                f"gradients of shape {gradients.shape}: expected (steps, {len(start)}), a row of "
                f"{len(start)} numbers for each step"
            )

    @property
    def steps(self) -> int:
        """The number of updates."""
        return len(self.gradients)

    @cached_property
    def identity(self) -> tuple[object, ...]:
        """A hashable tuple of all that determines the result; `==` compares it."""
        numbers = (self.start.tobytes(), self.gradients.tobytes(), self.gradients.shape)
        state = None if self.slots is None else tuple(map(np.ndarray.tobytes, self.slots))
        return self.optimizer, self.hyperparameters, *numbers, self.dtype, state, self.t

    @cached_property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of a SHA-256 of all that determines the result.

        Raises
        ------
        Invalid
            If the learning rate's schedule is a function of your own, which has no text form.
        """
        about = self.optimizer, self.hyperparameters.to_dict(), self.dtype, self.t
        arrays = self.start, self.gradients, *(self.slots or ())
        found = hashlib.sha256(json.dumps((about, len(arrays))).encode())
        for array in arrays:
            found.update(array.tobytes())
        return found.hexdigest()[:DIGEST]

    def at(self, index: slice | Ints) -> "Tape":
        """Return the tape of the parameters at ``index``, an index array or a slice.

        Raises
        ------
        Invalid
            If their steps depend on the gradients of the others.
        """
        if not self.elementwise:
            clipping = f"clip_norm = {getattr(self.hyperparameters, 'clip_norm', None)}"
            raise Invalid(f"{clipping}: each step needs the gradients of all {len(self.start)}")
        picked = self.start[index], self.gradients[:, index]
        slots = None if self.slots is None else [each[index] for each in self.slots]
        return Tape(self.optimizer, *picked, self.hyper, self.dtype, slots, self.t)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the constructor's arguments; cached properties are recomputed."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return partial(type(self), **given | {"hyper": dict(self.hyper)}), ()
