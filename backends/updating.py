"""First-order optimizers as updates of n parameters on a device with given gradients."""

from collections.abc import Mapping
from typing import Any, Generic

from numpy.typing import ArrayLike

from backends.native import A
from backends.protocol import Engine, UpdaterState
from backends.targets import engine, implementation, placed
from reference import DTYPES, OPTIMIZERS, Invalid
from reference.arrays import Reals
from reference.errors import choose
from reference.parameters import real_numbers


class Updater(Generic[A]):
    """A first-order optimizer of n parameters with given gradients.

    ``state = init(x0)`` starts, and ``state = step(state, put(g))`` takes a step. A step consumes
    the old state, as a donated buffer, and may return before the device has finished.
    ``wait(state)`` blocks until it has, and ``get(state)`` copies the parameters back. ``A`` is the
    framework's array: `numpy.ndarray`, `jax.Array` or `torch.Tensor`.

    With a placement, parameters, gradients and slots are spread over devices and stay where they
    are: a step communicates nothing, or one number where ``clip_norm`` is given. What `init` and
    `put` are given may be there already, a `jax.Array` or `torch.distributed.tensor.DTensor` of
    that placement, or a whole array, the same in every process.
    """

    def __init__(
        self,
        name: str,
        target: str,
        dtype: str,
        hyper: Mapping[str, object],
        placement: object = None,
    ) -> None:
        spec = OPTIMIZERS[name]
        if not spec.first_order:
            known = ", ".join(o for o, s in OPTIMIZERS.items() if s.first_order)
            raise Invalid(f"{name!r} needs more than gradients: expected one of {known}")
        self._h = spec.hyper.build(name, hyper)
        self._h.check_dtype(name, choose("dtype", dtype, DTYPES))
        self._engine: Engine[A] = (
            engine(target, dtype) if placement is None else placed(target, dtype, placement)
        )
        self._optimizer = implementation(target, name, self._h)
        self._update = self._engine.updating(self._optimizer, self._h)
        self._dtype = dtype

    def init(self, x0: ArrayLike) -> UpdaterState[A]:
        """Copy n parameters, a 1-D array, to the device.

        Raises `reference.Invalid` if they are not finite in the dtype, or none, or spread otherwise
        than the placement says.
        """
        if self._engine.placed(x0):
            with self._engine.scope():
                return self._engine.init(self._optimizer, self._h, x0)
        x = real_numbers("x0", x0, self._dtype)
        if x.ndim != 1 or x.size == 0:
            raise Invalid(f"x0 of shape {x.shape}: expected a 1-D array of one or more parameters")
        with self._engine.scope():
            return self._engine.init(self._optimizer, self._h, x)

    def put(self, g: ArrayLike) -> A:
        """Copy a gradient, an array or sequence, to the device.

        One that is spread over devices is returned as it is; `reference.Invalid` is raised if that
        is otherwise than the placement says.
        """
        with self._engine.scope():
            return self._engine.array(g)

    def norm(self, g: A) -> A:
        """Return the Euclidean norm of a gradient from `put`, a number on the device.

        It is computed in the gradient's dtype: in float32 a number above 1.8e19 has an infinite
        square. Over a placement each device sums its own squares and one number is communicated, so
        that its last digits depend on how many devices there are.
        """
        with self._engine.scope():
            return self._engine.norm(g)

    def step(self, state: UpdaterState[A], g: A) -> UpdaterState[A]:
        """Take one step with the gradient ``g`` and return the next state; ``state`` is consumed.

        Raises
        ------
        reference.Invalid
            If ``g`` is not of the parameters' array type, shape and dtype.
        """
        return self._update(state, g)

    def wait(self, state: UpdaterState[A]) -> None:
        """Block until the device has finished computing ``state``."""
        self._engine.wait(state)

    def get(self, state: UpdaterState[A]) -> Reals:
        """Return the parameters as a new numpy array, shape (n,)."""
        with self._engine.scope():
            return self._engine.numpy(state.x)


def updater(
    name: str,
    target: str = "numpy:cpu",
    dtype: str = "float64",
    placement: object = None,
    **hyper: object,
) -> Updater[Any]:
    """Make an `Updater` of the optimizer ``name`` with hyperparameters ``hyper``.

    Parameters
    ----------
    name, target, dtype
        The optimizer, where it runs, such as "jax:cpu", and "float32" or "float64".
    placement
        How the parameters are spread over several devices: for JAX a
        `jax.sharding.NamedSharding`, whose parts must be equal; for torch a
        `torch.distributed.DeviceMesh` of one dimension, over which they are ``Shard(0)``, as
        FSDP2's parameters are. None is one device.
    hyper
        The optimizer's hyperparameters.

    Raises
    ------
    reference.Unknown, reference.Invalid
        If the optimizer, target or dtype does not exist, the optimizer needs more than gradients,
        or a hyperparameter or the placement is invalid.
    Unsupported
        If the target cannot run it here, or not with a placement; the message gives the reason.
    """
    return Updater(name, target, dtype, hyper, placement)
