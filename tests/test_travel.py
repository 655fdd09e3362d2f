"""Claim: cases, paths and states survive pickling and copying, and cases also JSON."""

import copy
import hashlib
import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import backends
from backends import BACKENDS
from reference import (
    CASES,
    DTYPES,
    GOLDENS,
    OPTIMIZERS,
    PROBLEMS,
    AllClose,
    Batch,
    Case,
    Cite,
    GradientNorm,
    Invalid,
    Problem,
    Tape,
    Unknown,
)
from tests.helpers.lists import DISTINCT, FIRST_ORDER, HOSTS, quick
from tests.helpers.recipes import ROOT
from tests.helpers.strategies import cases
from tests.helpers.tapes import KINDS, tape


def _pickled(x):
    return pickle.loads(pickle.dumps(x))


OTHER_PROCESS = """
import pickle, sys
import backends
from reference import Case

cases, path, grid, tape = pickle.load(sys.stdin.buffer)
assert backends.run(path.case, path.target) == path
assert backends.sweep(grid.case, hyper=grid.hyper) == grid
assert [Case.from_json(case.to_json()) for case in cases] == cases
digests = [case.digest for case in cases]
pickle.dump((cases, path, grid, tape, digests, hash("adam")), sys.stdout.buffer)
"""


def _in_other_process(code, sent, seed):
    """Run the code in another process with its own hash seed, and unpickle its output."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=sent, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return pickle.loads(done.stdout)


def test_what_goes_to_another_process_and_back_is_equal():
    """Cases, a path, a sweep and a tape return equal from a process with another hash seed."""
    some = list(CASES.values())
    path = backends.run(CASES["001/steep_momentum"])
    grid = backends.sweep(path.case, hyper={"lr": [0.1, 0.2]}, progress=False)
    assert grid.status.shape == (1, 2)  # a cached property, which is not pickled
    given = tape("unequal", "adam", {}, "float32")
    for seed in (1, 2):
        sent = pickle.dumps((some, path, grid, given))
        *received, digests, hashed = _in_other_process(OTHER_PROCESS, sent, seed)
        assert received == [some, path, grid, given]
        assert digests == [case.digest for case in some]
        assert hashed != hash("adam")


def test_only_the_fields_travel():
    """Cached properties are not pickled."""
    fresh, used = (Case("gd", "normal_nll", {"size": 1000}, steps=2) for _ in range(2))
    backends.run(used), used.digest, used.identity
    assert len(pickle.dumps(used)) == len(pickle.dumps(fresh)) < 1000
    grid = backends.sweep(used, progress=False)
    before = len(pickle.dumps(grid))
    assert grid.status.shape == (1,)
    assert len(pickle.dumps(grid)) == before


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, _pickled])
def test_a_copy_is_equal(again):
    """A copy of a case, tape, golden, path or sweep is equal to the original."""
    assert all(again(case) == case for case in CASES.values())
    assert all(again(golden) == golden for golden in GOLDENS.values())
    for kind in KINDS:
        given = tape(kind, "adam", {"beta1": 0.5}, "float32")
        assert again(given) == given
        assert not again(given).gradients.flags.writeable
    path = backends.run(CASES["002/log_sum_exp_newton"])  # diverges to NaN or infinity
    assert np.isnan(path.values).any() or not np.isfinite(path.points).all()
    assert again(path) == path
    grid = backends.sweep(path.case, starts=[[0.0], [0.5]], progress=False)
    assert again(grid) == grid
    assert {path: 1}[again(path)] == {grid: 1}[again(grid)] == 1


def test_results_that_differ_are_not_equal():
    """Results are unequal if one bit, the mode, the counts or the kind differs."""
    case = Case("gd", "x_cos", steps=2)
    path, grid = backends.run(case), backends.sweep(case, progress=False)
    points = path.points.copy()
    points[-1] = np.nextafter(points[-1], 9)
    assert path != replace(path, points=points)
    assert path != replace(path, mode="compiled")
    assert path != replace(path, counts={**path.counts, "value": 1})
    assert path != backends.run(replace(case, steps=1))
    assert grid != replace(grid, reached=~grid.reached)
    assert grid != backends.sweep(case, hyper={"lr": [0.1]}, progress=False)
    assert path != grid
    assert path != case


@pytest.mark.parametrize("name", DISTINCT)
def test_a_line_of_json_is_read_back(name):
    """A case read back from its line of JSON is equal, with the same text and digest."""
    case = CASES[name]
    text = case.to_json()
    assert "\n" not in text
    assert json.loads(text) == case.to_dict()
    assert text == json.dumps(case.to_dict(), sort_keys=True, separators=(",", ":"))
    for back in (Case.from_json(text), Case.from_dict(case.to_dict())):
        assert back == case
        assert back.to_json() == text
        assert back.digest == case.digest


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(arguments=cases(ordinary=True))
def test_any_case_is_read_back(arguments):
    """Random cases survive JSON and pickling to the last bit of every number."""
    try:
        case = Case(**arguments)
    except Invalid:  # a batch larger than the data, say
        assume(False)
    for back in (Case.from_json(case.to_json()), _pickled(case)):
        assert back == case
        assert back.start_point.tobytes() == case.start_point.tobytes()
        assert (back.to_json(), hash(back)) == (case.to_json(), hash(case))


STOPPED = Case(
    "newton",
    "quadratic",
    {"coefficients": (1, 0.1), "rotation": 45},
    {"lr": 0.5, "solver": "inverse"},
    start=(-0.0, 1e-300),
    steps=7,
    stop=GradientNorm(tolerance=1e-9),
)
DRAWN = Case(
    "rmsprop", "normal_nll", dtype="float32", batch=Batch(size=8, replace=True), stop=AllClose()
)

DIGESTS = [  # literals, since stored results refer to them
    (Case("gd", "x_cos"), "42e71216e7373ce3"),
    (STOPPED, "011d0b550be05eb0"),
    (DRAWN, "53b15097ec868b3c"),
    (Case("bisection", "cosh", hyper={"a": -2, "b": 1.5}), "28339bd23e2796ab"),
]


@pytest.mark.parametrize(("case", "digest"), DIGESTS, ids=lambda x: getattr(x, "optimizer", x))
def test_a_digest_stays(case, digest):
    """A case's digest never changes: it is a hash of its JSON text."""
    assert case.digest == digest
    assert digest == hashlib.sha256(case.to_json().encode("ascii")).hexdigest()[:16]


