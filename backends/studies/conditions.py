"""What a part was computed with: versions, machine, and the bits of the machine's arithmetic."""

import hashlib
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from backends import host, measuring
from backends.studies.grids import DIGEST
from backends.targets import BACKENDS, engine
from reference.expected import arguments
from reference.operations import OPERATIONS

PACKAGES = ("numpy", "scipy", "pyarrow", "distributed")
OF_FRAMEWORK = {"jax": ("jaxlib",)}
FEW = 4  # parameters of a step that may be fused
ROOT = Path(__file__).resolve().parents[2]


def versions(targets: Iterable[str]) -> dict[str, str]:
    """Return the versions of what computes these targets, by package.

    "descent-bench" is a digest of the source; a package that is not installed is "none".
    """
    frameworks = sorted({BACKENDS[target.split(":")[0]].REQUIRES for target in targets})
    extra = [more for name in frameworks for more in OF_FRAMEWORK.get(name, ())]
    return {name: _version(name) for name in (*OURS, *PACKAGES, *frameworks, *extra)}


def _version(name: str) -> str:
    if name in OURS:
        return OURS[name]()
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


@cache
def source() -> str:
    """Return a digest of the source of `reference` and `backends`."""
    found = hashlib.sha256()
    for package in ("reference", "backends"):
        for path in sorted((ROOT / package).rglob("*.py")):
            found.update(f"{path.relative_to(ROOT).as_posix()}\n".encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:DIGEST]


OURS: dict[str, Callable[[], str]] = {"descent-bench": source, "python": platform.python_version}


def differing(expected: Mapping[str, str]) -> list[str]:
    """Return words for each package that is here in another version than expected."""
    here = {name: _version(name) for name in expected}
    return [
        f"{n} {here[n]}, expected {wanted}" for n, wanted in expected.items() if here[n] != wanted
    ]


def machine() -> dict[str, str]:
    """Return the machine's name, system, processor and cores."""
    return {
        "name": host.name(),
        "platform": platform.platform(),
        "processor": host.processor(),
        "cores": str(os.cpu_count()),
    }


@cache
def arithmetic(target: str, dtype: str) -> str:
    """Return a digest of the bits that all operations give on fixed arguments.

    The arguments are those of `backends.arithmetic`; whether a step is fused counts too. Two
    processes with the same digest are taken to have the same arithmetic.
    """
    found, engine_ = hashlib.sha256(), engine(target, dtype)
    with engine_.scope():
        for name, operation in OPERATIONS.items():
            given = map(engine_.array, arguments(name, dtype))
            bits = engine_.numpy(operation.formula(engine_.xp, *given))
            found.update(np.ascontiguousarray(bits + 0).tobytes())
    found.update(str(measuring.fuses(target, dtype, FEW)).encode())
    return found.hexdigest()[:DIGEST]
