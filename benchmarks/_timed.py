"""How asv samples what `setup` has made, warmed and checked already."""


class Timed:
    """A call a sample; three to twenty samples in about a second; two such rounds."""

    timeout = 300
    rounds = 2
    repeat = (3, 20, 1.0)
    number = 1
    warmup_time = 0
