"""JAX on CPU and CUDA: compiled or eager trajectories, automatic differentiation."""

from collections.abc import Mapping

from backends.devices import cuda_missing

DEVICES = ("cpu", "cuda")
MODES = ("compiled", "eager")
DERIVATIVES = ("autodiff", "analytic", "finite")
REQUIRES = "jax"
ABSENT: Mapping[str, str] = {}
WITHOUT: Mapping[str, str] = {}


def missing(device: str) -> str | None:
    """Return why ``device`` cannot be used here, or None."""
    if device == "cpu":
        return None
    return cuda_missing() or _without_cuda()


def _without_cuda() -> str | None:
    import jax

    try:
        jax.devices("cuda")
    except RuntimeError:
        return "this jax is built without CUDA: pip install 'jax[cuda13]'"
    return None
