"""The machine in words; ``python -m benchmarks.machine`` writes it down beside asv's results."""

import json
import os
import platform
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / ".asv" / "conditions.json"
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
UNKNOWN = "not known"
DATE = "%Y-%m-%d %H:%M UTC"


def size(count: int) -> str:
    """A number of bytes in GiB, MiB or KiB."""
    power, unit = next(((p, u) for p, u in ((30, "GiB"), (20, "MiB")) if count >> p), (10, "KiB"))
    return f"{count / 2**power:.3g} {unit}"


def _caches() -> Iterator[str]:
    """The data caches that the first core sees, on Linux."""
    for cache in sorted(CACHES.glob("index*")):
        try:
            texts = [(cache / name).read_text() for name in ("level", "type", "size")]
        except OSError:  # some processors do not tell a cache's size
            continue
        level, kind, held = map(str.strip, texts)
        if kind != "Instruction" and held.endswith("K"):
            yield f"L{level} {size(int(held[:-1]) << 10)}"


def last_cache(words: str) -> int:
    """The bytes of the largest of the caches that `describe` has named; 0 if it knew none."""
    powers = {"GiB": 30, "MiB": 20, "KiB": 10}
    found = re.findall(rf"L\d ([\d.e+]+) ({'|'.join(powers)})", words)
    return max((int(float(held) * 2 ** powers[unit]) for held, unit in found), default=0)


def _memory() -> str:
    try:
        return size(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return UNKNOWN


def _load() -> str:
    """How many processes ran or waited to, on average over the last minutes."""
    try:
        return "{:.1f}, {:.1f} and {:.1f} in the last 1, 5 and 15 minutes".format(*os.getloadavg())
    except (AttributeError, OSError):
        return UNKNOWN


def threads() -> int:
    """The threads in effect: what torch says if it is loaded, or else what it would use."""
    if torch := sys.modules.get("torch"):
        return int(torch.get_num_threads())
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def name() -> str:
    """What this machine is called wherever it measures, see `backends.host.name`."""
    from backends import host  # here: asv reads this module beside packages that have none

    return host.name()


def describe() -> dict[str, str]:
    """What this machine is, and how busy it has been."""
    from backends import host

    return {
        "date": f"{datetime.now(UTC):{DATE}}",
        "machine": host.name(),
        "platform": platform.platform(),
        "processor": host.processor(),
        "cores": str(os.cpu_count()),
        "caches": ", ".join(_caches()) or UNKNOWN,
        "memory": _memory(),
        "load": _load(),
        "threads": str(threads()),
    }


def main() -> None:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    told = {**describe(), "python": platform.python_version()}
    OUT.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
