"""Results of a study, read back a part at a time, and two of them compared."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.studies.errors import StudyError
from backends.studies.folder import about_study, files
from backends.studies.plan import Study, read

if TYPE_CHECKING:
    from pyarrow import dataset

    from backends.studies.store import Contents


class Results:
    """The results of a study in a folder; nothing is loaded before it is asked for.

    Raises
    ------
    reference.Invalid
        If the folder has no results of a study.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.about = about_study(self.folder)

    @property
    def files(self) -> list[Path]:
        """The files of the parts there are."""
        return list(files(self.folder))

    @property
    def complete(self) -> bool:
        """Whether all parts are there."""
        return len(self.files) == int(self.about["parts"])

    @cached_property
    def study(self) -> Study:
        """The study, made again from what was given."""
        return read({**self.about["given"], "name": self.about["name"]})

    def parts(self, columns: Sequence[str] | None = None) -> "Iterator[Contents]":
        """Read the parts one after another, each checked.

        Raises
        ------
        StudyError
            If a part is damaged; the message names its file.
        """
        from backends.studies.store import load

        for path in self.files:
            yield load(path, None if columns is None else list(columns))

    def to_pandas(
        self, columns: Sequence[str] | None = None, where: "dataset.Expression | None" = None
    ) -> Any:
        """Return a `pandas.DataFrame` of some columns of the members for which ``where`` holds.

        ``where`` is an expression of `pyarrow.dataset`, such as ``field("status") == "diverged"``.
        Every part is checked as it is read, and one is held at a time.
        """
        import pyarrow as pa

        from backends.studies.store import load

        tables = []
        for path in self.files:
            whole = load(path).table
            kept = whole if where is None else whole.filter(where)
            tables.append(kept if columns is None else kept.select(list(columns)))
        if not tables:
            raise StudyError(f"{self.folder}: no part is there yet")
        return pa.concat_tables(tables).unify_dictionaries().to_pandas()

    def to_dask(self, columns: Sequence[str] | None = None) -> Any:
        """Return a `dask.dataframe.DataFrame` with a checked partition for each part.

        Workers read the folder, so those of a cluster need it at the same path.
        """
        import dask.dataframe as dd

        if not self.files:
            raise StudyError(f"{self.folder}: no part is there yet")
        return dd.from_map(_frame, self.files, columns=None if columns is None else list(columns))

    def facts(self, paths: Sequence[Path] | None = None) -> "Facts":
        """Return what the parts, or some of them, were computed with; reads no rows."""
        return facts(self.files if paths is None else paths)


def _frame(path: Path, columns: list[str] | None = None) -> Any:
    from backends.studies.store import load

    return load(path, columns).table.to_pandas()


@dataclass(frozen=True)
class Facts:
    """What the parts were computed with, each with the number of its parts.

    Attributes
    ----------
    arithmetic
        By (target, dtype, digest of the machine's arithmetic).
    machines
        By (name, processor).
    versions
        By a text of all packages and versions.
    seconds
        The time to compute all parts, added up.
    size
        The bytes of all files.
    """

    arithmetic: Counter[tuple[str, str, str]]
    machines: Counter[tuple[str, str]]
    versions: Counter[str]
    seconds: float
    size: int

    @property
    def mixed(self) -> list[str]:
        """The targets whose parts were computed in more than one arithmetic."""
        seen = Counter((target, dtype) for target, dtype, _ in self.arithmetic)
        return [f"{target} in {dtype}" for (target, dtype), n in seen.items() if n > 1]


def facts(paths: Sequence[Path]) -> Facts:
    """Read the metadata of parts; raises `StudyError` if one is damaged."""
    from backends.studies.store import metadata

    known = [metadata(path) for path in paths]
    return Facts(
        Counter((k["target"], k["case"]["dtype"], k["arithmetic"]) for k in known),
        Counter((k["machine"]["name"], k["machine"]["processor"]) for k in known),
        Counter(", ".join(f"{n} {v}" for n, v in k["versions"].items()) for k in known),
        sum(k["seconds"] for k in known),
        sum(path.stat().st_size for path in paths),
    )
