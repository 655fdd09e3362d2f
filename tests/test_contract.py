"""Claim: bad input raises one clear error, and a run returns what the contract promises."""

from collections import Counter
from dataclasses import replace
from importlib import import_module
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends import BACKENDS, QUANTITIES, TARGETS, evaluate, modes_of, reason, run, updater
from reference import (
    DTYPES,
    OPTIMIZERS,
    PROBLEMS,
    AllClose,
    Batch,
    Case,
    Composition,
    GradientNorm,
    Invalid,
    Problem,
    Unknown,
)
from reference.objective import Objective
from reference.truth import compare

HOSTS = [target for target in TARGETS if target.endswith(":cpu")]
FIRST_ORDER = [name for name, spec in OPTIMIZERS.items() if spec.first_order]
DECLARED = {
    **{name: spec.hyper for name, spec in OPTIMIZERS.items()},
    **{name: problem.params for name, problem in PROBLEMS.items()},
    **{kind.__name__: kind for kind in (AllClose, GradientNorm, Batch)},
}
FIELDS = [
    pytest.param(owner, name, hint, id=f"{owner}-{name}")
    for owner, kind in DECLARED.items()
    for name, hint in get_type_hints(kind, include_extras=True).items()
]


def refused(make, *words, kind=Invalid):
    """Check that ``make`` raises ``kind``, in one line that has all ``words``."""
    with pytest.raises(kind) as caught:
        make()
    message = str(caught.value)
    assert [word for word in (*words, "\n") if word not in message] == ["\n"], message


# Parameters


def _outside(hint):
    """Values that a parameter of type ``hint`` must refuse."""
    if get_origin(hint) is Literal:
        return st.sampled_from([None, 1, 0.5, True, "", "none", get_args(hint)[0].upper()])
    if get_origin(hint) is tuple:
        item = _outside(get_args(hint)[0])
        return st.sampled_from([(), "12", 3, None]) | item.map(lambda bad: (1.0, bad))
    if hint is bool:
        return st.sampled_from([0, 1, 0.0, None, "True", (), np.array(1.0)])
    base, interval = get_args(hint)
    bad = [True, False, None, "", "0.5", (), [0.5], 1j, np.nan, np.inf, -np.inf, 10**400]
    outside = st.sampled_from([*bad, 0.5, 3.0] if base is int else bad)
    if np.isfinite(interval.low):
        below = {"max_value": interval.low, "exclude_max": interval.low_inside}
        outside |= st.floats(**below) if base is float else st.integers(max_value=interval.low - 1)
    if np.isfinite(interval.high):
        outside |= st.floats(min_value=interval.high, exclude_min=interval.high_inside)
    return outside


