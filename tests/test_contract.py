"""Claim: bad input raises an error that names it, and results have the documented form."""

import math
from dataclasses import fields, replace
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backends
from backends import TARGETS, Unsupported, modes_of, run, updater
from reference import (
    CASES,
    OPTIMIZERS,
    AllClose,
    Batch,
    Case,
    Cite,
    Composition,
    GradientNorm,
    Invalid,
    Problem,
    Unknown,
    compare,
    distinct,
    truth,
)
from reference.parameters import Interval
from tests.helpers.lists import HOSTS

X_COS = {"optimizer": "gd", "problem": "x_cos"}

BAD_CASES = [
    ({"optimizer": "adm"}, "adm.*adam"),
    ({"problem": "quadratc"}, "quadratc.*quadratic"),
    ({"dtype": "float16"}, "float16.*float32"),
    ({"hyper": {"lrr": 1.0}}, "lrr.*lr"),
    ({"hyper": {"lr": -1}}, "lr = -1.*0 < x"),
    ({"hyper": {"lr": "fast"}}, "lr = 'fast'"),
    ({"hyper": {"lr": math.nan}}, "lr = nan"),
    ({"hyper": {"lr": True}}, "lr = True"),
    ({"params": {"c": 0}}, "c = 0"),
    ({"params": {"d": 1}}, "unknown parameter of x_cos 'd'"),
    ({"start": (1.0, 2.0)}, "1 numbers"),
    ({"start": (math.inf,)}, "inf.*finite"),
    ({"start": (True,)}, "True.*real"),
    ({"start": (1j,)}, "1j.*real"),
    ({"start": ((1.0,), (1.0, 2.0))}, "real"),
    ({"start": (10**400,)}, "real"),
    ({"start": 1.0}, "1 numbers"),
    ({"params": 3}, "3: expected a mapping"),
    ({"hyper": 3}, "3: expected a mapping"),
    ({"hyper": {"lr": 1e300}, "dtype": "float32"}, "lr = 1e\\+300.*float32"),
    ({"start": (1e300,), "dtype": "float32"}, "1e\\+300.*float32"),
    ({"start": "here"}, "here"),
    ({"steps": -1}, "steps = -1"),
    ({"steps": 1.5}, "steps = 1.5"),
    ({"steps": True}, "steps = True"),
    ({"stop": 1e-6}, "stop = 1e-06"),
    ({"batch": Batch(size=2)}, "no data"),
    ({"problem": "normal_nll", "batch": Batch(size=10**6)}, "1000000"),
    ({"problem": "normal_nll", "batch": 7}, "batch = 7"),
    ({"optimizer": "bisection", "problem": "simulator"}, "1 dimension"),
    ({"optimizer": "bisection", "start": (0.0,)}, "leave start out"),
    ({"problem": "quadratic", "params": {"coefficients": ()}}, "coefficients = \\(\\)"),
    ({"problem": "quadratic", "params": {"coefficients": (1,), "rotation": 45}}, "rotation"),
    ({"problem": "steep_optima", "params": {"sigma": 1e-300}}, "sigma = 1e-300.*1e-18 <= x <= 1e"),
    ({"problem": "steep_optima", "params": {"sigma": 1e200}}, "sigma = 1e\\+200.*<= 1e\\+18"),
    ({"problem": "cosh", "params": {"c": 5e-324}}, "c = 5e-324.*1e-18 <= x"),
    ({"params": {"c": 1e300}}, "c = 1e\\+300.*<= 1e\\+18"),
    ({"problem": "normal_nll", "params": {"size": 10**30}}, "size = 10{30}.*1 <= x <= 1000000"),
    ({"problem": "normal_mixture_nll", "params": {"seed": 2**64}}, "seed = 1844.*<= 9007199254"),
    ({"optimizer": "line_search", "hyper": {"halvings": 10**30}}, "halvings = 10{30}.*<= 1100"),
    ({"problem": "quadratic", "params": {"coefficients": (1e308,)}}, "coefficients.*slope.* inf"),
    ({"problem": "quadratic", "params": {"coefficients": {1.0: 2}}}, "coefficients = {1.0: 2}"),
    ({"optimizer": "bisection", "hyper": {"a": 1.0, "b": -1.0}}, "a = 1, b = -1: expected a < b"),
    ({"optimizer": "bisection", "hyper": {"a": 1.7e308, "b": 1.75e308}}, "start.* = inf.*finite"),
    ({"hyper": {"lr": 1e-300}, "dtype": "float32"}, "lr = 1e-300: expected 0, or .*1.18e-38"),
    ({"stop": AllClose(atol=1e300), "dtype": "float32"}, "stop: atol = 1e\\+300.*float32"),
    ({"steps": 10**30}, "steps = 10{30}: expected a whole number from 0 to 1,000,000,000"),
    ({"start": (1.0,) * 10**5}, "^start = \\(1.0, .{200,300}1 numbers"),
]


