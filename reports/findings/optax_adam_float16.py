"""optax.adam makes float16 parameters NaN where a gradient is zero: its eps is zero there.

Not in the table: float16 is tried only if it is asked for.
"""

import jax.numpy as jnp
import optax

x = jnp.ones(1, jnp.float16)
peer = optax.adam(1e-3)
move, _ = peer.update(jnp.zeros_like(x), peer.init(x))
print(float(move[0]), "exact 0")
assert jnp.isnan(move).all()
