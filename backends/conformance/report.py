"""The report of a check."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from backends.conformance import speed
from backends.conformance.speed import Speed
from backends.conformance.verdict import (
    CANNOT_TELL,
    NOT_RUN,
    RIGHT,
    WRONG,
    Trial,
    Verdict,
    overall,
)
from backends.conformance.words import (
    names,
    off,
    purposes,
    reasons,
    settings,
    shrunk,
    table,
    tally,
    where,
)

SHOWN = 3  # further things that are wrong, told one by one


@dataclass(frozen=True)
class Report:
    """What `check` found; ``str(report)`` says it.

    Attributes
    ----------
    subject, spec
        What was checked, and our id of what it must be.
    hyper
        Our hyperparameters of that.
    trials
        One for each dtype, path and tape.
    smallest
        For "wrong", the shortest tape with the fewest coordinates found that shows it.
    ended
        Why the check did not come to its end, or "".
    versions
        Of the packages that computed.
    made
        What the subject did while it was made.
    formula
        Which formula it follows, in words, if it is wrong.
    speed
        What its steps cost beside ours, if a timer was given.
    conventions
        What each convention of the formula is that was not asked for, in words.
    """

    subject: str
    spec: str
    hyper: Mapping[str, object]
    trials: tuple[Trial, ...]
    smallest: Trial | None = None
    ended: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    formula: str = ""
    speed: tuple[Speed, ...] = ()
    conventions: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Wrong if any trial is; else not run if the check was ended; else right if any is."""
        found = overall(each.verdict for each in self.trials)
        return "not run" if self.ended and found != WRONG else found

    @property
    def worst(self) -> Trial | None:
        """The trial that decides: the first that is wrong, or of the right ones the furthest off.

        None if nothing was tried.
        """
        found = [each for each in self.trials if each.verdict == self.verdict]
        if self.verdict == RIGHT:
            return max(found, key=lambda trial: trial.ratio)
        return found[0] if found else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the subject did besides, each once."""
        found = (note for each in self.trials for note in each.notes)
        return tuple(dict.fromkeys([*self.made, *found]))

    @property
    def summary(self) -> str:
        """The verdict in one sentence."""
        trial = self.worst
        if self.verdict == RIGHT and trial is not None:
            what = settings(self.spec, self.hyper)
            of = f"{tally(self.trials)[RIGHT]} of {len(self.trials)} trials"
            share = f"the largest error is {trial.ratio:.2g} of its bound ({where(trial)})"
            return f"{self.subject} is {what}: right in {of}; {share}"
        if self.verdict == WRONG and trial is not None:
            first = f"first in step {trial.step} ({where(trial)})"
            what = settings(self.spec, self.hyper)
            return f"{self.subject} is not {what}: {trial.why}, {first}"
        why = self.ended or (trial.why if trial else "nothing was tried")
        return f"{self.subject}: {why}"

    @property
    def evidence(self) -> str:
        """What the verdict rests on, in lines."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        wrong = [t for t in self.trials if t.verdict == WRONG]
        yield from _indented(off(trial) for trial in wrong[:1])
        yield from _indented([f"which formula: {self.formula}"] if self.formula else [])
        yield from _indented(f"  {meaning}" for meaning in self.conventions)
        if self.smallest is not None:
            yield from _indented(shrunk(self.smallest))
        yield from _indented(f"also {t.why} ({where(t)})" for t in _others(wrong))
        yield from _indented([f"wrong on: {names(wrong)}"] if len(wrong) > 1 else [])
        yield from _indented(f"  {line}" for line in purposes(wrong))
        yield from _indented(f"note: {note}" for note in self.notes)
        yield from _indented([self.ended] if self.verdict == WRONG else [])
        if self.trials:
            yield ""
            yield from table(self.trials)
        for verdict in (CANNOT_TELL, NOT_RUN):
            yield from reasons(self.trials, verdict)
        yield from speed.lines(self.speed)
        if self.versions:
            yield ", ".join(f"{name} {version}" for name, version in self.versions.items())

    def __str__(self) -> str:
        return f"{self.verdict}: {self.summary}\n{self.evidence}".rstrip()

    def require(self) -> None:
        """Raise AssertionError, with the report in words, unless the verdict is "right"."""
        if self.verdict != RIGHT:
            raise AssertionError(str(self))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in filter(None, lines):
        yield f"  {line}"


def _others(wrong: list[Trial]) -> list[Trial]:
    """Return the first trial of each further thing that is wrong."""
    first = {trial.why: trial for trial in reversed(wrong)}
    return [t for t in first.values() if t is not wrong[0]][::-1][:SHOWN]
