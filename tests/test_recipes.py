"""Claim: the README's recipes suffice to extend the suite, and a backend can be removed."""

import re
import shutil

import pytest

from backends import BACKENDS
from tests.helpers import recipes


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A copy of the repository with a new problem, golden, optimizer and backend."""
    root = recipes.copy(tmp_path_factory.mktemp("extended"))
    for add in recipes.ALL:
        add(root)
    return root


ADDED = (
    ("optimizer", "axis_descent"),
    ("problem", "rosenbrock"),
    ("golden", "099/halves"),
    ("target", "mirror:cpu"),
)


@pytest.mark.exhaustive
def test_what_was_added_is_benchmarked(extended):
    """asv discovers the added backend, and the added optimizer, which a case has."""
    listing = recipes.discovered(extended)
    assert "'axis_descent'" in listing
    assert "'mirror:cpu'" in listing


REPORT = """
import pathlib, sys
from reports.build import build
from tests.helpers import pictures

if __name__ == "__main__":
    drawn, out = map(pathlib.Path, sys.argv[1:])
    pictures.load(drawn)
    build(pathlib.Path("results"), pathlib.Path(".asv"), out)
"""


@pytest.mark.exhaustive
def test_what_was_added_is_tested_and_reported(extended, drawn, tmp_path):
    """The cells of everything added pass, and the report names it."""
    files = ("tests/test_goldens.py", "tests/test_agreement.py", "tests/test_registry.py")
    chosen = "axis_descent or rosenbrock or 099 or (mirror and 000)"
    tested = recipes.pytest(extended, *files, "-k", chosen)["cells"]
    (extended / "build_report.py").write_text(REPORT)
    recipes.run(extended, "build_report.py", str(drawn), str(tmp_path))
    assert (tmp_path / "figures" / "basins-rosenbrock.svg").exists()
    text = "".join(page.read_text() for page in tmp_path.glob("*.html"))
    for name, value in ADDED:
        outcomes = {cell["outcome"] for cell in tested if cell.get(name) == value}
        assert outcomes - {"skipped"} == {"passed"}, value
        assert value in text


@pytest.mark.exhaustive
@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "numpy"])
def test_a_backend_can_be_removed(backend, tmp_path):
    """The other tests pass without a backend's folder."""
    root = recipes.copy(tmp_path)
    shutil.rmtree(root / "backends" / backend)
    files = ("tests/test_goldens.py", "tests/test_registry.py", "tests/test_contract.py")
    others = [name for name in BACKENDS if name not in ("numpy", backend)]
    cells = recipes.pytest(root, *files, "-k", " and ".join(f"not {o}" for o in others))["cells"]
    assert cells
    assert backend not in {cell["target"].split(":")[0] for cell in cells}


def test_the_readme_has_the_recipes():
    """The README has a heading for each recipe."""
    readme = (recipes.ROOT / "README.md").read_text()
    for kind in ("optimizer", "backend", "problem", "golden"):
        assert re.search(rf"^### A new {kind}$", readme, re.MULTILINE), kind
