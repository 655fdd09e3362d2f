"""Claim: optimizers, stopping rules and batches follow the conventions that the code states."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends import derivatives_of, evaluate, run
from backends import updater as updater_of
from reference import OPTIMIZERS, PROBLEMS, AllClose, Batch, Case, compare, truth
from reference.objective import Objective
from tests.helpers import tapes
from tests.helpers.lists import HOSTS

EPS = np.finfo(np.float64).eps
few = settings(max_examples=30, deadline=None, derandomize=True, database=None)


def _with(field):
    """The optimizers that have this hyperparameter."""
    return [o for o, s in OPTIMIZERS.items() if field in {f.name for f in fields(s.hyper)}]


# First steps on numbers for which binary arithmetic is exact

HALF = {"coefficients": (0.5,)}  # x²/2: the gradient at x is x

FIRST_STEPS = {
    "momentum: the first buffer is g, not (1 - momentum) g": (
        *("momentum", {"lr": 0.25, "momentum": 0.5}, 4, 4 - 0.25 * 4),
    ),
    "momentum: so it is with lr inside": (
        *("momentum", {"lr": 0.25, "momentum": 0.5, "lr_inside": True}, 4, 4 - 0.25 * 4),
    ),
    "nesterov: the step is g + momentum v, v = g": (
        *("nesterov", {"lr": 0.25, "momentum": 0.5}, 4, 4 - 0.25 * (4 + 0.5 * 4)),
    ),
    "rmsprop: the new square weighs 1 - decay": (
        *("rmsprop", {"lr": 0.25, "decay": 0.75, "eps": 0.0}, 4, 4 - 0.25 * 4 / 2),
    ),
    "rmsprop: without decay it is sign descent": (
        *("rmsprop", {"lr": 0.25, "decay": 0.0, "eps": 0.0}, 4, 4 - 0.25),
    ),
    "rmsprop: eps outside": (
        *("rmsprop", {"lr": 0.25, "decay": 0.0, "eps": 4.0}, 4, 4 - 0.25 * 4 / (4 + 4)),
    ),
    "rmsprop: eps inside": (
        *("rmsprop", {"lr": 0.25, "decay": 0.0, "eps": 9.0, "eps_inside_sqrt": True}, 4),
        4 - 0.25 * 4 / 5,
    ),
    "adagrad: a sum from zero": ("adagrad", {"lr": 0.25, "eps": 0.0}, 4, 4 - 0.25),
    "adagrad: a sum from the initial accumulator": (
        *("adagrad", {"lr": 0.25, "eps": 0.0, "initial_accumulator": 48.0}, 4, 4 - 0.25 * 4 / 8),
    ),
    "adagrad: eps outside": ("adagrad", {"lr": 0.25, "eps": 4.0}, 4, 4 - 0.25 * 4 / (4 + 4)),
    "adagrad: eps inside": (
        *("adagrad", {"lr": 0.25, "eps": 48.0, "eps_inside_sqrt": True}, 4, 4 - 0.25 * 4 / 8),
    ),
    "adagrad: an average of the scaled gradients, 1/2 of the first": (
        *("adagrad", {"lr": 0.25, "eps": 0.0, "momentum": 0.5}, -4, -4 + 0.25 / 2),
    ),
    "adagrad: no step from a sum of zero, without eps": ("adagrad", {"eps": 0.0}, 0, 0),
    "adagrad: nor an average of it": ("adagrad", {"eps": 0.0, "momentum": 0.5}, 0, 0),
    "nesterov: the new velocity twice": (
        # v = 4; (1 + 1/2) 4 + 1/4 4
        *("nesterov", {"lr": 0.25, "momentum": 0.5, "twice": True}, 4, 4 - 0.25 * 7),
    ),
    "adadelta: sqrt(eps) / sqrt((1 - decay) g² + eps) g, and lr is 1": (
        *("adadelta", {"decay": 9 / 16, "eps": 9.0}, 4, 4 - 3 / 4 * 4),
    ),
    "adam: lr sign(g), both moments corrected at t = 1": (
        *("adam", {"lr": 0.25, "beta1": 0.5, "beta2": 0.75, "eps": 0.0}, -4, -4 + 0.25),
    ),
    "adam: eps outside": (
        *("adam", {"lr": 0.25, "beta1": 0.5, "beta2": 0.75, "eps": 4.0}, 4),
        4 - 0.25 * 4 / (4 + 4),
    ),
    "adamax: lr sign(g), the average corrected at t = 1": (
        *("adamax", {"lr": 0.25, "beta1": 0.5, "eps": 0.0}, -4, -4 + 0.25),
    ),
    "adamax: eps in the maximum": ("adamax", {"lr": 0.25, "eps": 4.0}, 4, 4 - 0.25 * 4 / (4 + 4)),
    "adamax: eps in the denominator": (
        *("adamax", {"lr": 0.25, "eps": 12.0, "eps_in_maximum": False}, 4),
        4 - 0.25 * 4 / (4 + 12),
    ),
    "nadam: the next momentum times m_hat, and g in full, mu_1 = mu_2 = 1/4": (
        # m = g/2; (1 - 1/4) g / (1 - 1/4) + 1/4 m / (1 - 1/16)
        *("nadam", {"lr": 0.25, "beta1": 0.5, "eps": 0.0, "momentum_decay": 0.0}, 4),
        4 - 0.25 * (4 + 0.25 * 2 / (15 / 16)) / 4,
    ),
    "nadam: a constant momentum": (
        *("nadam", {"lr": 0.25, "beta1": 0.5, "eps": 0.0, "momentum_reduction": 0.0}, 4),
        4 - 0.25 * (4 + 0.5 * 2 / 0.75) / 4,
    ),
    "radam: at first the average as it is, whatever eps": (
        *("radam", {"lr": 0.25, "beta1": 0.5, "beta2": 0.75, "eps": 4.0}, 4, 4 - 0.25 * 4),
    ),
    "adabelief: the difference to the new average, g/2": (
        *("adabelief", {"lr": 0.25, "beta1": 0.5, "beta2": 0.75, "eps": 0.0, "eps_root": 0.0}, 4),
        4 - 0.25 * 4 / 2,
    ),
    "adabelief: eps outside": (
        *("adabelief", {"lr": 0.25, "beta1": 0.5, "beta2": 0.75, "eps": 6.0, "eps_root": 0.0}, 4),
        4 - 0.25 * 4 / (2 + 6),
    ),
    "adabelief: eps_root before the correction": (
        # s = (4 - 2)²/4 + 3 = 4, s_hat = 16
        *("adabelief", {"lr": 0.25, "beta1": 0.5, "beta2": 0.75, "eps": 0.0, "eps_root": 3.0}, 4),
        4 - 0.25 * 4 / 4,
    ),
    "yogi: v grows by (1 - beta2) g², from its accumulator, both corrected": (
        # m = 4/2 + 4/2, m_hat = 8; v = 5 + 16/4 = 9, v_hat = 36
        *(
            "yogi",
            {"lr": 0.75, "beta1": 0.5, "beta2": 0.75, "eps": 2.0}
            | {"initial_average": 4.0, "initial_accumulator": 5.0},
            4,
        ),
        4 - 0.75 * 8 / (6 + 2),
    ),
    "yogi: v falls by as much where it is larger, uncorrected": (
        # m = 4/2, v = 20 - 16/4 = 16
        *(
            "yogi",
            {"lr": 0.5, "beta1": 0.5, "beta2": 0.75, "eps": 0.0}
            | {"initial_average": 0.0, "initial_accumulator": 20.0, "bias_correction": False},
            4,
        ),
        4 - 0.5 * 2 / 4,
    ),
    "lion: lr sign(g)": ("lion", {"lr": 0.25}, -4, -4 + 0.25),
    "lion: no step from a zero gradient": ("lion", {"lr": 0.25}, 0, 0),
    "sign_descent: lr sign(g)": ("sign_descent", {"lr": 0.25}, -4, -4 + 0.25),
    "sign_descent: no step from a zero gradient": ("sign_descent", {"lr": 0.25}, 0, 0),
    "rprop: the first step is lr": ("rprop", {"lr": 0.25}, 4, 4 - 0.25),
    "rprop: within its limits": ("rprop", {"lr": 0.25, "step_min": 0.5}, 4, 4 - 0.5),
    "adan: as Adam, without a difference": ("adan", {"lr": 0.25, "eps": 4.0}, 4, 4 - 0.25 * 4 / 8),
    "adan: eps_root inside": (
        *("adan", {"lr": 0.25, "eps": 0.0, "eps_root": 48.0}, 4, 4 - 0.25 * 4 / 8),
    ),
    "newton: one step to the minimum of x²/2": ("newton", {}, 4, 0),
    "newton: damped": ("newton", {"lr": 0.25}, 4, 3),
}


@pytest.mark.parametrize("name", FIRST_STEPS)
@pytest.mark.parametrize("target", HOSTS)
def test_the_first_step(name, target):
    """The first step is as computed by hand, up to a unit in the last place."""
    optimizer, hyper, x0, x1 = FIRST_STEPS[name]
    case = Case(optimizer, "quadratic", HALF, hyper, (x0,), steps=1)
    assert abs(run(case, target).points[1, 0] - x1) <= np.spacing(abs(x0))


# Later steps on given gradients, by hand

LATER = {
    "lion: the step mixes by beta1, the average by beta2": (
        # m = 2; 1/4 2 - 3/4 1 < 0, where 1/2 2 - 1/2 1 > 0
        *("lion", {"lr": 0.25, "beta1": 0.25, "beta2": 0.5}, [4, -1], [-0.25, 0.0]),
    ),
    "lion: an average of zero and a gradient of zero move nothing": (
        *("lion", {"lr": 0.25, "beta2": 0.0}, [1, 0, 0], [-0.25, -0.5, -0.5]),
    ),
    "rprop: larger while the sign stays": (
        *("rprop", {"lr": 0.25, "eta_plus": 1.5}, [1, 9, 2], [-0.25, -0.625, -1.1875]),
    ),
    "rprop: no step where it changes, then the smaller one as it is": (
        *("rprop", {"lr": 0.25}, [1, -1, -1, 1], [-0.25, -0.25, -0.125, -0.125]),
    ),
    "rprop: a zero gradient keeps the size": (
        *("rprop", {"lr": 0.25}, [1, 0, 1], [-0.25, -0.25, -0.5]),
    ),
    "rprop: sizes stay within their limits": (
        *(
            "rprop",
            {"lr": 0.25, "eta_plus": 4.0, "step_max": 0.5},
            [1, 1, 1],
            [-0.25, -0.75, -1.25],
        ),
    ),
    "adan: the difference, weighed by beta2, in the square and in the step": (
        # d = -2; m = 2/2 + 2/2 and v = -2/2, both corrected by 3/4
        # g + w d = 2 - 1; n = 8/2 + 1/2, corrected by 3/4
        *("adan", {"lr": 1.0, "beta1": 0.5, "beta2": 0.5, "beta3": 0.5, "eps": 0.0}, [4, 2]),
        [-1.0, -1.0 - (2 / 0.75 - 0.5 / 0.75) / math.sqrt(4.5 / 0.75)],
    ),
    "yogi: v as large as g² stays": (
        *(
            "yogi",
            {"lr": 1.0, "beta1": 0.0, "eps": 0.0, "bias_correction": False}
            | {"initial_accumulator": 4.0},
            [2, 2],
            [-1.0, -2.0],
        ),
    ),
    "adamax: the largest gradient decays": (
        # u = max(1/2 4, 1); m = 1/2 2 + 1/2 1, corrected by 3/4
        *("adamax", {"lr": 1.0, "beta1": 0.5, "beta2": 0.5, "eps": 0.0}, [4, 1]),
        [-1.0, -1.0 - 1.5 / 0.75 / 2],
    ),
}


@pytest.mark.parametrize("name", LATER)
@pytest.mark.parametrize("target", HOSTS)
def test_later_steps(name, target):
    """Points from 0 are as computed by hand, to a few roundings of numbers near 2."""
    optimizer, hyper, gradients, points = LATER[name]
    updater = updater_of(optimizer, target, "float64", **hyper)
    state = updater.init([0.0])
    for g, point in zip(gradients, points, strict=True):
        state = updater.step(state, updater.put([float(g)]))
        assert abs(updater.get(state)[0] - point) <= 8 * EPS


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("threshold", [4.0, 5.0])
def test_radam_scales_its_steps_from_some_step_on(threshold, target):
    """With gradients of 1 all averages are 1: a step is lr, then r lr, once rho is long enough."""
    beta2 = 0.9
    limit = 2 / (1 - beta2) - 1
    updater = updater_of(
        "radam", target, "float64", lr=1.0, beta2=beta2, eps=0.0, threshold=threshold
    )
    state, was, scaled = updater.init([0.0]), 0.0, []
    for t in range(1, 12):
        rho = limit - 2 * t * beta2**t / (1 - beta2**t)
        r = (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
        scaled.append(rho > threshold)
        state = updater.step(state, updater.put([1.0]))
        now = updater.get(state)[0]
        # rho in float64 has an error of a few units of its limit, 19, and r near 4 four times that
        assert abs(was - now - (math.sqrt(r) if scaled[-1] else 1.0)) <= 400 * EPS
        was = now
    assert scaled.index(True) == {4.0: 4, 5.0: 5}[threshold]


@pytest.mark.parametrize("target", HOSTS)
def test_adadelta_remembers_the_step_before_lr(target):
    """Adadelta averages squared steps without lr, and its numerator uses the previous average."""
    hyper = {"lr": 2.0, "decay": 0.0, "eps": 9.0}
    case = Case("adadelta", "quadratic", HALF, hyper, (4.0,), steps=2)
    first = 3 / 5 * 4  # sqrt(eps) / sqrt(g² + eps) g; decay = 0 keeps the last square only
    x1 = 4 - 2 * first
    x2 = x1 - 2 * math.sqrt((first**2 + 9) / (x1**2 + 9)) * x1
    # x1 is a difference of numbers near 5, and each of some ten operations rounds once
    assert np.abs(run(case, target).points.ravel() - [4, x1, x2]).max() <= 10 * EPS * 5


@pytest.mark.parametrize("target", HOSTS)
def test_damped_newton_is_linear(target):
    """On a quadratic, damped Newton multiplies the error by exactly 1 - lr = 1/4."""
    case = Case("newton", "quadratic", hyper={"lr": 0.75}, start=(-4.0, 8.0))
    points = run(case, target).points
    assert (points == points[0] * 0.25 ** np.arange(11)[:, None]).all()


@pytest.mark.parametrize("optimizer", _with("eps_inside_sqrt"))
def test_where_eps_stands_shows(optimizer):
    """eps inside or outside the square root changes the first six printed decimals."""
    texts = {
        f"{run(Case(optimizer, 'quadratic', hyper=hyper)).points[-1, 0]:.6f}"
        for hyper in ({"eps": 1e-3, "eps_inside_sqrt": inside} for inside in (False, True))
    }
    assert len(texts) == 2


@pytest.mark.parametrize("optimizer", _with("lr_inside"))
@pytest.mark.parametrize("target", HOSTS)
def test_where_lr_stands_is_rounding(optimizer, target):
    """At a constant lr both forms differ by rounding only: each is within the other's bound."""
    hyper = {"lr": 0.07, "momentum": 0.9}
    outside = Case(optimizer, "quadratic", hyper=hyper, steps=50)
    inside = replace(outside, hyper={**hyper, "lr_inside": True})
    for case, other in ((outside, inside), (inside, outside)):
        path = run(other, target)
        assert compare(replace(path, case=case)).ratio <= 1
    assert not np.array_equal(run(outside, target).points, run(inside, target).points)