@pytest.mark.parametrize(("change", "message"), BAD_CASES, ids=lambda x: str(x)[:40])
def test_a_bad_case_is_refused(change, message):
    """The constructor's error names the value and what was expected."""
    with pytest.raises(Invalid, match=message):
        Case(**{**X_COS, **change})


def test_a_number_too_long_to_print_is_refused():
    """The error describes a number of 5,000 digits, which Python refuses to print."""
    for change in ({"steps": 10**5000}, {"problem": "normal_nll", "params": {"size": 10**5000}}):
        with pytest.raises(Invalid, match="= a number of type int too long to print: expected"):
            Case(**{**X_COS, **change})


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda case: backends.evaluate(case, "slope"), "slope"),
        (lambda case: backends.evaluate(case, "gradient", y=(1.0,)), "y = \\(1.0,\\): gradient"),
        (lambda case: backends.absences("nunpy"), "nunpy.*numpy"),
    ],
    ids=["quantity", "y", "backend"],
)
def test_a_bad_question_is_refused(ask, message):
    """Functions that evaluate or list refuse unknown names, as `Case` does."""
    with pytest.raises(Invalid, match=message):
        ask(Case(**X_COS))


STOPS = [
    lambda: AllClose(atol=-1),
    lambda: GradientNorm(tolerance=0),
    lambda: GradientNorm(tolerance=1e200),
]


@pytest.mark.parametrize("make", STOPS)
def test_a_bad_stop_is_refused(make):
    """Stopping rules check their parameters."""
    with pytest.raises(Invalid, match="expected"):
        make()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "numpy"}, "numpy.*numpy:cpu"),
        ({"mode": "jitted"}, "jitted.*eager"),
        ({"derivatives": "auto"}, "auto.*autodiff"),
    ],
)
def test_a_bad_option_is_refused(options, message):
    """An unknown target, mode or derivative raises an error that suggests the nearest name."""
    with pytest.raises(Unknown, match=message):
        run(Case(**X_COS), **options)


def test_what_numpy_cannot_do_has_a_reason():
    """Asking numpy to compile or differentiate raises `Unsupported`, which names numpy."""
    for options in ({"mode": "compiled"}, {"derivatives": "autodiff"}):
        with pytest.raises(Unsupported, match="numpy"):
            run(Case(**X_COS), "numpy:cpu", **options)


def _interval(hint):
    return next((m for m in getattr(hint, "__metadata__", ()) if isinstance(m, Interval)), None)


RANGES = [
    (name, field.name, _interval(get_type_hints(spec.hyper, include_extras=True)[field.name]))
    for name, spec in OPTIMIZERS.items()
    for field in fields(spec.hyper)
]


@pytest.mark.parametrize(("name", "field", "interval"), [r for r in RANGES if r[2]])
@settings(max_examples=20, deadline=None)
@given(value=st.one_of(st.floats(), st.booleans(), st.text(), st.none()))
def test_a_hyperparameter_is_accepted_in_its_range_only(name, field, interval, value):
    """A hyperparameter is accepted if its value is in the declared interval, and refused if not."""
    good = isinstance(value, float) and value in interval
    if good and field == "halvings":
        return
    if good:
        OPTIMIZERS[name].hyper.build(name, {field: value})
    else:
        with pytest.raises(Invalid, match=field):
            OPTIMIZERS[name].hyper.build(name, {field: value})


@pytest.mark.parametrize("target", HOSTS)
def test_a_path_has_the_shapes_it_promises(target):
    """Points and values have the documented shapes and dtype, also for no steps."""
    for dtype in ("float32", "float64"):
        for steps in (0, 3):
            path = run(Case("adam", "steep_optima", steps=steps, dtype=dtype), target)
            assert path.points.shape == (steps + 1, 2)
            assert path.values.shape == (steps + 1,)
            assert path.points.dtype == path.values.dtype == dtype
            assert path.status == "finished"
            assert (path.points[0] == 0).all()


