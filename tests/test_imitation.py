"""Claim: while a function is imitated, all its eager calls are wrong; afterwards none is."""

import numpy as np
import pytest

from backends import BACKENDS
from reference import DTYPES
from tests.helpers.imitation import SHARE, Wrong, imitated

ARGUMENTS = np.linspace(0.1, 10, 999)


def _off(got, x):
    """The errors of square roots of x, in units in the last place."""
    right = np.sqrt(x)
    return np.rint((np.asarray(got) - right) / np.spacing(right)).astype(int)


def _needs(framework):
    if framework not in BACKENDS:
        pytest.skip(f"backends/{framework} is not here")
    return pytest.importorskip(framework)


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_sixth_is_off_by_whole_units_in_both_directions(dtype, units):
    """A sixth of results is wrong by whole units, up or down; exact results stay exact."""
    x = ARGUMENTS.astype(dtype)
    off = _off(Wrong("sqrt", units, SHARE)(x), x)
    assert set(off) == {-units, 0, units}
    assert [round(12 * (off == sign * units).mean()) for sign in (-1, 1)] == [1, 1]
    squares = np.arange(100, dtype=dtype) ** 2
    assert (Wrong("sqrt", units, 1)(squares) == np.sqrt(squares)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_eager_call_of_torch_is_off(dtype):
    """All of torch's ways to take a square root are wrong, and none is afterwards."""
    torch = _needs("torch")
    x = ARGUMENTS.astype(dtype)
    t, root = torch.from_numpy(x.copy()), torch.sqrt
    untouched = root(t)

    def gradient():
        at = t.clone().requires_grad_()
        (found,) = torch.autograd.grad(at.sqrt().sum(), at)
        return found

    calls = {
        "alias": lambda: root(t),
        "in place": lambda: t.clone().sqrt_(),
        "out": lambda: torch.sqrt(t, out=torch.empty(0, dtype=t.dtype)),
        "power": lambda: t**0.5,
        "list": lambda: torch._foreach_sqrt([t])[0],
        "mapped": lambda: torch.vmap(torch.sqrt)(t),
    }
    wrong = Wrong("sqrt", 1, SHARE)(x)
    with imitated("torch.sqrt"):
        for name, call in calls.items():
            assert (call().numpy() == wrong).all(), name
        assert (gradient() == 1 / (2 * torch.from_numpy(wrong))).all()
        assert (t**3 == t * t * t).all()
    assert (root(t) == untouched).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_eager_calls_of_jax_and_numpy_are_off(dtype):
    """Eager calls of JAX and numpy are wrong; a compiled function of JAX is not."""
    jax = _needs("jax")
    x = ARGUMENTS.astype(dtype)
    wrong = Wrong("sqrt", 1, SHARE)(x)
    with jax.enable_x64(dtype == "float64"):
        array = jax.numpy.asarray(x)
        with imitated("jax.sqrt"):
            assert (np.asarray(jax.numpy.sqrt(array)) == wrong).all()
            assert (np.asarray(jax.lax.sqrt(array)) == wrong).all()
            assert (np.asarray(jax.jit(jax.numpy.sqrt)(array)) != wrong).any()
        assert (np.asarray(jax.numpy.sqrt(array)) == np.sqrt(x)).all()
    with imitated("numpy.sqrt"):
        assert (np.sqrt(x) == wrong).all()
        assert (np.sqrt(x, out=np.empty_like(x)) == wrong).all()
    assert (np.sqrt(x) != wrong).any()


@pytest.mark.parametrize("name", ["torch", "torch.", "torch.moon", "torch.add", "mxnet.sqrt"])
def test_what_cannot_be_imitated_is_named(name):
    """An unknown framework or function, or one of two arguments, raises an error that names it."""
    with pytest.raises(ValueError, match=name), imitated(name):
        pass