@pytest.mark.parametrize("optimizer", _with("beta1"))
@pytest.mark.parametrize("target", HOSTS)
def test_an_average_that_forgets_nearly_all_keeps_its_digits(optimizer, target):
    """A small beta1 is not computed as 1 - (1 - beta1) in the dtype, as torch's lerp would."""
    tape = tapes.tape("unequal", optimizer, {"beta1": 1e-4}, "float32")
    point, slots = tapes.end(tape, target)
    assert truth(tape).ratio(point) <= 1
    assert truth(tape).slots_ratio(slots) <= 1


@pytest.mark.parametrize("target", HOSTS)
def test_nesterovs_point_before_the_look_ahead(target):
    """Sutskever's theta, with the gradient of x²/2 at theta + momentum v, is x + lr momentum v.

    All numbers are binary fractions of few digits.
    """
    lr, momentum, theta, v = 0.25, 0.5, 4.0, 0.0
    updater = updater_of("nesterov", target, "float64", lr=lr, momentum=momentum)
    state = updater.init([theta])
    for _ in range(5):
        v = momentum * v - lr * (theta + momentum * v)
        theta += v
        state = updater.step(state, updater.put(updater.get(state)))
        assert updater.get(state) + lr * momentum * np.asarray(state.slots) == theta


@pytest.mark.parametrize("optimizer", _with("decay"))
def test_decay_has_no_other_name(optimizer):
    """The weight of the old average is named decay, not alpha, rho or gamma as elsewhere."""
    assert not {f.name for f in fields(OPTIMIZERS[optimizer].hyper)} & {"alpha", "rho", "gamma"}


