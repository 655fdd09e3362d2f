"""Follow the README's recipes in a copy of the repository, and run commands there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SPECIFICATION = '''
"""Axis descent: a step of fixed length along each axis."""

from reference.first_order import FirstOrder
from reference.parameters import Positive
from reference.spec import Cite, Optimizer


class Hyper(FirstOrder):
    """Axis descent's hyperparameters.

    Attributes
    ----------
    lr
        The learning rate: the length of the step along each axis.
    """

    lr: Positive = 0.125


def sign(g):
    return (g > 0) * 1 - (g < 0) * 1


OPTIMIZER = Optimizer(
    title="Axis descent",
    cites=(Cite("Riedmiller & Braun 1993", "without the adaptation"),),
    hyper=Hyper,
    init=lambda x, h: (),
    step=lambda f, h, x, s: (x - h.lr * sign(f.gradient(x)), s),
    needs={"gradient"},
    evaluations=lambda h: {"gradient": 1},
    elementwise=True,
)
'''

NATIVE = {
    "numpy": "x - c.lr * np.sign(g), s",
    "jax": "x - c.lr * np.sign(g), s",
    "torch": "x.sub_(c.lr * np.sign(g)), s",
}

MODULES = {"numpy": "numpy", "jax": "jax.numpy", "torch": "torch"}

UPDATE = '''
"""Axis descent."""

import {module} as np


def update(c, x, g, s):
    return {body}
'''

PROBLEM = '''
"""Rosenbrock's valley."""

from reference.problems._shapes import matrix, vector
from reference.spec import Cite, Problem


def value(xp, k, x):
    a, b = x[..., 0], x[..., 1]
    return (1 - a) ** 2 + k.height * (b - a**2) ** 2


def gradient(xp, k, x):
    a, b = x[..., 0], x[..., 1]
    rise = 2 * k.height * (b - a**2)
    return vector(xp, -2 * (1 - a) - 2 * a * rise, rise)


def hessian(xp, k, x):
    a, b = x[..., 0], x[..., 1]
    cross = -4 * k.height * a
    corner = 2 + k.height * (12 * a**2 - 4 * b)
    return matrix(xp, (corner, cross), (cross, 2 * k.height + xp.zeros_like(a)))


PROBLEM = Problem(
    title="Rosenbrock",
    cites=(Cite("Rosenbrock 1960", "section 4"),),
    constants=lambda p: {"height": 100.0},
    value=value,
    gradient=gradient,
    hessian=hessian,
    start=lambda p: (-1.2, 1.0),
    minimisers=lambda p: ((1.0, 1.0),),
    window=lambda p: ((-2.0, 2.0), (-1.0, 3.0)),
)
'''

GOLDEN = """
[document]
title = "A blackboard"
link = ""

[[case]]
id = "halves"
section = "1"
optimizer = "gd"
problem = "quadratic"
params = { coefficients = [1.0] }
hyper = { lr = 0.25 }
start = [1.0]
steps = 2
derivatives = "analytic"
framework = "chalk"
line = "after {step} steps: {x:f}"
printed = "after 2 steps: 0.250000"
reproduced_by = ["numpy"]

[[case]]
id = "axes"
section = "2"
optimizer = "axis_descent"
problem = "quadratic"
"""

ENGINE = '''
"""A mirror of numpy."""

from backends.numpy.engine import Engine

__all__ = ["Engine"]
'''


def copy(destination: Path) -> Path:
    """Copy all files that git tracks, and untracked ones that it does not ignore."""
    listing = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (destination / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, destination / name)
    return destination


def add_optimizer(root: Path) -> None:
    """Add axis descent: one specification, and one file in each backend."""
    (root / "reference/optimizers/axis_descent.py").write_text(SPECIFICATION)
    for backend, body in NATIVE.items():
        if (root / "backends" / backend).is_dir():
            native = UPDATE.format(module=MODULES[backend], body=body)
            (root / "backends" / backend / "axis_descent.py").write_text(native)


def add_problem(root: Path) -> None:
    """Add a problem: one file."""
    (root / "reference/problems/rosenbrock.py").write_text(PROBLEM)


def add_golden(root: Path) -> None:
    """Add a golden, and a case of the added optimizer: entries in a TOML file."""
    (root / "reference/goldens/099_blackboard.toml").write_text(GOLDEN)


def add_backend(root: Path) -> None:
    """Add a backend: one folder with its description, an engine, and the optimizers."""
    mirror = root / "backends/mirror"
    mirror.mkdir()
    shutil.copy(root / "backends/numpy/__init__.py", mirror)
    (mirror / "engine.py").write_text(ENGINE)
    for path in (root / "reference/optimizers").glob("[a-z]*.py"):
        names = ", ".join(_defined(root / "backends/numpy" / path.name))
        line = f'"""Like numpy."""\n\nfrom backends.numpy.{path.stem} import {names}\n'
        (mirror / path.name).write_text(line)


def _defined(module: Path) -> list[str]:
    """The names of a native module's functions, its own and those that it passes on."""
    text, names = module.read_text(), ("slots", "coefficients", "update", "step")
    return [name for name in names if f"def {name}(" in text or f"{name} as {name}" in text]


ALL: tuple[Callable[[Path], None], ...] = (add_problem, add_golden, add_optimizer, add_backend)


def run(root: Path, *command: str, check: bool = True) -> str:
    """Run Python in the copy and return its output; with ``check``, raise if it fails."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def pytest(root: Path, *arguments: str, check: bool = True) -> dict[str, list[dict]]:
    """Run the copy's tests and return their results; with ``check``, all must pass."""
    results = root / "results/tests.json"
    quiet = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=--benchmark-skip")
    every = ("-m", "exhaustive or not exhaustive")
    run(root, "-m", "pytest", *quiet, *every, f"--results={results}", *arguments, check=check)
    return json.loads(results.read_text())


def discovered(root: Path) -> str:
    """The names and parameters of the benchmarks that asv discovers in the copy, as JSON."""
    listing = root / "benchmarks.json"
    script = Path(find_spec("asv").origin).with_name("benchmark.py")
    run(root, str(script), "discover", str(root / "benchmarks"), str(listing))
    return listing.read_text()
