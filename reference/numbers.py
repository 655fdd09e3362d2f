"""Functions that a specification may apply to a float, an array or a 50-digit number alike."""

from reference.spec import Array


def sqrt(x: Array) -> Array:
    """The square root, element by element."""
    return x**0.5
