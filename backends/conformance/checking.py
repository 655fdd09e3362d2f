"""The check: a subject in every dtype, on every path, on every tape."""

import sys
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from typing import Any

from backends.conformance.alive import TAPE, alive
from backends.conformance.formula import formula
from backends.conformance.given import DEFAULTS, Settings, named
from backends.conformance.installed import version_of
from backends.conformance.limits import OutOfTime, limited
from backends.conformance.plan import Plan
from backends.conformance.recording import CRASHES, Raised, Recording, line, made, quiet
from backends.conformance.report import Report
from backends.conformance.shrinking import smallest
from backends.conformance.speed import Speed, Timer
from backends.conformance.subjects import Found, Subject, find, settled, title
from backends.conformance.tapes import KINDS
from backends.conformance.trial import NOT_TRIED, Place, tried
from backends.conformance.verdict import NOT_RUN, WRONG, Trial, Verdict, overall
from reference.precision import PRECISIONS

SECONDS = 600.0  # a check's limit if none is given

Progress = Callable[[Trial, int], None]  # a trial, and how many are still to come


def check(
    subject: object,
    spec: str,
    hyper: Mapping[str, object] = DEFAULTS,
    dtypes: Sequence[str] | None = None,
    paths: Sequence[str] | None = None,
    tapes: Sequence[str] | None = None,
    long: bool = False,
    limit: float | None = SECONDS,
    progress: Progress = lambda trial, left: None,
    timer: Timer | None = None,
) -> Report:
    """Hold an optimizer of anybody's to a specification, on tapes of given gradients.

    Parameters
    ----------
    subject
        A class of `torch.optim.Optimizer`; a GradientTransformation of optax; an optimizer of
        Keras 3; a function ``step(x, g, state)`` of numpy arrays that returns the next ``x`` and
        state, which is None at first; anything with ``init``, ``step`` and ``get``, as a
        `backends.Updater`; or a function that makes one of them, of the parameters for torch.
    spec
        What it must be: an id of `reference.OPTIMIZERS`, or a usual name, such as "adamw".
    hyper
        Its hyperparameters, in ours or in its own names. What is left out is the subject's own
        default, where that can be seen, and else the specification's.
    dtypes, paths, tapes
        "float32", "float64", "bfloat16" and "float16"; ways of computing a step, such as "fused";
        and names of `KINDS`. None for all, but float16, and bfloat16 of plain functions, which
        must be asked for.
    long
        Whether to take 100,000 steps, too, which needs minutes for their truth.
    limit
        Seconds after which a subject that hangs is ended, in the main thread of a system that has
        timers; None for never.
    progress
        Called after each trial with it and the number of those to come.
    timer
        Tells what steps cost, such as `benchmarks.peers.checked.timed`: on all paths that do not
        take seconds to start, or those that are given, in the first dtype.

    Raises
    ------
    reference.Unknown, reference.Invalid
        If the specification, a hyperparameter, dtype, path or tape does not exist, a
        hyperparameter is invalid, or the subject is nothing that takes steps.

    Examples
    --------
    >>> def step(x, g, state):
    ...     return x - 0.5 * g, None
    >>> check(step, "gd", {"lr": 0.5}, tapes=["unequal"]).verdict
    'right'
    >>> found = check(step, "gd", {"lr": 0.25}, tapes=["unequal"])
    >>> found.verdict, found.worst.step
    ('wrong', 1)
    """
    plan = Plan(dtypes, paths, tapes, long)
    optimizer, given = named(spec, hyper)
    session = _Session(plan, progress, optimizer, given, timer)
    try:
        with limited(limit):
            session.take(subject)
    except OutOfTime:
        session.ended = f"it was ended after {limit:g} s{session.at()}"
    except Raised as error:
        session.ended = str(error)
    return session.report()


