"""Steps of Keras, scikit-learn and JAX's example libraries, as `benchmarks._workloads.Subject`."""

from functools import partial
from typing import Any

import numpy as np

from benchmarks.peers.others import EXAMPLES, KERAS, SCIKIT_LEARN


def _signed(name: str, array: Any) -> Any:
    """An array that the library keeps negated, if its name says so, as ours."""
    return -np.asarray(array) if name.startswith("-") else np.asarray(array)


class Keras:
    """A Keras optimizer, by its name in `KERAS`, on the backend of this process.

    ``KERAS_BACKEND`` chooses it before Keras is imported, "torch" or "jax". On JAX the step is
    jitted, as Keras's own training is. ``floatx`` is the dtype of the learning rate.
    """

    def __init__(self, equivalent: str, dtype: str = "float32", floatx: str = "") -> None:
        import keras

        self.keras, self.dtype = keras, dtype
        keras.config.set_floatx(floatx or dtype)
        known = KERAS[equivalent]
        self.names = known.slots
        self.make = partial(getattr(keras.optimizers, known.peer), **known.theirs)
        self.jitted: Any = None

    def init(self, x0: Any) -> Any:
        x = self.keras.Variable(np.array(x0, self.dtype), dtype=self.dtype)
        peer = self.make()
        peer.build([x])
        if self.keras.backend.backend() != "jax":
            return x, peer
        self.jitted = self.jitted or self._jitted(peer)
        return [x.value], [each.value for each in peer.variables], peer

    def _jitted(self, peer: Any) -> Any:
        import jax

        return jax.jit(lambda xs, kept, g: peer.stateless_apply(kept, [g], xs))

    def put(self, g: Any) -> Any:
        return self.keras.ops.convert_to_tensor(np.array(g, self.dtype))

    def step(self, state: Any, g: Any) -> Any:
        if self.jitted is not None:
            return *self.jitted(*state[:2], g), state[2]
        x, peer = state
        peer.apply([g], [x])
        return state

    def wait(self, state: Any) -> None:
        pass

    def get(self, state: Any) -> Any:
        x = state[0][0] if self.jitted is not None else state[0]
        return np.array(self.keras.ops.convert_to_numpy(x))

    def slots(self, state: Any) -> list[Any]:
        """What it keeps, in the order of the specification's state."""
        peer, found = state[-1], []
        for name in self.names:
            (variable,) = getattr(peer, name.removeprefix("-"))
            if self.jitted is not None:
                at = next(i for i, each in enumerate(peer.variables) if each is variable)
                variable = state[1][at]
            found.append(_signed(name, self.keras.ops.convert_to_numpy(variable)))
        return found


class ScikitLearn:
    """An optimizer of scikit-learn's neural networks, by its name in `SCIKIT_LEARN`."""

    def __init__(self, equivalent: str, dtype: str = "float64") -> None:
        from sklearn.neural_network import _stochastic_optimizers as optimizers

        known = SCIKIT_LEARN[equivalent]
        self.names, self.dtype = known.slots, dtype
        self.make = partial(getattr(optimizers, known.peer), **known.theirs)

    def init(self, x0: Any) -> Any:
        x = np.array(x0, self.dtype)
        return x, self.make([x])

    def put(self, g: Any) -> Any:
        return np.array(g, self.dtype)

    def step(self, state: Any, g: Any) -> Any:
        x, peer = state
        peer.update_params([x], [g])
        return state

    def wait(self, state: Any) -> None:
        pass

    def get(self, state: Any) -> Any:
        return state[0].copy()

    def slots(self, state: Any) -> list[Any]:
        """What it keeps, in the order of the specification's state."""
        return [_signed(name, getattr(state[1], name.removeprefix("-"))[0]) for name in self.names]


class Example:
    """An optimizer of ``jax.example_libraries``, by its name in `EXAMPLES`, jitted."""

    def __init__(self, equivalent: str, dtype: str = "float32") -> None:
        import jax
        from jax.example_libraries import optimizers

        known = EXAMPLES[equivalent]
        self.jax, self.dtype = jax, dtype
        self.peer = getattr(optimizers, known.peer)(**known.theirs)
        self.compiled = jax.jit(self.peer.update_fn)

    def init(self, x0: Any) -> Any:
        return 0, self.peer.init_fn(self.jax.numpy.asarray(x0, self.dtype))

    def put(self, g: Any) -> Any:
        return self.jax.numpy.asarray(g, self.dtype)

    def step(self, state: Any, g: Any) -> Any:
        taken, kept = state
        return taken + 1, self.compiled(taken, g, kept)

    def wait(self, state: Any) -> None:
        self.jax.block_until_ready(state[1])

    def get(self, state: Any) -> Any:
        return np.array(self.peer.params_fn(state[1]))

    def slots(self, state: Any) -> list[Any]:
        """What it keeps, in the order of the specification's state."""
        (arrays,) = state[1].packed_state
        return [np.asarray(each) for each in arrays[1:]]
