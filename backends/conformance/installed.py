"""Which version of a package is installed."""

from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version


@cache
def version_of(package: str) -> str:
    """Return the version of what has a package, as scikit-learn has sklearn.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If nothing that is installed has it.
    """
    try:
        return version(package)
    except PackageNotFoundError:  # of another name, which takes half a second to find
        return version(packages_distributions().get(package, [package])[0])
