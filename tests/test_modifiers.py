"""Claim: what stands beside a formula is the same for every first-order optimizer and backend.

Weight decay in each of its forms, a schedule of the learning rate, clipping and ascent, alone and
together, on every backend; and against the schedulers of torch, optax and scikit-learn's formula.
"""

import math
from dataclasses import replace
from functools import partial
from itertools import product

import mpmath
import numpy as np
import pytest

import backends
from backends import modes_of, run, sweep
from reference import Case, Invalid, Tape, truth
from reference.allowances import ALLOWED
from reference.digits import DIGITS
from reference.parameters import Parameters
from reference.schedules import SCHEDULES, Cosine, Exponential, Function, OneCycle, WarmUp
from reports.cells import TapeCell
from tests.helpers import tapes, worst
from tests.helpers.lists import FIRST_ORDER, HOSTS, off_defaults, quick

FORMS = ("l2", "decoupled", "independent", "after")
ALL = {"schedule": WarmUp(steps=5, start=0.25, then=Cosine(steps=20, end=0.125))}
ALL |= {"maximize": True, "clip_norm": 2.0, "clip_norm_eps": 0.25, "clip_value": 0.75}
COMBINED = [{**ALL, "weight_decay": 0.25, "weight_decay_form": form} for form in FORMS]
# one form for each optimizer, and all of them for Adam
EACH = [(name, COMBINED[i % len(FORMS)]) for i, name in enumerate(FIRST_ORDER) if name != "adam"]
EACH += [("adam", hyper) for hyper in COMBINED]
ALONE = [
    {"weight_decay": 0.25, "weight_decay_form": "decoupled"},
    {"maximize": True},
    {"clip_norm": 0.75},
    {"clip_value": 0.75},
    {"schedule": Exponential(gamma=0.875)},
]


def _id(hyper):
    if isinstance(hyper, str):
        return hyper
    return ",".join(
        str(v) if isinstance(v, str) else n for n, v in hyper.items() if n != "weight_decay"
    )


def _within(record, way, target, tape, point, slots=()):
    where = {"target": target, "dtype": tape.dtype}
    cell = record(TapeCell(optimizer=tape.optimizer, **where, way=way, tape="unequal"))
    true = truth(tape)
    cell.ratio = true.ratio(point)
    if slots:
        cell.ratio = max(cell.ratio, true.slots_ratio(slots))
    worst.within(cell, partial(worst.on_tape, tape, point, slots))


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize(("name", "hyper"), EACH, ids=_id)
def test_all_together_follow_the_truth(name, hyper, target, record):
    """Weight decay with schedule, clipping and ascent, in an updater."""
    for dtype in ("float32", "float64"):
        tape = tapes.tape("unequal", name, {**off_defaults(name), **hyper}, dtype)
        _within(record, "updater", target, tape, *tapes.end(tape, target))


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("hyper", ALONE, ids=_id)
def test_each_alone_follows_the_truth(hyper, target, record):
    """Each by itself, with all others at their defaults."""
    for name in ("adam", "gd"):  # with coefficients of its own, and without
        tape = tapes.tape("unequal", name, hyper, "float32")
        _within(record, "updater", target, tape, *tapes.end(tape, target))


EVERY = [(form, target, mode) for form in FORMS for target in HOSTS for mode in modes_of(target)]


@pytest.mark.parametrize(
    ("form", "target", "mode"),
    quick(EVERY, lambda form, target, mode: form == FORMS[0] or mode == modes_of(target)[0]),
    ids=str,
)
def test_a_run_and_a_sweep_follow_the_truth(form, target, mode, record, few_unrolled):
    """So do runs in every mode; and a sweep of lr and of weight decays, zero among them."""
    hyper = {**off_defaults("momentum"), **ALL, "weight_decay": 0.25, "weight_decay_form": form}
    tape = tapes.tape("unequal", "momentum", hyper, "float32", steps=8)
    path = run(tapes.case(tape), target, mode, "analytic")
    _within(record, mode, target, tape, path.points[-1])
    lists = {"lr": [0.05, 0.1], "weight_decay": [0.0, 0.5]}
    swept = sweep(tapes.case(tape), None, lists, target, "analytic", progress=False)
    for i, j in product(range(2), range(2)):
        member = {"lr": lists["lr"][i], "weight_decay": lists["weight_decay"][j]}
        alone = replace(tape, hyper={**hyper, **member})
        _within(record, "sweep", target, alone, swept.points[0, i, j])


