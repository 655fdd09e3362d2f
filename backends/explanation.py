"""Explains why a target prints a golden text with another digit: a library's elementary function.

A golden must be reproduced character for character in the document's arithmetic. A difference is
explained only if all of these hold:

- Another backend on this machine, the witness, prints the document's text.
- The two runs first differ in a step where one elementary function returns two different results
  for the same arguments.
- The witness's result is correctly rounded; the target's is not, but is within `ALLOWED`.
- With the witness's result, the target's step ends at the same point and state, bit for bit.
- The target's run stays within its bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backends.parting import Difference, Parting, parting
from backends.protocol import Unsupported
from backends.runner import TargetRunner
from backends.targets import available
from reference import Case, Golden, compare


class Unexplained(AssertionError):
    """A golden text differs, and one of the conditions for an explanation fails."""


@dataclass(frozen=True)
class Explanation:
    """Why ``target`` prints another text than ``witness``, which prints the document's.

    Attributes
    ----------
    partings
        The first difference of the two runs of each case that differs.
    ratio
        The largest error of the target's runs, divided by its bound.
    """

    target: str
    witness: str
    partings: tuple[Parting, ...]
    ratio: float

    @property
    def function(self) -> str:
        """The elementary function that differs, by numpy's name."""
        return self.partings[0].differences[0].function

    def __str__(self) -> str:
        sentences = "; ".join(map(_sentence, self.partings))
        return (
            f"{sentences}. With {self.witness}'s result the step is the same bit for bit; the run "
            f"stays within {self.ratio:.2g} of its bound."
        )


def number(value: float, dtype: str) -> str:
    """Return the shortest decimal that rounds to the number in ``dtype``."""
    return np.format_float_positional(np.dtype(dtype).type(value), unique=True, trim="0")


def _sentence(found: Parting) -> str:
    one, dtype = found.differences[0], found.case.dtype
    arguments = ", ".join(number(a, dtype) for a in one.arguments)
    ours, theirs = (number(result, dtype) for result in one.results)
    return (
        f"{found.targets[0]}'s {one.function}({arguments}) in step {found.step} is {ours}, "
        f"{one.errors[0]:.2f} units in the last place off, of {one.allowed:g} allowed; "
        f"{found.targets[1]}'s is {theirs}, the correctly rounded one"
    )


def explain(golden: Golden, target: str) -> Explanation:
    """Explain why a golden's text differs on ``target``, which should reproduce it.

    Raises
    ------
    Unexplained
        If a condition fails for every witness; the message says which.
    """
    reasons = []
    for witness in _witnesses(golden, target):
        try:
            return _explain(golden, target, witness)
        except Unexplained as why:
            reasons.append(f"beside {witness}: {why}")
    raise Unexplained("; ".join(reasons) or "no other backend here prints the document's text")


def _witnesses(golden: Golden, target: str) -> Iterator[str]:
    """Yield the other available targets that print the document's text."""
    for other, why in available().items():
        if why is None and other != target:
            try:
                text = golden.text(TargetRunner(other, "eager", golden.derivatives))
            except Unsupported:
                continue
            if text == golden.expected:
                yield other


def _explain(golden: Golden, target: str, witness: str) -> Explanation:
    found, ratios = [], []
    for case in golden.cases:
        parted, ratio = _parted(case, golden.derivatives, (target, witness))
        found += [parted] if parted is not None else []
        ratios.append(ratio)
    if not found:
        raise Unexplained("the runs are the same bit for bit, so the text must be too")
    functions = {difference.function for parted in found for difference in parted.differences}
    if len(functions) > 1:
        raise Unexplained(f"more than one function differs: {', '.join(sorted(functions))}")
    return Explanation(target, witness, tuple(found), max(ratios))


def _parted(case: Case, derivatives: str, targets: tuple[str, str]) -> tuple[Parting | None, float]:
    """Return the first difference of the runs, and the ratio of the first target's run.

    Raises `Unexplained` if a condition on the two runs fails.
    """
    ours, theirs = (TargetRunner(target, "eager", derivatives).run(case) for target in targets)
    found, ratio = parting((ours, theirs)), compare(ours).ratio
    if not ratio <= 1:
        raise Unexplained(f"the run is {ratio:.3g} times as far off as rounding explains")
    if found is not None:
        for difference in found.differences:
            _check(difference, case.dtype)
        if not found.differences:
            raise Unexplained(f"no elementary function differs in step {found.step}")
        if not found.sufficient:
            what = f"{found.differences[0].function} is not all that differs in step {found.step}"
            raise Unexplained(what)
    return found, ratio


def _check(found: Difference, dtype: str) -> None:
    """Raise `Unexplained` unless the witness rounds correctly and the target's error is allowed."""
    asked = f"{found.function}({', '.join(number(a, dtype) for a in found.arguments)})"
    ours, theirs = found.results
    if theirs != found.correct:
        raise Unexplained(f"{asked}: the other's {number(theirs, dtype)} is not correctly rounded")
    if ours == found.correct:
        raise Unexplained(f"{asked}: ours is the correctly rounded result")
    if not found.errors[0] <= found.allowed:
        raise Unexplained(
            f"{asked}: {number(ours, dtype)} is {found.errors[0]:.2f} units in the last place off, "
            f"and {found.allowed:g} are allowed"
        )
