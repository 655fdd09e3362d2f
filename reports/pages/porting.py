"""An optimizer in other libraries: names, defaults, and what to set to port from one."""

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib.util import find_spec
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from backends.conformance.board import MODULES
from backends.conformance.names import NAMINGS, Naming
from backends.conformance.rules import Rule, translated
from reference import OPTIMIZERS
from reference.first_order import SHARED

FILES = {
    "torch": "optim/{}.py",
    "optax": "_src/alias.py",
    "keras": "src/optimizers/{}.py",
    "sklearn": "neural_network/_stochastic_optimizers.py",
}
REQUIRED = "must be given"
NOTHING = "nothing"
INSIDE = "eps_inside_sqrt"
SAME = "..."  # in place of a number that the old library must be given, too
PROBE = 0.5  # a momentum, to see what a library's momentum brings with it


class Peer(NamedTuple):
    """A library's version of one of our optimizers, and its defaults; none if not installed."""

    framework: str
    naming: Naming
    defaults: Mapping[str, Any]

    @property
    def title(self) -> str:
        return f"{MODULES[self.framework]}.{self.naming.peer}"

    @property
    def rules(self) -> dict[str, Rule]:
        """Its hyperparameters that are its own, not shared by all optimizers, by their names."""
        return {
            name: rule
            for name, rule in self.naming.rules.items()
            if rule.names and not set(rule.names) & set(SHARED) and name in self.defaults
        }

    def ours(self, theirs: Mapping[str, Any]) -> dict[str, Any]:
        """Our hyperparameters of what it is when set to ``theirs``, beside its defaults."""
        hyper = OPTIMIZERS[self.naming.optimizer].hyper
        own = {f.name: f.default for f in fields(hyper) if f.name not in SHARED}
        known = {**self.defaults, **theirs}
        given = {name: value for name, value in known.items() if value != REQUIRED}
        said = {**own, **self.naming.fixed, **translated(self.rules, given)}
        for name, rule in self.rules.items():
            said |= dict.fromkeys(rule.names, REQUIRED) if known[name] == REQUIRED else {}
        return {name: said[name] for name in own}


@cache
def defaults(framework: str, peer: str) -> Mapping[str, Any]:
    """The hyperparameters in the signature of a library's class or function, with defaults.

    It is read from the library's file, which imports nothing. Empty if there is no such file.
    """
    found = find_spec(framework)
    for folder in (found and found.submodule_search_locations) or ():
        path = Path(folder) / FILES[framework].format(peer.lower())
        if path.is_file():
            return _signature(path.read_text(encoding="utf-8"), peer)
    return {}


def _signature(text: str, name: str) -> dict[str, Any]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            node = next(
                each
                for each in node.body
                if isinstance(each, ast.FunctionDef) and each.name == "__init__"
            )
        elif not (isinstance(node, ast.FunctionDef) and node.name == name):
            continue
        return dict(_arguments(node.args))
    return {}