@pytest.mark.parametrize("hyper", [*COMBINED, *ALONE], ids=_id)
def test_each_of_them_is_alive(hyper):
    """Without any one of a combination, the path is another."""

    def end(given):
        return tapes.end(tapes.tape("unequal", "adam", given, "float64"), "numpy:cpu")[0]

    whole = end(hyper)
    for name in hyper.keys() - {"weight_decay_form"}:
        less = {n: v for n, v in hyper.items() if n != name}
        assert not np.array_equal(whole, end(less)), name


def test_the_forms_of_weight_decay_by_hand():
    """One step from x = 4 with g = 2, lr = 1/4 and w = 1/2, in numbers that are exact."""
    ends = {}
    for form in FORMS:
        hyper = {"lr": 0.25, "weight_decay": 0.5, "weight_decay_form": form}
        ends[form] = tapes.end(Tape("gd", [4.0], [[2.0]], hyper), "numpy:cpu")[0][0]
    assert ends == {
        "l2": 4 - 0.25 * (2 + 0.5 * 4),
        "decoupled": 4 - 0.25 * 0.5 * 4 - 0.25 * 2,
        "independent": 4 - 0.5 * 4 - 0.25 * 2,
        "after": (4 - 0.25 * 2) * 0.5,
    }


@pytest.mark.parametrize("target", HOSTS)
def test_clipping_by_the_norm_by_hand(target):
    """A gradient of (3, 4) has norm 5: it is halved, quartered with an eps of 5, kept, or zero."""
    for clip, eps, g, factor in (
        (2.5, 0.0, (3.0, 4.0), 0.5),
        (2.5, 5.0, (3.0, 4.0), 0.25),
        (5.0, 0.0, (3.0, 4.0), 1.0),
        (8.0, 0.0, (3.0, 4.0), 1.0),
        (2.5, 0.0, (0.0, 0.0), 1.0),
    ):
        hyper = {"lr": 1.0, "clip_norm": clip, "clip_norm_eps": eps}
        point, _ = tapes.end(Tape("gd", [0.0, 0.0], [g], hyper, "float32"), target)
        assert point.tolist() == [-factor * each for each in g]


@pytest.mark.parametrize("kind", ["zeros", "tiny", "huge", "repeated"])
@pytest.mark.parametrize("target", HOSTS)
def test_clipping_by_the_norm_follows_the_truth(target, kind, record):
    """Where gradients are zero, and where all or none of them are clipped."""
    hyper = {"clip_norm": 1.5, "weight_decay": 0.25, "momentum": 0.5}
    for dtype in ("float32", "float64"):
        tape = tapes.tape(kind, "nesterov", hyper, dtype)
        _within(record, "updater", target, tape, *tapes.end(tape, target))


@pytest.mark.parametrize("target", HOSTS)
def test_many_parameters_have_one_norm(target):
    """It is that of all blocks: a tape's gradients 256 squared times have 256 times its norm."""
    g, copies = np.array([3.0, 4.0]), 256
    updater = backends.updater("gd", target, "float64", lr=1.0, clip_norm=2.5 * copies)
    state = updater.init(np.zeros(2 * copies**2))
    point = updater.get(updater.step(state, updater.put(np.tile(g, copies**2))))
    rows = point.reshape(-1, 2)
    assert (rows == rows[0]).all()
    n = len(point)  # a sum of n squares is off by n roundings at most, and its root by half of it
    assert np.abs(rows[0] / (-g / 2) - 1).max() <= (n / 2 + 3) * np.finfo(float).eps


