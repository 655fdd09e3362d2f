"""What planted torch optimizers have in common; imports torch."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch


def factory(cls: type[torch.optim.Optimizer]) -> Callable[[Any], Any]:
    """Make of a class a function from hyperparameters to a factory ``params -> optimizer``."""
    return lambda h: lambda params: cls(params, h)


def counted(states: list[dict[str, Any]]) -> list[int]:
    """Count a step of each parameter, and return their numbers."""
    for s in states:
        s["t"] += 1
    return [s["t"] for s in states]


class Planted(torch.optim.Optimizer):
    """A step of every parameter that has a gradient; groups have our hyperparameters."""

    def __init__(self, params: Any, h: Any) -> None:
        super().__init__(params, dict(vars(h)))

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            h = SimpleNamespace(**group)
            live = [p for p in group["params"] if p.grad is not None]
            for p in live:
                if not self.state[p]:
                    self.state[p].update(self.start(h, p))
            if live:
                self.steps(h, live)

    def start(self, h: Any, p: Any) -> dict[str, Any]:
        """The state of a parameter before its first step."""
        return {"m": torch.zeros_like(p), "v": torch.zeros_like(p), "t": 0}

    def steps(self, h: Any, params: list[Any]) -> None:
        """Take the step of several parameters: here one after the other."""
        for p in params:
            self.one(h, p, p.grad, self.state[p])

    def one(self, h: Any, p: Any, g: Any, s: dict[str, Any]) -> None:
        """Take the step of one parameter, in place."""
        raise NotImplementedError
