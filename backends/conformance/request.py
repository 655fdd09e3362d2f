"""What the command is asked for: a subject by its name, and hyperparameters as text."""

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from reference import Invalid
from reference.errors import Unknown

FRAMEWORKS = (
    "jax",
    "keras",
    "optax",
    "sklearn",
    "torch",
)  # which may be missing without anybody's fault


class Missing(Invalid):
    """A framework is not installed."""


@dataclass(frozen=True)
class Request:
    """The arguments of a check, which can be pickled.

    Attributes
    ----------
    subject
        ``module:attribute``, or ``folder/file.py:attribute``.
    options
        The other arguments of `backends.conformance.check`.
    environment
        Environment variables, set before the subject's module is imported.
    """

    subject: str
    spec: str
    hyper: Mapping[str, object]
    options: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)


def load(text: str) -> object:
    """Return the object that ``module:attribute`` or ``file.py:attribute`` names.

    Raises
    ------
    Invalid
        If there is no such module, file or attribute.
    Missing
        If the module is of a framework that is not installed.
    """
    where, _, name = text.rpartition(":")
    if not where or not name:
        raise Invalid(f"subject {text!r}: expected module:attribute, or folder/file.py:attribute")
    found: Any = _file(Path(where)) if where.endswith(".py") else _module(where)
    for part in name.split("."):
        if not hasattr(found, part):
            raise Unknown(f"name in {where}", part, _public(found))
        found = getattr(found, part)
    return found


def _public(found: object) -> list[str]:
    """Return the names of classes and functions in a module that it does not keep to itself."""
    return [n for n, value in vars(found).items() if callable(value) and n[:1] != "_"]


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        beside = sorted(each.name for each in path.parent.glob("*.py"))
        near = get_close_matches(path.name, beside, n=1)
        said = f"; did you mean {path.parent / near[0]}?" if near else ""
        raise Invalid(f"{path}: no such file, from {Path.cwd()}{said}")
    name = path.stem if find_spec(path.stem) is None else f"_{path.stem}"  # no torch of one's own
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.path.append(str(path.parent.absolute()))
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _module(name: str) -> ModuleType:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    package = name.split(".")[0]
    if package in FRAMEWORKS and find_spec(package) is None:
        raise Missing(f"{package} is not installed")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if not f"{name}.".startswith(f"{error.name}."):  # something that the module needs
            raise
        raise Invalid(
            f"no module {error.name!r}: expected one that is installed (--install PATH does so) or "
            "in this folder, or a path to a .py file"
        ) from None


def hyperparameters(text: str) -> dict[str, object]:
    """Return ``lr=1e-3,betas=(0.9,0.95)`` as a dict; a bare word is text.

    Raises
    ------
    Invalid
        If it cannot be read, or names one twice.
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call) or call.args or any(k.arg is None for k in call.keywords):
        raise Invalid(f"--hyper {text!r}: expected name=value, as in lr=1e-3,betas=(0.9,0.95)")
    names = [str(keyword.arg) for keyword in call.keywords]
    if len({*names}) < len(names):
        raise Invalid(f"--hyper {text!r}: a name twice")
    return dict(zip(names, (_value(keyword, text) for keyword in call.keywords), strict=True))


def _value(keyword: ast.keyword, text: str) -> object:
    if isinstance(keyword.value, ast.Name):
        return keyword.value.id
    try:
        return ast.literal_eval(keyword.value)
    except ValueError:
        raise Invalid(f"--hyper {text!r}: the value of {keyword.arg} is no literal") from None
