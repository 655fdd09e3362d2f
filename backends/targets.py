"""The targets, ``backend:device``: what each offers, and whether it can run on this machine."""

from collections.abc import Collection, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypeVar, cast, get_args

from backends.modifiers import modified, used
from backends.native import Native, native
from backends.protocol import Derivatives, Engine, Execution, Mode, Unsupported
from reference import OPTIMIZERS
from reference.errors import choose
from reference.parameters import Parameters
from reference.registry import stems
from reference.spec import Array

MODES: tuple[Mode, ...] = get_args(Mode)
DERIVATIVES: tuple[Derivatives, ...] = get_args(Derivatives)

T = TypeVar("T", bound=str)


def _packages() -> dict[str, ModuleType]:
    """The packages beside this module that have an engine."""
    here = Path(__file__).parent
    names = (m.name for m in iter_modules([str(here)]) if (here / m.name / "engine.py").exists())
    return {name: import_module(f"backends.{name}") for name in sorted(names)}


BACKENDS = _packages()
TARGETS = tuple(f"{name}:{device}" for name, b in BACKENDS.items() for device in b.DEVICES)


def why_unavailable(target: str) -> str | None:
    """Return why ``target`` cannot run here, or None.

    Raises `reference.Unknown` if it is not in `TARGETS`.
    """
    backend, device = choose("target", target, TARGETS).split(":")
    needed = BACKENDS[backend].REQUIRES
    if find_spec(needed) is None:
        return f"{needed} is not installed: pip install 'descent-bench[{backend}]'"
    missing: str | None = BACKENDS[backend].missing(device)
    return missing


def available() -> dict[str, str | None]:
    """Map every target to None, or to the reason it cannot run here."""
    return {target: why_unavailable(target) for target in TARGETS}


def absences(backend: str) -> Mapping[str, str]:
    """Return the optimizers that ``backend`` lacks, each with the reason.

    Raises `reference.Unknown` if it is not in `BACKENDS`.
    """
    found: Mapping[str, str] = BACKENDS[choose("backend", backend, BACKENDS)].ABSENT
    return found


@cache
def engine(target: str, dtype: str) -> Engine[Array]:
    """Return the engine of ``target``, cached; raises `Unsupported` if it cannot run here."""
    why = why_unavailable(target)
    if why is not None:
        raise Unsupported(f"{target}: {why}")
    backend, device = target.split(":")
    found: Engine[Array] = import_module(f"backends.{backend}.engine").Engine(device, dtype)
    return found


def numbers(target: str) -> int:
    """Return the largest size of an array in a sweep on ``target``, its engine's ``NUMBERS``.

    It needs the framework, not the device. Raises `Unsupported` without it.
    """
    backend = choose("target", target, TARGETS).split(":")[0]
    if find_spec(BACKENDS[backend].REQUIRES) is None:
        raise Unsupported(f"{target}: {why_unavailable(target)}")
    found: int = import_module(f"backends.{backend}.engine").Engine.NUMBERS
    return found


def modes_of(target: str) -> tuple[Mode, ...]:
    """Return the execution modes of ``target``, the default first; loads no framework."""
    found: tuple[Mode, ...] = _backend(target).MODES
    return found


def derivatives_of(target: str) -> tuple[Derivatives, ...]:
    """Return the kinds of derivatives of ``target``, the default first; loads no framework."""
    found: tuple[Derivatives, ...] = _backend(target).DERIVATIVES
    return found


def _backend(target: str) -> ModuleType:
    return BACKENDS[choose("target", target, TARGETS).split(":")[0]]


def why_unplaced(target: str) -> str | None:
    """Return why updates on ``target`` have no placement, or None; loads no framework."""
    backend = _backend(target)
    if find_spec(f"{backend.__name__}._placed") is None:
        return str(backend.WITHOUT.get("placement", "not offered"))
    return None


def placed(target: str, dtype: str, placement: object) -> Engine[Array]:
    """Return an engine of ``target`` whose updates are spread over devices by ``placement``.

    Raises
    ------
    reference.Invalid
        If the placement is not one of the framework's, or of other devices than the target's.
    Unsupported
        If the target cannot run here or cannot be spread; the message gives the reason.
    """
    why = why_unplaced(target)
    if why is not None:
        raise Unsupported(f"a placement on {target}: {why}")
    engine(target, dtype)  # or why there is none
    backend, device = target.split(":")
    try:
        module = import_module(f"backends.{backend}._placed")
        found: Engine[Array] = module.Engine(device, dtype, placement)
    except ImportError as error:  # a build without communication
        raise Unsupported(f"a placement on {target}: {error}") from None
    return found


def implementation(target: str, name: str, h: Parameters, swept: Collection[str] = ()) -> Native:
    """Return the target's implementation of an optimizer with these hyperparameters, cached.

    ``swept`` are the names of those that vary in a sweep. Raises `Unsupported` if there is none.
    """
    native, on = optimizer(target, name), used(h, swept)
    if not any(on):
        return native
    backend = target.split(":")[0]
    return modified(native, on, cast(Any, import_module(f"backends.{backend}._modifiers")))


@cache
def optimizer(target: str, name: str) -> Native:
    """Return the target's implementation of an optimizer's formula, cached.

    Raises `Unsupported` if there is none.
    """
    backend = target.split(":")[0]
    OPTIMIZERS[name]  # raises Unknown
    if name in absences(backend):
        raise Unsupported(f"{name} on {backend}: {absences(backend)[name]}")
    if name not in stems(BACKENDS[backend]):
        raise Unsupported(f"{name} on {backend}: backends/{backend}/{name}.py is not written yet")
    return native(import_module(f"backends.{backend}.{name}"))


def execution(target: str, mode: str | None = None, derivatives: str | None = None) -> Execution:
    """Validate a choice of mode and derivatives; None stands for the backend's default.

    Raises
    ------
    reference.Unknown
        If the target, mode or derivatives do not exist.
    Unsupported
        If the target does not offer them; the message gives the reason.
    """
    return Execution(
        target,
        _offered("mode", mode, MODES, modes_of(target), target),
        _offered("derivatives", derivatives, DERIVATIVES, derivatives_of(target), target),
    )


def _offered(
    kind: str, asked: str | None, known: tuple[T, ...], offered: tuple[T, ...], target: str
) -> T:
    if asked is None:
        return offered[0]
    choose(kind, asked, map(str, known))
    for choice in offered:
        if choice == asked:
            return choice
    why = _backend(target).WITHOUT.get(asked, "not offered")
    raise Unsupported(f"{kind} {asked!r} on {target}: {why}")
