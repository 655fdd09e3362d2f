"""Why a printed text has another digit here: one function of a library, found in the run itself.

In the document's own arithmetic a text is owed character for character. It may differ only where
all of this is so: another backend on this very machine prints it; the two runs part at a step in
which one elementary function gave two results for the same arguments; ours is not the correctly
rounded one and no further off than the rounding model allows that function; with the other's
result our step leads to the same point and state, bit for bit; and our run stays within its bound.
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
    """A text that differs from the document's for no reason that was found."""


@dataclass(frozen=True)
class Explanation:
    """Why ``target`` prints another text than ``witness``, which prints the document's.

    Attributes
    ----------
    partings
        Where the runs of the two part, each at one function: `backends.parting.Parting`.
    ratio
        The largest error of the target's runs, divided by the one allowed.
    """

    target: str
    witness: str
    partings: tuple[Parting, ...]
    ratio: float

    @property
    def function(self) -> str:
        """The function that did it, by numpy's name."""
        return self.partings[0].differences[0].function

    def __str__(self) -> str:
        stories = "; ".join(map(_story, self.partings))
        return (
            f"{stories}. With {self.witness}'s result the step is the same bit for bit; the run "
            f"stays within {self.ratio:.2g} of its bound."
        )


def number(value: float, dtype: str) -> str:
    """The shortest text that stands for the number in its precision."""
    return np.format_float_positional(np.dtype(dtype).type(value), unique=True, trim="0")


def _story(found: Parting) -> str:
    one, dtype = found.differences[0], found.case.dtype
    arguments = ", ".join(number(a, dtype) for a in one.arguments)
    ours, theirs = (number(result, dtype) for result in one.results)
    return (
        f"{found.targets[0]}'s {one.function}({arguments}) in step {found.step} is {ours}, "
        f"{one.errors[0]:.2f} units in the last place off, of {one.allowed:g} allowed; "
        f"{found.targets[1]}'s is {theirs}, the correctly rounded one"
    )


def explain(golden: Golden, target: str) -> Explanation:
    """Find out why a golden's text differs on ``target``, one of those that should print it.

    Raises
    ------
    Unexplained
        Where any part of an explanation is missing, saying which.
    """
    reasons = []
    for witness in _witnesses(golden, target):
        try:
            return _explain(golden, target, witness)
        except Unexplained as why:
            reasons.append(f"beside {witness}: {why}")
    raise Unexplained("; ".join(reasons) or "no other backend here prints the document's text")


def _witnesses(golden: Golden, target: str) -> Iterator[str]:
    """The other targets here that print the document's text."""
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
    """Where the runs part, and how much of its bound ours needs."""
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
    """Ours must be a library's error that is allowed, and the other's result the right one."""
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
