"""Register allocation: assigns a buffer to each result of a formula, with few temporaries."""

from typing import NamedTuple, TypeGuard

import numpy as np

from backends.numpy._formula import Call, Formula, Operand, Symbol


class Placed(NamedTuple):
    """A call, the names of the arrays and numbers it reads, and of the array it writes.

    ``place`` is None if the result is a number.
    """

    call: Call
    inputs: tuple[Operand | str, ...]
    place: str | None


class Plan(NamedTuple):
    """The allocated calls, the final (destination, source) copies, and the temporaries."""

    calls: list[Placed]
    copies: list[tuple[str, str]]
    temporaries: list[str]


def plan(formula: Formula) -> Plan:
    """Allocate a buffer for each result.

    A new state array overwrites the old one after its last read. Any other result reuses the
    buffer that was freed last, or a new temporary. The number of temporaries depends on the live
    ranges, and so on the order of the formula's lines.
    """
    calls, targets = _state_targets(formula)
    last = {value: i for i, call in enumerate(calls) for value in call.inputs if _symbol(value)}
    places = {old: old.name for old in formula.state}
    pinned = {*targets, *(old for old in formula.state if old.name not in targets.values())}
    free = [old.name for old in formula.state if old not in last and old not in pinned]
    placed, temporaries = [], list[str]()
    for i, call in enumerate(calls):
        if not call.result.is_array:
            placed.append(Placed(call, call.inputs, None))
            continue
        inputs = tuple(places.get(v, v) if _symbol(v) else v for v in call.inputs)
        read = {v for v in call.inputs if _symbol(v) and v in places and last[v] == i}
        free += sorted(places.pop(value) for value in read - pinned)
        place = _take(free, targets.get(call.result), temporaries)
        places[call.result] = place
        placed.append(Placed(call, inputs, place))
    copies = [(target, places[new]) for new, target in targets.items() if places[new] != target]
    return Plan(placed, copies, temporaries)


def _take(free: list[str], target: str | None, temporaries: list[str]) -> str:
    """Take a buffer: ``target`` if it is free, else a free buffer, else a new temporary.

    A result with a target does not take another state array, which that array's new value needs.
    """
    others = [place for place in free if not target or place in temporaries]
    if target in free:
        place = str(target)
    elif others:
        place = others[-1]
    else:
        place = f"temporary{len(temporaries)}"
        temporaries.append(place)
        return place
    free.remove(place)
    return place


def _state_targets(formula: Formula) -> tuple[list[Call], dict[Symbol, str]]:
    """Return the calls, and the state array that each new state value must end in.

    A copy is added for a new value that is not the result of a call, or that is the new value of
    two state arrays.
    """
    calls, targets = list(formula.calls), dict[Symbol, str]()
    for old, new in zip(formula.state, formula.results, strict=True):
        if new is old:
            continue
        computed = any(new is call.result and new.is_array for call in formula.calls)
        if not computed or new in targets:
            copied = Symbol(f"new_{old.name}", calls)
            calls.append(Call(np.positive, (new,), copied))
            new = copied
        targets[new] = old.name
    return calls, targets


def _symbol(value: Operand) -> TypeGuard[Symbol]:
    return isinstance(value, Symbol)
