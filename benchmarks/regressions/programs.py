"""What XLA's compiled programs cost, read from the text that it dumps (`--xla_dump_to`)."""

import re
from math import prod
from pathlib import Path

from benchmarks._sharded import sent

INSTRUCTION = re.compile(r"(?:ROOT )?%?([\w.-]+) = (.+?) ([a-z][\w-]*)\((.*)")
ARRAY = re.compile(r"\b([a-z]+)(\d*)\w*\[([\d,]*)\]")  # such as f32[10,2], f8e4m3fn[], pred[]
FREE = ("parameter", "constant", "tuple", "get-tuple-element", "bitcast")  # no work of their own


class Programs:
    """The programs that XLA has compiled in this process, which dumps them to ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen = folder, set[Path]()

    def new(self) -> dict[str, float]:
        """Count what was compiled since the last call.

        The programs; their kernels, and the bytes that these read and write; the outputs that
        have memory of their own; the communications.
        """
        files = set(self.folder.glob("*after_optimizations.txt")) - self.seen
        self.seen |= files
        texts = [path.read_text() for path in files]
        moved = [kernels(text) for text in texts]
        return {
            "programs": len(texts),
            "kernels": sum(map(len, moved)),
            "bytes": sum(map(sum, moved)),
            "new outputs": sum(map(_outputs, texts)),
            "communications": sum(len(sent(text)) for text in texts),
        }


def kernels(text: str) -> list[int]:
    """The bytes of operands and results of each instruction of the entry computation."""
    sizes: dict[str, int] = {}
    found = []
    for line in text.partition("\nENTRY ")[2].partition("\n}")[0].splitlines()[1:]:
        if matched := INSTRUCTION.match(line.strip()):
            name, kind, operation, rest = matched.groups()
            sizes[name] = _bytes(kind)
            if operation not in FREE:
                operands = re.findall(r"%([\w.-]+)", rest.partition(")")[0])
                found.append(sizes[name] + sum(sizes.get(operand, 0) for operand in operands))
    return found


def _bytes(kind: str) -> int:
    """The size of a type, which may be a tuple; what has no bits in its name takes one byte."""
    return sum(
        prod(int(n) for n in shape.split(",") if n) * max(int(bits or 8), 8) // 8
        for _, bits, shape in ARRAY.findall(kind)
    )


def _outputs(text: str) -> int:
    """How many outputs do not take the memory of an input."""
    entry = text.partition("\nENTRY ")[2]
    kind = entry.partition(" -> ")[2].partition(" {")[0]
    aliased = text.partition("\n")[0].partition("input_output_alias=")[2]
    return len(ARRAY.findall(kind)) - len(re.findall(r"(?:may|must)-alias", aliased))
