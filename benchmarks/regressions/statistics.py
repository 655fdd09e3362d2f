"""Whether a difference of clocks is one: moderated t statistics, and false discoveries controlled.

In every round three workers do the same work in turns: one of the base, one of the head, and
another of the base. In log seconds, head minus the mean of the bases is the difference; base minus
base is noise, measured in the same round, and independent of it. Processes differ from each other
more than their samples do, so a round, with new processes, counts once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import optimize, special, stats

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

DISCOVERIES = 0.01  # expected share of false ones among the differences called (Benjamini-Hochberg)
CONFIDENCE = 0.95
POWER = 0.95
RELEVANT = np.log(1.05)  # "same" is: surely within this
LARGEST = 1e6  # degrees of freedom; more are as good as infinitely many
DIFFERENCE, NOISE = 1.5, 2.0  # variances of both contrasts, in those of a worker's log seconds


@dataclass(frozen=True)
class Estimate:
    """What the rounds say of one benchmark, ratios of head to base.

    Attributes
    ----------
    ratio, low, high
        The geometric mean over the rounds, and its 95 % confidence interval.
    p, q
        The two-sided p value, and the false discovery rate at which it would be called.
    seen
        The smallest slowdown, as a ratio, that would be called with 95 % probability.
    rounds
        How many there were.
    wanted
        About how many more would make the interval narrow enough for a verdict.
    """

    ratio: float
    low: float
    high: float
    p: float
    q: float
    seen: float
    rounds: int
    wanted: int


def moderated(variances: Floats, freedom: Floats) -> tuple[Floats, float]:
    """Shrink variances of few samples towards their common distribution.

    Empirical Bayes with a scaled inverse chi-squared prior (Smyth 2004, "Linear models and
    empirical Bayes methods", section 6.2).

    Returns
    -------
    The shrunken variances, and the prior's degrees of freedom, which add to those of each.
    """
    logs = np.log(np.maximum(variances, 1e-12))
    centred = logs - special.digamma(freedom / 2) + np.log(freedom / 2)
    mean = centred.mean()
    excess = centred.var(ddof=1) - special.polygamma(1, freedom / 2).mean() if len(logs) > 1 else 0
    if excess <= special.polygamma(1, LARGEST):  # the variances are alike
        return np.full_like(variances, np.exp(mean)), np.inf
    half = optimize.brentq(lambda d: special.polygamma(1, d) - excess, 1 / LARGEST, LARGEST)
    prior = np.exp(mean + special.digamma(half) - np.log(half))
    return (2 * half * prior + freedom * variances) / (2 * half + freedom), 2 * half


def estimate(
    differences: Mapping[str, Sequence[float]], noises: Mapping[str, Sequence[float]]
) -> dict[str, Estimate]:
    """Judge all benchmarks together.

    Parameters
    ----------
    differences, noises
        By benchmark, the two contrasts of each round in log seconds; at least two rounds.
    """
    names = [name for name, rounds in differences.items() if len(rounds) > 1]
    if not names:
        return {}
    d = [np.asarray(differences[name], float) for name in names]
    e = [np.asarray(noises[name], float) for name in names]
    rounds = np.array([len(each) for each in d])
    mean = np.array([each.mean() for each in d])
    squares = [
        ((x - x.mean()) ** 2).sum() / DIFFERENCE + (y**2).sum() / NOISE
        for x, y in zip(d, e, strict=True)
    ]
    freedom = 2.0 * rounds - 1
    variances, prior = moderated(np.array(squares) / freedom, freedom)
    total = freedom + prior
    error = np.sqrt(variances * DIFFERENCE / rounds) * _heavier(e, variances, total)
    p = 2 * stats.t.sf(np.abs(mean) / error, total)
    q = stats.false_discovery_control(p)
    half = stats.t.isf((1 - CONFIDENCE) / 2, total) * error
    critical = stats.t.isf(DISCOVERIES / len(names) / 2, total) + stats.t.isf(1 - POWER, total)
    # with more rounds the interval would lie within what is the same, or beyond no difference
    needed = np.maximum(np.maximum(RELEVANT - np.abs(mean), np.abs(mean)), 1e-3)
    wanted = np.maximum(1, np.ceil(rounds * ((half / needed) ** 2 - 1))).astype(int)
    columns = (mean, mean - half, mean + half)
    ratio, low, high = (np.exp(column).tolist() for column in columns)
    seen = np.exp(critical * error).tolist()
    counts = rounds.tolist(), wanted.tolist()
    rows = zip(ratio, low, high, p.tolist(), q.tolist(), seen, *counts, strict=True)
    return {name: Estimate(*row) for name, row in zip(names, rows, strict=True)}


def _heavier(noises: Sequence[Floats], variances: Floats, freedom: Floats) -> float:
    """The 95 % quantile of the measured noise over that of the t distribution; at least 1."""
    scaled = np.concatenate(
        [y / np.sqrt(NOISE * v) for y, v in zip(noises, variances, strict=True)]
    )
    found = np.quantile(np.abs(scaled), CONFIDENCE)
    return float(max(1.0, found / stats.t.isf((1 - CONFIDENCE) / 2, freedom.mean())))