@pytest.mark.parametrize("target", HOSTS)
def test_divergence_is_a_status(target):
    """A diverged run has the status "diverged", and ends with its first non-finite point."""
    path = run(CASES["002/log_sum_exp_newton"], target)
    assert path.status == "diverged"
    assert np.isfinite(path.points[:-1]).all()
    assert not (np.isfinite(path.points[-1]).all() and np.isfinite(path.values[-1]))
    assert path.steps < path.case.steps


@pytest.mark.parametrize("target", HOSTS)
def test_a_singular_hessian_is_a_status(target):
    """Newton at a singular Hessian ends as diverged, without an exception."""
    path = run(Case("newton", "simulator", start=(1.0, 0.0), steps=3), target)
    assert path.status == "diverged"


@pytest.mark.parametrize("name", distinct(CASES))
def test_declared_evaluations_are_the_ones_made(name):
    """A step evaluates what its optimizer declares, in the specification and on numpy."""
    case = replace(CASES[name], steps=1, stop=None, batch=None)
    engine = backends.targets.engine("numpy:cpu", case.dtype)
    with engine.scope():
        f = backends.binding.bind(engine, case, "analytic")
        x = engine.array(case.start_point)
        case.spec.step(f, case.hyperparameters, x, case.spec.init(x, case.hyperparameters))
        specified, f.counts = f.counts, type(f.counts)()
        native = backends.targets.optimizer("numpy:cpu", case.optimizer)
        native.step(
            native.coefficients(case.hyperparameters, 1),
            f,
            x,
            native.slots(case.hyperparameters, x),
        )
    declared = dict(case.spec.evaluations(case.hyperparameters))
    assert set(declared) <= set(case.spec.needs)
    assert dict(specified) == declared
    assert dict(f.counts) == declared
    counts = run(case).counts
    assert {k: n for k, n in counts.items() if n} == declared


BOWL = Problem(
    title="A bowl of the user's own",
    cites=(Cite("here", "now"),),
    value=lambda xp, k, x: xp.sum((x - k.centre) ** 2, -1),
    gradient=lambda xp, k, x: 2 * (x - k.centre),
    constants=lambda p: {"centre": np.array([1.0, 2.0, 3.0])},
    start=lambda p: (0.0, 0.0, 0.0),
    id="bowl",
)

CUBE = Problem(
    title="L(y) = |y|², y = x³",
    cites=(Cite("here", "now"),),
    value=lambda xp, k, x: xp.sum(x**6, -1),
    gradient=lambda xp, k, x: 6 * x**5,
    start=lambda p: (2.0,),
    composition=Composition(
        forward=lambda xp, k, x: x**3,
        inverse=lambda xp, k, y: xp.exp(xp.log(y) / 3),
        jacobian=lambda xp, k, x: (3 * x**2)[..., None],
        loss=lambda xp, k, y: xp.sum(y**2, -1),
        gradient=lambda xp, k, y: 2 * y,
        hessian=lambda xp, k, y: 2 * xp.ones_like(y)[..., None],
    ),
    id="cube",
)


@pytest.mark.parametrize("target", HOSTS)
def test_a_problem_of_ones_own_runs(target):
    """A user-defined problem runs on every backend: one exact step to the minimum."""
    path = run(Case("gd", BOWL, hyper={"lr": 0.5}, steps=1), target)
    assert path.points[-1].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("target", HOSTS)
def test_a_composition_of_ones_own_runs(target):
    """A user-defined composition runs: y shrinks by 1 - lr at every step."""
    path = run(Case("inverse_simulator", CUBE, hyper={"lr": 0.875}, steps=3), target)
    assert truth(path.case).points[:, 0].astype(float).tolist() == [2.0, 1.0, 0.5, 0.25]
    assert compare(path).ratio <= 1


