"""An update's formula, written down once as the ufunc calls it makes, and made into straight code.

On arrays the code works in place with few temporaries; on single numbers it uses operators, which
cost a tenth of a ufunc's call.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from backends import loop

ADVICE = "an update for numpy is made of operators and of ufuncs that return what they make"
OPERATORS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}


class Symbol(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array of the parameters' shape, or for a number, and records its ufuncs."""

    def __init__(self, name: str, calls: list["Call"], wide: bool = True) -> None:
        self.name, self.calls, self.wide = name, calls, wide

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc.nout > 1:
            raise TypeError(f"{ufunc.__name__}, {method}, {options}: {ADVICE}")
        if ufunc is np.multiply and any(isinstance(v, float) and v == 1 for v in inputs):
            return self
        wide = any(value.wide for value in inputs if isinstance(value, Symbol))
        result = Symbol(f"v{len(self.calls)}", self.calls, wide)
        self.calls.append(Call(ufunc, inputs, result))
        return result

    def __array_function__(self, function: Any, *rest: Any) -> Any:
        raise TypeError(f"{function.__name__}: {ADVICE}")

    def __bool__(self) -> bool:
        raise TypeError(f"a choice by the value of {self.name}: {ADVICE}")

    __hash__ = object.__hash__


class Call(NamedTuple):
    ufunc: np.ufunc
    inputs: tuple[Any, ...]
    result: Symbol


class Formula(NamedTuple):
    """From ``state`` (x and the slots), the gradient and ``numbers`` to the next state."""

    state: list[Symbol]
    numbers: list[Symbol]
    calls: list[Call]
    results: list[Any]


class Program(NamedTuple):
    """``update(g, *state, *temporaries, *numbers)`` changes the state in place.

    The numbers are those of the step, and of each member in a sweep.
    """

    update: Callable[..., None]
    temporaries: int


def flat(slots: Any) -> tuple[Any, ...]:
    """The parts of an optimizer's slots or factors, which are one or a tuple of them."""
    return tuple(slots) if isinstance(slots, tuple) else (slots,)


def alike(structure: Any, parts: Sequence[Any]) -> Any:
    """The parts put together as `flat` took ``structure`` apart."""
    if not isinstance(structure, tuple):
        return parts[0]
    make: Any = getattr(structure, "_make", tuple)
    return make(parts)


def turning(optimizer: Any, h: Any) -> Callable[[Any], tuple[Any, ...]]:
    """What an update takes of the step's number, as a tuple; see `loop.turning`."""
    if not hasattr(optimizer, "factors"):
        return lambda t: (t,)
    turn = loop.turning(optimizer, h)
    return turn if isinstance(turn(1), tuple) else lambda t: (turn(t),)


@lru_cache(maxsize=256)
def in_place(optimizer: Any, h: Any, dtype: np.dtype[Any], swept: tuple[str, ...] = ()) -> Program:
    """Compile the optimizer's update of arrays of one dtype."""
    formula, names = _traced(optimizer, h, swept), _Names(lambda value: np.array(value, dtype))
    lines, temporaries = _placed(formula, names)
    state, turn = ([symbol.name for symbol in part] for part in formula[:2])
    update = names.function(optimizer, ["g", *state, *temporaries, *turn], lines or ["pass"])
    return Program(update, len(temporaries))


@lru_cache(maxsize=256)
def on_numbers(optimizer: Any, h: Any, dtype: np.dtype[Any], count: int) -> Callable[..., Any]:
    """Compile the optimizer's update of ``count`` parameters, each a number of numpy's.

    (g, state, *numbers) -> (x, state), where the state has the parameters first, then each slot's.
    """
    formula, names = _traced(optimizer, h, ()), _Names(dtype.type)
    each = range(count)
    state = [f"{symbol.name}_{i}" for symbol in formula.state for i in each]
    lines = [f"{', '.join(state)}, = state", *(f"g_{i} = g[{i}]" for i in each)]
    for call in formula.calls:
        if call.result.wide:
            lines += [names.operation(call, f"_{i}") for i in each]
        else:
            lines.append(names.operation(call))
    new = [names.of(result, f"_{i}") for result in formula.results for i in each]
    make, kind = names.named("array", np.array), names.named("dtype", dtype)
    lines.append(f"return {make}(({', '.join(new[:count])},), {kind}), ({', '.join(new)},)")
    inputs = ["g", "state", *(symbol.name for symbol in formula.numbers)]
    update: Callable[..., Any] = names.function(optimizer, inputs, lines)
    return update


