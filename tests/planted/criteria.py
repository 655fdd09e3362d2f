"""What optimizers are usually tested by, and what of the planted mistakes that would see.

Each criterion says whether it accepts a planted optimizer in a precision. Where a library has its
expected numbers written down, they are the specification's own here, in float64.
"""

import numpy as np

from tests.planted.driven import driven, specified

STEPS, NEAR = 10_000, 3e-2
GOLDEN_LR, GOLDEN = 1e-3, 5e-4
ONE_STEP = 1e-4
FALLS, LEARNING = 1.5, 200

ENDS = {}  # where specifications lead in so many steps, which takes a second each
START, TARGET = np.array([-1.0, 10.0, 1.0]), np.array([1.0, -1.0, 1.0])


def _sign(planted):
    return -1 if planted.hyper.get("maximize") else 1


def ends_near(planted, dtype):
    """optax: on a parabola, after 10,000 steps, within 3e-2; here of where it is to lead.

    That is the minimum but where weight decay or a step of one length end beside it.
    """
    key = planted.spec, tuple(planted.hyper.items())
    if key not in ENDS:
        ENDS[key] = _descended(specified(planted, START), _sign(planted))
    return _close(_descended(driven(planted, START, dtype), _sign(planted)), ENDS[key], NEAR, NEAR)


def _descended(run, sign):
    for _ in range(STEPS):
        run.step(sign * 2 * (run.get() - TARGET))
    return run.get()


def _points():
    """Two classes of points in the plane, and a one for the intercept, (100, 3); their signs."""
    rng = np.random.default_rng(0)
    signs = np.repeat([-1.0, 1.0], 50)
    points = rng.normal(size=(100, 2)) + 1.5 * signs[:, None]
    return np.column_stack([points, np.ones(100)]), signs


def loss_falls(planted, dtype):
    """pytorch_optimizer: the loss of a logistic regression falls by a factor of 1.5."""
    points, signs = _points()
    run = driven(planted, np.zeros(3), dtype)
    losses = []
    for _ in range(LEARNING):
        margins = signs * (points @ run.get().astype(np.float64))
        losses.append(np.logaddexp(0, -margins).mean())
        weights = -signs / (1 + np.exp(margins)) / len(signs)
        run.step(_sign(planted) * (weights @ points))
    return bool(losses[0] > FALLS * losses[-1])


def golden(planted, dtype):
    """Keras: ten steps at its learning rate, within 5e-4 absolute and relative of a golden."""
    changes = {"lr": GOLDEN_LR}
    run = driven(planted, np.ones(10), dtype, changes=changes)
    exact = specified(planted, np.ones(10), **changes)
    accepted = True
    for g in (np.full(10, 0.01), *[np.arange(1, 11) / 10] * 9):
        run.step(g)
        exact.step(g)
        accepted &= _close(run.get(), exact.get(), GOLDEN, GOLDEN)
    return accepted


def one_step(planted, dtype):
    """tinygrad: one step at a learning rate of 1e-3, within 1e-4 of a trusted optimizer's."""
    rng, changes = np.random.default_rng(0), {"lr": GOLDEN_LR}
    x, g = rng.normal(size=(2, 8))
    run = driven(planted, x, dtype, changes=changes)
    exact = specified(planted, x, **changes)
    run.step(g)
    exact.step(g)
    return _close(run.get(), exact.get(), ONE_STEP, 0)


def shapes(planted, dtype):
    """MLX: after a step the parameters have their shape, and hold numbers."""
    run = driven(planted, START, dtype)
    run.step(TARGET)
    return run.get().shape == START.shape and run.get().dtype.kind == "f"


CRITERIA = {
    "10,000 steps, then 3e-2": ends_near,
    "the loss falls by 1.5": loss_falls,
    "5e-4 on a golden": golden,
    "one step at 1e-4": one_step,
    "shapes": shapes,
}


def _close(ours, exact, absolute, relative):
    return bool(np.all(np.abs(ours - exact) <= absolute + relative * np.abs(exact)))


def accepts(criterion, planted, dtype):
    """Whether a criterion accepts it; a test that raises does not."""
    try:
        with np.errstate(all="ignore"):
            return CRITERIA[criterion](planted, dtype)
    except (ArithmeticError, RuntimeError, TypeError, ValueError):
        return False


def scoreboard(faults, variants, criteria=tuple(CRITERIA)):
    """What each criterion catches of the faults, and what it wrongly refuses of the variants.

    Faults are tried in the first of their precisions, variants in each of those that they have.
    Returns JSON's types: by criterion the ids under "caught", "missed", "accepted" and "false
    alarms", those of variants with their precision.
    """
    precisions = {fault.dtypes[0] for fault in faults}
    table = {}
    for criterion in criteria:
        found = {"caught": [], "missed": [], "accepted": [], "false alarms": []}
        for fault in faults:
            missed = accepts(criterion, fault, fault.dtypes[0])
            found["missed" if missed else "caught"].append(fault.id)
        for variant in variants:
            for dtype in sorted(precisions.intersection(variant.dtypes)):
                accepted = accepts(criterion, variant, dtype)
                found["accepted" if accepted else "false alarms"].append(f"{variant.id}, {dtype}")
        table[criterion] = found
    return table
