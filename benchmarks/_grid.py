"""The words on the axes: the checkout's ids and targets, whichever commit is being measured.

asv discovers with one commit and then names a parameter set to every other by its place in the
grid. A grid made of the measured commit's own registries would shift with them, and one optimizer's
time would be published under another's name.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("reference", "backends")


class Grid(NamedTuple):
    """The ids that benchmarks iterate; the targets are those whose device is here."""

    cases: tuple[str, ...]
    few: tuple[str, ...]  # cases for what takes seconds: one with gradients only, one with more
    first_order: tuple[str, ...]  # those that a document has: see CONTRIBUTING
    dtypes: tuple[str, ...]
    modes: tuple[str, ...]
    targets: tuple[str, ...]
    hosts: tuple[str, ...]
    placed: tuple[str, ...]  # hosts on which an update's parameters can be sharded
    compilers: tuple[str, ...]
    slow_compilers: tuple[str, ...]  # their users compile only when they ask for it
    default_modes: dict[str, str]  # by target


def known(registry: Mapping[str, Any], name: str) -> Any:
    """Return ``registry[name]``; what the measured commit does not have yet is an asv skip."""
    if name not in registry:
        raise NotImplementedError(f"{name!r} is not in this commit")
    return registry[name]


def _sources(package: Path) -> dict[Path, bytes]:
    files = (p for p in package.rglob("*") if p.suffix in {".py", ".toml"})
    return {p.relative_to(package): p.read_bytes() for p in files}


def _installed(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"{package} is not installed here: pip install -e . first")
    return Path(spec.submodule_search_locations[0])


@contextmanager
def _checkout() -> Iterator[None]:
    """Import the checkout's own packages within, and none of them afterwards."""
    if all(_sources(_installed(name)) == _sources(ROOT / name) for name in PACKAGES):
        yield  # the measured commit is the checkout
        return
    sys.path.insert(0, str(ROOT))
    try:
        yield
    finally:
        sys.path.remove(str(ROOT))
        for module in [m for m in sys.modules if m.split(".")[0] in PACKAGES]:
            del sys.modules[module]


def _here(target: str) -> bool:
    """Whether the target's device is here, by what can be known without importing a framework."""
    import backends
    from backends.devices import cuda_missing

    if target.endswith(":cuda") and cuda_missing() is None:
        return True
    return backends.why_unavailable(target) is None


def _first_order(optimizer: str) -> bool:
    import reference

    return reference.OPTIMIZERS[optimizer].first_order


def _grid() -> Grid:
    import backends
    import reference
    from backends.targets import why_unplaced

    targets = tuple(filter(_here, backends.TARGETS))
    by_order = {reference.CASES[c].spec.first_order: c for c in reversed(reference.BENCHMARKS)}
    hosts = tuple(t for t in targets if t.endswith(":cpu"))
    compilers = tuple(t for t in targets if "compiled" in backends.modes_of(t))
    return Grid(
        cases=reference.BENCHMARKS,
        few=tuple(by_order.values()),
        first_order=tuple(filter(_first_order, reference.DOCUMENTED)),
        dtypes=reference.DTYPES,
        modes=backends.MODES,
        targets=targets,
        hosts=hosts,
        placed=tuple(t for t in hosts if why_unplaced(t) is None),
        compilers=compilers,
        default_modes={t: backends.modes_of(t)[0] for t in targets},
        slow_compilers=tuple(t for t in compilers if backends.modes_of(t)[0] != "compiled"),
    )


with _checkout():
    GRID = _grid()