def test_the_text_says_everything():
    """The JSON of a case includes all defaults, and equal cases have the same text."""
    assert Case("gd", "x_cos", start=[3]).to_dict() == {
        "optimizer": "gd",
        "problem": "x_cos",
        "params": {"c": 0.47123889803846897},
        "hyper": {
            "lr": 0.1,
            "schedule": None,
            "weight_decay": 0.0,
            "weight_decay_form": "l2",
            "maximize": False,
            "clip_norm": None,
            "clip_norm_eps": 0.0,
            "clip_value": None,
        },
        "start": [3.0],
        "steps": 10,
        "dtype": "float64",
        "stop": None,
        "batch": None,
    }
    assert STOPPED.to_dict()["stop"] == {"rule": "gradient_norm", "tolerance": 1e-9}
    assert STOPPED.to_dict()["params"]["coefficients"] == [1.0, 0.1]
    assert DRAWN.to_dict()["batch"] == {"size": 8, "seed": 0, "replace": True}
    c = {"c": 0.47123889803846897}
    same = Case("gd", PROBLEMS["x_cos"], c, {"lr": 0.1}, [10], np.int64(10))
    assert same.to_json() == Case("gd", "x_cos").to_json()
    zeros = [replace(STOPPED, start=(zero, 1e-300)) for zero in (0.0, -0.0, 0)]
    assert len({case.to_json() for case in zeros}) == len({*zeros}) == 1


def test_what_is_left_out_has_its_default():
    """Keys that are missing from a line of JSON take their defaults."""
    assert Case.from_json('{"optimizer": "gd", "problem": "x_cos"}') == Case("gd", "x_cos")


