"""The documents' diagnostics as small tables, from the tests' results or computed here."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import mpmath
import numpy as np
import pandas as pd

import backends
from reference import CASES, GradientNorm, trajectory
from reference.digits import DIGITS
from reference.measures import convergence_order
from reports.compute.goldens import Printed


@dataclass(frozen=True)
class Table:
    """One diagnostic; ``system`` is the id of its row in ``systems.toml``."""

    system: str
    document: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    @property
    def data(self) -> pd.DataFrame:
        return pd.DataFrame(self.rows, columns=list(self.columns))


# Diagnostics that the documents print: each one's title and goldens, all of document 004.
PRINTED = {
    "D14": ("How far the first updates lie along the diagonal", ("one_len", "largest_diagonal")),
    "D15": (
        "How far from the origin each run ends",
        ("gd_distance", "newton_distance", "pg_distance", "same_first_step"),
    ),
    "D16": ("The approximate inverse beside the analytic one", ("mae", "bfgs_test")),
    "D17": (
        "Gradients and Jacobians, and the inverse Jacobian undone",
        ("start", "Jac_L_y", "Jac_y_x", "sanity", "grad_L_x"),
    ),
}


def _printed(system: str, printed: Printed) -> Table:
    """The texts that the tests recorded where they must match, or else all of them."""
    title, names = PRINTED[system]
    rows, goldens = [], [printed.rows[f"004/{name}"] for name in names]
    for golden in goldens:
        exact = [text for text in golden.texts if text.sign in ("exact", "explained", "failed")]
        shown = [(text.plain, "; ".join(text.where)) for text in exact or golden.texts]
        for text, where in shown or [("not checked yet", "")]:
            rows.append((golden.golden.section, golden.golden.printed, text, where))
    columns = ("section", "the document", "ours", "printed by")
    note = " ".join(each.golden.note for each in goldens if each.golden.note)
    return Table(system, "004", title, columns, tuple(rows), note)


def _convergence() -> Table:
    case = CASES["002/cosh_newton_1"]
    points, _ = trajectory(replace(case, dtype="float64"))
    order, constant = convergence_order(case)
    rows = []
    with mpmath.workdps(DIGITS):
        errors = [abs(point[0]) for point in points]
        for k, (old, new) in enumerate(pairwise(errors)):
            shown = (mpmath.nstr(v, 4) for v in (old, new / old**2, new / old**3) if old)
            rows.append((str(k), *shown))
    return Table(
        "D18",
        "002",
        "How fast Newton converges on cosh(x/2)",
        ("k", "e", "e' / e²", "e' / e³"),
        tuple(row for row in rows if len(row) == 4)[:9],
        f"In 50 digits. The ratio to e² vanishes and the ratio to e³ tends to c²/3 = 1/12: the "
        f"convergence is cubic here (order {order:.2f}, constant {constant:.4f}), faster than the "
        "quadratic bound, for the third derivative is zero at the minimum.",
    )


def _stops() -> Iterator[tuple[str, ...]]:
    case = CASES["002/cosh_gradient_norm"]
    capped = replace(case, steps=3)
    loose = replace(case, stop=GradientNorm(tolerance=1e-2))
    for each in (case, loose, capped):
        path = backends.run(each)
        slope = backends.evaluate(replace(each, start=path.points[-1]), "gradient")
        tolerance = each.stop.tolerance if isinstance(each.stop, GradientNorm) else np.nan
        yield (
            f"{tolerance:g}",
            str(each.steps),
            path.status,
            str(path.steps),
            f"{abs(slope[0]):.3g}",
        )


def tables(printed: Printed) -> Iterator[Table]:
    """All diagnostics, in the order of ``systems.toml``."""
    yield from (_printed(system, printed) for system in PRINTED)
    yield _convergence()
    yield Table(
        "D19",
        "002",
        "When to stop: a small slope, or enough steps",
        ("tolerance", "most steps", "status", "steps taken", "|f'(x)| at the end"),
        tuple(_stops()),
        "Newton on cosh(x/2) from 10.",
    )
