"""Claim: a report is replaced as a whole, and other files and folders are not touched."""

import pytest

from reports import swap
from tests.helpers.killed import report

OLD, NEW = ({"index.html": t, "assets/report.css": t, "data/x.csv": t} for t in (b"old", b"new"))


@pytest.fixture
def out(tmp_path):
    """The folder of an old report."""
    swap.write(tmp_path / "html", OLD, {})
    return tmp_path / "html"


@pytest.fixture(params=["exchange", "rename"])
def way(request, monkeypatch):
    """Run a test with the exchange by one system call, and as if there were none."""
    if request.param == "rename":
        monkeypatch.setattr(swap, "_exchange", lambda *paths: False)


def _beside(out):
    return [path.name for path in out.parent.iterdir() if path != out]


@pytest.mark.usefixtures("way")
def test_the_new_report_takes_the_place_of_the_old(out):
    """The new report replaces all of the old one, and no temporary folder is left."""
    swap.write(out, {name: NEW[name] for name in ("index.html", "assets/report.css")}, {})
    assert report(out) == {"index.html": b"new", "assets/report.css": b"new"}
    assert _beside(out) == []


@pytest.mark.usefixtures("way")
def test_what_is_not_the_reports_stays(out):
    """A file, a folder and a link that a user put into the folder stay there."""
    (out / "CNAME").write_text("example.org")
    (out / "notes").mkdir()
    (out / "notes" / "today.txt").write_text("right")
    (out / "latest").symlink_to("index.html")
    swap.write(out, NEW, {})
    assert report(out).items() >= {"CNAME": b"example.org", "notes/today.txt": b"right"}.items()
    assert (out / "latest").is_symlink()
    assert (out / "latest").read_bytes() == b"new"


def test_a_folder_that_is_no_report_is_refused(tmp_path):
    """A folder with other contents is refused; an empty, a new and a linked one are accepted."""
    foreign = tmp_path / "documents"
    foreign.mkdir()
    swap.check(foreign)
    swap.check(foreign / "report")
    (foreign / "data").mkdir()
    (foreign / "data" / "thesis.txt").write_text("years of work")
    for refused in (foreign, foreign / "data" / "thesis.txt"):
        with pytest.raises(FileExistsError, match=f"{refused} is not a report"):
            swap.write(refused, NEW, {})
    assert report(foreign) == {"data/thesis.txt": b"years of work"}
    (tmp_path / "link").symlink_to(foreign / "report")
    for files in (OLD, NEW):
        swap.write(tmp_path / "link", files, {})
    assert (tmp_path / "link").is_symlink()
    assert report(foreign / "report") == NEW


@pytest.mark.parametrize("where", ["write_bytes", "rename"])
def test_an_interrupted_build_cleans_up(where, out, monkeypatch):
    """Ctrl-C while writing, or between the two renames, leaves the old report and nothing else."""

    def interrupted(path, *arguments):
        if path.name == ".html.old":  # restoring the old report is allowed
            return rename(path, *arguments)
        if where == "rename" and path == out:
            return rename(path, *arguments)
        raise KeyboardInterrupt

    rename = type(out).rename
    monkeypatch.setattr(swap, "_exchange", lambda *paths: False)
    with monkeypatch.context() as patch:
        patch.setattr(type(out), where, interrupted)
        with pytest.raises(KeyboardInterrupt):
            swap.write(out, NEW, {})
    assert report(out) == OLD
    assert _beside(out) == []