def test_a_clipped_tape_is_not_cut():
    """The step of some parameters needs the gradients of the others."""
    tape = tapes.tape("unequal", "gd", {"clip_norm": 2.0}, "float64")
    assert not tape.elementwise
    with pytest.raises(Invalid, match=r"clip_norm = 2.0: each step needs the gradients of all 7"):
        tape.at(slice(2))


def test_the_gradient_of_the_user_stays():
    """No backend negates, clips or decays in the user's own array."""
    hyper = {**ALL, "weight_decay": 0.25}
    for target in HOSTS:
        updater = backends.updater("gd", target, "float32", **hyper)
        g = updater.put([2.0, -3.0])
        updater.step(updater.init([1.0, 1.0]), g)
        assert np.asarray(g).tolist() == [2.0, -3.0]


def test_defaults_add_nothing():
    """An optimizer at its defaults runs the very update of its module."""
    from backends.targets import implementation, optimizer
    from reference import OPTIMIZERS

    for name, target in product(FIRST_ORDER, HOSTS):
        h = OPTIMIZERS[name].hyper()
        assert implementation(target, name, h) is optimizer(target, name)


# Schedules

T = np.arange(1, 41)
# what a factor, a number up to 1, may be off by: eight operations, a power, and a cosine whose
# argument, up to pi, is rounded
FACTOR = (8 / 2 + ALLOWED["power"].ulps + ALLOWED["cos"].ulps + math.pi) * np.finfo(float).eps
KINDS = {name: kind() for name, kind in SCHEDULES.items()}
KINDS |= {"warm_up then cosine": ALL["schedule"], "function": Function(function=lambda t: 1 / t)}
KINDS["stepwise"] = Exponential(gamma=0.5, every=7, stepwise=True)


@pytest.mark.parametrize("name", KINDS)
def test_a_schedule_is_the_same_in_every_arithmetic(name):
    """Of a step, of an array of steps, and of 50-digit numbers, to a few roundings."""
    schedule = KINDS[name]
    several = schedule.at(T)
    alone = np.array([schedule.at(int(t)) for t in T])
    assert abs(alone - several).max() <= 2 * FACTOR
    assert all(type(schedule.at(int(t))) is float for t in T)
    with mpmath.workdps(DIGITS):
        exact = [schedule.at(mpmath.mpf(int(t))) for t in T]
        off = [abs(e - x) for e, x in zip(exact, several.tolist(), strict=True)]
        assert max(off) <= FACTOR


def _torch(name, steps, **options):
    torch = pytest.importorskip("torch")
    x = torch.nn.Parameter(torch.zeros(1))
    peer = torch.optim.SGD([x], lr=1.0)
    scheduler = getattr(torch.optim.lr_scheduler, name)(peer, **options)
    rates = []
    for _ in range(steps):
        rates.append(peer.param_groups[0]["lr"])
        peer.step()
        scheduler.step()
    return rates


AGAINST_TORCH = {
    "ExponentialLR": (Exponential(gamma=0.9), {"gamma": 0.9}),
    "StepLR": (Exponential(gamma=0.5, every=7, stepwise=True), {"gamma": 0.5, "step_size": 7}),
    "PolynomialLR": (
        SCHEDULES["polynomial"](steps=30, power=2.0),
        {"total_iters": 30, "power": 2.0},
    ),
    "LinearLR": (WarmUp(steps=10, start=0.25), {"start_factor": 0.25, "total_iters": 10}),
    "OneCycleLR": (OneCycle(steps=41), {"max_lr": 1.0, "total_steps": 41}),
    "LambdaLR": (Function(function=lambda t: 1 / t), {"lr_lambda": lambda e: 1 / (e + 1)}),
}


@pytest.mark.parametrize("name", AGAINST_TORCH)
def test_schedules_of_torch(name):
    """The factors are those of torch's schedulers, up to the roundings of their recursions."""
    schedule, options = AGAINST_TORCH[name]
    rates = _torch(name, 40, **options)
    rounded = 40 * 4 * np.finfo(float).eps  # torch rounds about four times in each of forty steps
    assert schedule.at(T) == pytest.approx(rates, rel=rounded, abs=FACTOR)


