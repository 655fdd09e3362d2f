"""Claim: optimizers of torch and optax are found by what they are, and checked on their paths."""

import re

import numpy as np
import pytest

from backends.conformance import KINDS, check
from backends.conformance.subjects import find
from reference import Invalid
from tests.helpers.lists import quick

RATE = {"learning_rate": 0.01}
ADAMW = {"lr": 1e-3, "betas": (0.9, 0.95), "weight_decay": 0.1}
FAST = {"torch": ["for-loop", "foreach", "fused", "tensor lr"], "optax": ["jitted", "donated"]}
SHOWN = ["unequal", "zeros", "arrays", "groups", "missing gradient", "changing rate", "reloaded"]
SHOWN += ["strided parameters", "reused memory"]
APART = "strided gradients"


@pytest.fixture
def optim():
    return pytest.importorskip("torch").optim


@pytest.fixture
def optax():
    pytest.importorskip("jax")
    return pytest.importorskip("optax")


def _tapes(report, verdict):
    return {t.tape for t in report.trials if t.verdict == verdict}


def test_torchs_adamw_is_right_on_its_paths(optim):
    """Every tape in both dtypes; and every hyperparameter is alive."""
    tapes = [name for name, kind in KINDS.items() if not kind.asked and not kind.once]
    tapes.remove(APART)
    report = check(optim.AdamW, "adam", ADAMW, paths=FAST["torch"], tapes=tapes)
    assert report.verdict == "right", str(report)
    assert report.subject == "torch.optim.AdamW"
    assert {(t.path, t.dtype) for t in report.trials if t.verdict == "right"} >= {
        (path, dtype) for path in FAST["torch"] for dtype in ("float32", "float64")
    }
    assert _tapes(report, "right") >= {*SHOWN}
    changed = {t.tape.split()[1] for t in report.trials if "=" in t.tape}
    assert changed == {"lr", "betas", "eps", "weight_decay", "amsgrad", "maximize"}


def test_torchs_fused_step_reads_gradients_in_the_wrong_order(optim):
    """On the CPU it takes a gradient's numbers as they lie in memory, whatever their strides.

    A release of torch that does not is right on this tape, too.
    """
    report = check(optim.AdamW, "adam", ADAMW, paths=FAST["torch"], tapes=[APART])
    assert {t.path for t in report.trials if t.verdict == "wrong"} == {"fused"}


def test_torchs_rprop_loses_the_sign_of_a_product_that_underflows(optim):
    """It takes the sign of two gradients' product, as reference/optimizers/rprop.py says."""
    report = check(optim.Rprop, "rprop", paths=["for-loop"], tapes=["underflow", "near zero"])
    assert _tapes(report, "wrong") == {"underflow"}


def test_torch_refuses_capturable_on_the_cpu(optim):
    """What torch does not support is not run, in its own words."""
    report = check(optim.Adam, "adam", paths=["capturable"], tapes=["unequal"])
    assert report.verdict == "not run"
    assert "capturable" in str(report)


def test_torch_compiled_is_right(optim):
    """A step compiled by torch.compile, on the tape that is there for paths that start slowly."""
    report = check(optim.SGD, "momentum", {"momentum": 0.9}, ["float32"], ["compiled"])
    assert report.verdict == "right", str(report)


@pytest.mark.parametrize(
    "path", quick(["eager", "jitted", "donated", "inject_hyperparams"], ["jitted"])
)
def test_optaxs_adamw_is_right(optax, path):
    """A function of optax, with what it leaves out at its own defaults."""
    tapes = ["unequal", "zeros", "arrays", "changing rate", "reloaded"]
    report = check(optax.adamw, "adamw", {**RATE, "b2": 0.95}, paths=[path], tapes=tapes)
    assert report.verdict == "right", str(report)
    assert report.hyper["weight_decay"] == 1e-4
    assert (path == "eager") == (report.trials[0].path == "eager")
    assert "changing rate" in _tapes(report, "right")


@pytest.mark.exhaustive
def test_optax_loses_digits_of_a_long_average(optax):
    """optax takes 1 - b2^t in float32: at its default b2 each step of float32 is off by 6e-6.

    A release of optax that mends this is right; and inject_hyperparams is, where b2 is rounded
    before it is used at all.
    """
    paths = {"jitted": "wrong", "inject_hyperparams": "right"}
    for path, verdict in paths.items():
        report = check(optax.adam, "adam", RATE, ["float32"], [path], tapes=["zeros"])
        assert report.verdict == verdict
    assert check(optax.adam, "adam", RATE, ["float64"], tapes=["zeros"]).verdict == "right"


def test_keras_is_right(keras):
    """Classes, an optimizer of which each run gets a copy, and a function that makes one."""
    tapes = ["unequal", "arrays", "changing rate", "reloaded"]
    adam = {"learning_rate": 0.01, "beta_2": 0.95}
    kinds = keras.optimizers
    for subject, spec, hyper in (
        (kinds.Adam, "adam", adam),
        (kinds.SGD, "nesterov", {"momentum": 0.8}),
        (kinds.Adagrad(0.5), "adagrad", {}),
        (lambda: kinds.Adagrad(0.5), "adagrad", {}),
    ):
        report = check(subject, spec, hyper, tapes=tapes)
        wrong = {t.tape for t in report.trials if t.verdict == "wrong"}
        assert wrong <= {"unequal, global_clipnorm = 0.125"}, str(report)  # see below
        assert _tapes(report, "right") >= {*tapes}


