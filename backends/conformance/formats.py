"""A report as a comment for a pull request, and as JSON."""

import math
from typing import Any

from backends.conformance import speed
from backends.conformance.report import Report
from backends.conformance.verdict import CANNOT_TELL, NOT_RUN, RIGHT, WRONG, Trial


def markdown(report: Report) -> str:
    """Return the report as a comment for a pull request."""
    marks = {RIGHT: "✅", WRONG: "❌", CANNOT_TELL: "❔", NOT_RUN: "⏹"}
    head = f"### {marks[report.verdict]} {report.verdict}: {report.subject}"
    return f"{head}\n\n{report.summary}\n\n```\n{report.evidence.strip()}\n```\n"


def to_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON types; the points are left out."""
    return {
        "verdict": report.verdict,
        "summary": report.summary,
        "subject": report.subject,
        "spec": report.spec,
        "hyper": {name: _plain(value) for name, value in report.hyper.items()},
        "versions": dict(report.versions),
        "notes": list(report.notes),
        "ended": report.ended,
        "formula": report.formula,
        "smallest": report.smallest and _trial(report.smallest, numbers=True),
        "speed": [speed.to_dict(each) for each in report.speed],
        "trials": [_trial(trial) for trial in report.trials],
    }


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        return value
    return list(value) if isinstance(value, tuple) else str(value)


def _trial(trial: Trial, numbers: bool = False) -> dict[str, Any]:
    names = ("verdict", "tape", "dtype", "path", "why", "step", "coordinate", "exact", "compared")
    found: dict[str, Any] = {name: getattr(trial, name) for name in names}
    for name in ("ratio", "got", "ulps"):  # JSON has no NaN and no infinity
        value = getattr(trial, name)
        found[name] = value if value is None or math.isfinite(value) else str(value)
    found["notes"] = list(trial.notes)
    if numbers:
        found["start"], found["gradients"] = trial.run.start.tolist(), trial.run.gradients.tolist()
    return found
