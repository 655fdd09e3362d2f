"""optax.radam computes the length of its average in float32, and scales steps that it must not.

In the table: optax, radam
"""

import jax.numpy as jnp
import optax

b2, x = 0.9999, jnp.zeros(1)
peer = optax.radam(1.0, b2=b2)
state = peer.init(x)
for t in (1, 2):
    move, state = peer.update(jnp.ones(1), state)
    rho = 2 / (1 - b2) - 1 - 2 * t * b2**t / (1 - b2**t)
    print(f"step {t}: {move[0]:.4g}, exact -1, for rho is {rho:.2f} and the threshold 5")
assert abs(float(move[0]) + 1) > 0.5