# Stopping


@pytest.mark.parametrize(
    ("problem", "lr", "stop", "steps"),
    [
        ("normal_nll", 0.05, AllClose(atol=1e-6), 186),
        ("normal_nll", 0.05, AllClose(atol=1e-6, rtol=0.0), 272),
        ("normal_mixture_nll", 0.1, AllClose(atol=1e-4), 608),
    ],
)
def test_the_thesis_stops_after(problem, lr, stop, steps):
    """The thesis's runs stop by numpy.allclose with the default rtol, after known steps."""
    path = run(Case("gd", problem, hyper={"lr": lr}, steps=1000, stop=stop))
    assert (path.status, path.steps) == ("converged", steps)


finite = st.floats(-4, 4) | st.sampled_from([0.0, 1.0, 1.5])
any_float = finite | st.sampled_from([math.nan, math.inf, -math.inf])
pairs = st.lists(st.tuples(finite, any_float), min_size=1, max_size=3)


@few
@given(pairs=pairs, atol=st.floats(0, 2), rtol=st.sampled_from([0.0, 1e-5, 0.5]))
def test_allclose_is_numpys(pairs, atol, rtol):
    """`AllClose` is numpy.allclose, relative to the old point, also for non-finite new points."""
    old, new = np.array(pairs).T
    reached = AllClose(atol=atol, rtol=rtol).reached(np, None, old, new)
    assert reached == np.allclose(new, old, rtol, atol)


