"""A file that the first test worker makes, and the others read."""

from filelock import FileLock


def once(path, make):
    """Create ``path`` by ``make()`` in the first process that asks; the others wait."""
    with FileLock(f"{path}.lock"):
        if not path.exists():
            make()
    return path
