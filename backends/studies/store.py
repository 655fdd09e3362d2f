"""The folder of a study: a Parquet file for each part, written whole or not at all."""

import hashlib
import json
import os
import platform
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backends.studies.computing import META
from backends.studies.errors import StudyError
from backends.studies.folder import ABOUT, RUNNING, about_study
from backends.studies.grids import DIGEST, Part
from backends.studies.plan import Study
from reference import Invalid


@dataclass(frozen=True)
class Contents:
    """A part that was read: its rows, and the metadata of its file."""

    path: Path
    table: pa.Table
    known: dict[str, Any]


def load(path: Path, columns: list[str] | None = None) -> Contents:
    """Read a part's file and check it against the digest in its name.

    Raises
    ------
    StudyError
        If the file is damaged or no part of a study.
    """
    try:
        content = path.read_bytes()
        if path.stem.split("-")[-1] != digest(content):
            raise ValueError("its bytes are not those that were written")
        file = pq.ParquetFile(pa.BufferReader(content))
        return Contents(path, file.read(columns), _known(path, file.metadata))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StudyError(_damaged(path, error)) from None


def digest(content: bytes) -> str:
    """Return the digest of a file that its name ends with."""
    return hashlib.sha256(content).hexdigest()[:DIGEST]


def metadata(path: Path) -> dict[str, Any]:
    """Read the metadata of a part's file, without its rows; raises `StudyError` as `load`."""
    try:
        return _known(path, pq.read_metadata(path))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StudyError(_damaged(path, error)) from None


def _known(path: Path, metadata: pq.FileMetaData) -> dict[str, Any]:
    known = (metadata.metadata or {}).get(META.encode())
    if known is None:
        raise StudyError(f"{path}: not a part of a study; move it elsewhere")
    found: dict[str, Any] = json.loads(known)
    return found


def _damaged(path: Path, error: Exception) -> str:
    why = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    return f"{path} is damaged ({why}): delete it and run the study again, for this part only"


class Store:
    """The folder that a study is written to.

    Raises
    ------
    reference.Invalid
        If the folder holds another study, or something else.
    """

    def __init__(self, folder: Path, study: Study) -> None:
        self.folder, self.study = folder, study
        about = {
            "format": 1,
            "name": study.name,
            "grids": [grid.digest for grid in study.grids],
            "members": study.members,
            "parts": study.count,
            "memory": study.memory,
            "given": study.given,
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Invalid(f"{folder}: expected a folder for results: {error.strerror}") from None
        self._begin(about)

    def _begin(self, about: dict[str, Any]) -> None:
        before = self.folder / ABOUT
        if before.exists():
            known = about_study(self.folder)
            if [known.get(k) for k in ("grids", "parts")] != [about[k] for k in ("grids", "parts")]:
                raise Invalid(
                    f"{self.folder} holds another study, {known.get('name')!r}, or this one before "
                    "it was changed: choose another folder, or delete it"
                )
            return
        if any(self.folder.iterdir()):
            raise Invalid(f"{self.folder} holds other files: choose an empty folder, or a new one")
        try:
            self._write(ABOUT, json.dumps(about, indent=1, default=str).encode())
        except OSError as error:
            raise StudyError(f"{self.folder} cannot be written to: {error.strerror}") from None

    def present(self, part: Part) -> bool:
        """Whether a part is there; raises `StudyError` if it is there and damaged."""
        return any(load(path).known["part"] == part.id for path in self._files(part))

    def _files(self, part: Part) -> list[Path]:
        return list(self.folder.glob(f"{part.name}-*.parquet"))

    def write(self, part: Part, content: bytes) -> None:
        """Write a part's file, whole or not at all.

        Raises
        ------
        StudyError
            If it cannot be written, as on a full disk; no part of it is left.
        """
        name = f"{part.name}-{digest(content)}.parquet"
        try:
            self._write(name, content)
            for other in self._files(part):  # of another process that writes the same study
                if other.name != name:
                    other.unlink(missing_ok=True)
        except OSError as error:
            raise StudyError(
                f"{self.folder}: a part could not be written: {error.strerror}; those that are "
                "there are kept: make room and run the same again"
            ) from None

    def _write(self, name: str, content: bytes) -> None:
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.folder)
        try:
            with open(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, self.folder / name)
        except BaseException:
            with suppress(OSError):
                os.remove(temporary)
            raise

    def running(self, **known: object) -> None:
        """Say that the study runs, and where; `None` values are left out."""
        own = {"pid": os.getpid(), "host": platform.node()}
        said = {name: value for name, value in known.items() if value is not None}
        with suppress(OSError):
            self._write(RUNNING, json.dumps({**own, **said}).encode())

    def stopped(self) -> None:
        """Say that the study no longer runs."""
        with suppress(OSError):
            (self.folder / RUNNING).unlink(missing_ok=True)


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