# The inverse simulator


@pytest.mark.parametrize("target", HOSTS)
def test_the_analytic_inverse_takes_the_positive_root(target):
    """The analytic inverse gives positive x1 from any start; where y1 < 0 the run diverges."""
    case = Case("inverse_simulator", "simulator", hyper={"lr": 0.25}, start=(3.0, -3.0), steps=5)
    assert (run(case, target).points[1:, 1] > 0).all()
    beyond = run(replace(case, hyper={"lr": 2.0}), target)
    assert (beyond.status, beyond.steps) == ("diverged", 1)
    assert beyond.points[1, 0] == -3
    assert np.isnan(beyond.points[1, 1])


@pytest.mark.parametrize("start", [3.0, -3.0])
@pytest.mark.parametrize("target", HOSTS)
def test_the_numerical_inverse_keeps_the_branch(target, start):
    """The numerical inverse keeps the sign of x1, since it searches from the current point."""
    hyper = {"lr": 0.25, "inverse": "numerical"}
    case = Case("inverse_simulator", "simulator", hyper=hyper, start=(3.0, start), steps=5)
    assert (np.sign(run(case, target).points[:, 1]) == np.sign(start)).all()


# Kinks and curvature


@pytest.mark.parametrize("target", HOSTS)
def test_the_kink_has_derivative_zero(target):
    """The derivative of |w1| at 0 is 0, as in torch, for every kind of derivatives."""
    case = Case("gd", "pathological_curvature", start=(0.0, 1.0))
    for derivatives in derivatives_of(target):
        assert evaluate(case, "gradient", target, derivatives)[0] == 0


