"""asv's own HTML pages, linked with the report."""

from pathlib import Path

SERVED = (
    "They read their data from a server and their scripts from the network, so opened as files "
    "they stay empty: type nox -s preview in the repository, and open this report at "
    "the address that it prints. There they are behind the link on Speed, From commit to commit, "
    "or at that address with /asv/index.html after it."
)
ERROR = "error.html"  # where asv's page goes when its scripts cannot be loaded
FROM_FILE = f"""<script>
if (location.protocol === "file:") location.replace("{ERROR}");
</script>"""
PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>asv's own pages &ndash; descent-bench</title>
<link rel="icon" href="data:,">
<script src="../assets/scheme.js"></script>
<link rel="stylesheet" href="../assets/report.css">
</head>
<body>
<header><nav aria-label="Pages"><ul><li><a href="../index.html">Report</a></li></ul></nav></header>
<main>
<h1>asv's own pages cannot be shown here</h1>
<p>{SERVED}</p>
<p>The <a href="../speed.html">newest results</a> and their
<a href="../speed.html#history">history</a> need neither.</p>
</main>
</body>
</html>
"""


def pages(published: Path) -> dict[str, str]:
    """The pages that take the place of asv's own, by name.

    The first has a link to the report in its navigation. Where it cannot work the other one is
    shown, which says what to do.
    """
    text = (published / "index.html").read_text(encoding="utf-8")
    back = '<li><a href="../index.html">Report</a></li>'
    text = text.replace('<li id="nav-li-"', f'{back}<li id="nav-li-"', 1)
    return {"index.html": text.replace("<head>", f"<head>{FROM_FILE}", 1), ERROR: PAGE}