def test_scikit_learn_is_right():
    """Its classes, made of the parameters; Adam is that with eps-hat."""
    kinds = pytest.importorskip("sklearn.neural_network._stochastic_optimizers")
    tapes = ["unequal", "zeros", "arrays", "one parameter", "reloaded", "strided parameters"]
    for subject, spec, hyper in (
        (kinds.AdamOptimizer, "adam", {"learning_rate_init": 0.01, "beta_2": 0.95}),
        (kinds.SGDOptimizer, "nesterov", {"lr": 0.1, "momentum": 0.8}),
        (kinds.SGDOptimizer, "momentum", {"lr": 0.1}),
        (kinds.SGDOptimizer, "gd", {"lr": 0.1}),
    ):
        report = check(subject, spec, hyper, tapes=tapes)
        assert report.verdict == "right", str(report)
        assert _tapes(report, "right") >= {*tapes}
        assert report.versions["sklearn"]
    assert check(kinds.AdamOptimizer, "adam", {"eps_hat": False}, tapes=tapes).verdict == "wrong"


def test_keras_clips_float64_by_a_norm_of_float32(keras):
    """On torch the maximum of a tensor and a number is float32; in float32 nothing is lost."""
    asked = {"spec": "gd", "hyper": {"learning_rate": 0.01, "global_clipnorm": 0.125}}
    for dtype, verdict in (("float32", "right"), ("float64", "wrong")):
        report = check(keras.optimizers.SGD, **asked, tapes=["unequal"], dtypes=[dtype])
        assert report.worst.verdict == verdict, str(report)


def test_a_subnormal_gradient_may_be_a_zero(optax):
    """XLA takes it for zero, whose sign is zero; nothing else is allowed."""
    report = check(optax.sign_sgd, "sign_descent", RATE, paths=["jitted"], tapes=["subnormal"])
    assert {t.verdict for t in report.trials if t.tape == "subnormal"} == {"cannot tell"}


def test_a_transformation_is_right_or_wrong(optax):
    """A transformation has lost its hyperparameters: ours are told."""
    chain = optax.chain(optax.scale_by_adam(b2=0.95), optax.scale(-0.01))
    tapes = ["unequal", "near zero"]
    assert (
        check(chain, "adam", {"lr": 0.01, "beta2": 0.95}, paths=["jitted"], tapes=tapes).verdict
        == "right"
    )
    outside = check(optax.adagrad, "adagrad", {"lr": 0.1, "eps_inside_sqrt": False}, tapes=tapes)
    assert outside.verdict == "wrong"


def _adam(parameters, lr=0.01):
    torch = pytest.importorskip("torch")

    class Adam(torch.optim.Optimizer):
        """Adam whose step number is that of all parameters together."""

        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})
            self.t = 0

        @torch.no_grad()
        def step(self):
            for group in self.param_groups:
                for x in group["params"]:
                    self.t += 1
                    kept = self.state[x]
                    m = kept["m"] = 0.9 * kept.get("m", 0) + 0.1 * x.grad
                    v = kept["v"] = 0.999 * kept.get("v", 0) + 0.001 * x.grad**2
                    m_hat, v_hat = m / (1 - 0.9**self.t), v / (1 - 0.999**self.t)
                    x.sub_(group["lr"] * m_hat / (v_hat.sqrt() + 1e-8))

    return Adam(parameters, lr)


def test_a_function_of_the_parameters_is_found_wrong_where_it_is(optim):
    """Right on one array, wrong on several; and its state, a number of its own, is not saved."""
    tapes = ["unequal", "zeros", "arrays", "many parameters", "reloaded"]
    report = check(_adam, "adam", {"lr": 0.01}, paths=["default"], tapes=tapes)
    assert report.verdict == "wrong"
    wrong = _tapes(report, "wrong")
    assert {"arrays", "reloaded"} <= wrong
    assert not wrong & {"unequal", "zeros", "many parameters"}
    assert report.worst.tape in wrong


def test_a_factorys_own_defaults_are_seen(optim):
    """A lambda of the parameters: what torch keeps as its defaults."""
    report = check(lambda p: optim.AdamW(p, lr=0.01), "adam", paths=["default"], tapes=["unequal"])
    assert report.verdict == "right", str(report)
    assert (report.hyper["lr"], report.hyper["weight_decay"]) == (0.01, 0.01)


def test_an_optimizer_that_has_its_parameters_is_refused(optim):
    """The message says what to give instead."""
    torch = pytest.importorskip("torch")
    made = optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    with pytest.raises(Invalid, match=re.escape("give the class Adam, or a function of the")):
        check(made, "adam")


def test_a_subject_of_another_package_is_found_by_its_entry_point(monkeypatch):
    """An entry point's function is asked first."""
    from backends.conformance import Found, Plain, subjects

    class Own(Plain):
        def start(self, start):
            return Moving(start)

    class Moving(subjects.Running):
        def __init__(self, start):
            (self.x,) = start.arrays

        def take(self, gradients):
            self.x = self.x - np.dtype(self.x.dtype).type(0.1) * gradients[0]

        def get(self):
            return [self.x]

    class Entry:
        def load(self):
            return lambda subject: Found("ours", lambda s: Own()) if subject == "it" else None

    monkeypatch.setattr(subjects, "entry_points", lambda group: [Entry()])
    assert find("it").title == "ours"
    assert check("it", "gd", {"lr": 0.1}, tapes=["unequal"]).verdict == "right"
