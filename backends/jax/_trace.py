"""Records the operations of a step in JAX, by evaluating its jaxpr one after another."""

from typing import Any

import jax
import numpy as np
from jax import Array
from jax.extend.core import Literal

from backends.tracing import FlatStep, Operation, Replace

NUMPYS = {"mul": "multiply", "sub": "subtract", "add": "add", "div": "divide", "pow": "power"}
NUMPYS |= {"neg": "negative", "integer_pow": "power"}


def trace(
    step: FlatStep, x: Array, slots: tuple[Array, ...], replace: Replace
) -> tuple[tuple[Array, tuple[Array, ...]], list[Operation]]:
    """Run ``step(x, slots)``; return its result and the operations.

    A function that is jitted in JAX, such as ``jnp.linalg.solve``, is one operation.
    """
    operations: list[Operation] = []
    program, shape = jax.make_jaxpr(step, return_shape=True)(x, slots)
    values: dict[Any, Any] = {}

    def read(variable: Any) -> Any:
        return variable.val if isinstance(variable, Literal) else values[variable]

    inputs = (*zip(program.jaxpr.constvars, program.consts, strict=True),)
    given = zip(program.jaxpr.invars, jax.tree.leaves((x, slots)), strict=True)
    values.update([*inputs, *given])
    for equation in program.jaxpr.eqns:
        arguments = [read(variable) for variable in equation.invars]
        found = _bound(equation, arguments)
        if len(found) == 1:
            found = [_noted(equation, arguments, found[0], replace, operations)]
        values.update(zip(equation.outvars, found, strict=True))
    results = [read(variable) for variable in program.jaxpr.outvars]
    return jax.tree.unflatten(jax.tree.structure(shape), results), operations


def _bound(equation: Any, arguments: list[Any]) -> list[Any]:
    bind = equation.primitive.get_bind_params(equation.params)
    functions, options = bind if isinstance(bind, tuple) else ((), bind)  # a tuple before JAX 0.10
    found = equation.primitive.bind(*functions, *arguments, **options)
    return list(found) if equation.primitive.multiple_results else [found]


def _noted(
    equation: Any, arguments: list[Any], result: Any, replace: Replace, operations: list[Operation]
) -> Any:
    name = str(equation.params.get("name", equation.primitive.name))
    given = [np.asarray(a) for a in arguments]
    if "y" in equation.params:  # the power of integer_pow
        given.append(np.asarray(equation.params["y"]))
    operation = Operation(NUMPYS.get(name, name), tuple(given), np.asarray(result))
    operations.append(operation)
    instead = replace(operation)
    return result if instead is None else jax.device_put(instead, result.device)
