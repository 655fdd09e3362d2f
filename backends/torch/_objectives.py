"""Objectives in torch: derivatives by formulas, autograd or finite differences."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from backends.objective import FiniteDifferences, nearest_input
from reference.objective import Constants, Objective

Formula: TypeAlias = Callable[..., Tensor]  # (xp, constants, x)
Derivative: TypeAlias = Callable[[Callable[[Tensor], Tensor]], Callable[[Tensor], Tensor]]


class Analytic(Objective):
    """Derivatives by the problem's formulas; a singular system gives non-finite numbers."""

    def solve(self, matrix: Tensor, vector: Tensor) -> Tensor:
        self.counts["solve"] += 1
        if vector.shape[-1] == 1:
            return vector / matrix[..., 0]
        return torch.linalg.solve_ex(matrix, vector[..., None])[0][..., 0]

    def inverse_of(self, matrix: Tensor) -> Tensor:
        self.counts["solve"] += 1
        return torch.linalg.inv_ex(matrix)[0]

    def eigh(self, matrix: Tensor) -> tuple[Tensor, Tensor]:
        if torch.compiler.is_compiling():
            return super().eigh(matrix)
        finite = matrix.isfinite().all(-1, keepdim=True).all(-2, keepdim=True)
        values, vectors = super().eigh(torch.where(finite, matrix, 0))
        nan = torch.where(finite, 0, torch.nan)
        return values + nan[..., 0], vectors + nan

    def single(self, y: Tensor) -> Tensor:
        return y.float()

    def numerical_inverse(self, y: Tensor, x: Tensor) -> Tensor:
        """Return the inverse by scipy on the host."""
        self.counts["inverse"] += 1
        forward = self.composition.forward
        k = {n: v.numpy(force=True) if hasattr(v, "numpy") else v for n, v in vars(self.k).items()}
        bound = Constants(k)
        found = nearest_input(
            lambda z: forward(np, bound, z), y.numpy(force=True), x.numpy(force=True)
        )
        return torch.from_numpy(found).to(x)


class Autodiff(Analytic):
    """Derivatives by autograd and torch.func."""

    def gradient(self, x: Tensor) -> Tensor:
        self.counts["gradient"] += 1
        if torch.compiler.is_compiling():
            return self._derived(torch.func.grad, self.problem.value, x)
        with torch.enable_grad():  # the same operations, without torch.func's overhead
            at = x.detach().requires_grad_()
            value = self.problem.value(torch, self.k, at)
            (found,) = torch.autograd.grad(value if x.dim() == 1 else value.sum(), at)
        return found

    def hessian(self, x: Tensor) -> Tensor:
        self.counts["hessian"] += 1
        return self._derived(torch.func.hessian, self.problem.value, x)

    def outer_gradient(self, y: Tensor) -> Tensor:
        self.counts["gradient"] += 1
        return self._derived(torch.func.grad, self.composition.loss, y)

    def outer_hessian(self, y: Tensor) -> Tensor:
        self.counts["hessian"] += 1
        return self._derived(torch.func.hessian, self.composition.loss, y)

    def jacobian(self, x: Tensor) -> Tensor:
        return self._derived(torch.func.jacrev, self.composition.forward, x)

    def _derived(self, derivative: Derivative, function: Formula, x: Tensor) -> Tensor:
        """Return the derivative at a point (d,), or at each of M points (M, d)."""
        found = derivative(lambda z: function(torch, self.k, z))
        return (found if x.dim() == 1 else torch.vmap(found))(x)


class Finite(FiniteDifferences, Analytic):
    """Gradients by finite differences."""