@pytest.mark.parametrize("target", HOSTS)
def test_signed_newton_finds_a_maximum_and_absolute_a_minimum(target):
    """On x cos(cx) from 10, signed Newton ends at a maximum and absolute Newton at a minimum."""
    found = {}
    for curvature in ("signed", "absolute"):
        case = Case("newton", "x_cos", hyper={"curvature": curvature}, steps=20)
        end = replace(case, start=tuple(run(case, target).points[-1].tolist()))
        found[f"{end.start_point[0]:.6f}"] = np.sign(evaluate(end, "hessian", target)).item()
    assert found == {"26.834133": -1, "20.221876": 1}


def _at(problem, x, quantity):
    return evaluate(Case("gd", problem, start=x), quantity)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_minimiser_is_one(problem):
    """A minimiser has a positive semidefinite Hessian, and is known to 1e-9 by its gradient."""
    p = PROBLEMS[problem].params()
    for x in PROBLEMS[problem].minimisers(p):
        hessian = _at(problem, x, "hessian")
        assert np.linalg.eigvalsh(hessian).min() >= 0
        assert (np.abs(_at(problem, x, "gradient")) <= 1e-9 * np.abs(hessian).max()).all()


def test_the_stationary_points_of_x_cos():
    """The minima of x cos(cx) solve u tan(u) = 1, u = |cx|; their mirror images are maxima."""
    p = PROBLEMS["x_cos"].params()
    minima = [x for (x,) in PROBLEMS["x_cos"].minimisers(p)]
    ((low, high),) = PROBLEMS["x_cos"].window(p)
    line = np.linspace(low, high, 601)
    slopes = np.array([_at("x_cos", (x,), "gradient")[0] for x in line])
    turns = line[1:][(slopes[:-1] < 0) & (slopes[1:] > 0)]  # where the slope changes to positive
    assert turns == pytest.approx(sorted(minima), abs=0.1)
    for x in minima:
        u = abs(0.15 * math.pi * x)
        assert abs(u * math.tan(u) - 1) <= 8 * EPS * (
            u + u**2
        )  # derivative of u tan(u) times u eps
        assert _at("x_cos", (x,), "hessian") > 0 > _at("x_cos", (-x,), "hessian")


