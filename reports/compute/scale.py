"""What an elementwise step costs on many devices: a model on paper, from each optimizer's slots.

Parameters and slots are cut into equal parts. A device reads its part of the gradient, and reads
and writes its parts of the parameters and slots (`reports.compute.roofline.moved`); memory bounds
the time. The step sends nothing. Clipping by the global norm reads the gradient once more, and
sends one number from each device.
"""

import numpy as np
import pandas as pd

from benchmarks._workloads import DTYPE
from reference import OPTIMIZERS, Invalid
from reports.compute.roofline import arrays, memory, moved
from reports.read.timings import Timings

PARAMETERS, DEVICES = 10**12, 1000  # of the report's table

NAMES = [
    "optimizer",
    "slots",
    "parameters of a device",
    "bytes held",
    "bytes moved",
    "seconds",
    "numbers sent",
    "bytes moved with a norm",
    "seconds with a norm",
    "numbers sent with a norm",
]


def on_paper(timings: Timings) -> pd.DataFrame:
    """The model for a trillion parameters on a thousand devices like each that was measured."""
    found = [
        frame(PARAMETERS, DEVICES, limit.rate).assign(device=f"{device} of {machine}")
        for (machine, device), limit in memory(timings).items()
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=NAMES)


def frame(parameters: int, devices: int, bandwidth: float) -> pd.DataFrame:
    """Return what each first-order optimizer holds and moves on one of the devices in a step.

    Parameters
    ----------
    parameters
        How many float32 parameters there are on all devices, such as 10**12.
    devices
        How many devices have an equal part of them; the last may have fewer.
    bandwidth
        The bytes that one device's memory gives or takes in a second.

    Returns
    -------
    A row for each optimizer: its arrays beside the parameters, the parameters of a device, bytes
    held (parameters and slots, without the gradient) and moved, the seconds that moving takes, the
    numbers that a device sends to others; and the last three again with a norm of the gradient.

    Raises
    ------
    reference.Invalid
        For a number that is not positive.

    Examples
    --------
    A trillion parameters on a thousand devices of 3.35 TB/s, such as NVIDIA's H100 SXM by its data
    sheet: Adam moves 28 GB on each, in 8.4 ms.

    >>> found = frame(10**12, 1000, 3.35e12).set_index("optimizer").loc["adam"]
    >>> print(f"{found['bytes moved']:.0f} {found['seconds']:.4f} {found['numbers sent']:.0f}")
    28000000000 0.0084 0
    """
    for name, value in (("parameters", parameters), ("devices", devices), ("bandwidth", bandwidth)):
        if not value > 0:
            raise Invalid(f"{name} = {value}: expected a number above 0")
    part, size = -(-parameters // devices), np.dtype(DTYPE).itemsize
    rows = []
    for optimizer, spec in OPTIMIZERS.items():
        if spec.first_order:
            held, step = size * part * arrays(optimizer), moved(optimizer, part)
            normed = step + size * part
            plain, clipped = (step, step / bandwidth, 0), (normed, normed / bandwidth, 1)
            rows.append((optimizer, arrays(optimizer) - 1, part, held, *plain, *clipped))
    return pd.DataFrame(rows, columns=NAMES)