def test_the_cosine_of_torch_until_it_rises_again():
    """CosineAnnealingLR for T_max steps."""
    rates = _torch("CosineAnnealingLR", 31, T_max=30, eta_min=0.125)
    expected = Cosine(steps=30, end=0.125).at(T[:31])
    rounded = 31 * 8 * np.finfo(float).eps  # about eight roundings in each step
    assert expected == pytest.approx(rates, rel=rounded, abs=FACTOR)


def test_schedules_of_optax():
    """The factors are those of optax's schedules, which compute in float32."""
    optax = pytest.importorskip("optax")
    single = 16 * float(np.finfo(np.float32).eps)
    for schedule, peer in (
        (ALL["schedule"], optax.warmup_cosine_decay_schedule(0.25, 1.0, 5, 25, 0.125)),
        (Exponential(gamma=0.5, every=7), optax.exponential_decay(1.0, 7, 0.5)),
        (
            SCHEDULES["polynomial"](steps=30, power=2.0, end=0.5),
            optax.polynomial_schedule(1.0, 0.5, 2.0, 30),
        ),
    ):
        rates = [float(peer(t - 1)) for t in T]
        assert schedule.at(T) == pytest.approx(rates, rel=single, abs=single)


def test_a_schedule_travels_with_its_case():
    """A case with a schedule is equal after its text form, whose dict a user may give as well."""
    given = {"schedule": ALL["schedule"], "weight_decay": 0.5, "clip_value": 2.0}
    case = Case("adam", "quadratic", hyper=given)
    assert Case.from_json(case.to_json()) == case
    written = {"rule": "warm_up", "steps": 5, "start": 0.25}
    written["then"] = {"rule": "cosine", "steps": 20, "end": 0.125}
    assert Case("adam", "quadratic", hyper={**given, "schedule": written}) == case


def test_a_function_is_a_schedule_but_has_no_text():
    """A function of the step runs; to write it down is refused with a sentence."""
    case = Case("gd", "quadratic", hyper={"schedule": math.sqrt}, steps=3)
    once = Case("gd", "quadratic", hyper={"schedule": Function(function=math.sqrt)}, steps=3)
    assert np.array_equal(run(case).points, run(once).points)
    with pytest.raises(Invalid, match="a function of your own has no text form; pickle"):
        case.to_json()


@pytest.mark.parametrize(
    ("hyper", "message"),
    [
        ({"schedule": 3}, r"schedule = 3: expected a schedule of reference.schedules, or a func"),
        ({"schedule": {"rule": "cosin"}}, r"unknown rule of a schedule 'cosin': did you mean 'c"),
        ({"schedule": {"rule": "cosine", "steps": 0}}, r"schedule: steps = 0: expected a whole"),
        ({"weight_decay": -1.0}, r"weight_decay = -1.0: expected a number x, 0 <= x. weight_d"),
        ({"weight_decay_form": "adamw"}, r"'adamw': expected one of 'l2', 'decoupled', 'independ"),
        ({"clip_value": 0.0}, r"clip_value = 0.0: expected a number x, 0 < x, or None. clip"),
    ],
)
def test_what_is_not_valid_is_refused_by_name(hyper, message):
    """The message names the value, what was expected, and what it is."""
    with pytest.raises(Invalid, match=message):
        Case("adam", "quadratic", hyper=hyper)


def test_a_function_that_gives_no_factor_is_refused():
    """The message names the step and what came."""
    with pytest.raises(Invalid, match="of step 1 is 'a': expected a factor of the learning rate"):
        backends.updater("gd", schedule=lambda t: "a")


def test_parameters_in_parameters_have_a_dtype():
    """What overflows in float32 is refused in a schedule too."""
    assert issubclass(Cosine, Parameters)
    with pytest.raises(Invalid, match="gd: schedule: gamma = 1e"):
        Case("gd", "quadratic", hyper={"schedule": Exponential(gamma=1e300)}, dtype="float32")
