"""Records the operations of a step in torch, at the dispatcher below autograd."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from backends.tracing import FlatStep, Operation, Replace

NUMPYS = {"pow": "power", "mul": "multiply", "sub": "subtract", "div": "divide", "neg": "negative"}


class Recorder(TorchDispatchMode):  # type: ignore[misc]
    """Records every operation, and possibly replaces its result."""

    def __init__(self, replace: Replace) -> None:
        super().__init__()
        self.replace = replace
        self.operations: list[Operation] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [value for value in args if isinstance(value, (Tensor, float, int))]
        inputs = None if any(map(_is_meta, given)) else tuple(map(_copied, given))
        result = func(*args, **(kwargs or {}))
        if inputs is None or not isinstance(result, Tensor) or _is_meta(result):
            return result
        name = func._schema.name.split("::")[-1].rstrip("_")
        operation = Operation(NUMPYS.get(name, name), inputs, _copied(result))
        self.operations.append(operation)
        instead = self.replace(operation)
        if instead is None:
            return result
        other = torch.from_numpy(instead).to(result)
        return result.copy_(other) if func._schema.is_mutable else other


def _is_meta(value: object) -> bool:
    """Whether it is a meta tensor, which autograd uses for shapes."""
    return isinstance(value, Tensor) and value.device.type == "meta"


def _copied(value: Any) -> NDArray[Any]:
    return np.array(value.numpy(force=True) if isinstance(value, Tensor) else value)


def trace(
    step: FlatStep, x: Tensor, slots: tuple[Tensor, ...], replace: Replace
) -> tuple[tuple[Tensor, tuple[Tensor, ...]], list[Operation]]:
    """Run ``step(x, slots)`` on copies; return its result and the operations."""
    copies = x.clone(), tuple(s.clone() for s in slots)
    with Recorder(replace) as recorder:
        result = step(*copies)
    return result, recorder.operations
