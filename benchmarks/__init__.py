"""How fast, how lean and how exact: the asv suites, one file per claim."""

from benchmarks import _grid as _grid  # first: it must import the checkout before all others do
