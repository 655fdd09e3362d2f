"""Claim: the rounding errors of every target are measured, and none exceeds what is allowed."""

import json
from importlib import import_module

import numpy as np
import pytest

from backends import BACKENDS, TARGETS, arithmetic
from reference import DTYPES, Unknown
from reference.allowances import ALLOWED
from reference.expected import expected
from reference.operations import OPERATIONS
from reports.cells import ArithmeticCell
from tests.helpers.imitation import SHARE, Wrong, imitated


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", TARGETS)
def test_keeps_to_what_is_allowed(target, dtype, record):
    """Each operation stays within its allowed error, on scalars and arrays of all sizes."""
    cell = record(ArithmeticCell(target=target, dtype=dtype))
    found = arithmetic(target, dtype)
    cell.measured = list(found.measured)
    cell.fused, cell.subnormals = dict(found.fused), dict(found.subnormals)
    exceeding = found.exceeding()
    assert not exceeding, "\n".join(map(str, exceeding))


def test_the_table_is_plain_json():
    """The measurements survive strict JSON, which has no infinity and no NaN."""
    found = arithmetic("numpy:cpu", "float32").to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_what_there_is_not_is_named():
    """An unknown target or dtype raises an error that names it."""
    with pytest.raises(Unknown, match="abacus:cpu"):
        arithmetic("abacus:cpu", "float32")
    with pytest.raises(Unknown, match="float16"):
        arithmetic("numpy:cpu", "float16")


def test_each_allowance_has_its_reason():
    """Each allowance states its reason, and is at least half a unit in the last place."""
    assert all(operation.allowance.ulps >= 0.5 for operation in OPERATIONS.values())
    assert all(len(allowance.why.split()) > 3 for allowance in ALLOWED.values())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_arguments_are_what_their_regime_says(name, dtype):
    """Test arguments are exact in the dtype, and only the subnormal regime has subnormals."""
    known = expected(name, dtype)
    tiny = np.finfo(dtype).tiny
    numbers = [*known.arguments, known.nearest]
    for regime, where in known.regimes.items():
        assert all((a == a.astype(dtype)).all() for a in known.arguments)
        below = [(a[where] != 0) & (np.abs(a[where]) < tiny) for a in numbers]
        if regime == "subnormal":
            assert np.any(below, axis=0).mean() > 1 / 4
        else:
            assert not any(each.any() for each in below)
            assert np.isfinite(known.nearest[where]).all()


def _with_a_root_off(units, dtype):
    """Measure torch while its square root is ``units`` in the last place off."""
    if "torch" not in BACKENDS:
        pytest.skip("backends/torch is not here")
    pytest.importorskip("torch")
    with imitated("torch.sqrt", units):
        return arithmetic("torch:cpu", dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_root_two_units_off_is_named(dtype):
    """The message names the function, its argument, the result and the correct result."""
    exceeding = _with_a_root_off(2, dtype).exceeding()
    assert {row.operation for row in exceeding} == {"sqrt"}
    assert {row.at_once for row in exceeding} == {"one", "many"}
    for row in exceeding:
        for part in ("sqrt", row.regime, row.arguments[0], row.got, row.nearest, row.allowed):
            assert f"{part}" in str(row)
        assert 1.5 < row.error <= 2.5


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_root_one_unit_off_is_allowed_and_counted(dtype):
    """Every wrong square root is counted as misrounded, and the error is within the allowance."""
    found = _with_a_root_off(1, dtype)
    assert not found.exceeding()
    known = expected("sqrt", dtype)
    wrong = Wrong("sqrt", 1, SHARE)
    for row in found.measured:
        if row.operation == "sqrt" and row.at_once == "many":
            x = known.arguments[0][known.regimes[row.regime]].astype(dtype)
            assert row.misrounded == (wrong(x) != np.sqrt(x)).mean()
            assert round(row.misrounded * row.results) == row.misrounded * row.results > 0
            assert round(row.misrounded / SHARE) == 1


def test_matrices_are_multiplied_exactly_on_a_gpu():
    """JAX on a GPU asks for all digits in products of float32 matrices, not for TensorFloat-32."""
    jax = pytest.importorskip("jax")
    engine = import_module("backends.jax.engine").Engine("cpu", "float32")
    square = np.eye(2, dtype=np.float32)
    for exact in (True, False):
        engine.exact = exact  # as the device's platform says
        with engine.scope():
            text = str(jax.make_jaxpr(lambda a: a @ a)(square))
        assert ("HIGHEST" in text) != exact
