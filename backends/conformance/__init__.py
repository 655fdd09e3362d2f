"""Is an optimizer right? The suite's truth turned on anyone's: `check`."""

from backends.conformance.checking import check
from backends.conformance.parting import Parted, part
from backends.conformance.report import Report
from backends.conformance.subjects import Found, Plain, Running, Start, Subject
from backends.conformance.tapes import KINDS, Kind
from backends.conformance.verdict import Trial

__all__ = [
    "KINDS",
    "Found",
    "Kind",
    "Parted",
    "Plain",
    "Report",
    "Running",
    "Start",
    "Subject",
    "Trial",
    "check",
    "part",
]
