"""``python -m benchmarks.peers``: race ours against the peers and the machine's limit."""

import argparse
import json
import platform
import statistics
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

import backends
import reference
from benchmarks._catalogue import SHARDED
from benchmarks.machine import describe
from benchmarks.peers import growth, sharded, sweeps, trajectories, updates
from benchmarks.peers.race import race, ratio

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "reports" / "data" / "peers.json"
SIZES = (10, 1_000, 10_000_000)
PACKAGES = ("numpy", "jax", "torch", "optax")


def _races(options: argparse.Namespace) -> Iterator[tuple[dict[str, Any], Any]]:
    """What to race, and what makes the rivals."""
    available = backends.available()
    for backend in (name for name in updates.SUBJECTS if available.get(f"{name}:cpu", "") is None):
        for n in options.n:
            for optimizer in updates.raced(backend):
                what = {"work": "update", "backend": backend, "optimizer": optimizer, "n": n}
                yield what, partial(updates.rivals, optimizer, n, backend)
        for optimizer in sharded.raced(backend):
            what = {"work": "sharded", "backend": backend, "optimizer": optimizer, "n": SHARDED}
            yield what, partial(sharded.rivals, optimizer, SHARDED)
        for work, module in (("trajectory", trajectories), ("sweep", sweeps)):
            yield {"work": work, "backend": backend}, partial(module.rivals, backend)
        for along in growth.ALONG:
            what = {"work": "growth", "backend": backend, "along": along}
            yield what, partial(growth.rivals, backend, along)


def _wanted(what: dict[str, Any], words: list[str]) -> bool:
    """Whether all words name it; an optimizer that no document has must be named."""
    named = what.get("optimizer") in (None, *reference.DOCUMENTED, *words)
    return named and all(word in map(str, what.values()) for word in words)


def _rivals(seconds: dict[str, list[float]]) -> dict[str, Any]:
    """Each rival's seconds, one a round, and the first's divided by them: median and quartiles."""
    first = next(iter(seconds.values()))
    return {
        name: {"seconds": theirs, "ratio": ratio(first, theirs)} for name, theirs in seconds.items()
    }


def _line(what: dict[str, Any], rivals: dict[str, Any]) -> str:
    """One race in words: the first one's time, and that divided by each other's."""
    first, *others = rivals
    took = statistics.median(rivals[first]["seconds"])
    against = ("{} {:.3g} ({:.3g} to {:.3g})".format(n, *rivals[n]["ratio"]) for n in others)
    return f"{' '.join(map(str, what.values()))}: {took * 1e3:.4g} ms; / " + "; ".join(against)


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write all there is, whole or not at all."""
    environment = {
        **describe(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps({"environment": environment, "races": rows}, indent=1))
    draft.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("only", nargs="*", help="words, such as: torch adam update")
    parser.add_argument("--n", type=int, nargs="+", default=SIZES, help=f"parameters {SIZES}")
    parser.add_argument("--rounds", type=int, default=15, help="samples of each rival [15]")
    parser.add_argument("--out", type=Path, default=OUT, help="the results' file")
    options = parser.parse_args()
    races = [(what, make) for what, make in _races(options) if _wanted(what, options.only)]
    rows: list[dict[str, Any]] = []
    try:
        for what, make in tqdm(races, unit="race", dynamic_ncols=True):
            rounds = min(options.rounds, growth.ROUNDS if what["work"] == "growth" else 10**6)
            rivals = _rivals(race(make(), rounds))
            rows.append({**what, "rivals": rivals})
            tqdm.write(_line(what, rivals))
    finally:
        _write(options.out, rows)
    print(options.out)


if __name__ == "__main__":
    main()
