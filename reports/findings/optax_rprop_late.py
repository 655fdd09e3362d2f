"""optax.rprop returns each update in the step after its own, and none in the first.

Not in the table: what is a step late has no formula there to be compared with.
"""

import jax.numpy as jnp
import optax

peer = optax.rprop(0.125)
state = peer.init(jnp.zeros(1))
moves = []
for _ in range(3):
    move, state = peer.update(jnp.ones(1), state)
    moves.append(float(move[0]))
print(moves, "expected", [-0.125, -0.15, -0.18])
assert moves[0] == 0
