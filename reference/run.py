"""What `Case` and `Tape` have in common: an optimizer with its hyperparameters, immutable."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Self

from reference import aliases, optimizers
from reference.first_order import check_base, is_elementwise
from reference.parameters import Parameters
from reference.registry import Registry, discover
from reference.spec import Optimizer

OPTIMIZERS: Registry[Optimizer] = discover("optimizer", optimizers, aliases.hint)
for _spec in OPTIMIZERS.values():
    check_base(_spec)
MOST_STEPS = 10**9
DIGEST = 16  # hexadecimal digits: a million runs collide with probability 1 in 37 million
DTYPES = ("float32", "float64")
DEFAULTS: Mapping[str, object] = MappingProxyType({})  # every parameter at its default


class Run:
    """The base of `Case` and `Tape`, frozen dataclasses; equal ones have equal identities."""

    optimizer: str
    hyper: Mapping[str, object]

    def _keep(self, **attributes: object) -> None:
        """Set attributes while the instance is made."""
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    @cached_property
    def spec(self) -> Optimizer:
        """The optimizer's entry in `OPTIMIZERS`."""
        return OPTIMIZERS[self.optimizer]

    @cached_property
    def hyperparameters(self) -> Parameters:
        """All hyperparameters, an instance of ``spec.hyper``."""
        return self.spec.hyper.build(self.optimizer, self.hyper)

    @property
    def elementwise(self) -> bool:
        """Whether a coordinate's step depends on that coordinate's point, gradient and state alone.

        So it does if the optimizer is elementwise and no gradient is clipped by its norm.
        """
        return is_elementwise(self.spec, self.hyperparameters)

    @cached_property
    def identity(self) -> tuple[object, ...]:
        """A hashable tuple of all that determines the result; `==` compares it."""
        raise NotImplementedError

    @cached_property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of a SHA-256 of all that determines the result."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.identity == other.identity

    @cached_property
    def _hash(self) -> int:
        return hash(self.identity)

    def __hash__(self) -> int:
        return self._hash

    def __deepcopy__(self, memo: object) -> Self:
        return self  # immutable
