"""Claim: what others call a hyperparameter is translated to ours, and back, by one table."""

import inspect

import pytest

from backends.conformance.board import MODULES
from backends.conformance.given import Settings, changed, knobs, settle
from backends.conformance.names import (
    KERAS,
    NAMINGS,
    OPTAX,
    SKLEARN,
    TORCH,
    known,
    naming,
    usual,
)
from backends.conformance.rules import NOTHING, translated
from benchmarks.peers import equivalents
from reference import OPTIMIZERS, Invalid, Unknown

ROWS = [  # but those that the library clips by a function of its own, beside the optimizer
    (library, name, row)
    for library, rows in (("torch", equivalents.TORCH), ("optax", equivalents.OPTAX))
    for name, row in rows.items()
    if row.clip_norm is None
]
ENTRIES = [(library, each) for library, each in NAMINGS.items() for each in each]


def _built(optimizer, ours):
    """All hyperparameters; how weight decay acts does not matter where there is none."""
    built = OPTIMIZERS[optimizer].hyper.build(optimizer, ours)
    form = {} if built.weight_decay else {"weight_decay_form": "l2"}
    return OPTIMIZERS[optimizer].hyper.build(optimizer, {**vars(built), **form})


def _made(library, peer):
    """A library's class or function, and how many of its arguments are no hyperparameters."""
    module = pytest.importorskip({"torch": "torch.optim", "optax": "optax"}[library])
    return getattr(module, peer), 1 if library == "torch" else 0


@pytest.mark.parametrize(("library", "name", "row"), ROWS, ids=lambda v: str(v)[:40])
def test_a_librarys_names_are_ours(library, name, row):
    """Every optimizer that the libraries themselves run is translated as it is compared."""
    settings = _settled(library, row.peer, row.optimizer, row.theirs)
    assert _built(row.optimizer, settings.ours) == _built(row.optimizer, row.ours)
    assert settings.passed == row.theirs


def _settled(library, peer, optimizer, given) -> Settings:
    made, skipped = _made(library, peer)
    peers = (inspect.unwrap(getattr(made, "func", made)).__name__,)
    return settle(peer, knobs(made, skipped), given, optimizer, library, peers)


@pytest.mark.parametrize(("library", "name", "row"), ROWS, ids=lambda v: str(v)[:40])
def test_our_names_are_the_librarys(library, name, row):
    """Given in our names, the library's optimizer is set the same, where it can be."""
    given = {"weight_decay": 0.0, **row.ours}  # which some libraries have by default
    settings = _settled(library, row.peer, row.optimizer, given)
    wanted = _settled(library, row.peer, row.optimizer, row.theirs)
    assert _built(row.optimizer, settings.ours) == _built(row.optimizer, row.ours)
    values = {**wanted.knobs, **wanted.passed}
    assert settings.passed == {name: values[name] for name in settings.passed}  # and nothing else


@pytest.mark.parametrize(("library", "entry"), ENTRIES, ids=lambda v: getattr(v, "peer", v))
def test_every_rule_leads_to_hyperparameters_of_ours(library, entry):
    """Names, and what an entry is besides, exist and are valid."""
    fields = {*OPTIMIZERS[entry.optimizer].hyper.describe_fields()}
    assert {ours for rule in entry.rules.values() for ours in rule.names} <= fields
    OPTIMIZERS[entry.optimizer].hyper.build(entry.optimizer, entry.fixed)


def _check_names(entry, made, skipped=0):
    """Assert that a library takes an entry's names, and nothing that the table does not know."""
    arguments = knobs(made, skipped).keys()
    meant = {name for name, rule in entry.rules.items() if rule is not NOTHING}
    assert meant <= arguments <= entry.rules.keys()


@pytest.mark.parametrize("entry", [*TORCH, *OPTAX], ids=lambda entry: entry.peer)
def test_a_library_has_the_names_of_the_table(entry):
    """torch's classes and optax's functions take these names, and no others."""
    _check_names(entry, *_made("torch" if entry in TORCH else "optax", entry.peer))


@pytest.mark.parametrize("entry", KERAS, ids=lambda entry: entry.peer)
def test_keras_has_the_names_of_the_table(entry, keras):
    """So do Keras' classes."""
    _check_names(entry, getattr(keras.optimizers, entry.peer))


@pytest.mark.parametrize("entry", SKLEARN, ids=lambda entry: entry.peer)
def test_scikit_learn_has_the_names_of_the_table(entry):
    """So do scikit-learn's, after the parameters."""
    module = pytest.importorskip(MODULES["sklearn"])
    _check_names(entry, getattr(module, entry.peer), skipped=1)


def test_the_subjects_defaults_count():
    """torch's AdamW decays weights by 0.01 unless told otherwise; in our names or in its own."""
    pytest.importorskip("torch")
    ours = _settled("torch", "AdamW", "adam", {}).ours
    assert (ours["weight_decay"], ours["weight_decay_form"]) == (0.01, "decoupled")
    settings = _settled("torch", "AdamW", "adam", {"beta1": 0.5, "amsgrad": "raw"})
    assert settings.passed == {"betas": (0.5, 0.999), "amsgrad": True}


def test_a_value_without_a_specification_is_refused_by_name():
    """What ours cannot be set to is no silent default."""
    rules = naming("optax", ["adam"], "adam").rules
    with pytest.raises(Invalid, match="mu_dtype = 'bfloat16': expected None"):
        translated(rules, {"mu_dtype": "bfloat16"})
    with pytest.raises(Invalid, match="amsgrad = 'corrected': expected one of False, True"):
        translated(naming("torch", ["Adam"], "adam").rules, {"amsgrad": "corrected"})


def test_a_class_nobody_knows_has_the_usual_names():
    """Any library's name for the same, and ours; None is a default that is not said."""
    found = {"lr": 0.5, "betas": (0.5, 0.75), "epsilon": 1e-3, "weight_decay": None, "rank": 3}
    ours = settle("Mine", found, {}, "adam").ours
    assert ours == {"lr": 0.5, "beta1": 0.5, "beta2": 0.75, "eps": 1e-3}
    with pytest.raises(Unknown, match="unknown hyperparameter of Mine or of adam 'rnak': did you"):
        settle("Mine", found, {"rnak": 3}, "adam")


def test_one_of_several_in_a_tuple_is_changed_alone():
    """The others stay as they are."""
    rule = usual("adam").rules["betas"]
    assert changed(rule, (0.9, 0.999), "beta2", 0.5) == (0.9, 0.5)


def test_the_names_that_are_hyperparameters():
    """Those by which an argument is known to be one, and not the parameters."""
    assert {"lr", "learning_rate", "betas", "b1", "epsilon"} <= known()
    assert not known() & {"params", "x", "g", "state"}
    assert len(TORCH) + len(OPTAX) + len(KERAS) + len(SKLEARN) == len(ENTRIES)
