"""How one of a library's hyperparameters is said in ours: a rule for each name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from reference import Invalid
from reference.errors import shown


class Rule(NamedTuple):
    """What a hyperparameter of a library is here.

    Attributes
    ----------
    names
        Our hyperparameters that it sets.
    ours
        ``ours(value)`` returns them, those at our defaults left out; raises ValueError for a value
        that no specification has.
    theirs
        ``theirs(values)`` returns the library's value from ours, in the order of ``names``.
    """

    names: tuple[str, ...]
    ours: Callable[[Any], dict[str, Any]]
    theirs: Callable[[tuple[Any, ...]], Any]


def number(name: str) -> Rule:
    """The same number under another name; None is a default that is not said."""
    return Rule(
        (name,), lambda value: {} if value is None else {name: value}, lambda values: values[0]
    )


def numbers(*names: str) -> Rule:
    """Several of ours in one tuple, such as betas; None is a default that is not said."""

    def said(value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Sequence) or len(value) != len(names):
            raise ValueError(f"expected {len(names)} numbers, ({', '.join(names)})")
        return dict(zip(names, value, strict=True))

    return Rule(names, said, tuple)


def choice(name: str, ours: Mapping[Any, Any]) -> Rule:
    """A convention whose values have other words; ``ours`` maps the library's to ours."""
    back = {each: value for value, each in ours.items()}

    def said(value: Any) -> dict[str, Any]:
        if value in back and value not in ours:
            return {name: value}
        if value not in ours:
            raise ValueError(f"expected one of {', '.join(map(repr, ours))}")
        return {name: ours[value]}

    return Rule((name,), said, lambda values: back.get(values[0], values[0]))


def absent(name: str, absent: Any, ours: Any = None) -> Rule:
    """A number that the library says is not there by ``absent``, and ours by ``ours``."""
    return Rule(
        (name,),
        lambda value: {name: ours if value == absent else value},
        lambda values: absent if values[0] == ours else values[0],
    )


def inside(absent: Any) -> Rule:
    """A momentum, not there at ``absent``, that collects steps with their learning rate."""

    def said(value: Any) -> dict[str, Any]:
        return {} if value == absent else {"momentum": value, "lr_inside": True}

    return Rule(("momentum",), said, lambda values: absent if values[0] is None else values[0])


def falling(name: str) -> Rule:
    """The decay of a learning rate that falls as 1 / (1 + decay (t - 1))."""
    return Rule(
        ("schedule",),
        lambda value: {"schedule": {"rule": "inverse_time", "decay": value}} if value else {},
        lambda values: values[0]["decay"] if values[0] else 0,
    )


def only(*values: Any) -> Rule:
    """A hyperparameter that the specification has with these values alone."""

    def said(value: Any) -> dict[str, Any]:
        if value not in values:
            expected = " or ".join(map(repr, values))
            raise ValueError(f"expected {expected}: the specification has nothing else")
        return {}

    return Rule((), said, lambda given: values[0])


NOTHING = Rule((), lambda value: {}, lambda values: None)  # how it is computed, not what


def translated(rules: Mapping[str, Rule], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return our hyperparameters for a library's.

    Raises
    ------
    Invalid
        If a value is none that our specification has; the message names it.
    """
    ours: dict[str, Any] = {}
    for name, value in theirs.items():
        if name in rules:
            try:
                ours |= rules[name].ours(value)
            except (ValueError, TypeError) as error:
                raise Invalid(f"{name} = {shown(value)}: {error}") from None
    return ours
