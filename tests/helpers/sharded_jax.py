"""What JAX does with sharded parameters on eight devices."""

import pickle

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

import backends
from backends.jax import _programs
from reference import Invalid
from tests.helpers import sharded

SIZES = (8, 8 * 7, 8 * 40_009)
DEVICES = 8


def placements():
    """All devices along one axis, along two, along one of two, and with explicit axes."""
    row, square = np.array(jax.devices()), np.array(jax.devices()).reshape(4, 2)
    explicit = Mesh(row, "a", axis_types=(AxisType.Explicit,))
    return {
        "one axis": NamedSharding(Mesh(row, "a"), PartitionSpec("a")),
        "two axes": NamedSharding(Mesh(square, ("a", "b")), PartitionSpec(("a", "b"))),
        "one of two axes": NamedSharding(Mesh(square, ("a", "b")), PartitionSpec("a")),
        "everywhere": NamedSharding(Mesh(row, "a"), PartitionSpec()),
        "an explicit axis": NamedSharding(explicit, PartitionSpec("a")),
    }


def compared(case, placement):
    """The run of a case on one device and over the placement, and whether all stays there."""
    optimizer, dtype, n, hyper = case
    one, several = sharded.updaters(optimizer, "jax:cpu", dtype, placement, hyper)
    given = sharded.numbers(n)
    ends = [sharded.state_after(updater, *given) for updater in (one, several)]
    held = [ends[1].x, *jax.tree.leaves(ends[1].slots)]
    stays = all(each.sharding.is_equivalent_to(placement, 1) for each in held)
    over = len({shard.device for shard in held[0].addressable_shards})
    run = sharded.Run(*case, over, *map(sharded.arrays, ends))
    return run, stays, np.array_equal(several.get(ends[1]), run.several[0])


def program(updater, n):
    """XLA's program of an update of n parameters, and bytes on one device.

    They are those of the state, and those of the arrays that the program takes and gives in place.
    """
    state, g = updater.init(np.ones(n)), updater.put(np.ones(n))
    engine, compiled, numbers = updater._engine, [], []
    original = engine.program

    def recording(layout):
        jitted = original(layout)

        def step(*given):
            compiled.append(jitted.lower(*given).compile())
            numbers.extend(each for each in jax.tree.leaves(given) if each.shape != (n,))
            return jitted(*given)

        return step

    engine.program = recording
    try:
        state = engine.updating(updater._optimizer, updater._h)(state, g)
    finally:
        engine.program = original
    arrays = state.x, *jax.tree.leaves(state.slots)
    held = sum(each.addressable_shards[0].data.nbytes for each in arrays)
    found = compiled[0].memory_analysis()
    taken = found.argument_size_in_bytes - sum(each.nbytes for each in numbers)
    counter = sum(each.nbytes for each in numbers if each.ndim == 0)
    given = found.alias_size_in_bytes - counter
    return compiled[0].as_text(), (held, taken + given)


def refused(act):
    """The sentence with which something is refused."""
    try:
        act()
    except (Invalid, backends.Unsupported) as error:
        return str(error)
    return "nothing was refused"


def refusals(by_name):
    """What is refused, by name."""
    row = by_name["one axis"]
    updater = backends.updater("adam", "jax:cpu", "float32", row)
    state = updater.init(np.ones(16))
    other = jax.device_put(np.ones(16, np.float32), by_name["everywhere"])
    matrix = NamedSharding(row.mesh, PartitionSpec(None, "a"))
    found = {
        "another placement": lambda: updater.step(state, other),
        "another placement, put": lambda: updater.put(other),
        "another size": lambda: updater.step(state, updater.put(np.ones(24))),
        "another dtype": lambda: updater.put(
            backends.updater("adam", "jax:cpu", "float64", row).put(np.ones(16))
        ),
        "not a vector": lambda: updater.put(np.ones((2, 8))),
        "unequal parts": lambda: updater.init(np.ones(9)),
        "no sharding": lambda: backends.updater("adam", "jax:cpu", placement="here"),
        "two dimensions": lambda: backends.updater("adam", "jax:cpu", placement=matrix),
        "not finite": lambda: updater.init(updater.put(np.full(16, np.inf))),
        "a copy": lambda: pickle.dumps(state),
    }
    return {name: refused(act) for name, act in found.items()}


def kept(placement):
    """Whether arrays that are given are taken as they are, and the parameters among them copied."""
    updater = backends.updater("gd", "jax:cpu", "float32", placement)
    x, g = (jax.device_put(np.ones(16, np.float32), placement) for _ in "xg")
    state = updater.step(updater.init(x), g)
    return updater.put(g) is g, bool((np.asarray(x) == 1).all()), updater.get(state)


def find(folder, extent):
    """All that the tests ask, by name."""
    by_name = placements()
    row = by_name["one axis"]
    runs = [compared(case, row) for case in sharded.cases(extent, SIZES, SIZES[1])]
    other = [
        compared(("adam", "float32", SIZES[1], {}), placement) for placement in by_name.values()
    ]
    clipping = sharded.updaters("adam", "jax:cpu", "float32", row, sharded.CLIPPED[3])[1]
    programs, bytes_, norms = {}, {}, {}
    for optimizer in sharded.FIRST_ORDER:
        for name, placement in by_name.items():
            if name != "one axis" and optimizer not in sharded.some(extent):
                continue
            one, several = sharded.updaters(optimizer, "jax:cpu", "float32", placement, {})
            programs[optimizer, name], bytes_[optimizer, name] = program(several, SIZES[2])
        _, bytes_[optimizer, "one device"] = program(one, SIZES[2])
    for name, placement in by_name.items():
        for dtype in ("float32", "float64"):
            _, several = sharded.updaters("gd", "jax:cpu", dtype, placement, {})
            whole = sharded.numbers(SIZES[2])[0]
            g = several.put(whole)
            with several._engine.scope():
                text = _programs.norm.lower(g).compile().as_text()
            norms[name, dtype] = float(several.norm(g)), whole, text
    return {
        "runs": runs,
        "other": other,
        "clipped": (compared(sharded.CLIPPED, row), program(clipping, SIZES[2])[0]),
        "programs": programs,
        "bytes": bytes_,
        "n": SIZES[2],
        "norms": norms,
        "refused": refusals(by_name),
        "kept": kept(row),
    }
