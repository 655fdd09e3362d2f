"""torch on CPU and CUDA: in-place updates, eager or compiled; derivatives by autograd."""

from collections.abc import Mapping

from backends.devices import cuda_missing

DEVICES = ("cpu", "cuda")
MODES = ("eager", "compiled")
DERIVATIVES = ("autodiff", "analytic", "finite")
REQUIRES = "torch"
ABSENT: Mapping[str, str] = {}
WITHOUT: Mapping[str, str] = {}


def missing(device: str) -> str | None:
    """Return why ``device`` cannot be used here, or None."""
    if device == "cpu":
        return None
    return cuda_missing() or _without_cuda()


def _without_cuda() -> str | None:
    import torch

    if torch.cuda.is_available():
        return None
    return "this torch is built without CUDA: install one of its CUDA wheels"
