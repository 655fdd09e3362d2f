"""What the conformance check, and the bound itself, find of planted optimizers."""

import numpy as np

from backends.conformance import KINDS, check
from backends.conformance.exact import exact
from backends.conformance.verdict import WRONG
from reference import Tape
from reference.digits import distance
from tests.helpers import tapes
from tests.planted.driven import driven, rounded

PLAIN = KINDS["unequal"]  # one array, and nothing beside
# one path where a subject has several: what is planted is in the step, not in how it is compiled
PATHS = {"functions": ["default"], "torch": ["default"], "optax": ["jitted"]}


def report(planted, tapes=None):
    """The check's report on a planted optimizer, in its precisions."""
    end = planted.where.split(":")[0].rpartition("_")[2]
    subject = planted.subject()
    return check(subject, planted.spec, planted.hyper, planted.dtypes, PATHS[end], tapes)


def finders(found):
    """The tapes by which a report says "wrong", in the order in which they are tried."""
    wrong = {trial.tape for trial in found.trials if trial.verdict == WRONG}
    return [name for name in KINDS if name in wrong]


def worth(finding):
    """What each tape is there for and what it finds, from the tapes that find each mistake.

    Of all tapes: the mistakes that it finds, those that none before it does, and those that no
    other does. One that finds nothing alone is there for its class of mistakes, of which none is
    planted that plainer tapes would miss.
    """
    return {
        tape: {
            "for": kind.finds,
            "finds": [name for name, tapes in finding.items() if tape in tapes],
            "first": [name for name, tapes in finding.items() if tapes[:1] == [tape]],
            "alone": [name for name, tapes in finding.items() if tapes == [tape]],
        }
        for tape, kind in KINDS.items()
    }


def tape(planted, kind, dtype, seed=0):
    """A plain tape for a planted optimizer, of numbers that ``dtype`` has."""
    start, gradients = (rounded(each, dtype) for each in tapes.numbers(kind, seed=seed))
    return Tape(planted.spec, start, gradients, planted.hyper, dtype)


def share(planted, given, reload=0, **options):
    """The largest share of the bound that a planted optimizer takes in any step of a tape.

    Its state is saved and loaded before step ``reload``; ``options`` are the driver's. Steps past
    the truth's end or every horizon are not compared.
    """
    true, run = exact(PLAIN, given), driven(planted, given.start, given.dtype, **options)
    points = [given.start]
    for step, g in enumerate(given.gradients, 1):
        if step == reload:
            run.reload()
        run.step(g)
        points.append(run.get())
    return largest(true, points)


def largest(true, points):
    """The largest share of the bound among points after 0, 1, 2, ... steps; infinite for NaN."""
    rows = len(true.points)
    compared = np.arange(rows)[:, None] < true.horizon
    with np.errstate(all="ignore"):
        shares = distance(np.stack(points[:rows]), true.points) / true.allowed
    return float(np.where(np.isfinite(shares), shares, np.inf)[compared].max(initial=0.0))