# Rotation

ROTATION_INVARIANT = ("gd", "line_search", "momentum", "nesterov", "newton")
STEPS = 8
SPACE = [
    o for o, spec in OPTIMIZERS.items() if not {"forward"} & set(spec.evaluations(spec.hyper()))
]
PLANE = [o for o in SPACE if OPTIMIZERS[o].dimension is None]


def _rotation_error(optimizer, degrees):
    """Compare the path in rotated coordinates with the rotated path; 1 is what rounding explains.

    A step has some 40 operations on numbers no larger than the start. No method here magnifies an
    error, so the rounding errors add up.
    """
    start = np.array([-1.0, 0.75])
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    straight = run(Case(optimizer, "quadratic", start=start, steps=STEPS))
    turned = Case(
        optimizer, "quadratic", {"rotation": degrees}, start=tuple(turn.T @ start), steps=STEPS
    )
    difference = np.abs(run(turned).points @ turn.T - straight.points).max()
    return difference / (40 * STEPS * EPS * np.abs(start).max())


@pytest.mark.parametrize("optimizer", [o for o in PLANE if o in ROTATION_INVARIANT])
def test_what_sees_no_axes_turns_with_them(optimizer):
    """Optimizers with scalar rates or full matrices are invariant under rotation."""

    @few
    @given(degrees=st.floats(-360, 360))
    def check(degrees):
        assert _rotation_error(optimizer, degrees) <= 1

    check()


@pytest.mark.parametrize("optimizer", [o for o in PLANE if o not in ROTATION_INVARIANT])
def test_what_goes_by_axes_does_not_turn(optimizer):
    """Optimizers with a rate per coordinate are not invariant under rotation."""
    assert _rotation_error(optimizer, 45.0) > 1e6
    assert _rotation_error(optimizer, 0.0) == 0


# Brackets and rays


@pytest.mark.parametrize("problem", ["cosh", "log_sum_exp"])
@pytest.mark.parametrize("derivatives", [True, False])
@pytest.mark.parametrize("target", HOSTS)
def test_bisection_closes_in(target, derivatives, problem):
    """After n steps of bisection the error is at most half the bracket, which is 3 / 2**n."""
    hyper = {"a": -2.0, "b": 1.0, "derivatives": derivatives}
    points = run(Case("bisection", problem, hyper=hyper, steps=16), target).points.ravel()
    ((minimum,),) = PROBLEMS[problem].minimisers(PROBLEMS[problem].params())
    assert (np.abs(points - minimum) <= 3 / 2 ** np.arange(1, 18)).all()


