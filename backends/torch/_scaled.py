"""Sums with a scale that is a number, or a tensor of one for each member of a sweep.

torch rounds the product with a number and the sum once, and takes no tensor for the number. The
names ending in _ change ``x`` in place.
"""

from reference.spec import Array


def add(x: Array, y: Array, scale: float | Array) -> Array:
    """x + scale * y, in a new tensor."""
    return x.add(y, alpha=scale) if isinstance(scale, float) else x.addcmul(y, scale)


def add_(x: Array, y: Array, scale: float | Array) -> Array:
    """x += scale * y."""
    return x.add_(y, alpha=scale) if isinstance(scale, float) else x.addcmul_(y, scale)


def addcmul_(x: Array, a: Array, b: Array, scale: float | Array) -> Array:
    """x += scale * a * b."""
    if isinstance(scale, float):
        return x.addcmul_(a, b, value=scale)
    return x.addcmul_(scale * a, b)


def addcdiv_(x: Array, a: Array, b: Array, scale: float | Array) -> Array:
    """x += scale * a / b."""
    if isinstance(scale, float):
        return x.addcdiv_(a, b, value=scale)
    return x.addcdiv_(scale * a, b)
