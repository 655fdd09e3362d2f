"""What the conformance check, and the bound itself, find of planted optimizers."""

import numpy as np

from backends.conformance import KINDS, check
from backends.conformance.exact import exact
from backends.conformance.verdict import WRONG
from reference import DTYPES, Tape
from reference.digits import distance
from tests.helpers import tapes
from tests.planted.driven import driven, rounded

PLAIN = KINDS["unequal"]  # one array, and nothing beside
# one path where a subject has several: what is planted is in the step, not in how it is compiled
PATHS = {"functions": ["default"], "torch": ["default"], "optax": ["jitted"]}


def report(planted, tapes=None):
    """The check's report on a planted optimizer, in the precisions that a check has."""
    end = planted.where.split(":")[0].rpartition("_")[2]
    dtypes = [name for name in planted.dtypes if name in DTYPES]
    subject = planted.subject()
    return check(subject, planted.spec, planted.hyper, dtypes=dtypes, paths=PATHS[end], tapes=tapes)


def finders(found):
    """The tapes by which a report says "wrong"."""
    return {trial.tape for trial in found.trials if trial.verdict == WRONG}


def alone(finding):
    """By tape the mistakes that it alone finds, from the tapes that find each."""
    names = sorted({tape for each in finding.values() for tape in each})
    return {tape: [name for name, each in finding.items() if each == {tape}] for tape in names}


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


def mixed_share(planted, kind="unequal"):
    """The same of parameters in two precisions, in one optimizer of torch."""
    import torch

    given = [tape(planted, kind, dtype) for dtype in DTYPES]
    dtypes = [getattr(torch, each.dtype) for each in given]
    starts = [torch.tensor(each.start, dtype=d) for each, d in zip(given, dtypes, strict=True)]
    params = [torch.nn.Parameter(x) for x in starts]
    peer, points = planted.subject()(params), [[each.start] for each in given]
    for step in range(given[0].steps):
        for p, each in zip(params, given, strict=True):
            p.grad = torch.tensor(each.gradients[step], dtype=p.dtype)
        peer.step()
        for p, kept in zip(params, points, strict=True):
            kept.append(p.detach().numpy().copy())
    return max(largest(exact(PLAIN, g), p) for g, p in zip(given, points, strict=True))
