"""Claim: what the report says of an optimizer in torch, optax and Keras is what these have."""

import inspect
from importlib import import_module

import pytest

pytest.importorskip("pandas")

from backends.conformance.board import MODULES
from backends.conformance.names import NAMINGS
from reference import OPTIMIZERS
from reports.pages import porting


@pytest.mark.parametrize("framework", NAMINGS)
def test_defaults_are_those_of_the_library(framework, monkeypatch):
    """They are read from its file; its own signatures have the same."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    module = pytest.importorskip(framework) and import_module(MODULES[framework])
    for naming in NAMINGS[framework]:
        read = porting.defaults(framework, naming.peer)
        for name in naming.rules.keys() & read.keys():
            default = inspect.signature(getattr(module, naming.peer)).parameters[name].default
            required = default is inspect.Parameter.empty
            assert read[name] == (porting.REQUIRED if required else default), naming
        assert {name for name, rule in naming.rules.items() if rule.names} <= read.keys(), naming


@pytest.fixture
def rmsprop(monkeypatch):
    """Peers with the defaults that torch and Keras have at the time of writing."""
    known = {
        "torch": {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "momentum": 0, "centered": False},
        "keras": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7},
        "optax": {},
    }
    monkeypatch.setattr(porting, "defaults", lambda framework, peer: known.get(framework, {}))


@pytest.mark.usefixtures("rmsprop")
def test_names_and_defaults_stand_side_by_side():
    """A hyperparameter's name and default; what cannot be chosen; what none has is left out."""
    found = porting.names("rmsprop").set_index("hyperparameter")
    assert list(found.columns) == [
        "optimizer",
        "here",
        "torch.optim.RMSprop",
        "keras.optimizers.RMSprop",
    ]
    assert found.loc["lr"].tolist()[2:] == ["lr = 0.01", "learning_rate = 0.001"]
    assert found.loc["decay"].tolist()[2:] == ["alpha = 0.99", "rho = 0.9"]
    assert found.loc["eps_inside_sqrt"].tolist()[2:] == ["always False", "always True"]
    assert "nesterov" not in found.index


@pytest.mark.usefixtures("rmsprop")
def test_what_to_set_to_port():
    """Every number that differs, and what cannot be had in the other library.

    On the other side of the square root another eps has the same least denominator.
    """
    there, back = porting.ports("rmsprop").to_numpy().tolist()
    same = ", so that the least denominator is the same"
    called = "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-16)"
    differs = f"eps: 1e-08 in torch, 1e-16 in keras{same}; "
    differs += "eps_inside_sqrt: False in torch, True in keras"
    assert there == ["rmsprop", "torch.optim.RMSprop", called, differs]
    called = "torch.optim.RMSprop(lr=0.001, alpha=0.9, eps=0.0003162)"
    differs = f"eps: 1e-07 in keras, 0.0003162 in torch{same}; "
    assert back[2:] == [called, f"{differs}eps_inside_sqrt: True in keras, False in torch"]


def test_a_momentum_that_is_none_by_default_must_be_given(monkeypatch):
    """torch's SGD is momentum only with one, and Nesterov's only if it is asked for."""
    known = {
        "torch": {"lr": 1e-3, "momentum": 0, "nesterov": False},
        "optax": {"learning_rate": porting.REQUIRED, "momentum": None, "nesterov": False},
        "keras": {},
    }
    monkeypatch.setattr(porting, "defaults", lambda framework, peer: known.get(framework, {}))
    there, back = porting.ports("nesterov")["set"]
    assert there == "optax.sgd(learning_rate=0.001, momentum=..., nesterov=True)"
    assert back == "torch.optim.SGD(lr=..., momentum=..., nesterov=True)"
    assert set(porting.ports("gd")["set"]) == {
        "optax.sgd(learning_rate=0.001)",
        "torch.optim.SGD(lr=...)",
    }


def test_a_library_that_is_not_installed_has_no_column(monkeypatch):
    """Without any there is no table."""
    monkeypatch.setattr(porting, "find_spec", lambda name: None)
    porting.defaults.cache_clear()
    assert all(each.names.empty and each.ports.empty for each in porting.tables().values())
    assert porting.tables().keys() == OPTIMIZERS.keys()
    porting.defaults.cache_clear()
