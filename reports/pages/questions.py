"""What visitors ask, with the results' own answers and links to the evidence."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from reference import OPTIMIZERS
from reports.cells import AgreementCell
from reports.compute import roofline
from reports.compute.goldens import Printed
from reports.compute.rates import strip
from reports.pages import asv, failures
from reports.pages.environment import PHRASES
from reports.pages.explorer import GUIDES
from reports.pages.grids import row_id
from reports.pages.nearest import Nearest
from reports.pages.porting import NOTHING, ports
from reports.pages.speed import Table
from reports.read.races import Races
from reports.read.results import Results
from reports.words import counted, sentence

ASKED = "adam"  # the optimizer that most users ask for
PORTED = "rmsprop"  # the one whose defaults differ most between libraries
EXAMPLE = "000/x2_gd_0.2/jax"  # a text whose number is one of the examples


@dataclass(frozen=True)
class Question:
    """A frequent question, its answer, a link to the evidence, and a command if there is one."""

    words: str
    answer: str
    page: str
    command: str = ""


def collect(
    printed: Printed,
    nearest: list[Nearest],
    tables: list[Table],
    moved: pd.DataFrame,
    races: Races,
    pages: bool,
    tested: Results,
) -> list[Question]:
    """All questions that there is an answer to; ``moved`` is the roofline's data frame.

    ``pages`` says whether asv's own pages are part of the report.
    """
    return [
        _yours(),
        *_failed(tested),
        *_fastest(tables, moved),
        *_behind(races),
        _numbers(printed),
        *_port(),
        *_disputes(printed),
        *_nearest(nearest),
        _divergence(),
        _convergence(),
        *_guides(),
        *_machine(tested.environment),
        *_asv(pages),
    ]


def _yours() -> Question:
    words = "One command holds it to the exact result, on tapes that are each there for a class of \
mistakes: torch's, optax's, Keras' or a function of your own."
    return Question("Is the optimizer that I wrote right?", words, "check.html")


def _failed(tested: Results) -> Iterator[Question]:
    """Where what fails is shown, and how a check runs alone, by the example of one."""
    for cell in tested.of(AgreementCell):
        if command := failures.alone(cell):
            asked = "Where does a check that failed stand, and how is one check run alone?"
            words = "At the top of this page: what was expected, what came, and the command that \
runs this check alone. That of one run, for example:"
            yield Question(asked, words, f"accuracy.html#{row_id(cell)}", command)
            return


def _numbers(printed: Printed) -> Question:
    """Where the printed numbers are, by the example of one."""
    example = next(iter(re.findall(r"\d+\.\d+", printed.rows[EXAMPLE].golden.printed)), "")
    words = f"{len(printed.numbers)} of {counted(len(printed.texts), 'printed text')} hold one. "
    words += "They are in one table, with whether ours print the same digits."
    asked = f"Where is a number that a document prints, such as {example}?"
    return Question(asked, words, "goldens.html#numbers")


def _port() -> Iterator[Question]:
    """What differs between two libraries' optimizers of the same name."""
    found = ports(PORTED)
    there = found[found["from the defaults of"].str.startswith("torch.")]
    there = there[there["set"].str.startswith("keras.")]
    for row in there.to_dict("records"):
        asked = f"How does Keras' {OPTIMIZERS[PORTED].title} differ from torch's?"
        words = f"To take torch's steps, set {row['set']}."
        if row["still differs"] != NOTHING:
            words = f"As near as Keras comes to torch's steps: {row['set']}. "
            words += f"What stays different: {row['still differs']}."
        yield Question(asked, words, f"optimizers.html#port-{PORTED}")


def _machine(environment: Mapping[str, str]) -> Iterator[Question]:
    names = [name for name in ("processor", "cores", "memory") if environment.get(name)]
    if names:
        words = "; ".join(PHRASES[name].format(environment[name]) for name in names)
        yield Question("On what machine was this checked?", f"{words}.", "environment.html")


def _disputes(printed: Printed) -> Iterator[Question]:
    """Why backends print other digits, by the example of the first run in which they do."""
    for row, answer in printed.disputes[:1]:
        others = [other.golden.id for other, _ in printed.disputes[1:]]
        more = f" Others do too, for reasons of their own: {', '.join(others)}." if others else ""
        asked = "Why do backends print other digits?"
        words = f"In {row.golden.id}: {answer}{more}"
        yield Question(asked, words, f"goldens.html#{row.anchor}")


def _nearest(found: list[Nearest]) -> Iterator[Question]:
    for each in found[:1]:
        asked = "Which run of ours is nearest to its bound?"
        words = f"{each.words} Optimizers of other libraries are not counted."
        yield Question(asked, words, f"accuracy.html{each.row}")


def _fastest(tables: list[Table], moved: pd.DataFrame) -> Iterator[Question]:
    """On each machine, the backend whose updates of the most parameters are the fastest."""
    for table in tables:
        found = [
            (int(row.key[1]), row, row.lead)
            for row in table.rows
            if table.name == roofline.UPDATES and row.key[0] == ASKED and row.lead
        ]
        for n, row, lead in sorted(found, key=lambda each: each[0])[-1:]:
            who = f"{OPTIMIZERS[ASKED].title} of {n:,} parameters on {table.machine}"
            answer = f"{lead.story}{_rate(moved, n, lead.target, table)}."
            page = f"speed.html#{table.anchor(row)}"
            yield Question(f"Which backend is fastest for {who}?", answer, page)


def _rate(moved: pd.DataFrame, n: int, target: str, table: Table) -> str:
    """The bytes per second, and their share of what memory gave, if the table's run measured it."""
    wanted = (moved.optimizer == ASKED) & (moved.parameters == n) & (moved.by == target)
    same = (moved.run == f"asv on {table.machine}") & (moved.commit == table.commit)
    found = moved[wanted & same].dropna(subset="share")
    if found.empty:
        return ". This run did not measure what memory gives"
    rate, words = found.iloc[0]["bytes / s"], roofline.against(found.iloc[0])
    return f". It moves {rate / 1e9:.3g} GB/s, {words}"


def _behind(races: Races) -> Iterator[Question]:
    for race in races.furthest_first[:1]:
        rival = race.rivals[str(race.best)]
        words = f"{race.work}, by {race.backend}, {race.what}: {rival.ratio:.2f} times {race.best}."
        yield Question("What is furthest behind its peer?", words, f"speed.html#{race.anchor}")


def _divergence() -> Question:
    gd = strip("square", "gd")
    words = f"Above {gd.diverges:.4f}. It is quickest at {gd.best:g}, with "
    words += f"{counted(int(gd.steps), 'step')}."
    asked = "From which learning rate on does gradient descent diverge on x²?"
    return Question(asked, words, "maps.html#lr-square-gd")


def _convergence() -> Question:
    """The rates with which Newton's method converges where the documents try it."""
    newton = strip("cosh", "newton")
    asked = f"For which learning rates does Newton's method converge on {newton.scene.title}?"
    return Question(asked, sentence(f"it {newton.words}"), "maps.html#lr-cosh-newton")


def _guides() -> Iterator[Question]:
    """What the explorer shows in steps."""
    for guide in GUIDES:
        asked = f"{guide.words[0].upper()}{guide.words[1:]}"
        yield Question(asked, guide.why, f"explorer.html#{guide.state}")


def _asv(pages: bool) -> Iterator[Question]:
    if pages:
        yield Question("Where are asv's own pages?", asv.SERVED, "speed.html#asv")
