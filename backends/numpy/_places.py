"""Register allocation: where each result of a formula is written, with few temporaries."""

from typing import Any, NamedTuple

import numpy as np

from backends.numpy._formula import Call, Formula, Symbol


class Placed(NamedTuple):
    """A call, the names of the arrays and numbers it reads, and the array it writes.

    A number is not written anywhere: its place is None.
    """

    call: Call
    inputs: tuple[Any, ...]
    place: str | None


class Plan(NamedTuple):
    """The calls with their places, what is copied at the end, and the temporaries needed."""

    calls: list[Placed]
    copies: list[tuple[str, str]]
    temporaries: list[str]


def plan(formula: Formula) -> Plan:
    """Allocate an array for each result.

    A new state overwrites the old one after its last read; any other result reuses the buffer that
    was freed last, or a new temporary. The order of the formula's lines decides how many there are:
    a value that is used soon after it was made needs its buffer for a short time.
    """
    calls, homes = _owned(formula)
    last = {value: i for i, call in enumerate(calls) for value in call.inputs if _symbol(value)}
    places = {old: old.name for old in formula.state}
    kept = {*homes, *(old for old in formula.state if old.name not in homes.values())}
    free = [old.name for old in formula.state if old not in last and old not in kept]
    placed, temporaries = [], list[str]()
    for i, call in enumerate(calls):
        if not call.result.is_array:
            placed.append(Placed(call, call.inputs, None))
            continue
        inputs = tuple(places.get(v, v) if _symbol(v) else v for v in call.inputs)
        read = {v for v in call.inputs if _symbol(v) and v in places and last[v] == i}
        free += sorted(places.pop(value) for value in read - kept)
        place = _take(free, homes.get(call.result), temporaries)
        places[call.result] = place
        placed.append(Placed(call, inputs, place))
    copies = [(home, places[new]) for new, home in homes.items() if places[new] != home]
    return Plan(placed, copies, temporaries)


def _take(free: list[str], home: str | None, temporaries: list[str]) -> str:
    """Take a place off the free ones: the state's own if it is free, else a buffer, else a new one.

    A result that has a home must not settle in another state's array, which is needed there.
    """
    others = [place for place in free if not home or place in temporaries]
    if home in free:
        place = str(home)
    elif others:
        place = others[-1]
    else:
        place = f"temporary{len(temporaries)}"
        temporaries.append(place)
        return place
    free.remove(place)
    return place


def _owned(formula: Formula) -> tuple[list[Call], dict[Symbol, str]]:
    """The calls, and for the result that is each state's new value the name of that state's array.

    Where a new value is no call's result, or another state's new value too, a copy is made of it.
    """
    calls, homes = list(formula.calls), dict[Symbol, str]()
    for old, new in zip(formula.state, formula.results, strict=True):
        if new is old:
            continue
        computed = any(new is call.result and new.is_array for call in formula.calls)
        if not computed or new in homes:
            copied = Symbol(f"new_{old.name}", calls)
            calls.append(Call(np.positive, (new,), copied))
            new = copied
        homes[new] = old.name
    return calls, homes


def _symbol(value: Any) -> bool:
    return isinstance(value, Symbol)
