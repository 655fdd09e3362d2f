"""Claim: what numpy makes of an update's formula gives what the formula gives."""

from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import backends
from backends import BACKENDS
from reference import OPTIMIZERS, Case

pytestmark = pytest.mark.skipif("numpy" not in BACKENDS, reason="backends/numpy is not here")
FIRST_ORDER = [name for name, optimizer in OPTIMIZERS.items() if optimizer.first_order]
CONSTANTS = (0.75, 1.0, 2.0)
UFUNCS = (np.add, np.subtract, np.multiply, np.maximum, np.negative)
INPUTS = ("x", "g", "a", "b", "number", *CONSTANTS)


class Hyper:
    """Hyperparameters that nobody reads."""


@st.composite
def formulas(draw):
    """Calls on the inputs and on what calls before gave, and three of all that as results."""
    calls = []
    for _ in range(draw(st.integers(0, 8))):
        ufunc = draw(st.sampled_from(UFUNCS))
        known = st.integers(0, len(INPUTS) + len(calls) - 1)
        calls.append((ufunc, [draw(known) for _ in range(ufunc.nin)]))
    known = st.integers(0, len(INPUTS) + len(calls) - 1)
    return calls, [draw(known) for _ in range(3)]


def _optimizer(update, slots):
    module = ModuleType("drawn")
    vars(module).update(update=update, slots=slots)
    return module


def _evaluated(formula, *inputs):
    calls, results = formula
    known = list(inputs)
    for ufunc, arguments in calls:
        if all(isinstance(known[i], float) for i in arguments):
            known.append(known[arguments[0]])  # Python's own arithmetic is not the claim
        else:
            known.append(ufunc(*(known[i] for i in arguments)))
    return [known[i] for i in results]


@given(formulas())
def test_any_formula_in_place(formula):
    """Old values read, moved, exchanged, kept, overwritten by a constant or by each other."""
    from backends.numpy import _formulas

    def update(h, x, g, s, t):
        x, a, b = _evaluated(formula, x, g, *s, t, *CONSTANTS)
        return x, (a, b)

    optimizer = _optimizer(update, lambda h, x: (np.zeros_like(x), np.zeros_like(x)))
    x, g, a, b = np.random.default_rng(0).standard_normal((4, 3), np.float32)
    expected = update(Hyper(), x, g, (a, b), np.float32(2))
    state = [array.copy() for array in (x, a, b)]
    program = _formulas.in_place(optimizer, Hyper(), g.dtype)
    program.update(g, *state, *np.empty((program.temporaries, 3), g.dtype), np.float32(2))
    for array, wanted in zip(state, (expected[0], *expected[1]), strict=True):
        np.testing.assert_array_equal(array, np.broadcast_to(wanted, 3))
    numbers = [number for array in (x, a, b) for number in array]
    moved, after = _formulas.on_numbers(optimizer, Hyper(), g.dtype, 3)(g, numbers, np.float32(2))
    np.testing.assert_array_equal(moved, state[0])
    np.testing.assert_array_equal(np.array(after, g.dtype).reshape(3, 3), state)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_numbers_and_arrays_go_the_same_way(name, dtype, monkeypatch):
    """Two parameters as numbers, and as an array: the same path to the last bit."""
    from backends.numpy import engine

    for steps in (0, 100):
        case = Case(name, "quadratic", start=(-5.0, 2.0), steps=steps, dtype=dtype)
        paths = []
        for few in (0, 2):
            monkeypatch.setattr(engine, "FEW", few)
            paths.append(backends.run(case, "numpy:cpu").points)
        assert paths[0].dtype == dtype
        np.testing.assert_array_equal(*paths)


def test_a_gradient_that_is_x_itself_is_not_overwritten():
    """x is changed first, and the slot still gets the gradient at the old one."""
    from backends.numpy.engine import Engine

    optimizer = _optimizer(lambda h, x, g, s, t: (x - 0.5 * g, s + g), lambda h, x: x * 0)
    x = np.arange(5.0)
    step = Engine("cpu", "float64")._in_place(optimizer, Hyper(), x)
    moved, total = step(Hyper(), SimpleNamespace(gradient=lambda x: x), x, x * 0, 1)
    np.testing.assert_array_equal(moved, np.arange(5.0) / 2)
    np.testing.assert_array_equal(total, np.arange(5.0))


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_a_formula_needs_few_temporaries(name):
    """One, and two more in Adadelta."""
    from backends.numpy import _formulas
    from backends.targets import optimizer

    hyper = OPTIMIZERS[name].hyper()
    program = _formulas.in_place(optimizer("numpy:cpu", name), hyper, np.dtype("float32"))
    assert program.temporaries == (3 if name == "adadelta" else 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (lambda x, g: np.subtract(x, g, out=x), "subtract.*out"),
        (lambda x, g: np.where(g, x, g), "where"),
        (lambda x, g: x if g else g, "by the value of g"),
        (lambda x, g: np.add.reduce(g), "add, reduce"),
    ],
)
def test_what_is_no_formula_is_refused(body, said):
    """By name, and with what an update is made of."""
    from backends.numpy import _formulas

    optimizer = _optimizer(lambda h, x, g, s, t: (body(x, g), s), lambda h, x: ())
    with pytest.raises(TypeError, match=f"{said}.*operators and of ufuncs"):
        _formulas.in_place(optimizer, Hyper(), np.dtype("float32"))
