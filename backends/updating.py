"""First-order optimizers as updates of n parameters on a device with given gradients."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic

from numpy.typing import ArrayLike

from backends.native import A
from backends.protocol import Engine, UpdaterState
from backends.targets import engine, implementation, placed
from reference import DTYPES, OPTIMIZERS, Invalid
from reference.arrays import Floats, Reals
from reference.errors import choose
from reference.parameters import real_numbers
from reference.states import check_count, check_shape, check_taken


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
        self._name, self._dtype = name, dtype

    def init(
        self, x0: ArrayLike, slots: ArrayLike | Sequence[ArrayLike] | None = None, t: int = 0
    ) -> UpdaterState[A]:
        """Copy n parameters, a 1-D array, to the device, and the state to start from.

        ``init(get(state), state.slots, state.t)`` goes on where ``state`` is, also on another
        backend.

        Parameters
        ----------
        x0
            (n,) numbers that are finite in the dtype.
        slots
            The state's arrays, (n,) numbers each, as a tuple or list in the order of the
            specification's ``State``, without its numbers; or the array itself where it is one.
            None for the optimizer's first state.
        t
            How many steps have been taken before.

        Raises
        ------
        reference.Invalid
            If an array has another shape, is not finite in the dtype or is spread otherwise than
            the placement says, if there are more or fewer of them than the optimizer keeps, or if
            ``t`` is negative.
        """
        check_taken(t)
        with self._engine.scope():
            x = self._numbers("x0", x0)
            if len(x.shape) != 1 or x.shape[0] == 0:
                got = f"x0 of shape {tuple(x.shape)}"
                raise Invalid(f"{got}: expected a 1-D array of one or more parameters")
            given = None if slots is None else self._arrays(slots, x.shape[0])
            return self._engine.init(self._optimizer, self._h, x, given, int(t))

    def _arrays(self, slots: Any, n: int) -> list[Floats | A]:
        """Return the checked arrays of a state of n parameters."""
        given = slots if isinstance(slots, (tuple, list)) else (slots,)
        check_count(self._name, OPTIMIZERS[self._name], self._h, len(given))
        found = [self._numbers(f"slots[{i}]", each) for i, each in enumerate(given)]
        for i, array in enumerate(found):
            check_shape(f"slots[{i}]", tuple(array.shape), n)
        return found

    def _numbers(self, name: str, value: Any) -> Floats | A:
        """Return finite real numbers, or an array that is on the devices of a placement already."""
        if self._engine.placed(value):
            return value
        return real_numbers(name, self._engine.host(value), self._dtype)

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
