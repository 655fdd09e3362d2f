"""Studies: many cases swept at once, on any executor, into a Parquet data set."""

from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

from backends.studies.results import Results


def study(
    source: str | Path | Mapping[str, object],
    folder: str | Path,
    executor: Executor | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> Results:
    """Run a study into a folder of Parquet files, one for each part; go on with what is there.

    A part that is there is not computed again. A member's bits depend on neither the executor,
    the number of workers nor the parts, on machines of the same arithmetic, which each part names.

    Parameters
    ----------
    source
        The path of a TOML file, or a dict of the same form.
    folder
        Where the results are, or will be.
    executor
        Where to compute: any executor of `concurrent.futures`, or of a cluster by
        ``distributed.Client.get_executor()``.
    scheduler
        The address of a Dask scheduler, instead of an executor.
    workers
        Without both, the number of processes here; None for one a core, 1 for this process.
        Processes are spawned, so a script needs ``if __name__ == "__main__":``.
    progress
        Show a progress bar on a terminal.

    Raises
    ------
    reference.Unknown, reference.Invalid
        If the study is not valid, the folder holds something else, nothing answers at the address,
        or a worker has other versions of packages.
    Unsupported
        If a target cannot run here; the message gives the reason.
    backends.StudyError
        If workers are lost, the disk is full or a part is damaged. Parts that are there are kept.
    """
    from backends.studies import cluster, plan, running
    from reference import Invalid

    if executor is not None and scheduler is not None:
        raise Invalid("executor and scheduler: expected one of them")
    checked = plan.read(source)
    if scheduler is not None:
        where = cluster.at(scheduler, checked)
    elif executor is not None:
        where = running.given(executor)
    else:
        where = running.here(checked, workers)
    with where as found:
        return running.run(checked, Path(folder), found, progress)
