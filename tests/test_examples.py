"""Claim: the examples in the README and in docstrings print what they show."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import backends
import reference
from reference.goldens import CASE_KEYS, GOLDEN_KEYS
from tests.helpers.recipes import ROOT

PUBLIC = {name: getattr(reference, name) for name in reference.__all__}
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _modules():
    """The modules of reference and backends that have examples, found without importing them."""
    for package in (reference, backends):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            path = ROOT / (
                module.name.replace(".", "/") + ("/__init__.py" if module.ispkg else ".py")
            )
            if ">>>" in path.read_text(encoding="utf-8"):
                yield module.name


@pytest.mark.parametrize("name", list(_modules()))
def test_a_docstrings_examples(name):
    """The examples of a module print what they show."""
    module = import_module(name)
    found = doctest.testmod(module, extraglobs=PUBLIC, optionflags=OPTIONS)
    assert found.attempted
    assert not found.failed


def test_the_readmes_examples():
    """The README's examples with output print what they show."""
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False, optionflags=OPTIONS)
    assert found.attempted >= 10
    assert not found.failed


def test_every_key_of_a_golden_is_explained():
    """CONTRIBUTING names each key that an entry may have."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = [key for key in (*CASE_KEYS, *GOLDEN_KEYS) if f"`{key}" not in text and key != "tab"]
    assert not missing