@pytest.mark.parametrize("target", HOSTS)
def test_an_updater_refuses_what_it_cannot_use(target):
    """An updater refuses other than first-order optimizers, and wrong shapes, dtypes and values."""
    with pytest.raises(Invalid, match=r"newton.*gradients"):
        updater("newton", target)
    with pytest.raises(Invalid, match="lr = 0"):
        updater("gd", target, lr=0)
    with pytest.raises(Invalid, match=r"gd: lr = 1e-300.*float32"):
        updater("gd", target, "float32", lr=1e-300)
    double = updater("gd", target)
    with pytest.raises(Invalid, match="shape"):
        double.init(np.zeros((2, 2)))
    with pytest.raises(Invalid, match=r"x0\[1\]"):
        double.init([0.0, math.nan])
    with pytest.raises(Invalid, match=r"gradient of shape \(2,\).*expected .* shape \(1,\)"):
        double.step(double.init([1.0]), double.put([1.0, 2.0]))
    single = updater("gd", target, dtype="float32")
    with pytest.raises(Invalid, match=r"dtype .*float64.*expected .*float32"):
        single.step(single.init([1.0]), double.put([1.0]))
    with pytest.raises(Invalid, match=r"type list.*put\(g\) makes one"):
        double.step(double.init([1.0]), [1.0])


def test_a_case_keeps_what_it_was_made_with():
    """Changing the caller's mappings and array afterwards does not change a case."""
    hyper, params, start = {"lr": 0.5}, {"coefficients": (1.0,)}, np.array([1.0])
    case = Case("gd", "quadratic", params, hyper, start, steps=1)
    hyper["lr"], params["coefficients"], start[0] = 0.25, (2.0,), 7.0
    assert run(replace(case, dtype="float32")).points.tolist() == [[1], [0]]


@pytest.mark.parametrize("target", HOSTS)
def test_a_stop_ends_the_path(target):
    """A run stops after the first step for which the rule holds, and counts its evaluations."""
    bowl = Case("gd", "quadratic", {"coefficients": (0.25,)}, {"lr": 1.0}, (1.0,), steps=99)
    stops = (AllClose(atol=1e-2, rtol=0.0), 7), (GradientNorm(tolerance=1e-2), 6)
    for stop, expected in stops:  # after step t: x = 2**-t, moved by x, gradient x / 2
        path = run(replace(bowl, stop=stop), target)
        assert path.points.ravel().tolist() == [2.0**-t for t in range(expected + 1)]
        assert path.status == "converged"
        assert path.counts["gradient"] == expected * (1 + len(stop.evaluations()))


def test_equal_cases_are_equal():
    """Cases are equal whether or not defaults are given; another start makes another case."""
    assert Case("gd", "x_cos") == Case("gd", "x_cos", hyper={"lr": 0.1}, start=[10])
    assert hash(Case("gd", "x_cos")) == hash(Case("gd", "x_cos", start=(10.0,)))
    assert Case("gd", "x_cos") != Case("gd", "x_cos", start=(9.0,))


def test_a_second_run_does_not_compile_again():
    """JAX keeps one program for a case, other numbers of steps, starts and learning rates."""
    pytest.importorskip("jax")
    if "jax:cpu" not in TARGETS:
        pytest.skip("backends/jax is not here")
    from backends.jax._programs import trajectory

    case = Case("momentum", "x_cos", hyper={"lr": 0.012345}, steps=4)
    run(case, "jax:cpu")
    programs = trajectory.cache_info().misses
    for again in (case, replace(case, steps=5), replace(case, start=(3.0,), hyper={"lr": 0.5})):
        run(again, "jax:cpu")
    assert trajectory.cache_info().misses == programs


@pytest.mark.parametrize("target", HOSTS)
def test_the_default_mode_is_the_first(target):
    """A run without a mode uses the target's first one, and its path says so."""
    assert run(Case(**X_COS, steps=1), target).mode == modes_of(target)[0]


def test_an_objective_without_the_part_says_so():
    """The inverse simulator refuses a problem that is no composition."""
    with pytest.raises(Invalid, match="not a composition"):
        run(Case("inverse_simulator", "x_cos"))
    assert issubclass(backends.Unsupported, NotImplementedError)


def test_a_mode_that_is_no_text_is_refused_by_name():
    """A list in place of a mode or of derivatives is named, as any unknown one."""
    for wrong in ({"mode": ["eager"]}, {"derivatives": ["analytic"]}):
        with pytest.raises(Unknown, match=r"\['(eager|analytic)'\]"):
            backends.run(CASES["000/xcos_gd_2"], **wrong)
