"""Code generation: compiles a formula to a Python function on arrays or on numpy scalars.

On arrays the code calls ufuncs with ``out=``. On scalars it uses operators, which cost a tenth of a
ufunc call. The source is added to `linecache`, so that tracebacks and profilers show it.
"""

import linecache
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from backends.native import Stepped
from backends.numpy._formula import Call, Operand, Signature, Symbol, formula
from backends.numpy._places import plan
from reference.spec import Array

OPERATORS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}


class Program(NamedTuple):
    """A compiled update ``update(g, *state, *temporaries, *numbers)``, in place on the state.

    The state is x and the slots; the numbers are the coefficients in the order of the signature.
    ``temporaries`` is the number of scratch arrays.
    """

    update: Callable[..., None]
    temporaries: int
    source: str


@lru_cache(maxsize=256)
def in_place(of: Signature, dtype: np.dtype[np.floating]) -> Program:
    """Compile an in-place update of arrays of one dtype."""
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
def on_numbers(of: Signature, dtype: np.dtype[np.floating], count: int) -> Callable[..., Stepped]:
    """Compile an update of ``count`` parameters as numpy scalars.

    (g, state, *numbers) -> (x, state). ``g`` and ``x`` are arrays (count,); ``state`` is a tuple of
    scalars, the parameters, then each slot's.
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
    update, _ = names.function(f"{of.native.name}_on_{count}_numbers", parameters, lines)
    return update


class _Names:
    """The names in a piece of code and their values; ``convert`` converts literals."""

    def __init__(self, convert: Callable[[float], Array]) -> None:
        self.convert = convert
        self.namespace: dict[str, Any] = {}

    def of(self, value: Operand | str, suffix: str = "") -> str:
        """Return the value's name; ``suffix`` distinguishes the parameters."""
        if isinstance(value, str):
            return value
        if isinstance(value, Symbol):
            return value.name + suffix if value.is_array else f"c_{value.name}"
        return self.named(f"literal{len(self.namespace)}", self.convert(value))

    def named(self, name: str, value: object) -> str:
        self.namespace[name] = value
        return name

    def operation(self, call: Call, suffix: str = "") -> str:
        """Return the call as an assignment, by an operator where there is one."""
        operands = [self.of(value, suffix) for value in call.inputs]
        if call.ufunc in OPERATORS:
            expression = f" {OPERATORS[call.ufunc]} ".join(operands)
        else:
            expression = f"{self.named(call.ufunc.__name__, call.ufunc)}({', '.join(operands)})"
        return f"{self.of(call.result, suffix)} = {expression}"

    def into(self, call: Call, inputs: Sequence[Operand | str], place: str) -> str:
        """Return the call with ``out=place``."""
        operands = [self.of(value) for value in inputs]
        return f"{self.named(call.ufunc.__name__, call.ufunc)}({', '.join(operands)}, out={place})"

    def function(
        self, name: str, parameters: Sequence[str], lines: Sequence[str]
    ) -> tuple[Callable[..., Any], str]:
        """Compile the lines; return the function and its source."""
        source = "\n    ".join([f"def {name}({', '.join(parameters)}):", *lines]) + "\n"
        file = f"<{name} {id(self):x}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), self.namespace)
        return self.namespace[name], source
