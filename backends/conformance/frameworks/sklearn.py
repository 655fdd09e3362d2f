"""Optimizers of scikit-learn's neural networks: a class, made of the parameters that it moves."""

import inspect
import pickle
import sys
from collections.abc import Sequence, Set
from functools import partial
from typing import Any

from backends.conformance.given import Settings, knobs
from backends.conformance.subjects import Array, Found, Plain, Running, Start, copied, title
from backends.conformance.tapes import Feature

MODULE = "sklearn.neural_network._stochastic_optimizers"  # there is no public one


def recognise(subject: object) -> Found | None:
    """Recognise a class of optimizers."""
    module = sys.modules.get(MODULE)
    if module is None or not inspect.isclass(subject):
        return None
    if not issubclass(subject, module.BaseOptimizer):
        return None
    own = [c.__name__ for c in subject.__mro__ if c.__module__ == MODULE]
    theirs = subject.__module__ == MODULE
    name = f"{MODULE}.{subject.__name__}" if theirs else title(subject)
    make = partial(ScikitLearn, subject)
    return Found(name, make, knobs(subject, skipped=1), "sklearn", tuple(own))


class ScikitLearn(Plain):
    """A class that is made of arrays, and moves them in place."""

    def __init__(self, kind: type, settings: Settings) -> None:
        self.make = partial(kind, **settings.passed)

    def takes(self, path: str) -> Set[Feature]:
        return frozenset({"arrays", "reload", "memory"})

    def start(self, start: Start) -> Running:
        return _Running(self, start)


class _Running(Running):
    def __init__(self, subject: ScikitLearn, start: Start) -> None:
        self.x = list(start.arrays)
        self.peer: Any = subject.make(self.x)

    def take(self, gradients: Sequence[Array]) -> None:
        self.peer.update_params(self.x, gradients)

    def get(self) -> list[Array]:
        return copied(self.x)

    def reload(self) -> None:
        """Pickle and unpickle, as estimators are saved."""
        self.x, self.peer = pickle.loads(pickle.dumps((self.x, self.peer)))
