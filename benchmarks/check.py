"""``python -m benchmarks.check SUBJECT --spec NAME``: the check, and with --time its speed."""

import os
import sys

from backends.conformance.__main__ import main
from benchmarks.peers.checked import timed

if __name__ == "__main__":
    os.environ.setdefault("KINETO_LOG_LEVEL", "5")  # torch's profiler tells when it starts
    sys.exit(main(timer=timed))