class _Session:
    """A check while it runs; what it has found is kept if it is ended."""

    def __init__(
        self,
        plan: Plan,
        progress: Progress,
        optimizer: str,
        given: Mapping[str, Any],
        timer: Timer | None = None,
    ) -> None:
        self.plan, self.progress, self.timer = plan, progress, timer
        self.speed: tuple[Speed, ...] = ()
        self.optimizer, self.given = optimizer, given
        self.recording = Recording()
        self.trials: list[Trial] = []
        self.smallest: Trial | None = None
        self.title, self.framework, self.ended = "the subject", "", ""
        self.formula: tuple[str, ...] = ()
        self.ours = given
        self.now: tuple[str, Place] | None = None

    def take(self, subject: object) -> None:
        self.title = title(subject)
        found = made(self.recording, lambda: find(subject))
        self.title, self.framework = found.title, found.framework
        settings = settled(found, self.optimizer, self.given)
        self.ours = settings.ours
        ready = made(self.recording, lambda: found.make(settings))
        places = self.plan.places(ready)
        for left, place in zip(range(len(places) - 1, -1, -1), places, strict=True):
            self.everything(ready, settings, place, left)
            self.stop_if_it_only_raises(place.dtype == self.plan.of(ready)[-1])
        self.hyperparameters(found, settings, ready.slow)
        self.shrink(ready)
        self.formula = formula(ready, settings, self.trials)
        self.clock(ready, settings)

    def everything(self, subject: Subject, settings: Settings, place: Place, left: int) -> None:
        """Try all tapes in one place; none after the first if the subject cannot be run there."""
        names = self.plan.names(subject, place)
        for i, name in enumerate(names, 1):
            self.now = name, place
            trial = tried(subject, settings, name, place)
            self.keep(trial, len(names) - i + left * len(names))
            if place.unproven and trial.verdict == NOT_RUN and trial.why not in NOT_TRIED:
                return
            place = replace(place, unproven=place.unproven and trial.verdict == NOT_RUN)

    def stop_if_it_only_raises(self, last: bool) -> None:
        """End the check if the subject has raised in every dtype, to the ``last``, of a path."""
        if last and all(trial.raised and trial.verdict == NOT_RUN for trial in self.trials):
            raise Raised(self.trials[0].why)

    def keep(self, trial: Trial, left: int) -> None:
        self.trials.append(trial)
        self.progress(trial, left)

    def hyperparameters(self, found: Found, settings: Settings, slow: Set[str]) -> None:
        """Set each hyperparameter otherwise, on the first path, in the most precise dtype."""
        bases = [t for t in self.trials if t.tape == TAPE and t.path not in slow]
        bases = [t for t in bases if t.path == bases[0].path and t.points is not None]
        if not bases:
            return
        base = max(bases, key=lambda trial: PRECISIONS[trial.dtype].bits)
        self.now = TAPE, Place(base.dtype, base.path)

        def again(passed: Mapping[str, Any]) -> Settings:
            return settled(found, self.optimizer, {**self.told(settings), **passed})

        def remade(other: Settings) -> Subject:
            return made(self.recording, lambda: found.make(other))

        for trial in alive(remade, again, settings, base):
            self.keep(trial, 0)

    def told(self, settings: Settings) -> Mapping[str, Any]:
        """What was given and is not passed to the subject: only the specification knows it."""
        names = {ours for name in settings.knobs for ours in settings.rules[name].names}
        names |= settings.passed.keys()
        return {name: value for name, value in self.given.items() if name not in names}

    def shrink(self, subject: Subject) -> None:
        """Find the smallest tape that shows what is wrong, as the subject was set."""
        wrong = [t for t in self.trials if t.verdict == WRONG and t.path not in subject.slow]
        if wrong and wrong[0].tape in KINDS:
            self.smallest = smallest(subject, wrong[0])

    def clock(self, subject: Subject, settings: Settings) -> None:
        """Time a step on the paths that run, with the verdict on each beside it."""
        if self.timer is None:
            return
        dtype = self.plan.of(subject)[0]
        ran = {t.path for t in self.trials if t.dtype == dtype and t.verdict != NOT_RUN}
        paths = [
            p for p in subject.paths if p in ran and (self.plan.paths or p not in subject.slow)
        ]
        try:
            with quiet(self.recording):
                found = self.timer(subject, settings, paths, dtype)
        except OutOfTime:
            self.recording.note("it was not timed: the time limit came first")
            return
        except CRASHES as error:  # as of a subject that few parameters do not break
            self.recording.note(f"it was not timed: {line(error)}")
            return
        self.speed = tuple(replace(each, verdict=self.said(each.path, dtype)) for each in found)

    def said(self, path: str, dtype: str) -> Verdict:
        """What the trials say of a path in a dtype."""
        return overall(t.verdict for t in self.trials if (t.path, t.dtype) == (path, dtype))

    def at(self) -> str:
        return f": on the tape {self.now[0]!r}, path {self.now[1].path}" if self.now else ""

    def report(self) -> Report:
        return Report(
            self.title,
            self.optimizer,
            dict(self.ours),
            tuple(self.trials),
            self.smallest,
            self.ended,
            _versions(self.framework),
            tuple(self.recording.notes),
            " ".join(self.formula[:1]),
            self.speed,
            self.formula[1:],
        )


def _versions(framework: str) -> dict[str, str]:
    """Return the versions of numpy, the framework and what it computes with, where installed."""
    found = {}
    for name in dict.fromkeys(["numpy", *([framework] if framework else []), "jax", "torch"]):
        if name in sys.modules:
            with suppress(PackageNotFoundError):
                found[name] = version_of(name)
    return found
