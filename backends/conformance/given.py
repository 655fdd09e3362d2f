"""What a subject is set to: what the user gave and its own defaults, in its names and in ours."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from backends.conformance.names import naming, usual
from backends.conformance.rules import Rule, translated
from reference import OPTIMIZERS, Invalid
from reference.aliases import alias
from reference.errors import Unknown

REQUIRED = inspect.Parameter.empty  # in place of a default
_MANY = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)

Knobs = Mapping[str, Any]  # the hyperparameters of a class or function with their defaults
NONE: Knobs = {}
DEFAULTS: Mapping[str, object] = {}  # no hyperparameter is given


@dataclass(frozen=True)
class Settings:
    """A subject's hyperparameters.

    Attributes
    ----------
    optimizer
        Our id of what it must be.
    passed
        What it is made with beside its defaults, in its own names.
    ours
        What it must then be, in our hyperparameters.
    knobs
        Those of its hyperparameters whose meaning is known, with their values, in its own names.
    rules
        Their meanings.
    """

    optimizer: str
    passed: Mapping[str, Any]
    ours: Mapping[str, Any]
    knobs: Mapping[str, Any]
    rules: Mapping[str, Rule]

    @property
    def lr(self) -> float:
        """The learning rate."""
        return float(vars(OPTIMIZERS[self.optimizer].hyper.build(self.optimizer, self.ours))["lr"])

    @property
    def rate(self) -> str | None:
        """The subject's own name of the learning rate, if it can be set."""
        return next((name for name in self.knobs if "lr" in self.rules[name].names), None)


def named(spec: str, hyper: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the id of what a subject must be, and its hyperparameters with those of an alias.

    Raises
    ------
    Unknown
        If there is no such optimizer.
    Invalid
        If its step needs more than a gradient.
    """
    known = alias(spec)
    optimizer, given = (known.optimizer, {**known.hyper, **hyper}) if known else (spec, hyper)
    if not OPTIMIZERS[optimizer].first_order:
        raise Invalid(f"spec = {spec!r}: its step needs more than a gradient, which tapes have not")
    return optimizer, given


def knobs(maker: Callable[..., Any], skipped: int = 0) -> Knobs:
    """Return the arguments of a class or function after the first ``skipped``, with defaults.

    Those of a class that takes ``**options`` are also those of the class that it derives from.
    """
    try:
        parameters = list(inspect.signature(maker).parameters.values())
    except (TypeError, ValueError):  # written in C
        return {}
    named = [p for p in parameters if p.kind not in _MANY][skipped:]
    found = {p.name: p.default for p in named}
    if inspect.isclass(maker) and any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        found = {**knobs(maker.__mro__[1], skipped), **found}
    return found


def settle(
    title: str,
    known: Knobs,
    given: Mapping[str, Any],
    optimizer: str,
    framework: str = "",
    peers: tuple[str, ...] = (),
    stated: Knobs = NONE,
) -> Settings:
    """Return what a subject is set to by ``given``, in its own names or in ours.

    Parameters
    ----------
    title
        What the subject is called in messages.
    known
        Its hyperparameters with their defaults.
    optimizer
        Our id of what it must be.
    framework, peers
        Whose it is, and the names of its class and of those that it derives from.
    stated
        What it says that it is set to, which can no longer be changed.

    Raises
    ------
    Unknown
        If a name is neither a hyperparameter of the subject nor of ours.
    Invalid
        If one must be given, or has a value that our specification does not have.
    """
    found = naming(framework, peers, optimizer)
    rules, fixed = (found or usual(optimizer)).rules, found.fixed if found else {}
    passed, only_ours = _sorted(title, known, given, rules, optimizer)
    passed = {**_decided(rules, known), **passed}
    values = {**known, **passed}
    for name, value in values.items():
        if value is REQUIRED:
            raise Invalid(f"{title} needs {name!r}: give it, as --hyper {name}=..., or a factory")
    said = {name: value for name, value in values.items() if name in rules}
    ours = {**fixed, **translated(rules, {**stated, **said}), **only_ours}
    if not ours.get("weight_decay"):
        ours.pop("weight_decay_form", None)  # which changes nothing
    OPTIMIZERS[optimizer].hyper.build(optimizer, ours)
    return Settings(optimizer, passed, ours, said, rules)


def _sorted(
    title: str,
    known: Knobs,
    given: Mapping[str, Any],
    rules: Mapping[str, Rule],
    optimizer: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the subject is given, in its names, and what only the specification is told."""
    ours = [field.name for field in fields(OPTIMIZERS[optimizer].hyper)]
    passed: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for name, value in given.items():
        if name in known:
            passed[name] = _in_their_words(rules.get(name), name, value)
        elif name in ours:
            theirs = next((n for n in known if n in rules and name in rules[n].names), None)
            if theirs is None:
                told[name] = value
            else:
                passed[theirs] = changed(rules[theirs], {**known, **passed}[theirs], name, value)
        elif name in rules:
            told |= translated(rules, {name: value})
        else:
            kinds = f"hyperparameter of {title} or of {optimizer}"
            raise Unknown(kinds, name, {*known, *ours})
    return passed, told


def _decided(rules: Mapping[str, Rule], known: Knobs) -> dict[str, Any]:
    """Return what our id alone decides against a default, such as nesterov of torch's SGD."""
    found = {}
    for name in known.keys() & rules.keys():
        if not rules[name].names and known[name] is not REQUIRED:
            try:
                rules[name].ours(known[name])
            except ValueError:
                found[name] = rules[name].theirs(())
    return found


def _in_their_words(rule: Rule | None, name: str, value: Any) -> Any:
    """Return a value in the subject's words where it is given in ours, as amsgrad="raw" is."""
    if rule is None or len(rule.names) != 1:
        return value
    translated({name: rule}, {name: value})  # which refuses what is neither
    return rule.theirs((value,)) if isinstance(value, str) else value


def changed(rule: Rule, now: Any, name: str, value: Any) -> Any:
    """Return a subject's value with one of our hyperparameters changed in it."""
    if len(rule.names) == 1:
        return rule.theirs((value,))
    if now is REQUIRED:
        raise Invalid(f"{name} = {value!r}: give all of {', '.join(rule.names)} together")
    ours = {**rule.ours(now), name: value}
    return rule.theirs(tuple(ours[each] for each in rule.names))
