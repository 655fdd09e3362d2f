"""numpy on the host: generated code for elementwise updates, analytic or finite derivatives."""

from collections.abc import Mapping

DEVICES = ("cpu",)
MODES = ("eager",)
DERIVATIVES = ("analytic", "finite")
REQUIRES = "numpy"
ABSENT: Mapping[str, str] = {}
WITHOUT = {
    "compiled": "numpy has no compiler; its eager mode is all there is",
    "autodiff": "numpy does not differentiate; use analytic or finite",
    "placement": "numpy's arrays are in the memory of one process; use JAX or torch",
}


def missing(device: str) -> str | None:
    """Return why ``device`` cannot be used here, or None."""
    return None


def explain(optimizer: str, **hyper: object) -> str:
    """Return the Python source generated for an update of arrays of parameters.

    Parameters
    ----------
    optimizer
        The id of an elementwise optimizer.
    hyper
        Its hyperparameters. The code depends on booleans and choices, and leaves out
        multiplications by a coefficient that is exactly 1.

    Examples
    --------
    >>> print(explain("gd"))
    def gd_in_place(g, x, temporary0, c_lr):
        multiply(c_lr, g, out=temporary0)
        subtract(x, temporary0, out=x)
    <BLANKLINE>
    """
    import numpy as np

    from backends.coefficients import Schedule
    from backends.numpy._code import in_place
    from backends.numpy._formula import signature
    from backends.targets import optimizer as native
    from reference import OPTIMIZERS

    h = OPTIMIZERS[optimizer].hyper.build(optimizer, hyper)
    found = native("numpy:cpu", optimizer)
    of = signature(found, h, Schedule(found, h))
    return in_place(of, np.dtype("float32")).source
