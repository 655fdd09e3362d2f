"""What is true: the optimizers, the problems, the printed numbers and the exact trajectories."""

from reference.case import (
    DTYPES,
    OPTIMIZERS,
    PROBLEMS,
    AllClose,
    Batch,
    Case,
    GradientNorm,
)
from reference.errors import Invalid, Unknown
from reference.goldens import BENCHMARKS, CASES, DOCUMENTS, GOLDENS, Golden, distinct
from reference.parameters import (
    Count,
    Decay,
    Finite,
    NonNegative,
    NoParameters,
    Parameters,
    Positive,
    Seed,
    Vector,
)
from reference.spec import Cite, Composition, Optimizer, Problem

__all__ = [
    "BENCHMARKS",
    "CASES",
    "DOCUMENTS",
    "DTYPES",
    "GOLDENS",
    "OPTIMIZERS",
    "PROBLEMS",
    "AllClose",
    "Batch",
    "Case",
    "Cite",
    "Composition",
    "Count",
    "Decay",
    "Finite",
    "Golden",
    "GradientNorm",
    "Invalid",
    "NoParameters",
    "NonNegative",
    "Optimizer",
    "Parameters",
    "Positive",
    "Problem",
    "Seed",
    "Unknown",
    "Vector",
    "distinct",
]