def _inside(hint):
    """Values that it must take, the ends included where they are inside."""
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(_inside(get_args(hint)[0]), min_size=1, max_size=4).map(tuple)
    if hint is bool:
        return st.booleans()
    base, interval = get_args(hint)
    if base is int:
        return st.integers(int(interval.low), 2**31)
    low, high = (end if np.isfinite(end) else None for end in (interval.low, interval.high))
    ends = {
        "exclude_min": low is not None and not interval.low_inside,
        "exclude_max": high is not None and not interval.high_inside,
    }
    return st.floats(low, high, **ends, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(("owner", "name", "hint"), FIELDS)
def test_a_parameter_takes_its_range_and_no_more(owner, name, hint):
    """A wrong type, nan, an infinity or a number outside is named, with what was expected."""
    rest = {"tolerance": 1.0, "size": 1}  # what has no default
    given_before = {n: v for n, v in rest.items() if n in get_type_hints(DECLARED[owner])}

    @settings(max_examples=30, deadline=None, derandomize=True, database=None)
    @given(wrong=_outside(hint), right=_inside(hint))
    def check(wrong, right):
        made = DECLARED[owner].build(owner, {**given_before, name: right})
        assert getattr(made, name) == right
        bad = {**given_before, name: wrong}
        refused(lambda: DECLARED[owner].build(owner, bad), f"{owner}: {name} = {wrong!r}: expected")

    check()


@pytest.mark.parametrize("owner", DECLARED)
def test_a_parameter_of_another_name_is_unknown(owner):
    """The nearest name is suggested."""
    for name in get_type_hints(DECLARED[owner]):
        build = DECLARED[owner].build
        refused(lambda n=name: build(owner, {n + "x": 1}), f"did you mean {name!r}", kind=Unknown)
    refused(lambda: DECLARED[owner].build(owner, {"?": 1}), "'?'", "expected one of", kind=Unknown)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_hyperparameters_are_checked_when_the_case_is_made(optimizer):
    """Not first when it runs."""
    dimension = OPTIMIZERS[optimizer].dimension
    problem = next(p for p, spec in PROBLEMS.items() if dimension in (None, _dimension(spec)))
    refused(lambda: Case(optimizer, problem, hyper={"?": 1}), optimizer, "'?'")
    for name in get_type_hints(OPTIMIZERS[optimizer].hyper):
        bad = {name: None}
        refused(lambda b=bad: Case(optimizer, problem, hyper=b), f"{optimizer}: {name} = None")


# Cases


def _dimension(problem):
    return len(problem.start(problem.params()))


SPOILT = {
    "optimizer": ({"optimizer": "adm"}, "'adm'", "did you mean 'adam'?"),
    "optimizer_type": ({"optimizer": 3}, "unknown optimizer 3", "expected one of"),
    "problem": ({"problem": "quadratik"}, "'quadratik'", "did you mean 'quadratic'?"),
    "problem_type": ({"problem": None}, "unknown problem None", "expected one of"),
    "dtype": ({"dtype": "float46"}, "'float46'", "did you mean 'float64'?"),
    "dtype_type": ({"dtype": np.float32}, "float32", "expected one of"),
    "params": ({"params": {"coeficients": (1.0,)}}, "did you mean 'coefficients'?"),
    "params_type": ({"params": 3}, "params = 3", "expected"),
    "hyper_type": ({"hyper": 3}, "hyper = 3", "expected"),
    "rotation": ({"params": {"coefficients": (1.0,), "rotation": 5}}, "rotation = 5", "two"),
    "steps_negative": ({"steps": -1}, "steps = -1: expected a whole number"),
    "steps_fraction": ({"steps": 1.5}, "steps = 1.5: expected a whole number"),
    "steps_bool": ({"steps": True}, "steps = True: expected a whole number"),
    "steps_text": ({"steps": "3"}, "steps = '3': expected a whole number"),
    "stop": ({"stop": 1e-3}, "stop = 0.001: expected AllClose(...)"),
    "batch": ({"batch": 32}, "batch = 32: expected Batch(size=...)"),
    "batch_of_nothing": ({"batch": Batch(size=2)}, "Batch(size=2", "quadratic has no data"),
    "batch_too_big": (
        {"problem": "normal_nll", "params": {"size": 4}, "batch": Batch(size=7)},
        "batch size = 7: expected at most 6",
    ),
    "start_short": ({"start": (1.0,)}, "start = (1.0,): expected 2 numbers"),
    "start_long": ({"start": (1.0, 2.0, 3.0)}, "expected 2 numbers"),
    "start_nested": ({"start": ((1.0, 2.0),)}, "expected 2 numbers"),
    "start_scalar": ({"start": 1.0}, "start = 1.0: expected 2 numbers"),
    "start_text": ({"start": ("1", "2")}, "start = ('1', '2'): expected"),
    "start_bool": ({"start": (True, False)}, "start = (True, False): expected"),
    "start_none": ({"start": (None, 1.0)}, "start = (None, 1.0): expected"),
    "start_complex": ({"start": np.array([1j, 2])}, "start = array([", "expected"),
    "start_nan": ({"start": (np.nan, 1.0)}, "start = (nan, 1.0): expected", "finite in float64"),
    "start_infinite": ({"start": (np.inf, 1.0)}, "finite in float64"),
    "start_huge": ({"start": (10**400, 1.0)}, "start = (1000", "expected"),
    "start_overflow": ({"start": (1e39, 1.0), "dtype": "float32"}, "finite in float32"),
    "two_dimensions": ({"optimizer": "bisection"}, "bisection on quadratic", "1 dimension"),
    "two_starts": (
        {"optimizer": "bisection", "problem": "cosh", "start": (1.0,)},
        "start = (1.0,): bisection starts from its own hyperparameters",
    ),
    "bracket_overflow": (
        {"optimizer": "bisection", "problem": "cosh", "hyper": {"b": 1e39}, "dtype": "float32"},
        "finite in float32",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_bad_case_is_refused(name):
    """When it is made, with the value and what was expected."""
    spoilt, *words = SPOILT[name]
    refused(lambda: Case(**{"optimizer": "gd", "problem": "quadratic", **spoilt}), *words)


def test_what_is_unknown_to_a_run_is_refused():
    """Target, mode, way to differentiate, quantity, and what is no case at all."""
    case = Case("gd", "quadratic")
    refused(lambda: run(case, "numpy:cpi"), "'numpy:cpi'", "mean 'numpy:cpu'", kind=Unknown)
    refused(lambda: run(case, mode="eagre"), "'eagre'", "mean 'eager'", kind=Unknown)
    refused(lambda: run(case, derivatives="finit"), "'finit'", "mean 'finite'", kind=Unknown)
    refused(lambda: evaluate(case, "gradent"), "'gradent'", "mean 'gradient'", kind=Unknown)
    refused(lambda: reason("cuda"), "unknown target 'cuda'", kind=Unknown)
    refused(lambda: modes_of(3), "unknown target 3", kind=Unknown)
    refused(lambda: run("gd"), "case = 'gd': expected a reference.Case")
    refused(lambda: evaluate("gd", "value"), "case = 'gd': expected a reference.Case")


@pytest.mark.parametrize("target", HOSTS)
def test_what_is_no_composition_has_no_inverse(target):
    """The inverse simulator says what it needs."""
    for inverse in ("analytic", "numerical"):
        case = Case("inverse_simulator", "quadratic", hyper={"inverse": inverse})
        refused(lambda c=case: run(c, target), "quadratic is not a composition")
    refused(lambda: evaluate(Case("gd", "cosh"), "jacobian", target), "cosh is not a composition")


def test_y_has_the_dimension_of_the_simulators_output():
    """A quantity of y is not evaluated at something else."""
    case = Case("gd", "simulator")
    for wrong in ((1.0,), (1.0, 2.0, 3.0), 1.0, "ab"):
        refused(lambda y=wrong: evaluate(case, "inverse", y=y), f"y = {wrong!r}", "expected")


# Updaters


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("target", HOSTS)
def test_an_updater_is_for_first_order_optimizers(optimizer, target):
    """Any other is refused, with those that would do; so is a bad hyperparameter."""
    if optimizer in FIRST_ORDER:
        refused(lambda: updater(optimizer, target, nothing=1), optimizer, "'nothing'", kind=Unknown)
        refused(lambda: updater(optimizer, target, "half"), "unknown dtype 'half'", kind=Unknown)
        refused(lambda: updater(optimizer, target, lr=None), f"{optimizer}: lr = None: expected")
    else:
        refused(lambda: updater(optimizer, target), repr(optimizer), *FIRST_ORDER)


def test_an_unknown_updater_is_refused():
    """Its name and its target."""
    refused(lambda: updater("adm"), "'adm'", "did you mean 'adam'?", kind=Unknown)
    refused(lambda: updater("adam", "numpy"), "'numpy'", "mean 'numpy:cpu'?", kind=Unknown)


BAD_X0 = {
    "matrix": (np.zeros((2, 2)), "shape (2, 2)"),
    "scalar": (1.0, "shape ()"),
    "empty": ([], "shape (0,)"),
    "nan": ([1.0, np.nan], "x0[1]"),
    "infinite": ([-np.inf, 1.0], "x0[0]"),
    "overflow": ([1e39, 1.0], "x0[0]"),
    "text": (["a", "b"], "x0"),
    "none": ([None, 1.0], "x0"),
    "complex": ([1j, 1.0], "x0"),
    "ragged": ([[1.0], [1.0, 2.0]], "x0"),
}


@pytest.mark.parametrize("name", BAD_X0)
@pytest.mark.parametrize("target", HOSTS)
def test_bad_parameters_are_refused(target, name):
    """An updater takes a 1-D array of numbers that are finite in its dtype."""
    x0, word = BAD_X0[name]
    refused(lambda: updater("adam", target, "float32").init(x0), word)


@pytest.mark.parametrize("optimizer", FIRST_ORDER)
@pytest.mark.parametrize("target", HOSTS)
def test_an_updater_copies_and_checks_shapes(target, optimizer):
    """What comes in stays the caller's, what comes out is new, and a gradient fits or is refused."""
    made = updater(optimizer, target, "float32")
    x0, g = np.ones(3), np.ones(3)
    state = made.init(x0)
    for wrong in (np.ones(2), np.ones((3, 1)), np.float64(1)):
        refused(lambda w=wrong: made.step(state, made.put(w)), str(wrong.shape), "(3,)")
    before = made.get(state)
    there = made.put(g)
    x0[:] = g[:] = np.nan
    state = made.step(state, there)
    made.wait(state)
    after = made.get(state)
    assert before.tolist() == [1, 1, 1]
    assert after.shape == (3,)
    assert after.dtype == np.float32
    assert np.isfinite(after).all()
    assert (after < before).all()


# Paths


def _suited(optimizer):
    """A problem that ``optimizer`` can work on: a composition has all that any could ask for."""
    dimension = OPTIMIZERS[optimizer].dimension
    fits = {
        name: problem.composition is not None if dimension is None else n == dimension
        for name, problem in PROBLEMS.items()
        for n in [_dimension(problem)]
    }
    return max(fits, key=fits.get)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("target", HOSTS)
def test_a_path_is_complete(optimizer, target):
    """All points with the start, their values, the dtype, the status and the counts."""
    for dtype in DTYPES:
        case = Case(optimizer, _suited(optimizer), steps=3, dtype=dtype)
        path = run(case, target)
        assert path.points.shape == (4, len(case.x0))
        assert path.values.shape == (4,)
        assert path.points.dtype == path.values.dtype == dtype
        assert path.points[0].tolist() == case.x0.astype(dtype).tolist()
        assert (path.case, path.target, path.mode) == (case, target, modes_of(target)[0])
        assert (path.status, path.steps) == ("finished", 3)
        declared = case.spec.evaluations(case.h)
        assert path.counts == {name: 3 * declared.get(name, 0) for name in path.counts}
        assert set(declared) <= set(path.counts)


@pytest.mark.parametrize("target", HOSTS)
def test_no_steps_are_a_path_too(target):
    """The start alone, in every mode."""
    for mode in modes_of(target):
        path = run(Case("adam", "simulator", steps=0, stop=AllClose()), target, mode)
        assert path.points.tolist() == [[3, 3]]
        assert path.values.tolist() == [90]
        assert path.status == "finished"
        assert set(path.counts.values()) == {0}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("target", "mode"), [(target, mode) for target in HOSTS for mode in modes_of(target)]
)
def test_divergence_is_a_status(target, mode, dtype):
    """Undamped Newton runs away; the path ends at its first point that is not finite, in peace."""
    path = run(Case("newton", "log_sum_exp", dtype=dtype), target, mode)
    assert path.status == "diverged"
    assert 0 < path.steps < path.case.steps
    finite = np.isfinite(path.points).all(axis=1) & np.isfinite(path.values)
    assert finite.tolist() == [True] * path.steps + [False]
    assert path.counts["hessian"] == path.steps


@pytest.mark.parametrize("lr", [1e38, 1e300])
@pytest.mark.parametrize("optimizer", FIRST_ORDER)
@pytest.mark.parametrize("target", HOSTS)
def test_a_huge_step_is_no_exception(target, optimizer, lr):
    """A learning rate beyond float32, in float32, in every place where it could overflow."""
    path = run(Case(optimizer, "quadratic", hyper={"lr": lr}, dtype="float32"), target)
    assert path.status == "diverged"


@pytest.mark.parametrize("target", HOSTS)
def test_a_stop_ends_the_path(target):
    """At the first step after which the rule holds, and not before."""
    for stop in (AllClose(atol=1e-2, rtol=0.0), GradientNorm(tolerance=1e-2)):
        case = Case("gd", "quadratic", params={"coefficients": (0.25,)}, start=(1.0,), steps=99)
        halving = replace(case, hyper={"lr": 1.0}, stop=stop)  # x = 2**-t, moves by x, slope x / 2
        path = run(halving, target)
        expected = 7 if isinstance(stop, AllClose) else 6
        assert path.points.ravel().tolist() == [2.0**-t for t in range(expected + 1)]
        assert path.status == "converged"
        stops = stop.evaluations().get("gradient", 0)
        assert path.counts["gradient"] == expected * (1 + stops)


@pytest.fixture
def asked(monkeypatch):
    """What is really asked of numpy's objectives, counted."""
    counts = Counter()
    engine = import_module("backends.numpy.engine").Engine
    make = engine.objective

    def counting(self, *arguments):
        made = make(self, *arguments)
        made.counts = counts
        return made

    monkeypatch.setattr(engine, "objective", counting)
    return counts


def _variants(optimizer):
    """The optimizer with its defaults, and with every other choice of every choice it has."""
    yield {}
    for name, hint in get_type_hints(OPTIMIZERS[optimizer].hyper, include_extras=True).items():
        if hint is bool or get_origin(hint) is Literal:
            choices = (True, False) if hint is bool else get_args(hint)
            yield from ({name: choice} for choice in choices)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_counts_are_the_calls(optimizer, asked):
    """The declared evaluations are those that numpy makes, those of the stop included."""
    for hyper in _variants(optimizer):
        for stop in (None, GradientNorm(tolerance=1e-30)):
            asked.clear()
            path = run(Case(optimizer, _suited(optimizer), hyper=hyper, steps=3, stop=stop))
            assert path.status == "finished"
            assert asked == {name: n for name, n in path.counts.items() if n}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_specification_asks_for_what_it_declares(optimizer):
    """Not for more; values it may spare, where the first ones decide."""
    for hyper in _variants(optimizer):
        case = Case(optimizer, _suited(optimizer), hyper=hyper)
        f = Objective(case.objective, dict(case.objective.constants(case.p)), np)
        case.spec.step(f, case.h, case.x0, case.spec.init(case.x0, case.h))
        declared = Counter(case.spec.evaluations(case.h))
        assert f.counts <= declared
        assert set(declared - f.counts) <= {"value"}


# A user's own


def bowl(xp, k, x):
    """A quartic bowl, not symmetric."""
    a, b = x[..., 0] - k.centre[0], x[..., 1]
    return a**4 + a * a + a * b + b * b


def bowl_gradient(xp, k, x):
    a, b = x[..., 0] - k.centre[0], x[..., 1]
    return xp.stack((4 * a**3 + 2 * a + b, a + 2 * b), -1)


def bowl_hessian(xp, k, x):
    a = x[..., 0] - k.centre[0]
    one = xp.ones_like(a)
    rows = (12 * a * a + 2, one), (one, 2 * one)
    return xp.stack([xp.stack(row, -1) for row in rows], -2)


BOWL = Problem(
    title="A bowl",
    cites=(),
    constants=lambda p: {"centre": np.array([1.0])},
    value=bowl,
    gradient=bowl_gradient,
    hessian=bowl_hessian,
    start=lambda p: (0.5, 2.0),
)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("target", HOSTS)
def test_a_problem_of_ones_own_runs(optimizer, target):
    """Every optimizer that its dimension and its parts allow, in both precisions."""
    spec = OPTIMIZERS[optimizer]
    if spec.dimension not in (None, 2):
        refused(lambda: Case(optimizer, BOWL), "custom", "dimension")
        return
    for dtype in DTYPES:
        case = Case(optimizer, BOWL, steps=3, dtype=dtype)
        if "forward" in spec.evaluations(case.h):
            refused(lambda c=case: run(c, target), "custom is not a composition")
            continue
        path = run(case, target)
        assert compare(case, path.points, path.values).ratio <= 1


def test_a_problem_without_a_hessian_says_so():
    """Where nothing differentiates, Newton's method needs the formula."""
    case = Case("newton", replace(BOWL, hessian=None))
    refused(lambda: run(case), "custom has no hessian formula: give one")


def mixed(xp, k, x):
    """A simulator: y = (x0 + x1, exp(x1))."""
    return xp.stack((x[..., 0] + x[..., 1], xp.exp(x[..., 1])), -1)


def unmixed(xp, k, y):
    log = xp.log(y[..., 1])
    return xp.stack((y[..., 0] - log, log), -1)


def mixing(xp, k, x):
    one = xp.ones_like(x[..., 0])
    rows = (one, one), (0 * one, xp.exp(x[..., 1]))
    return xp.stack([xp.stack(row, -1) for row in rows], -2)


def quartic(xp, k, y):
    """L = |y|⁴ / 4, whose Newton step is -y / 3 everywhere."""
    return xp.sum(y * y, -1) ** 2 / 4


def quartic_gradient(xp, k, y):
    return xp.sum(y * y, -1)[..., None] * y


def quartic_hessian(xp, k, y):
    a, b = y[..., 0], y[..., 1]
    rows = (3 * a * a + b * b, 2 * a * b), (2 * a * b, a * a + 3 * b * b)
    return xp.stack([xp.stack(row, -1) for row in rows], -2)


MIXED = Problem(
    title="A quartic of a nonlinear simulator",
    cites=(),
    value=lambda xp, k, x: quartic(xp, k, mixed(xp, k, x)),
    gradient=lambda xp, k, x: (
        mixing(xp, k, x).T @ quartic_gradient(xp, k, mixed(xp, k, x))  # for one point at a time
    ),
    start=lambda p: (1.0, 0.5),
    composition=Composition(
        forward=mixed,
        inverse=unmixed,
        jacobian=mixing,
        loss=quartic,
        gradient=quartic_gradient,
        hessian=quartic_hessian,
    ),
)


@pytest.mark.parametrize("inverse", ["analytic", "numerical"])
@pytest.mark.parametrize("target", HOSTS)
def test_a_composition_of_ones_own_has_an_inverse_step(target, inverse):
    """A more complicated L(y(x)): each step multiplies y by 1 - lr / 3, whatever x does."""
    case = Case("inverse_simulator", MIXED, hyper={"lr": 1.5, "inverse": inverse}, steps=5)
    path = run(case, target)
    assert compare(case, path.points, path.values).ratio <= 1
    y = mixed(np, None, path.points)
    halved = y[0] * 0.5 ** np.arange(6)[:, None]
    # rounding at each step, or what L-BFGS-B leaves of each coordinate by its own stopping rule
    slack = case.spec.tolerance(case.h) + 16 * np.finfo(np.float64).eps
    assert (np.abs(y - halved) <= 5 * slack * np.abs(y[0])).all()


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize("target", HOSTS)
def test_minibatches_are_the_same_everywhere(target, replaced):
    """Steps that are the data themselves: the path adds up what was drawn, without rounding."""
    data = 2.0 ** np.arange(12)
    problem = Problem(
        title="What is drawn",
        cites=(),
        constants=lambda p: {"data": data},
        value=lambda xp, k, x: xp.mean(k.data) * x[..., 0],
        gradient=lambda xp, k, x: xp.mean(k.data) * xp.ones_like(x),
        start=lambda p: (0.0,),
    )
    batch = Batch(size=4, seed=5, replace=replaced)
    case = Case("gd", problem, hyper={"lr": 1.0}, steps=8, batch=batch)
    drawn = data[batch.indices(12, 8)].mean(axis=1)
    for mode in modes_of(target) if target.split(":")[0] != "torch" else modes_of(target)[:1]:
        path = run(case, target, mode)
        assert path.points.ravel().tolist() == [0, *(-np.cumsum(drawn)).tolist()]


EXACT = {
    "value": 90,
    "gradient": [6, 108],
    "hessian": [[2, 0], [0, 108]],
    "forward": [3, 9],
    "inverse": [3, 3],
    "jacobian": [[1, 0], [0, 6]],
    "numerical_inverse": [3, 3],
    "outer_gradient": [6, 18],
    "outer_hessian": [[2, 0], [0, 2]],
}


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("target", HOSTS)
def test_a_quantity_is_evaluated_at_the_start(target, quantity):
    """The simulator at (3, 3), all in whole numbers; at another y where it depends on y."""
    for dtype in DTYPES:
        found = evaluate(Case("gd", "simulator", dtype=dtype), quantity, target)
        assert found.tolist() == EXACT[quantity]
        assert found.dtype == dtype
    elsewhere = Case("gd", "simulator", start=(1.0, 2.0))
    assert evaluate(elsewhere, "value", target) == 17
    assert evaluate(elsewhere, "inverse", target, y=(5.0, 16.0)).tolist() == [5, 4]
    assert evaluate(elsewhere, "outer_gradient", target, y=(5.0, 16.0)).tolist() == [10, 32]


# Identity


def test_equal_cases_are_equal():
    """Defaults written out, ids or objects, tuples or arrays: what is the same run is one key."""
    short = Case("momentum", "quadratic", steps=3)
    long = Case(
        "momentum",
        PROBLEMS["quadratic"],
        params={"coefficients": [1, 2], "rotation": 0},
        hyper={"lr": 0.1, "lr_inside": False},
        start=np.array([-5, -2]),
        steps=np.int64(3),
    )
    assert short == long
    assert hash(short) == hash(long)
    changes = (
        {"steps": 4},
        {"dtype": "float32"},
        {"start": (-5.0, -3.0)},
        {"hyper": {"lr": 0.2}},
        {"params": {"rotation": 1.0}},
        {"stop": AllClose()},
        {"optimizer": "nesterov"},
    )
    others = [replace(short, **change) for change in changes]
    assert len({short, long, *others}) == 1 + len(others)
    assert short != "momentum"


def test_a_case_keeps_what_it_was_made_with():
    """Changing the mappings and the array afterwards changes no case."""
    hyper, params, start = {"lr": 0.5}, {"coefficients": (1.0,)}, np.array([1.0])
    case = Case("gd", "quadratic", params, hyper, start, steps=1)
    hyper["lr"], params["coefficients"], start[0] = 0.25, (2.0,), 7.0
    assert run(case).points.tolist() == [[1], [0]]
    assert run(replace(case, dtype="float32")).points.tolist() == [[1], [0]]


@pytest.mark.skipif("jax" not in BACKENDS, reason="backends/jax is not here")
def test_jax_compiles_a_case_once(monkeypatch):
    """Neither a second run nor another start compiles again; another learning rate does."""
    pytest.importorskip("jax")
    engine = import_module("backends.jax.engine")
    made, programs = engine._program, []

    def kept(*key):
        programs.append(made(*key))
        return programs[-1]

    monkeypatch.setattr(engine, "_program", kept)
    case = Case("adam", "quadratic", hyper={"lr": 0.123}, steps=3)
    for again in (case, replace(case, steps=4), replace(case, start=(3.0,))):
        run(again, "jax:cpu", "compiled")
    assert len(set(programs)) == 1
    assert programs[0]._cache_size() == 1
    run(replace(case, hyper={"lr": 0.321}), "jax:cpu", "compiled")
    assert len(set(programs)) == 2
