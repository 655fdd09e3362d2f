"""A model on paper of a study's time, bytes and memory, from constants that were measured."""

import math
from dataclasses import dataclass

SHARE = 0.02  # of a part's time that the scheduler may cost
AHEAD = 2  # parts in flight for each worker, as `backends.studies.running` has them


@dataclass(frozen=True)
class Constants:
    """What one worker and the client of a study take.

    Attributes
    ----------
    member_seconds
        To compute a member, and to make its row of a file.
    member_bytes
        Of its row in the file, which is what travels.
    member_memory
        The bytes that a worker needs for it.
    task_seconds
        The scheduler and the client, for a part without rows.
    write_rate
        Bytes a second that the client receives and writes.
    """

    member_seconds: float
    member_bytes: float
    member_memory: float
    task_seconds: float
    write_rate: float


@dataclass(frozen=True)
class Prediction:
    """A study on paper: seconds, bytes, members.

    ``limit`` is what the time is limited by: "workers", "scheduler and client", or "cores".
    ``overhead`` is the scheduler's cost of a part divided by the part's own time.
    """

    members: float
    workers: int
    part: int
    parts: int
    seconds: float
    limit: str
    overhead: float
    moved: float
    worker_memory: float
    client_memory: float


def part_for(constants: Constants, workers: int, memory: float) -> int:
    """Return the members of a part on so many workers.

    A part takes 1 / `SHARE` times what it costs the scheduler, and long enough that the scheduler,
    which has one part after another, is busy half the time at most; ``memory`` bounds it.
    """
    seconds = max(1 / SHARE, 2 * workers) * constants.task_seconds
    most = memory / constants.member_memory
    return max(1, math.floor(min(seconds / constants.member_seconds, most)))


def predict(
    constants: Constants, members: float, workers: int, part: int, cores: int | None = None
) -> Prediction:
    """Predict a study on workers of a core each.

    ``cores`` is how many cores workers, scheduler and client share; None if each has its own.
    """
    parts = math.ceil(members / part)
    own = part * constants.member_seconds
    moved = members * constants.member_bytes
    client = parts * constants.task_seconds + moved / constants.write_rate
    times = {
        "workers": math.ceil(parts / workers) * own,
        "scheduler and client": client,
    }
    if cores is not None:
        times["cores"] = (parts * own + client) / cores
    limit = max(times, key=lambda name: times[name])
    held = part * constants.member_bytes
    return Prediction(
        members=members,
        workers=workers,
        part=part,
        parts=parts,
        seconds=times[limit],
        limit=limit,
        overhead=constants.task_seconds / own,
        moved=moved,
        worker_memory=part * constants.member_memory,
        client_memory=AHEAD * workers * held,
    )
