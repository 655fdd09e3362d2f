"""Functions for specifications that take a float, an array or a 50-digit number."""

from reference.spec import Array


def sqrt(x: Array) -> Array:
    """Return the elementwise square root."""
    return x**0.5