def _traced(optimizer: Any, h: Any, swept: Sequence[str]) -> Formula:
    calls: list[Call] = []
    slots, turn = loop.slots(optimizer, h, np.zeros(1)), loop.turning(optimizer, h)(1)
    x = Symbol("x", calls)
    kept = [Symbol(f"slot{i}", calls) for i in range(len(flat(slots)))]
    turns = [Symbol(f"turn{i}", calls, wide=False) for i in range(len(flat(turn)))]
    own = [Symbol(f"own_{name}", calls, wide=False) for name in swept]
    hyper = SimpleNamespace(**{**vars(h), **dict(zip(swept, own, strict=True))})
    g = Symbol("g", calls)
    new, after = optimizer.update(hyper, x, g, alike(slots, kept), alike(turn, turns))
    return Formula([x, *kept], [*turns, *own], calls, [new, *flat(after)])


class _Names:
    """The names that a piece of code uses, and what they stand for; constants are converted."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self.convert = convert
        self.namespace: dict[str, Any] = {}

    def of(self, value: Any, suffix: str = "") -> str:
        """The value's name, with the suffix that tells one parameter's from another's."""
        if isinstance(value, Symbol):
            return value.name + suffix * value.wide
        return self.named(f"c{len(self.namespace)}", self.convert(value))

    def named(self, name: str, thing: Any) -> str:
        self.namespace[name] = thing
        return name

    def operation(self, call: Call, suffix: str = "") -> str:
        """The call with an operator where there is one."""
        operands = [self.of(value, suffix) for value in call.inputs]
        if call.ufunc in OPERATORS:
            made = f" {OPERATORS[call.ufunc]} ".join(operands)
        else:
            made = f"{self.named(call.ufunc.__name__, call.ufunc)}({', '.join(operands)})"
        return f"{self.of(call.result, suffix)} = {made}"

    def into(self, call: Call, inputs: Sequence[str], place: str) -> str:
        """The call with its result written to ``place``."""
        return f"{self.named(call.ufunc.__name__, call.ufunc)}({', '.join(inputs)}, out={place})"

    def function(self, optimizer: Any, inputs: Sequence[str], lines: Sequence[str]) -> Any:
        source = "\n    ".join([f"def update({', '.join(inputs)}):", *lines])
        exec(compile(source, f"<update of {optimizer.__name__}>", "exec"), self.namespace)
        return self.namespace["update"]


def _placed(formula: Formula, names: _Names) -> tuple[list[str], list[str]]:
    """Find each call a place for its result: the code, and the temporaries it needs.

    A state's new value belongs where the old one is, once nothing reads that any more; any other
    result takes the place of what was read last, or a new temporary.
    """
    calls, homes = _settled(formula)
    last = {value: i for i, call in enumerate(calls) for value in call.inputs if _is_symbol(value)}
    places = {old: old.name for old in formula.state}
    lasting = {*homes, *(old for old in formula.state if old.name not in homes.values())}
    vacant = [old.name for old in formula.state if old not in last and old not in lasting]
    lines, temporaries = [], list[str]()
    for i, call in enumerate(calls):
        if not call.result.wide:
            lines.append(names.operation(call))
            continue
        inputs = [places[value] if value in places else names.of(value) for value in call.inputs]
        read = {value for value in call.inputs if value in places and last[value] == i}
        vacant += sorted(places.pop(value) for value in read - lasting)
        home = homes.get(call.result)
        others = [place for place in vacant if not home or place in temporaries]
        if home in vacant:
            place = home
        elif others:
            place = others[-1]
        else:
            place = f"temporary{len(temporaries)}"
            temporaries.append(place)
            vacant.append(place)
        vacant.remove(place)
        places[call.result] = place
        lines.append(names.into(call, inputs, place))
    strays = [(home, places[new]) for new, home in homes.items() if places[new] != home]
    lines += [f"{names.named('copyto', np.copyto)}({home}, {place})" for home, place in strays]
    return lines, temporaries


def _settled(formula: Formula) -> tuple[list[Call], dict[Symbol, str]]:
    """The calls, and which result belongs in which array of the state.

    Each result is one call's, its own: what is none is copied.
    """
    calls, homes = list(formula.calls), dict[Symbol, str]()
    for old, new in zip(formula.state, formula.results, strict=True):
        if new is old:
            continue
        made = any(new is call.result and new.wide for call in formula.calls)
        if not made or new in homes:
            copied = Symbol(f"new_{old.name}", calls)
            calls.append(Call(np.positive, (new,), copied))
            new = copied
        homes[new] = old.name
    return calls, homes


def _is_symbol(value: Any) -> bool:
    return isinstance(value, Symbol)