GD = {"optimizer": "gd", "problem": "x_cos"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1], r"case = \[1\]: expected a mapping"),
        ({**GD, "step": 3}, "key of a case 'step': did you mean 'steps'"),
        ({**GD, 3: 3}, "key of a case 3"),
        ({"optimizer": "gd"}, "problem must be given"),
        ({"problem": "x_cos"}, "optimizer must be given"),
        ({**GD, "optimizer": "adm"}, "'adm'.*'adam'"),
        ({**GD, "optimizer": ["gd"]}, r"unknown optimizer \['gd'\]"),
        ({**GD, "problem": "xcos"}, "'xcos'.*'x_cos'"),
        ({**GD, "problem": None}, "unknown problem None"),
        ({**GD, "params": [0.5]}, r"x_cos = \[0.5\]: expected a mapping"),
        ({**GD, "params": None}, "None: expected a mapping"),
        ({**GD, "hyper": {"lr": "0.1"}}, "lr = '0.1': expected a number"),
        ({**GD, "hyper": {"lr": None}}, "lr = None"),
        ({**GD, "hyper": {"rate": 0.1}}, "unknown parameter of gd 'rate'"),
        ({**GD, "start": "1"}, "start = '1': expected real numbers"),
        ({**GD, "start": {"x": 1}}, "start = {'x': 1}: expected real numbers"),
        ({**GD, "start": [None]}, r"start = \[None\]"),
        ({**GD, "steps": 2.0}, "steps = 2.0: expected a whole number"),
        ({**GD, "steps": None}, "steps = None"),
        ({**GD, "dtype": None}, "unknown dtype None"),
        ({**GD, "dtype": ["float32"]}, "unknown dtype"),
        ({**GD, "stop": 1e-6}, 'stop = 1e-06: expected {"rule": "allclose", ...} or'),
        ({**GD, "stop": {"atol": 1e-6}}, 'expected {"rule": "allclose"'),
        ({**GD, "stop": {"rule": "all"}}, "unknown stop rule 'all': did you mean 'allclose'"),
        ({**GD, "stop": {"rule": "allclose", "atol": -1}}, "stop: atol = -1: expected"),
        ({**GD, "stop": {"rule": "allclose", "tol": 1}}, "unknown parameter of stop 'tol'"),
        ({**GD, "batch": 32}, "parameters of batch = 32: expected a mapping"),
        ({**GD, "batch": {"size": 0}}, "batch: size = 0: expected"),
        ({**GD, "batch": {"size": 8}}, "no data"),
    ],
    ids=str,
)
def test_what_is_no_case_is_refused(given, message):
    """A dict that is no case raises an error that names the value and what was expected."""
    with pytest.raises(Invalid, match=message):
        Case.from_dict(given)


@pytest.mark.parametrize(
    "text", ["", "adam", '{"optimizer": "gd"', "[" * 99999, "1" * 9999, None, 3, "NaN", "[]"]
)
def test_what_is_no_json_is_refused(text):
    """A text that is not the JSON of a case raises `Invalid`."""
    with pytest.raises(Invalid, match=r"case = .*expected"):
        Case.from_json(text)


def value(xp, k, x):
    return xp.sum(x**2, -1)


def gradient(xp, k, x):
    return 2 * x


def start(p):
    return (1.0, 2.0)


BOWL = Problem("A bowl", (Cite("here", "now"),), value, gradient, start, id="bowl")


def test_a_problem_of_ones_own_has_no_text():
    """A user-defined problem has no JSON, but can be pickled if its functions can."""
    case = Case("gd", BOWL, steps=2)
    assert _pickled(case) == copy.deepcopy(case) == case
    assert copy.deepcopy(BOWL) == BOWL
    path = backends.run(case)
    assert _pickled(path) == path
    for ask in (Case.to_dict, Case.to_json, lambda case: case.digest):
        with pytest.raises(Invalid, match=r"problem = 'bowl': a Problem of your own.*pickle"):
            ask(case)
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(replace(case, problem=replace(BOWL, start=lambda p: (1.0,))))


def test_a_disguised_problem_is_not_taken_for_another():
    """A user-defined problem with the id of a registered one is not equal to it."""
    disguised = Case("gd", replace(BOWL, id="quadratic"))
    assert disguised != Case("gd", "quadratic", start=(1.0, 2.0))
    with pytest.raises(Invalid, match="of your own"):
        disguised.to_json()


def test_errors_travel():
    """Errors can be pickled; otherwise a pool of processes would hang on them."""
    for make in (lambda: Case("adm", "x_cos"), lambda: Case("gd", "x_cos", hyper={"lr": 0})):
        with pytest.raises(Invalid) as caught:
            make()
        back = _pickled(caught.value)
        assert type(back) is type(caught.value)
        assert str(back) == str(caught.value)
    unsupported = _pickled(backends.Unsupported("a reason"))
    assert str(unsupported) == "a reason"
    assert issubclass(Unknown, KeyError)


