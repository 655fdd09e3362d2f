"""The largest error that the rounding model allows each operation, in ulps of its result.

An error of 0.5 ulp is correct rounding; a result one ulp beside the correctly rounded one errs by
up to 1.5. These hold for normal arguments and results. A subnormal number may be flushed to zero,
an error of up to the smallest normal number.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    """The largest error allowed for an operation.

    Attributes
    ----------
    ulps
        The error in units in the last place of the result. For a sum, mean, matrix product or
        linear solve: the error of each rounding, in ulps of the size of the terms. `accumulated`
        combines them.
    why
        Why it is not smaller.
    argument
        An additional relative error of the argument, in ulps of the argument.
    """

    ulps: float
    why: str
    argument: float = 0.0


EXACT = Allowance(0.0, "it picks a number or changes a sign, and rounds nothing")
IEEE = Allowance(0.5, "IEEE 754 asks for the correctly rounded result, and libraries keep to it")
DIVISION = Allowance(
    2.0, "IEEE 754 asks for 0.5, but XLA on NVIDIA's devices takes the float32 division within 2"
)
CIRCULAR = Allowance(2.5, "CUDA documents 2 beside the correctly rounded one in float32")
HYPERBOLIC = Allowance(
    10.0,
    "XLA takes exp(x - log 2) and promises nothing: nine were seen, and more where that argument "
    "is large, by its own rounding",
    argument=0.5,
)
ADDED_UP = Allowance(
    0.5, "IEEE 754 rounds each operation correctly, in an order of the library's own"
)

ALLOWED: Mapping[str, Allowance] = {
    **dict.fromkeys(
        ("absolute", "copysign", "maximum", "minimum", "negative", "positive", "sign"), EXACT
    ),
    **dict.fromkeys(("add", "multiply", "subtract"), IEEE),
    **dict.fromkeys(("divide", "reciprocal"), DIVISION),
    "square": Allowance(
        1.0, "numpy takes pow for the square of a single number, which glibc has within 1"
    ),
    "sqrt": Allowance(
        1.5,
        "IEEE 754 asks for 0.5, but torch takes MKL's vector functions, which on some "
        "processors are off by up to one unit more",
    ),
    "power": Allowance(8.5, "CUDA documents 8 beside the correctly rounded one in float32"),
    "exp": Allowance(3.0, "numpy's source gives 2.52 for its float32 vectors on x86"),
    "log": Allowance(4.0, "numpy's source gives 3.83 for its float32 vectors on x86"),
    "logaddexp": Allowance(
        4.0,
        "a maximum and the logarithm of an exponential, which may cancel: in units of the size "
        "of the larger argument and the result",
    ),
    **dict.fromkeys(("sin", "cos"), CIRCULAR),
    "tanh": Allowance(8.0, "XLA has a formula of its own and promises nothing: seven were seen"),
    **dict.fromkeys(("sinh", "cosh"), HYPERBOLIC),
    **dict.fromkeys(("sum", "mean", "matmul"), ADDED_UP),
    "solve": Allowance(4.0, "elimination rounds each entry several times; of size |A⁻¹||A||x|"),
}


def accumulated(roundings: int, ulps: float = 0.5) -> float:
    """Return the error of ``roundings`` roundings in sequence, each of up to ``ulps``.

    The last one counts in full, those before like a random walk, by their square root. The number
    of roundings is n - 1 for a sum of n terms, n for a matrix product over n terms or a system of
    n equations, and n + 1 for a mean, which may multiply by a rounded 1 / n. The unit is the ulp
    of the size of the terms.
    """
    return ulps * (1 + math.sqrt(roundings - 1))
