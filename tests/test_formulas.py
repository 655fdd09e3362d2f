"""Claim: the code that the numpy backend generates from an update gives the update's results."""

from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import backends
from backends import BACKENDS
from backends.coefficients import Schedule
from backends.native import native
from reference import OPTIMIZERS, Case
from tests.helpers.lists import FIRST_ORDER

pytestmark = pytest.mark.skipif("numpy" not in BACKENDS, reason="backends/numpy is not here")
if "numpy" in BACKENDS:
    from backends.numpy._formula import signature

CONSTANTS = (0.75, 1.0, 2.0)
UFUNCS = (np.add, np.subtract, np.multiply, np.maximum, np.negative)
INPUTS = ("x", "g", "a", "b", "number", *CONSTANTS)


@st.composite
def formulas(draw):
    """Up to eight calls on inputs and earlier results, three of which are the new x and slots."""
    calls = []
    for _ in range(draw(st.integers(0, 8))):
        ufunc = draw(st.sampled_from(UFUNCS))
        known = st.integers(0, len(INPUTS) + len(calls) - 1)
        calls.append((ufunc, [draw(known) for _ in range(ufunc.nin)]))
    known = st.integers(0, len(INPUTS) + len(calls) - 1)
    return calls, [draw(known) for _ in range(3)]


def _optimizer(update, slots=lambda h, x: ()):
    module = ModuleType("drawn")
    vars(module).update(update=update, slots=slots)
    return native(module)


def _signature(optimizer, **hyper):
    h = SimpleNamespace(**hyper)
    return signature(optimizer, h, Schedule(optimizer, h))


def _evaluated(formula, *inputs):
    calls, results = formula
    known = list(inputs)
    for ufunc, arguments in calls:
        if all(isinstance(known[i], float) for i in arguments):
            known.append(known[arguments[0]])  # do not test Python's arithmetic
        else:
            known.append(ufunc(*(known[i] for i in arguments)))
    return [known[i] for i in results]


@given(formulas())
def test_any_formula_in_place(formula):
    """In-place code gives the formula's results, even if it copies or swaps x and slots."""
    from backends.numpy import _code

    def update(c, x, g, s):
        x, a, b = _evaluated(formula, x, g, *s, c.number, *CONSTANTS)
        return x, (a, b)

    optimizer = _optimizer(update, lambda h, x: (np.zeros_like(x), np.zeros_like(x)))
    x, g, a, b = np.random.default_rng(0).standard_normal((4, 3), np.float32)
    expected = update(SimpleNamespace(number=np.float32(2)), x, g, (a, b))
    state = [array.copy() for array in (x, a, b)]
    of = _signature(optimizer, number=2.0)
    program = _code.in_place(of, g.dtype)
    program.update(g, *state, *np.empty((program.temporaries, 3), g.dtype), np.float32(2))
    for array, wanted in zip(state, (expected[0], *expected[1]), strict=True):
        np.testing.assert_array_equal(array, np.broadcast_to(wanted, 3))
    numbers = [number for array in (x, a, b) for number in array]
    moved, after = _code.on_numbers(of, g.dtype, 3)(g, numbers, np.float32(2))
    np.testing.assert_array_equal(moved, state[0])
    np.testing.assert_array_equal(np.array(after, g.dtype).reshape(3, 3), state)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_numbers_and_arrays_go_the_same_way(name, dtype, monkeypatch):
    """Code on scalars and code on arrays give the same path to the last bit."""
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
    """If the gradient is x itself, updating x in place does not change the gradient."""
    from backends.numpy.engine import Engine

    optimizer = _optimizer(lambda c, x, g, s: (x - 0.5 * g, s + g), lambda h, x: x * 0)
    x = np.arange(5.0)
    step = Engine("cpu", "float64")._in_place(optimizer, SimpleNamespace(), x)
    moved, total = step(1, SimpleNamespace(gradient=lambda x: x), x, x * 0)
    np.testing.assert_array_equal(moved, np.arange(5.0) / 2)
    np.testing.assert_array_equal(total, np.arange(5.0))


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_a_formula_needs_few_temporaries(name):
    """The code needs no more temporaries than the formula has intermediate values alive at once."""
    from backends.numpy import _code
    from backends.numpy._formula import formula
    from backends.targets import optimizer

    of = _signature(optimizer("numpy:cpu", name), **vars(OPTIMIZERS[name].hyper()))
    program = _code.in_place(of, np.dtype("float32"))
    assert program.temporaries <= _live(formula(of))


def _live(formula):
    """The largest number of intermediate values that are alive at once, in the order written.

    Another order of the lines may need fewer.
    """
    last = {v: i for i, c in enumerate(formula.calls) for v in c.inputs if hasattr(v, "calls")}
    arrays = [c.result for c in formula.calls if c.result.is_array]
    needed = 0
    for i in range(len(formula.calls)):
        done = [r for r in arrays if int(r.name[1:]) <= i]
        needed = max(needed, sum(last.get(r, -1) > i or r is formula.calls[i].result for r in done))
    return needed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda x, g: np.subtract(x, g, out=x), "subtract.*out"),
        (lambda x, g: np.where(g, x, g), "where"),
        (lambda x, g: x if g else g, "by the value of g"),
        (lambda x, g: np.add.reduce(g), "add, reduce"),
        (lambda x, g: x - g / np.sqrt(g @ g), "matmul"),
        (lambda x, g: x - g / np.linalg.norm(g), "norm"),
        (lambda x, g: x - g.mean(), "g.mean"),
        (lambda x, g: np.add.accumulate(g), "accumulate"),
        (lambda x, g: np.divmod(x, g)[0], "divmod"),
    ],
)
def test_what_is_not_elementwise_is_refused(body, message):
    """The error names what is not elementwise, and says what an update may use."""
    from backends.numpy._formula import formula

    optimizer = _optimizer(lambda c, x, g, s: (body(x, g), s))
    with pytest.raises(TypeError, match=f"{message}.*elementwise ufuncs"):
        formula(_signature(optimizer))


def test_the_code_can_be_read():
    """The generated code is shown by `explain` and in tracebacks."""
    from backends.numpy import _code, explain

    assert "sqrt(slot1, out=temporary0)" in explain("adam")
    assert "c_lr" in explain("adadelta", lr=0.5)
    assert "c_lr" not in explain("adadelta")
    of = _signature(_optimizer(lambda c, x, g, s: (x - g, s)))
    with pytest.raises(ValueError, match="broadcast") as raised:
        _code.in_place(of, np.dtype("float64")).update(np.zeros(2), np.zeros(3))
    assert "subtract(x, g, out=x)" in str(raised.traceback[-1])
