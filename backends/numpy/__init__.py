"""numpy: formulas, in place or number by number, on the host."""

from collections.abc import Mapping

DEVICES = ("cpu",)
MODES = ("eager",)
DERIVATIVES = ("analytic", "finite")
REQUIRES = "numpy"
ABSENT: Mapping[str, str] = {}
WITHOUT = {
    "compiled": "numpy has no compiler; its eager mode is all there is",
    "autodiff": "numpy does not differentiate; use analytic or finite",
}


def missing(device: str) -> str | None:
    """Return why ``device`` cannot be used here, or None."""
    return None
