"""Instructions of a step, counted by callgrind: one process for a commit and a target.

Valgrind executes as a processor with AVX2 does: it knows no AVX-512.
"""

import ctypes
import gc
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks._catalogue import Cell, make
from benchmarks.regressions.builds import (
    Build,
    Refused,
    check_imported,
    die_with_parent,
    keep_to,
    processors,
)

SOURCE = Path(__file__).resolve().with_name("callgrind.c")
STEPS = 20  # steps of an update that are counted together
WARM = 3  # how often the work is done before: Python's interpreter specializes what is hot
REPEATED = 4  # how often it is counted; the least is kept
RESULTS = "results.pickle"
VALGRIND = (
    "valgrind",
    "--tool=callgrind",
    "--instr-atstart=no",
    "--collect-atstart=no",
    "--dump-line=no",
    "--quiet",
)


def missing() -> str | None:
    """Why instructions cannot be counted here, or None."""
    if not sys.platform.startswith("linux"):
        return "callgrind counts instructions on Linux only"
    for command, package in (("valgrind", "valgrind"), ("cc", "gcc")):
        if shutil.which(command) is None:
            return f"{command} is not on the PATH: apt-get install {package}"
    tried = subprocess.run(("cc", "-fsyntax-only", str(SOURCE)), capture_output=True, check=False)
    if tried.returncode:
        return "the compiler does not find valgrind/callgrind.h: apt-get install valgrind"
    return None


def library(folder: Path) -> Path:
    """Compile the client requests."""
    compiled = folder / "callgrind.so"
    command = ("cc", "-shared", "-fPIC", "-O1", "-o", str(compiled), str(SOURCE))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{' '.join(command)}: {done.stderr.strip()}")
    return compiled


def repetitions(cell: Cell) -> int:
    """How often the work is done in what is counted."""
    return STEPS if cell.kind == "update" else 1


def start(
    build: Build, cells: list[Cell], folder: Path, compiled: Path
) -> "subprocess.Popen[bytes]":
    """Start to count; `collect` reads what is found.

    ``compiled`` is where JAX keeps its programs, which take minutes to compile under valgrind.
    """
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted count has left
    folder.mkdir(parents=True)
    (folder / "cells.pickle").write_bytes(pickle.dumps(cells))
    command = (
        *VALGRIND,
        f"--callgrind-out-file={folder / 'callgrind.out'}",
        sys.executable,
        "-m",
        "benchmarks.regressions.instructions",
        str(library(folder)),
        str(folder),
    )
    fixed = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    fixed["JAX_COMPILATION_CACHE_DIR"] = str(compiled)
    fixed["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(command, env=build.environment(**fixed), stdout=log, stderr=log)


def collect(folder: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """The instructions of each cell's work, and where the work led; both by the cell's name."""
    found: dict[str, list[int]] = defaultdict(list)
    for path in folder.glob("callgrind.out.*"):
        text = path.read_text(errors="replace")
        name = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
        total = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
        if name and total:
            found[name[1]].append(int(total[1]))
        path.unlink()
    results = folder / RESULTS
    led = pickle.loads(results.read_bytes()) if results.exists() else {}
    return {name: min(counts) for name, counts in found.items()}, led


def _count(callgrind: Any, cell: Cell) -> Any:
    """Do a cell's work, the steps counted; return where it led."""
    work, count = make(cell), repetitions(cell)
    for _ in range(WARM):
        work.start()
        work.take(count)
    callgrind.instrument()
    for _ in range(REPEATED):
        work.start()
        gc.collect()
        gc.disable()
        callgrind.toggle()
        work.take(count)
        callgrind.toggle()
        gc.enable()
        callgrind.dump(cell.name.encode())
    callgrind.leave()
    return work.result()


def main(compiled: str, folder: str) -> None:
    """Count in this process, which valgrind runs."""
    die_with_parent()
    keep_to(processors()[0])
    check_imported()
    callgrind = ctypes.PyDLL(compiled)
    cells = pickle.loads(Path(folder, "cells.pickle").read_bytes())
    results = {}
    for cell in cells:
        try:
            results[cell.name] = _count(callgrind, cell)
        except NotImplementedError as why:
            results[cell.name] = NotImplementedError(str(why))
        except Exception as error:
            results[cell.name] = RuntimeError(f"{type(error).__name__}: {error}")
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as draft:
            draft.write(pickle.dumps(results))
        Path(draft.name).replace(Path(folder, RESULTS))


if __name__ == "__main__":
    main(*sys.argv[1:])
