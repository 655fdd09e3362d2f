"""Instructions of a step, counted by callgrind: one process for a commit and a target.

Left out are those of functions that vary with addresses and threads, such as the allocators': they
would hide changes of a hundredth. Without debugging symbols they have no names, and count.

Valgrind executes as a processor with AVX2 does: it knows no AVX-512.
"""

import ctypes
import gc
import pickle
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks._catalogue import UPDATES, Cell, make
from benchmarks._workloads import Comparable
from benchmarks.regressions.builds import (
    Build,
    Refused,
    check_imported,
    die_with_parent,
    keep_to,
)

SOURCE = Path(__file__).resolve().with_name("callgrind.c")
STEPS = 20  # steps of an update that are counted together
WARM = 10  # how often the work is done before all counting: Python optimizes what is called again
SPECIALIZED = 2  # how often right before its count: it specializes what other work has called
REPEATED = 3  # how often it is counted; the least is kept
RESULTS = "results.pickle"
PROGRAM = """import sys
import {framework}  # first, at the same addresses whatever the commit imports
from benchmarks.regressions.instructions import main
main(*sys.argv[1:])"""
VARYING = re.compile(  # functions that take more or fewer instructions in the same work
    # with addresses: allocators, and tables whose keys are hashed by address
    r"(_?_?(malloc|free|calloc|realloc|memalign)(_consolidate)?|_int_\w+|tcache_\w+|unlink_chunk"
    r"|sysmalloc|systrim"
    r"|_?PyObject_(Malloc|Free|Realloc|Calloc)|_?PyMem_\w+"
    r"|PyArrayIdentityHash_GetItem|find_name_in_mro|unicodekeys_lookup_unicode|_Py_dict_lookup"
    r"|_PyType_Lookup|hamt_\w+|__memcmp_\w+|PyObject_RichCompare(Bool)?|__popcountdi2"
    # with what another thread has done by then, and random names
    r"|pthread_cond_signal|std::mersenne_twister_engine.*"
    r"|xla::(AbstractTrackedDeviceBuffer::AddUsageEvent|PjRtDeviceEventPtr::).*)"
    r"(\..*|'\d+|@.*)?$"
)
LINE = re.compile(  # what follows "calls=" is the cost of a call, which its function has too
    r"^(?:(?P<kind>c?fn)=\((?P<number>\d+)\)(?: (?P<name>.*))?"
    r"|calls=.*\n.*|[-+*\d]+ (?P<cost>\d+))$",
    re.MULTILINE,
)
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
    return STEPS if cell.kind in UPDATES else 1


def start(
    build: Build, cells: list[Cell], folder: Path, compiled: Path, processor: int
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
        build.python,
        "-c",
        PROGRAM.format(framework=cells[0].backend),
        str(library(folder)),
        str(folder),
        str(processor),
    )
    fixed = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    fixed["JAX_COMPILATION_CACHE_DIR"] = str(compiled)
    fixed["JAX_CPU_ENABLE_ASYNC_DISPATCH"] = "false"  # all in the thread that is counted
    fixed["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(command, env=build.environment(**fixed), stdout=log, stderr=log)


def collect(folder: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """The instructions of each cell's work, and where the work led; both by the cell's name."""
    found: dict[str, list[int]] = defaultdict(list)
    for path in folder.glob("callgrind.out.*"):
        name, total = _read(path.read_text(errors="replace"))
        if name:
            found[name].append(total)
        path.unlink()
    results = folder / RESULTS
    led = pickle.loads(results.read_bytes()) if results.exists() else {}
    return {name: min(counts) for name, counts in found.items()}, led


def _read(text: str) -> tuple[str, int]:
    """The cell's name, and the instructions of all functions that do not vary by themselves."""
    trigger = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
    if trigger is None:
        return "", 0
    varying: dict[str, bool] = {}  # a function has its name only where it comes first
    total, counts = 0, False
    for line in LINE.finditer(text):
        if line["name"] is not None:
            varying[line["number"]] = VARYING.match(line["name"]) is not None
        if line["kind"] == "fn":
            counts = not varying[line["number"]]
        elif line["cost"] and counts:
            total += int(line["cost"])
    return trigger[1], total


def _warm(cell: Cell) -> Comparable:
    """A cell's work, done so often that everything is imported, compiled and allocated."""
    work = make(cell)
    for _ in range(WARM):
        work.start()
        work.take(repetitions(cell))
    return work


def _count(callgrind: Any, cell: Cell, work: Comparable) -> Any:
    """Do a cell's work, the steps counted; return where it led."""
    for _ in range(SPECIALIZED if cell.kind in UPDATES else 0):  # trajectories have many steps
        work.start()
        work.take(repetitions(cell))
    for _ in range(REPEATED):
        work.start()
        gc.collect()
        gc.disable()
        callgrind.toggle()
        try:
            work.take(repetitions(cell))
        finally:  # or the next cell's toggle would end what it is to begin
            callgrind.toggle()
            gc.enable()
        callgrind.dump(cell.name.encode())
    return work.result()


def attempt(act: Callable[[], Any]) -> Any:
    """What an act returns, or the exception that it raised, in a form that can be pickled."""
    try:
        return act()
    except NotImplementedError as why:
        return NotImplementedError(str(why))
    except Exception as error:
        return RuntimeError(f"{type(error).__name__}: {error}")


def main(compiled: str, folder: str, processor: str) -> None:
    """Count the instructions of work in this process, which runs under valgrind.

    All work is warmed up before anything is counted: valgrind translates the whole program again
    whenever it begins or ceases to count.
    """
    die_with_parent()
    keep_to(int(processor))
    check_imported()
    callgrind = ctypes.PyDLL(compiled)
    cells = pickle.loads(Path(folder, "cells.pickle").read_bytes())
    works = {cell: attempt(partial(_warm, cell)) for cell in cells}
    gc.collect()
    gc.freeze()  # or each later collection would go through all of the frameworks
    callgrind.instrument()
    results = {
        cell.name: work
        if isinstance(work, Exception)
        else attempt(partial(_count, callgrind, cell, work))
        for cell, work in works.items()
    }
    Path(folder, RESULTS).write_bytes(pickle.dumps(results))
