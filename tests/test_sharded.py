"""Claim: parameters, gradients and slots that are spread over devices stay where they are; a step
communicates nothing, a norm one number, and the bits are those of one device."""

import numpy as np
import pytest

import backends
from backends import Unsupported
from backends.targets import why_unplaced
from benchmarks._sharded import COLLECTIVES, sent
from reference import Invalid, Tape, truth
from tests.helpers import sharded
from tests.helpers.lists import FIRST_ORDER, HOSTS

FEW = 4  # numbers compared with the truth where bits differ
PLACED = [target for target in HOSTS if why_unplaced(target) is None]


@pytest.fixture(scope="module", params=sharded.EXTENTS)
def on_jax(shared, request):
    """What JAX finds on eight devices."""
    return sharded.found(shared, "jax", sharded.on_jax, request.param)


@pytest.fixture(scope="module", params=sharded.EXTENTS)
def on_torch(shared, request):
    """What torch finds in four processes, by the number of those that have parameters."""
    sharded.require_gloo()
    return sharded.found(shared, "torch", sharded.on_torch, request.param)


def _agree(run, root_varies=False):
    """The bits are the same.

    An element of a part may stand in the tail of a loop that takes several at once, where it stood
    amid others before. Sums, products and quotients are rounded in one way wherever they are, and
    so are square roots but for some processors, on which torch's are a unit off in such a loop
    alone. There parameters and slots are within the bound of their errors.
    """
    if not (run.different and root_varies):
        assert run.different == 0, run[:5]
        return
    pairs = zip(run.one, run.several, strict=True)
    at = np.flatnonzero(np.any([a != b for a, b in pairs], axis=0))[:FEW]
    start, gradients = sharded.numbers(run.n)
    tape = Tape(run.optimizer, start[at], np.stack(gradients)[:, at], run.hyper, run.dtype)
    point, *slots = (found[at] for found in run.several)
    true = truth(tape)
    assert max(true.ratio(point), true.slots_ratio(slots)) <= 1, run[:5]


def test_bits_differ_only_where_a_square_root_does(on_jax):
    """Another last bit is an error, where roots vary it is not, and more than the bound is one."""
    run = next(r for r, *_ in on_jax["runs"] if r.optimizer == "adam" and r.n > FEW)
    _agree(run)
    changes = lambda x: np.nextafter(x, np.float32(np.inf)), lambda x: x * np.float32(1.01)
    last, more = (run._replace(several=[of(run.one[0]), *run.one[1:]]) for of in changes)
    _agree(last, root_varies=True)
    for wrong, varies in ((last, False), (more, False), (more, True)):
        with pytest.raises(AssertionError, match="adam"):
            _agree(wrong, varies)


def _check(runs, optimizer, over, root_varies=False):
    chosen = [found for found in runs if found[0].optimizer == optimizer]
    assert len(chosen) >= 2
    for run, stays, gathered in chosen:
        what = f"{run.optimizer} {run.dtype} n = {run.n} {run.hyper}"
        assert run.over == over, what
        _agree(run, root_varies)
        assert np.isfinite(run.several[0]).all(), what
        assert stays, what
        assert gathered, what


@pytest.mark.parametrize("optimizer", FIRST_ORDER)
def test_eight_devices_of_jax_give_the_bits_of_one(optimizer, on_jax):
    """Parameters and slots, in both dtypes, with every option, and each stays where it is."""
    _check(on_jax["runs"], optimizer, 8)


@pytest.mark.exhaustive
def test_two_processes_of_jax_give_the_bits_of_one(shared):
    """Each gives its devices their part, and gets the parameters of all."""
    for runs, norm, g, finite in sharded.found(shared, "jax", sharded.on_hosts):
        assert [run.optimizer for run in runs] == FIRST_ORDER
        for run in runs:
            assert run.over == 4
            _agree(run)
        _check_norm(norm, g, "float32")
        assert finite


@pytest.mark.parametrize("over", [2, 4])
@pytest.mark.parametrize("optimizer", FIRST_ORDER)
def test_processes_of_torch_give_the_bits_of_one(optimizer, over, on_torch):
    """Parameters and slots, in both dtypes, with every option, also where parts are unequal."""
    _check(on_torch[over]["runs"], optimizer, over, on_torch["root varies"])


def test_any_placement_of_jax_will_do(on_jax):
    """One axis of the mesh or two, some axes only, none, and axes with types."""
    for run, stays, gathered in on_jax["other"]:
        assert run.different == 0
        assert stays
        assert gathered


def test_jax_compiles_a_program_that_sends_nothing(on_jax):
    """For eight partitions, each of an eighth of the numbers, or of a quarter, or of all."""
    parts = {"one of two axes": 4, "everywhere": 1}
    for (optimizer, placement), text in on_jax["programs"].items():
        assert "num_partitions=8" in text, optimizer
        part = on_jax["n"] // parts.get(placement, 8)
        assert f"f32[{part}]" in text, (optimizer, placement)
        assert sent(text) == [], (optimizer, placement)
        assert not any(f" {name}" in text for name in COLLECTIVES)


@pytest.mark.exhaustive
@pytest.mark.parametrize("on_torch", ["all"], indirect=True)
def test_compiled_updates_of_torch_give_the_bits_of_one(on_torch):
    """So many parameters that an update of all of them is compiled; so is that of a part."""
    assert [run.optimizer for run in on_torch["compiled"]] == sharded.TIMED
    for run in on_torch["compiled"]:
        _agree(run)


