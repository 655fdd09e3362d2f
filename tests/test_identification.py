"""Claim: of a subject that follows another convention, the kit says which.

Rules of other frameworks are given by name only, with their own numbers, and the numbers and
conventions are found. What no convention explains is said to be so.
"""

import numpy as np
import pytest

from backends.conformance import check
from backends.conformance.identification import identify
from benchmarks.peers.published import PUBLISHED, Rule
from reference import OPTIMIZERS, Tape, truth
from tests.helpers.lists import quick

FROM_NOTHING = [rule for rule in PUBLISHED if not rule.slots]  # a state is no hyperparameter
GIVEN = ("beta1", "beta2", "decay", "momentum", "weight_decay")


def _recorded(subject):
    def record(start, gradients):
        state = subject.init(start)
        points = [subject.get(state)]
        with np.errstate(all="ignore"):
            for g in gradients:
                state = subject.step(state, g)
                points.append(subject.get(state))
        return np.array(points)

    return record


def _function(step):
    """A subject of a function step(x, g, state, t), whose state starts at None."""

    def record(start, gradients):
        x, state, points = start, None, [start]
        with np.errstate(all="ignore"):
            for t, g in enumerate(gradients, 1):
                x, state = step(x, g, state, t)
                points.append(x)
        return np.array(points)

    return record


ONE_OF_EACH = [*{rule.optimizer: rule for rule in reversed(FROM_NOTHING)}.values()]


@pytest.mark.parametrize(
    "rule", quick(FROM_NOTHING, ONE_OF_EACH), ids=lambda r: f"{r.framework} {r.name}, {r.theirs}"
)
def test_a_published_rule_is_identified(rule):
    """From the decays alone, the rest is found: what it is leads where the published rule does."""
    given = {name: rule.ours[name] for name in GIVEN if name in rule.ours}
    found = identify(_recorded(Rule(rule)), rule.optimizer, given)
    assert found.fits
    rng = np.random.default_rng(3)
    start, gradients = rng.normal(size=5), rng.normal(size=(20, 5))
    theirs = _recorded(Rule(rule))(start, gradients)[-1]
    for formula in found.fits:
        hyper = {n: v for n, v in formula.hyper.items() if v is not None}
        assert truth(Tape(formula.optimizer, start, gradients, hyper)).ratio(theirs) < 1e3


def _averages(state, g, beta1=0.9, beta2=0.999):
    m, v = (np.zeros_like(g), np.zeros_like(g)) if state is None else state
    return beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g


def _keras_adam(x, g, state, t):
    m, v = _averages(state, g)
    alpha = 0.001 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return x - alpha * m / (np.sqrt(v) + 1e-7), (m, v)


def _mlx_adam(x, g, state, t):
    m, v = _averages(state, g)
    return x - 0.01 * m / (np.sqrt(v) + 1e-8), (m, v)


def _tiny_dnn_adam(x, g, state, t):
    m, v = _averages(state, g)
    return x - 0.001 * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t) + 1e-8), (m, v)


def _keras_adagrad(x, g, state, t):
    total = (0.1 if state is None else state) + g * g
    return x - 0.001 * g / np.sqrt(total + 1e-7), total


def _exchanged(x, g, state, t):
    m, v = _averages(state, g, 0.999, 0.9)
    return x - 0.001 * (m / (1 - 0.999**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8), (m, v)


BLIND = {
    "keras adam": ("adam", _keras_adam, {"eps_hat": True, "eps": 1e-7}),
    "mlx adam": ("adam", _mlx_adam, {"bias_correction": False, "lr": 0.01}),
    "tiny-dnn adam": ("adam", _tiny_dnn_adam, {"eps": 0.0, "eps_root": 1e-8}),
    "keras adagrad": (
        "adagrad",
        _keras_adagrad,
        {"eps_inside_sqrt": True, "eps": 1e-7, "initial_accumulator": 0.1, "lr": 0.001},
    ),
    "betas exchanged": ("adam", _exchanged, {"beta1": 0.999, "beta2": 0.9}),
}


@pytest.mark.parametrize(("optimizer", "step", "ours"), BLIND.values(), ids=BLIND)
def test_a_rule_is_identified_by_its_name_alone(optimizer, step, ours):
    """Convention, constants and learning rate are found from the steps."""
    found = identify(_function(step), optimizer, {})
    expected = {**OPTIMIZERS[optimizer].hyper().to_dict(), **ours}
    assert [formula.optimizer for formula in found.fits] == [optimizer]
    assert found.fits[0].hyper == expected


def test_the_other_optimizer_is_named():
    """What is taken for Adam and is Adamax is said to be Adamax."""

    def step(x, g, state, t):
        m, u = (0 * g, 0 * g) if state is None else state
        m, u = 0.9 * m + 0.1 * g, np.maximum(0.999 * u, abs(g) + 1e-8)
        return x - 0.001 / (1 - 0.9**t) * m / u, (m, u)

    assert str(identify(_function(step), "adam", {})) == "this is adamax with lr=0.001"


def test_what_nothing_explains_is_said_to_be_so():
    """The nearest formula is named, with the step up to which it is right."""

    def step(x, g, state, t):
        return x - 0.1 * (g if t < 4 else g**3), None

    found = identify(_function(step), "gd", {"lr": 0.1})
    assert found.fits == ()
    words = "no convention known here explains it; the nearest is gd"
    assert str(found).startswith(words)
    assert str(found).endswith("up to step 3 of 28")


def test_torchs_adam_is_what_was_asked():
    """The identifier of a right one finds no change."""
    optim = pytest.importorskip("torch").optim
    asked = {"paths": ["default"], "tapes": ["unequal"]}
    report = check(lambda p: optim.Adam(p, lr=0.01), "adam", {"lr": 0.02}, **asked)
    assert report.verdict == "wrong"
    assert report.formula == "this is adam with lr=0.01"


def test_optaxs_adagrad_is_identified_by_name():
    """Its eps is inside the root, and its sum starts at 0.1."""
    pytest.importorskip("jax")
    optax = pytest.importorskip("optax")
    report = check(lambda: optax.adagrad(0.05), "adagrad", tapes=["unequal"], paths=["jitted"])
    assert report.verdict == "wrong"
    expected = "lr=0.05, eps=1e-07, eps_inside_sqrt=True, initial_accumulator=0.1"
    assert report.formula == f"this is adagrad with {expected}"
    assert report.conventions == (
        "eps_inside_sqrt: Whether the denominator is sqrt(s + eps), as in optax and Keras, or "
        "sqrt(s) + eps, as in torch.",
    )


@pytest.mark.exhaustive
def test_a_number_that_moves_rounding_errors_alone_explains_nothing():
    """optax.radam is beyond its bound by what it computes in float32, and by no weight decay."""
    pytest.importorskip("jax")
    optax = pytest.importorskip("optax")
    hyper = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3}
    report = check(optax.radam, "radam", hyper, tapes=["near zero"], paths=["eager"])
    assert report.verdict == "wrong"
    assert report.formula.startswith("no convention known here explains it; the nearest is radam ")
    assert report.formula.endswith(", with larger errors than rounding explains")