WAYS = {"pickle": _pickled, "deepcopy": copy.deepcopy}
SIZES = {"numpy": (1, 3, 2**16, 3 * 2**16 + 5)}  # around numpy's block size; (1, 3) elsewhere


def _sizes(target):
    return SIZES.get(target.split(":")[0], (1, 3))


COPIES = [*product(FIRST_ORDER, HOSTS, DTYPES, WAYS)]
EACH_ONCE = {("float32", "pickle"), ("float64", "deepcopy")}


@pytest.mark.parametrize(
    ("optimizer", "target", "dtype", "way"), quick(COPIES, lambda *row: row[2:] in EACH_ONCE)
)
def test_an_updaters_state_goes_on_from_a_copy(optimizer, target, dtype, way):
    """A state and its copy continue to the same bits, without affecting each other."""
    updater = backends.updater(optimizer, target, dtype)
    for size in _sizes(target):
        x0, *gradients = np.random.default_rng(size).normal(size=(5, size))

        def step(state, g, updater=updater):
            return updater.step(state, updater.put(g))

        state = step(step(updater.init(x0), gradients[0]), gradients[1])
        copied, here = WAYS[way](state), updater.get(state)
        assert updater.get(copied).dtype == np.dtype(dtype)
        assert copied.t == state.t == 2
        copied = step(copied, gradients[2])
        assert updater.get(state).tobytes() == here.tobytes()
        state = step(step(state, gradients[2]), gradients[3])
        copied = step(copied, gradients[3])
        for one, other in zip(_arrays(state), _arrays(copied), strict=True):
            assert one.tobytes() == other.tobytes()


def _arrays(state):
    slots = state.slots if isinstance(state.slots, tuple) else (state.slots,)
    return [np.asarray(array) for array in (state.x, *slots)]


CONTINUED = """
import pickle, sys
import numpy as np
import backends

name, target, dtype, state, gradients = pickle.load(sys.stdin.buffer)
updater = backends.updater(name, target, dtype)
for g in gradients:
    state = updater.step(state, updater.put(g))
pickle.dump(updater.get(state), sys.stdout.buffer)
"""


@pytest.mark.parametrize("target", HOSTS)
def test_another_process_goes_on_from_a_state(target):
    """A pickled state continues in another process to the same bits, also in float64 on JAX."""
    updater = backends.updater("adam", target)
    x0, *gradients = np.random.default_rng(0).normal(size=(5, 100))
    state = updater.step(updater.init(x0), updater.put(gradients[0]))
    remote = _in_other_process(
        CONTINUED, pickle.dumps(("adam", target, "float64", state, gradients[1:])), seed=3
    )
    for g in gradients[1:]:
        state = updater.step(state, updater.put(g))
    assert remote.tobytes() == updater.get(state).tobytes()


@pytest.mark.skipif("numpy" not in BACKENDS, reason="backends/numpy is not here")
def test_numpys_state_has_its_memory_again():
    """An unpickled numpy state has page-aligned arrays, and its blocks are views of them."""
    updater = backends.updater("adam")
    for size in (3, 3 * 2**16 + 5):
        state = _pickled(updater.init(np.zeros(size)))
        arrays = state.x, *state.slots
        assert all(array.ctypes.data % 4096 == 0 for array in arrays)
        blocks = [block for share in state.shares for _, block in share]
        for i, array in enumerate(arrays):
            assert sum(len(block[i]) for block in blocks) == size
            assert all(np.shares_memory(block[i], array) for block in blocks)


def test_nothing_in_a_case_can_change():
    """Cases and tapes are immutable, so a copy may be the same object."""
    case, given = Case("gd", "x_cos", hyper={"lr": 0.5}), tape("tiny", "gd", {}, "float64")
    for change in (
        lambda: case.hyper.update(lr=1.0),
        lambda: case.start_point.__setitem__(0, 7.0),
        lambda: given.start.__setitem__(0, 7.0),
        lambda: setattr(case, "steps", 3),
    ):
        with pytest.raises((AttributeError, ValueError)):
            change()
    assert copy.deepcopy(case) is case
    assert isinstance(copy.deepcopy(given), Tape)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parameters_travel(name):
    """Hyperparameters alone survive pickling, copying and their dict."""
    hyper = OPTIMIZERS[name].hyper()
    assert _pickled(hyper) == copy.deepcopy(hyper) == hyper
    assert OPTIMIZERS[name].hyper(**hyper.to_dict()) == hyper