@pytest.mark.parametrize("over", [2, 4])
def test_torch_sends_nothing_and_dispatches_what_it_does_on_one_device(over, on_torch):
    """By torch's profiler, and by its own debugging mode for DTensors."""
    for optimizer, ((one, several), by_mode) in on_torch[over]["counts"].items():
        assert one.operations > 0, optimizer
        assert several == one, optimizer
        assert several.sent == [], optimizer
        assert by_mode == 0, optimizer


def _check_norm(found, numbers, dtype):
    """A sum of n squares is off by at most n roundings of each, and its root by half of that."""
    numbers = numbers.astype(np.longdouble)
    true = np.sqrt((numbers * numbers).sum())
    assert abs(found - true) <= (len(numbers) + 2) * np.finfo(dtype).eps * true


def test_a_norm_on_jax_sends_one_number(on_jax):
    """One all-reduce of a number; none where every device has all parameters."""
    for (placement, dtype), (found, numbers, text) in on_jax["norms"].items():
        assert sent(text) == ([] if placement == "everywhere" else [1]), placement
        _check_norm(found, numbers, dtype)


@pytest.mark.parametrize("over", [2, 4])
def test_a_norm_on_torch_sends_one_number(over, on_torch):
    """One operation that communicates, of one number; parts may be empty."""
    for dtype, found, numbers, communicated, by_mode in on_torch[over]["norms"]:
        assert communicated == [1]
        assert by_mode == 1
        _check_norm(found, numbers, dtype)


def _check_clipped(run, stays, gathered):
    """The norm's last digits depend on the parts: parameters and slots are within their bounds."""
    start, gradients = sharded.numbers(run.n)
    true = truth(Tape(run.optimizer, start, np.stack(gradients), run.hyper, run.dtype))
    for point, *slots in (run.one, run.several):
        assert max(true.ratio(point), true.slots_ratio(slots)) <= 1
    assert stays
    assert gathered


def test_clipping_by_the_norm_on_jax_sends_one_number(on_jax):
    """The update has one all-reduce, of a number, and is right."""
    compared, text = on_jax["clipped"]
    _check_clipped(*compared)
    assert sent(text) == [1]


@pytest.mark.parametrize("over", [2, 4])
def test_clipping_by_the_norm_on_torch_sends_one_number(over, on_torch):
    """A step communicates once, one number, and is right."""
    compared, ((one, several), by_mode) = on_torch[over]["clipped"]
    _check_clipped(*compared)
    assert one.sent == []
    assert several.sent == [1]
    assert by_mode == 1


@pytest.mark.parametrize("target", HOSTS)
def test_a_norm_on_one_device(target):
    """The root of the sum of squares, in the gradient's dtype; what is no array is refused."""
    for dtype in ("float32", "float64"):
        updater = backends.updater("gd", target, dtype)
        numbers, _ = sharded.numbers(1003)
        found = updater.norm(updater.put(numbers))
        assert str(found.dtype).endswith(dtype)
        assert found.shape == ()
        _check_norm(float(found), numbers, dtype)
        with pytest.raises(Invalid, match=r"type list: expected .*put\(g\)"):
            updater.norm([1.0])


REFUSED = {
    "a plain tensor": "a gradient of type Tensor: expected DTensor; put(g) makes one",
    "another placement": "expected (Shard(dim=0),) on DeviceMesh",
    "another placement, put": "redistribute moves it there",
    "another size": "a tensor of shape (11,) and dtype torch.float32: expected a vector of 10",
    "another dtype": "dtype torch.float64: expected a vector of torch.float32",
    "not a vector": "an array of shape (2, 5): expected a vector",
    "no mesh": "placement = 'here': expected a DeviceMesh, such as",
    "two dimensions": "expected one dimension",
    "not in the mesh": "expected a mesh that this process is part of",
    "not finite": "expected one or more numbers, all finite",
    "a copy": "a state spread over processes is not pickled or copied",
}


@pytest.mark.parametrize("name", REFUSED)
def test_torch_refuses_in_a_sentence(name, on_torch):
    """What is placed otherwise, on every process alike."""
    assert REFUSED[name] in on_torch["refused"][name]


JAX_REFUSED = {
    "another placement": "expected NamedSharding",
    "another placement, put": "jax.device_put moves it there",
    "another size": "shape (24,)",
    "another dtype": "dtype float64: expected a vector of float32",
    "not a vector": "an array of shape (2, 8): expected a vector",
    "unequal parts": "9 parameters over 8 devices of ('a',): expected a multiple of 8",
    "no sharding": "placement = 'here': expected a jax.sharding.NamedSharding",
    "two dimensions": "expected one axis",
    "not finite": "expected one or more numbers, all finite",
    "a copy": "a state spread over 8 devices is not pickled or copied",
}


@pytest.mark.parametrize("name", JAX_REFUSED)
def test_jax_refuses_in_a_sentence(name, on_jax):
    """What is placed otherwise, or cannot be."""
    assert JAX_REFUSED[name] in on_jax["refused"][name]


def test_what_is_placed_is_taken_as_it_is(on_jax, on_torch):
    """A gradient is not copied, and parameters are, for a step consumes them."""
    for same, intact, end in (on_jax["kept"], on_torch[2]["kept"], on_torch[4]["kept"]):
        assert same
        assert intact
        assert (end == np.float32(1) - np.float32(0.1)).all()


def test_a_target_without_placements_says_why():
    """numpy is in one process; a backend that says nothing does not offer it."""
    with pytest.raises(Unsupported, match=r"placement on numpy:cpu: numpy's arrays are in the mem"):
        backends.updater("gd", "numpy:cpu", placement="somewhere")
