"""Anything with init, step and get, such as a `backends.Updater`: one array of one dimension.

``state = init(x0)``, ``state = step(state, g)``, ``get(state)``; ``put(g)`` and ``wait(state)``
are called where they are.
"""

import inspect
import pickle
from collections.abc import Sequence, Set
from functools import partial
from typing import Any

import numpy as np

from backends.conformance.given import Settings
from backends.conformance.subjects import Array, Found, Plain, Running, Start
from backends.conformance.tapes import Feature
from backends.protocol import Unsupported


def recognise(subject: object) -> Found | None:
    """Recognise an object, not a class, with these methods."""
    methods = (getattr(subject, name, None) for name in ("init", "step", "get"))
    if inspect.isclass(subject) or not all(map(callable, methods)):
        return None
    return Found(type(subject).__qualname__, partial(Stepping, subject))


class Stepping(Plain):
    """An object that takes steps."""

    def __init__(self, subject: Any, settings: Settings) -> None:
        self.subject = subject

    def takes(self, path: str) -> Set[Feature]:
        return frozenset({"reload"})

    def start(self, start: Start) -> Running:
        return _Running(self.subject, start.arrays[0])


class _Running(Running):
    def __init__(self, subject: Any, x: Array) -> None:
        self.subject, self.state = subject, subject.init(x)

    def put(self, gradients: Sequence[Array | None]) -> Any:
        (g,) = gradients
        return getattr(self.subject, "put", lambda g: g)(g)

    def take(self, gradients: Any) -> None:
        self.state = self.subject.step(self.state, gradients)

    def wait(self) -> None:
        getattr(self.subject, "wait", lambda state: None)(self.state)

    def program(self, gradients: Any) -> str:
        import jax

        leaves, tree = jax.tree.flatten(self.state)
        numbers = [None if isinstance(each, jax.Array) else each for each in leaves]

        def step(arrays: Any, g: Any) -> Any:
            given = iter(arrays)
            state = tree.unflatten([next(given) if n is None else n for n in numbers])
            return list(jax.tree.leaves(self.subject.step(state, g)))

        arrays = [each for each in leaves if isinstance(each, jax.Array)]
        if not arrays:
            return super().program(gradients)
        return str(jax.jit(step).lower(arrays, gradients).compile().as_text())

    def get(self) -> list[Array]:
        self.wait()
        return [np.array(self.subject.get(self.state))]

    def reload(self) -> None:
        try:
            kept = pickle.dumps(self.state)
        except Exception as error:
            raise Unsupported(f"its state cannot be pickled: {error}") from None
        self.state = pickle.loads(kept)
