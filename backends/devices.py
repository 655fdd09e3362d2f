"""Detection of CUDA devices without loading a framework."""

import ctypes
import sys
from functools import cache


@cache
def cuda_missing() -> str | None:
    """Return why no CUDA device can be used here, or None; loads only the NVIDIA driver."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(name)
    except OSError:
        return f"no NVIDIA driver ({name}) on this machine"
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return f"the NVIDIA driver ({name}) does not start"
    return None if count.value else "no NVIDIA device on this machine"
