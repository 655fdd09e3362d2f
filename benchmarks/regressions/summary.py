"""The verdicts as a table for a terminal, and in Markdown for a pull request."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.regressions.verdicts import ORDER, SAME, SLOWER, UNDECIDED, WRONG, Verdict

SHOWN = 40  # rows; the JSON has all


def counts(found: list[Verdict]) -> str:
    """How many benchmarks have each verdict."""
    kinds = Counter(verdict.verdict for verdict in found)
    return ", ".join(f"{kinds[kind]} {kind}" for kind in ORDER if kinds[kind])


def _rows(found: list[Verdict]) -> list[tuple[str, str, str]]:
    notable = [v for v in found if v.verdict not in (SAME, UNDECIDED)]
    rows = [(v.verdict, v.name, v.why) for v in notable[:SHOWN]]
    left = len(notable) - len(rows)
    return rows + ([("", f"and {left} more", "")] if left else [])


def table(found: list[Verdict]) -> str:
    """Every benchmark that changed, or was not measured, and the counts of all."""
    import pandas as pd

    rows = _rows(found)
    if not rows:
        return counts(found)
    frame = pd.DataFrame(rows, columns=["verdict", "benchmark", "why"])
    text = frame.to_string(index=False, justify="left", max_colwidth=100)
    return f"{text}\n\n{counts(found)}"


def markdown(meta: Mapping[str, Any], found: list[Verdict]) -> str:
    """A summary for a pull request."""
    kinds = {verdict.verdict for verdict in found}
    title = "Something got worse" if kinds & {SLOWER, WRONG} else "Nothing got worse"
    clocks = f"{meta['rounds']} rounds of clocks" if meta["rounds"] else "counts only"
    lines = [
        f"### {title}",
        "",
        f"`{meta['base'][:12]}` to `{meta['head'][:12]}`: {counts(found)} ({clocks}).",
    ]
    rows = _rows(found)
    if rows:
        lines += ["", "| verdict | benchmark | why |", "|---|---|---|"]
        lines += [
            "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
        ]
    return "\n".join(lines) + "\n"
