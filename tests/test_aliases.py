"""Claim: the names that other libraries have for an optimizer lead to what it is here."""

import pickle
import re
from dataclasses import fields

import pytest

import backends
from reference import OPTIMIZERS, Case, Tape, Unknown
from reference.aliases import ALIASES, Alias, hint


@pytest.mark.parametrize("name", ALIASES)
def test_an_alias_is_a_valid_setting_of_an_optimizer(name):
    """It is no id itself, and its hyperparameters exist and are valid."""
    alias = ALIASES[name]
    assert name not in OPTIMIZERS
    OPTIMIZERS[alias.optimizer].hyper.build(alias.optimizer, alias.hyper)
    known = {field.name for field in fields(OPTIMIZERS[alias.optimizer].hyper)}
    assert known >= {*alias.hyper, *alias.given}


@pytest.mark.parametrize(
    "ask",
    [
        lambda name: OPTIMIZERS[name],
        lambda name: Case(name, "quadratic"),
        lambda name: Tape(name, [1.0], [[1.0]]),
        lambda name: backends.updater(name),
        lambda name: backends.targets.optimizer("numpy:cpu", name),
    ],
    ids=["registry", "case", "tape", "updater", "target"],
)
@pytest.mark.parametrize("name", ALIASES)
def test_an_alias_is_refused_with_what_it_is(name, ask):
    """The error names the optimizer and the settings, wherever the alias was given."""
    with pytest.raises(Unknown, match=re.escape(f"{name!r} is {ALIASES[name]}; expected one of")):
        ask(name)


def test_what_the_error_says():
    """Settings with their values, those to be chosen with dots; in any spelling; and pickled."""
    adamw = "'AdamW' is 'adam' with weight_decay_form='decoupled' and weight_decay=..."
    assert hint("AdamW") == adamw
    assert hint("Sign-SGD") == "'Sign-SGD' is 'sign_descent'"
    assert hint("adamant") == hint(3) == ""
    assert hint("adamww").startswith("did you mean 'adamw', which is 'adam' with")
    with pytest.raises(Unknown) as refused:
        OPTIMIZERS["AdamW"]
    words = str(refused.value)
    assert words.startswith(f"unknown optimizer 'AdamW': {adamw}; expected one of adabelief, ")
    assert str(pickle.loads(pickle.dumps(refused.value))) == words


def test_signum_is_the_sign_of_an_average():
    """Lion with one beta takes the sign of the new average, on gradients where Lion's differs."""
    signum = ALIASES["signum"]
    assert isinstance(signum, Alias)
    updater = backends.updater(signum.optimizer, dtype="float64", lr=1.0, **signum.hyper)
    state, m, x = updater.init([0.0]), 0.0, 0.0
    for g in (4.0, -30.0, 1.0, 20.0):
        m = 0.9 * m + 0.1 * g
        x -= (m > 0) - (m < 0)
        state = updater.step(state, updater.put([g]))
        assert updater.get(state)[0] == x
