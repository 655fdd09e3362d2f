"""Slowdowns and mistakes to plant, each as a commit in a scratch clone."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.regressions.builds import ROOT, Refused

# of all scratch commits, so that the same plants are the same commit in the next call too
DATES = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2000-01-01T00:00:00Z")
AUTHOR = ("-c", "user.name=alarm", "-c", "user.email=alarm@localhost")


@dataclass(frozen=True)
class Plant:
    """A change of the source that makes something worse.

    Attributes
    ----------
    name
        What is planted.
    file
        The file changed, from the repository's root.
    old, new
        The text replaced, which stands there once, and what replaces it.
    words
        In the names of all benchmarks that it touches.
    compared
        In the names of all benchmarks that are compared.
    expected
        The metrics of which at least one must flag it.
    clocks
        Whether only clocks can see it.
    """

    name: str
    file: str
    old: str
    new: str
    words: tuple[str, ...]
    compared: tuple[str, ...]
    expected: tuple[str, ...]
    clocks: bool = False


KINDS = (
    Plant(
        "an added pass over the data",
        "backends/numpy/adam.py",
        "    return x - c.lr * (m",
        "    return np.maximum(x, x) - c.lr * (m",
        (" adam ",),
        ("update", "numpy:cpu"),
        ("instructions", "seconds"),
    ),
    Plant(
        "a lost fusion",
        "backends/torch/engine.py",
        "FUSED = 2**18",
        "FUSED = 2**60",
        ("10000000",),
        ("update", "torch:cpu"),
        ("operations", "seconds"),
    ),
    Plant(
        "a lost donation",
        "backends/jax/_programs.py",
        "donate_argnums=(0, 1)",
        "donate_argnums=()",
        ("jax:cpu",),  # all but those whose coefficients depend on the step
        ("update", "jax:cpu"),
        ("new outputs", "instructions"),
    ),
    Plant(
        "a program compiled at every call",
        "backends/jax/_programs.py",
        "@lru_cache(maxsize=KEPT)\ndef trajectory(",
        "def trajectory(",
        ("trajectory",),
        ("xcos_gd_2", "jax:cpu"),
        ("compilations", "instructions"),
    ),
    Plant(
        "a detour in Python",
        "backends/torch/momentum.py",
        "    if c.gain is not None:\n",
        "    for _ in range(40):\n        pass\n    if c.gain is not None:\n",
        (" momentum ",),
        ("update", "torch:cpu"),
        ("bytecodes", "instructions"),
    ),
    Plant(
        "a copy to the host",
        "backends/torch/rmsprop.py",
        "    addcmul_(s.g2.mul_(c.decay), g, g, c.rest)\n",
        "    g = torch.from_numpy(g.numpy(force=True).copy())\n"
        "    addcmul_(s.g2.mul_(c.decay), g, g, c.rest)\n",
        (" rmsprop ",),
        ("update", "torch:cpu"),
        ("operations", "instructions", "bytecodes"),
    ),
    Plant(
        "updates through DTensor's dispatch",
        "backends/torch/_placed.py",
        "            return PlacedState(step(state.local, g.to_local(), norm), n, mesh)\n",
        "            taken = step(TorchState(state.x, state.slots, state.t), g).t\n"
        "            return PlacedState(state.local._replace(t=taken), n, mesh)\n",
        ("sharded",),
        ("sharded", "torch:cpu"),
        ("operations", "bytecodes", "instructions"),
    ),
    Plant(
        "parameters sent to every device",
        "backends/jax/_programs.py",
        "out_shardings=placement)",
        "out_shardings=everywhere)",
        ("sharded", "jax:cpu"),  # all but those whose coefficients depend on the step
        ("sharded", "jax:cpu"),
        ("communications",),
    ),
    Plant(
        "a lost digit",
        "backends/coefficients.py",
        "        return -np.expm1(t * np.log(base))\n",
        "        return 1 - np.power(np.float32(base), t, dtype=np.float32).astype(np.float64)\n",
        ("adam",),
        ("numpy:cpu",),
        ("error",),
    ),
    Plant(
        "threads that wait",
        "backends/torch/adagrad.py",
        "    total = s.total.addcmul_(g, g)\n",
        "    total = s.total.addcmul_(g, g)\n    __import__('time').sleep(0.0002)\n",
        (" adagrad ",),
        ("update", " 10 ", "torch:cpu"),
        ("seconds",),
        clocks=True,
    ),
)

UPDATING = {  # the line of each engine before which an optimizer's update is slowed down
    "numpy": "        return update\n\n    def trace(",
    "jax": "        return update\n\n    def _block(",
    "torch": "        without_grad: Callable[..., TorchState] = torch.no_grad()(update)\n",
}


def slowed(backend: str, optimizer: str, turns: int) -> Plant:
    """A call around each update of one optimizer, with so many idle turns in it."""
    line = UPDATING[backend]
    slow = f"""        if native.name == {optimizer!r}:
            quick = update

            def update(*given: Any) -> Any:  # type: ignore[no-redef]
                {"idle = 0; " * turns}return quick(*given)

"""
    return Plant(
        f"{turns} idle turns in {optimizer} on {backend}",
        f"backends/{backend}/engine.py",
        line,
        slow + line,
        (f" {optimizer} ",),
        ("update", f"{backend}:cpu"),
        ("instructions", "bytecodes"),
    )


def unused(number: int) -> Plant:
    """So many functions that nobody calls: the same work, with objects at other addresses."""
    anchor = "@dataclass(frozen=True)\nclass Native:\n"
    new = "".join(f"def unused_{n}() -> int:\n    return {n}\n\n\n" for n in range(number))
    name = f"{number} functions that nobody calls"
    return Plant(name, "backends/native.py", anchor, new + anchor, (), (), ())


class Clone:
    """A scratch clone of the repository, in which plants become commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / ".git").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            self._run(folder.parent, "clone", "--quiet", "--shared", str(ROOT), str(folder))
        self._run(folder, "fetch", "--quiet", "origin")
        head = self._run(ROOT, "rev-parse", "HEAD")
        self._run(folder, "checkout", "--quiet", "--force", "--detach", head)
        self.base = head

    @staticmethod
    def _run(folder: Path, *arguments: str) -> str:
        done = subprocess.run(
            ("git", *arguments),
            cwd=folder,
            env={**os.environ, **DATES},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refused(f"git {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def commit(self, plants: Iterable[Plant]) -> str:
        """Commit plants on top of the base; return the commit's hash.

        Raises
        ------
        Refused
            A plant whose text does not stand in its file once.
        """
        self._run(self.folder, "checkout", "--quiet", "--force", "--detach", self.base)
        names = []
        for plant in plants:
            path = self.folder / plant.file
            text = path.read_text()
            if text.count(plant.old) != 1:
                found = text.count(plant.old)
                raise Refused(f"{plant.name}: {plant.old!r} stands {found} times in {plant.file}")
            path.write_text(text.replace(plant.old, plant.new))
            names.append(plant.name)
        message = f"Plant {', '.join(names)}"
        self._run(self.folder, *AUTHOR, "commit", "--quiet", "--all", "--message", message)
        return self._run(self.folder, "rev-parse", "HEAD")
