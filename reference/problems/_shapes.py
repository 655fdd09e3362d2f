"""Small matrices from their entries, in any array namespace."""

from reference.spec import Array, Namespace


def vector(xp: Namespace, *entries: Array) -> Array:
    """Stack entries of shape (...) into (..., n)."""
    return xp.stack(entries, -1)


def matrix(xp: Namespace, *rows: tuple[Array, ...]) -> Array:
    """Stack rows of entries of shape (...) into (..., n, m)."""
    return xp.stack([vector(xp, *row) for row in rows], -2)


def diagonal(xp: Namespace, *entries: Array) -> Array:
    """Return the diagonal matrices (..., n, n) of n entries of shape (...)."""
    zero = xp.zeros_like(entries[0])
    size = range(len(entries))
    return matrix(xp, *(tuple(entries[i] if i == j else zero for j in size) for i in size))
