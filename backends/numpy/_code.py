"""Code generation: a formula as a Python function, in place on arrays or on single numbers.

On arrays the code calls ufuncs with ``out=``; on numbers it uses operators, which cost a tenth of a
ufunc's call. The source is registered, so that tracebacks, profilers and coverage show it.
"""

import linecache
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from backends.numpy._formula import Call, Signature, Symbol, formula
from backends.numpy._places import plan

OPERATORS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}


class Program(NamedTuple):
    """``update(g, *state, *temporaries, *numbers)`` changes the state in place.

    The state is x and the slots; the numbers are the coefficients in the order of the signature.
    """

    update: Callable[..., None]
    temporaries: int
    source: str


@lru_cache(maxsize=256)
def in_place(of: Signature, dtype: np.dtype[Any]) -> Program:
    """Compile an update of arrays of one dtype."""
    traced, names = formula(of), _Names(lambda value: np.array(value, dtype))
    found = plan(traced)
    lines = [
        names.operation(call) if place is None else names.into(call, inputs, place)
        for call, inputs, place in found.calls
    ]
    lines += [f"{names.named('copyto', np.copyto)}({to}, {place})" for to, place in found.copies]
    state = [symbol.name for symbol in traced.state]
    parameters = ["g", *state, *found.temporaries, *(names.of(n) for n in traced.numbers)]
    update, source = names.function(f"{of.native.name}_in_place", parameters, lines or ["pass"])
    return Program(update, len(found.temporaries), source)


@lru_cache(maxsize=256)
def on_numbers(of: Signature, dtype: np.dtype[Any], count: int) -> Callable[..., Any]:
    """Compile an update of ``count`` parameters, each a number of numpy's.

    (g, state, *numbers) -> (x, state), where the state has the parameters first, then each slot's.
    """
    traced, names = formula(of), _Names(dtype.type)
    each = range(count)
    state = [f"{symbol.name}_{i}" for symbol in traced.state for i in each]
    lines = [f"{', '.join(state)}, = state", *(f"g_{i} = g[{i}]" for i in each)]
    for call in traced.calls:
        suffixes = [f"_{i}" for i in each] if call.result.is_array else [""]
        lines += [names.operation(call, suffix) for suffix in suffixes]
    new = [names.of(result, f"_{i}") for result in traced.results for i in each]
    make, kind = names.named("array", np.array), names.named("dtype", dtype)
    lines.append(f"return {make}(({', '.join(new[:count])},), {kind}), ({', '.join(new)},)")
    parameters = ["g", "state", *(names.of(number) for number in traced.numbers)]
    update: Callable[..., Any]
    update, _ = names.function(f"{of.native.name}_on_{count}_numbers", parameters, lines)
    return update


class _Names:
    """The names that a piece of code uses, and what they stand for; literals are converted."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self.convert = convert
        self.namespace: dict[str, Any] = {}

    def of(self, value: Any, suffix: str = "") -> str:
        """The value's name; ``suffix`` tells one parameter's from another's."""
        if isinstance(value, str):
            return value
        if isinstance(value, Symbol):
            return value.name + suffix if value.is_array else f"c_{value.name}"
        return self.named(f"literal{len(self.namespace)}", self.convert(value))

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

    def into(self, call: Call, inputs: Sequence[Any], place: str) -> str:
        """The call with its result written to ``place``."""
        operands = [self.of(value) for value in inputs]
        return f"{self.named(call.ufunc.__name__, call.ufunc)}({', '.join(operands)}, out={place})"

    def function(self, name: str, parameters: Sequence[str], lines: Sequence[str]) -> Any:
        """Compile the lines; return the function and its source."""
        source = "\n    ".join([f"def {name}({', '.join(parameters)}):", *lines]) + "\n"
        file = f"<{name} {id(self):x}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), self.namespace)
        return self.namespace[name], source
