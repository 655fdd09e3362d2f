"""What two processes of JAX, of two devices each, do with parameters sharded over both."""

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from tests.helpers import sharded

N = 44


def find(folder, rank, port):
    """The runs of each optimizer, on a device of this process and on those of both, and a norm."""
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(f"127.0.0.1:{port}", sharded.HOSTS, int(rank))
    placement = NamedSharding(Mesh(np.array(jax.devices()), "a"), PartitionSpec("a"))
    given, found = sharded.numbers(N), []
    for optimizer in sharded.FIRST_ORDER:
        one, several = sharded.updaters(optimizer, "jax:cpu", "float32", placement, {})
        ends = [u.get(sharded.state_after(u, *given)) for u in (one, several)]
        found.append(sharded.Run(optimizer, "float32", N, {}, len(jax.devices()), *zip(ends)))
    start, (g, *_) = given
    placed = several.put(start)
    kept = several.get(several.step(several.init(placed), several.put(g)))  # as it is
    norm = float(several.norm(several.put(g)))
    jax.distributed.shutdown()
    return found, norm, g, np.isfinite(kept).all()