def _arguments(given: ast.arguments) -> Iterator[tuple[str, Any]]:
    names = [each.arg for each in given.args]
    needed = len(names) - len(given.defaults)
    for name in names[:needed]:
        yield name, REQUIRED
    pairs = [*zip(names[needed:], given.defaults, strict=True)]
    pairs += [(a.arg, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d]
    for name, value in pairs:
        try:
            yield name, ast.literal_eval(value)
        except ValueError:
            continue  # an expression, such as the library's own infinity


def peers(optimizer: str) -> list[Peer]:
    """Each library's first class or function that is this optimizer."""
    found = {
        framework: next((each for each in namings if each.optimizer == optimizer), None)
        for framework, namings in NAMINGS.items()
    }
    return [Peer(f, n, _decided(n, defaults(f, n.peer))) for f, n in found.items() if n]


def _decided(naming: Naming, known: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults, and what makes a class of several optimizers this one, as nesterov=True."""
    found = dict(known)
    ours = vars(OPTIMIZERS[naming.optimizer].hyper())
    if not known.get("momentum", 1) and ours.get("momentum") is not None:
        found["momentum"] = REQUIRED  # by default it is another optimizer
    for name in known.keys() & naming.rules.keys():
        rule = naming.rules[name]
        if not rule.names and known[name] != REQUIRED:
            try:
                rule.ours(known[name])
            except ValueError:
                found[name] = rule.theirs(())
    return found


def names(optimizer: str) -> pd.DataFrame:
    """A row for each of an optimizer's own hyperparameters: what it is in each library."""
    known = [peer for peer in peers(optimizer) if peer.defaults]
    hyper = OPTIMIZERS[optimizer].hyper
    rows = []
    for field in fields(hyper):
        said = [_said(peer, field.name) for peer in known if field.name not in SHARED]
        if set(said) - {f"always {field.default}"}:
            rows.append((optimizer, field.name, str(field.default), *said))
    columns = ["optimizer", "hyperparameter", "here", *(peer.title for peer in known)]
    return pd.DataFrame(rows if known else [], columns=columns)


def _said(peer: Peer, name: str) -> str:
    """A hyperparameter's name and default in a library, or its value there for good."""
    for theirs, rule in peer.rules.items():
        if name in rule.names:
            brought = {"momentum": _brought(rule)}.get(name, "")
            return f"{theirs} = {peer.defaults[theirs]}{brought}"
    for rule in peer.rules.values():
        if name in _with_momentum(rule):
            return f"always {_with_momentum(rule)[name]}"
    return f"always {peer.ours({})[name]}"


def _with_momentum(rule: Rule) -> dict[str, Any]:
    """What a library's momentum sets beside itself."""
    if rule.names != ("momentum",):
        return {}
    return {name: value for name, value in rule.ours(PROBE).items() if name != "momentum"}


def _brought(rule: Rule) -> str:
    said = ", ".join(f"{name}={value}" for name, value in _with_momentum(rule).items())
    return f", with {said}" if said else ""


def ports(optimizer: str) -> pd.DataFrame:
    """For each two libraries: what to set in one to take the steps of the other's defaults."""
    known = [peer for peer in peers(optimizer) if peer.defaults]
    rows = [
        (optimizer, old.title, _call(new, _settings(old, new)), _unlike(old, new))
        for old, new in permutations(known, 2)
    ]
    return pd.DataFrame(rows, columns=["optimizer", "from the defaults of", "set", "still differs"])


def _settings(old: Peer, new: Peer) -> dict[str, Any]:
    """The hyperparameters of ``new`` that must not stay at its defaults."""
    usual, wanted = defaults(new.framework, new.naming.peer), old.ours({})
    found = _said_by(new, wanted)
    if _eps_moves(old, new, found):
        found = _said_by(new, {**wanted, "eps": _same_floor(wanted)})
    return {name: value for name, value in found.items() if value != usual.get(name, value)}


def _said_by(new: Peer, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """All hyperparameters of ``new`` that say our ``wanted`` ones, as far as it has them."""
    found = dict(new.defaults)
    for name, rule in new.rules.items():
        values = tuple(wanted[each] for each in rule.names)
        found[name] = SAME if REQUIRED in values else rule.theirs(values)
    return found


def _eps_moves(old: Peer, new: Peer, chosen: Mapping[str, Any]) -> bool:
    """Whether ``new`` has eps on the other side of the square root, and cannot change it."""
    inside = old.ours({}).get(INSIDE)
    return inside is not None and new.ours(_given(chosen))[INSIDE] != inside


def _same_floor(wanted: Mapping[str, Any]) -> Any:
    """The eps that gives the same least denominator on the other side of the square root."""
    eps = wanted["eps"]
    if eps == REQUIRED:
        return eps
    return float(f"{math.sqrt(eps) if wanted[INSIDE] else eps**2:.4g}")


def _given(chosen: Mapping[str, Any]) -> dict[str, Any]:
    return {name: REQUIRED if value == SAME else value for name, value in chosen.items()}


def _call(peer: Peer, settings: Mapping[str, Any]) -> str:
    shown = ", ".join(
        f"{name}={value if value == SAME else repr(value)}" for name, value in settings.items()
    )
    return f"{peer.title}({shown})"


def _unlike(old: Peer, new: Peer) -> str:
    """What cannot be set: our hyperparameter, with its value in the one and in the other."""
    chosen = _settings(old, new)
    wanted, reached = old.ours({}), new.ours(_given(chosen))
    reason = {"eps": ", so that the least denominator is the same"}
    moved = reason if _eps_moves(old, new, chosen) else {}
    unlike = [
        f"{name}: {value} in {old.framework}, {reached[name]} in {new.framework}"
        f"{moved.get(name, '')}"
        for name, value in wanted.items()
        if reached[name] != value
    ]
    return "; ".join(unlike) or NOTHING


class Tables(NamedTuple):
    """An optimizer's tables; empty if no library here has it."""

    names: pd.DataFrame
    ports: pd.DataFrame


def tables() -> dict[str, Tables]:
    """Both tables of every optimizer."""
    return {name: Tables(names(name), ports(name)) for name in OPTIMIZERS}


def _all(table: Any) -> pd.DataFrame:
    return pd.concat([table(name) for name in OPTIMIZERS], ignore_index=True)


def frame() -> pd.DataFrame:
    """Every optimizer's table of names."""
    return _all(names)


def every_port() -> pd.DataFrame:
    """Every optimizer's table of what to set."""
    return _all(ports)