@pytest.mark.parametrize("derivatives", [True, False])
def test_bisection_halves_its_bracket(derivatives):
    """Every step halves the bracket exactly, since its ends are binary fractions."""
    case = Case("bisection", "cosh", hyper={"derivatives": derivatives})
    f, x = Objective(case.problem, dict(case.constants), np), case.start_point
    state = case.spec.init(x, case.hyperparameters)
    for n in range(1, 20):
        x, state = case.spec.step(f, case.hyperparameters, x, state)
        assert state.b - state.a == 3 / 2**n
        assert x == (state.a + state.b) / 2


@pytest.mark.parametrize("target", HOSTS)
def test_line_search_turns_by_a_right_angle(target):
    """With an exact line search, successive gradients are orthogonal up to rounding.

    The step is known to a unit in the last place, which changes the slope by the curvature times
    that. The new gradient has rounding errors of the size of the old one's.
    """
    case = Case("line_search", "quadratic", {"coefficients": (1.0, 2.5)}, start=(-5.0, -2.0))
    points = run(case, target).points
    g = 2 * np.array([1.0, 2.5]) * points
    along, size = np.abs((g[1:] * g[:-1]).sum(axis=1)), (g[:-1] ** 2).sum(axis=1)
    reach = 1 + np.abs(points[:-1]).max(axis=1) / np.sqrt(size)  # x - lr g rounds in units of x
    assert (along <= 16 * EPS * 5 * size * reach).all()


# Minibatches


@few
@given(
    population=st.integers(1, 40),
    part=st.integers(1, 40),
    steps=st.integers(0, 30),
    seed=st.integers(0, 2**32),
)
def test_an_epoch_visits_no_datum_twice(population, part, steps, seed):
    """Batches without replacement visit no datum twice in an epoch, and are fixed by the seed."""
    size = min(part, population)
    batch = Batch(size=size, seed=seed)
    drawn = batch.indices(population, steps)
    assert drawn.shape == (steps, size)
    assert ((drawn >= 0) & (drawn < population)).all()
    per_epoch = population // size
    for start in range(0, steps, per_epoch):
        epoch = drawn[start : start + per_epoch].ravel()
        assert len(set(epoch.tolist())) == len(epoch)
    longer = Batch(size=size, seed=seed).indices(population, steps + 5)
    assert (longer[:steps] == drawn).all()


def test_every_epoch_is_another_shuffle():
    """Every epoch and every seed shuffle the data differently."""
    drawn = Batch(size=20).indices(20, 3)
    assert len({tuple(row) for row in drawn.tolist()}) == 3
    assert not np.array_equal(drawn, Batch(size=20, seed=1).indices(20, 3))


def test_replacement_draws_each_datum_independently():
    """With replacement, batches repeat data, and each datum is drawn equally often."""
    drawn = Batch(size=50, replace=True, seed=3).indices(50, 400)
    assert min(50 - len(set(row)) for row in drawn.tolist()) > 0
    counts = np.bincount(drawn.ravel(), minlength=50)
    assert np.abs(counts - 400).max() <= 6 * math.sqrt(
        400
    )  # six standard deviations of a Poisson count
    assert np.array_equal(drawn, Batch(size=50, replace=True, seed=3).indices(50, 400))


@pytest.mark.parametrize(
    "problem", [p for p, s in PROBLEMS.items() if "data" in s.constants(s.params())]
)
def test_all_data_are_the_full_batch(problem):
    """A batch of all data gives the same run as no batch, up to the order of summation."""
    full = Case("gd", problem, {"size": 8}, steps=20)
    path = run(replace(full, batch=Batch(size=12)))
    assert compare(replace(path, case=full)).ratio <= 1
    small = run(replace(full, batch=Batch(size=6)))
    assert compare(replace(small, case=full)).ratio > 1


@pytest.mark.parametrize("optimizer", PLANE)
def test_a_record_holds_the_start_and_the_end(optimizer):
    """A path begins with the start, and a shorter run is the beginning of a longer one."""
    longer = run(Case(optimizer, "quadratic", steps=3)).points
    shorter = run(Case(optimizer, "quadratic", steps=2)).points
    assert longer.tolist()[:3] == shorter.tolist()
    assert longer[0].tolist() == [-5, -2]
