"""The specification: optimizers, problems, the documents' numbers, and exact trajectories."""

from reference.agreement import (
    Agreement,
    CaseTruth,
    TapeTruth,
    compare,
    trajectory,
    truth,
)
from reference.case import (
    PROBLEMS,
    AllClose,
    Batch,
    Case,
    GradientNorm,
)
from reference.errors import Invalid, Unknown
from reference.first_order import FirstOrder
from reference.goldens import BENCHMARKS, CASES, DOCUMENTED, DOCUMENTS, GOLDENS, Golden, distinct
from reference.parameters import (
    Count,
    Decay,
    FieldDescription,
    Finite,
    Interval,
    NonNegative,
    NoParameters,
    Parameters,
    Positive,
    Seed,
    Squarable,
    Vector,
)
from reference.run import DTYPES, OPTIMIZERS
from reference.schedules import Schedule
from reference.spec import Cite, Composition, Optimizer, Problem
from reference.tape import Tape

__all__ = [
    "BENCHMARKS",
    "CASES",
    "DOCUMENTED",
    "DOCUMENTS",
    "DTYPES",
    "GOLDENS",
    "OPTIMIZERS",
    "PROBLEMS",
    "Agreement",
    "AllClose",
    "Batch",
    "Case",
    "CaseTruth",
    "Cite",
    "Composition",
    "Count",
    "Decay",
    "FieldDescription",
    "Finite",
    "FirstOrder",
    "Golden",
    "GradientNorm",
    "Interval",
    "Invalid",
    "NoParameters",
    "NonNegative",
    "Optimizer",
    "Parameters",
    "Positive",
    "Problem",
    "Schedule",
    "Seed",
    "Squarable",
    "Tape",
    "TapeTruth",
    "Unknown",
    "Vector",
    "compare",
    "distinct",
    "trajectory",
    "truth",
]
