"""Discovery: each module of a package defines one object, whose id is the module's name."""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any, Generic, TypeVar

from reference.errors import Unknown

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """A read-only mapping from id to object; an unknown id raises `Unknown`.

    ``hint`` says of a name that is no id what to take instead, or "".
    """

    def __init__(
        self, kind: str, entries: Mapping[str, T], hint: Callable[[object], str] = lambda name: ""
    ) -> None:
        self.kind = kind
        self._entries = dict(entries)
        self._hint = hint

    def __getitem__(self, name: str) -> T:
        try:
            return self._entries[name]
        except (KeyError, TypeError):
            raise Unknown(self.kind, name, self._entries, self._hint(name)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{len(self)} {self.kind}s: {', '.join(self)}>"


def stems(package: ModuleType) -> list[str]:
    """List the public modules of ``package`` in alphabetical order, without importing them."""
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name[0] != "_")


def discover(
    kind: str, package: ModuleType, hint: Callable[[object], str] = lambda name: ""
) -> Registry[Any]:
    """Collect ``KIND``, e.g. ``OPTIMIZER``, of each module of ``package``; set its id."""
    found = {}
    for stem in stems(package):
        module = import_module(f"{package.__name__}.{stem}")
        found[stem] = replace(getattr(module, kind.upper()), id=stem)
    return Registry(kind, found, hint)
