"""Names that other libraries and texts have for an optimizer, and what each is here."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple


class Alias(NamedTuple):
    """An optimizer with some of its hyperparameters set.

    Attributes
    ----------
    optimizer
        Its id.
    hyper
        What must be set to make it what the name means; numbers are the name's usual ones.
    given
        The hyperparameters that the user chooses besides, which change nothing by default.
    """

    optimizer: str
    hyper: Mapping[str, Any] = {}
    given: tuple[str, ...] = ()

    def __str__(self) -> str:
        settings = [f"{name}={value!r}" for name, value in self.hyper.items()]
        words = " and ".join([*settings, *(f"{name}=..." for name in self.given)])
        return f"{self.optimizer!r} with {words}" if words else f"{self.optimizer!r}"


_DECOUPLED: dict[str, Any] = {
    "hyper": {"weight_decay_form": "decoupled"},
    "given": ("weight_decay",),
}

# in lower case, with underscores
ALIASES: Mapping[str, Alias] = {
    "adamaxw": Alias("adamax", **_DECOUPLED),
    "adamw": Alias("adam", **_DECOUPLED),
    "amsgrad": Alias("adam", {"amsgrad": "raw"}),
    "gradient_descent": Alias("gd"),
    "heavy_ball": Alias("momentum"),
    "irprop": Alias("rprop"),
    "nadamw": Alias("nadam", **_DECOUPLED),
    "nag": Alias("nesterov"),
    "polyak": Alias("momentum"),
    "resilient_propagation": Alias("rprop"),
    "sgd": Alias("gd"),
    "sign_sgd": Alias("sign_descent"),
    "signsgd": Alias("sign_descent"),
    "signum": Alias("lion", {"beta1": 0.9, "beta2": 0.9}),
}


NEAR = 0.85  # of difflib's similarity, above which a name is a misspelt alias


def alias(name: object) -> Alias | None:
    """Return what ``name`` is here, however it is written; None if it is no alias."""
    return ALIASES.get(_word(name))


def hint(name: object) -> str:
    """Return in words what an alias, or one nearly spelt so, is here; "" if ``name`` is neither."""
    found = alias(name)
    if found:
        return f"{name!r} is {found}"
    near = get_close_matches(_word(name), ALIASES, n=1, cutoff=NEAR)
    return f"did you mean {near[0]!r}, which is {ALIASES[near[0]]}?" if near else ""


def _word(name: object) -> str:
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_") if isinstance(name, str) else ""
