"""What the pages' own words mean, in one sentence each."""

from collections.abc import Mapping
from typing import NamedTuple


class Word(NamedTuple):
    """A word's meaning, and the page that shows what it names."""

    meaning: str
    page: str


WORDS: Mapping[str, Word] = {
    "000/xcos_gd_2": Word(
        "A code of this form: the number of a document, then our name for one of its runs, texts "
        "or claims.",
        "goldens.html#numbers",
    ),
    "printed text": Word(
        "A text that a document's program prints, kept character for character; in the files of "
        "this suite, a golden.",
        "goldens.html",
    ),
    "claim": Word("What a document says in a sentence and we measure.", "goldens.html#claims"),
    "case": Word(
        "One run in full: optimizer, problem, their parameters, start and steps.", "accuracy.html"
    ),
    "target, mode": Word(
        "Which framework computes on which device, such as torch:cpu, and whether one operation "
        "after the other (eager) or by its compiler (compiled).",
        "environment.html",
    ),
    "bound": Word(
        "How far rounding alone can lead a correct run from the exact one, computed for each run.",
        "accuracy.html#bound",
    ),
    "ulp": Word(
        "Unit in the last place: the distance between neighbouring floating-point numbers, there.",
        "accuracy.html",
    ),
    "horizon": Word(
        "The step after which rounding alone could have led a chaotic run anywhere; up to it runs "
        "are compared.",
        "accuracy.html",
    ),
    "part": Word(
        "Two backends part at the first step at which their numbers differ, if by one bit.",
        "goldens.html#partings",
    ),
    "tape": Word(
        "A given sequence of gradients, on which only the optimizer's own arithmetic counts.",
        "accuracy.html",
    ),
    "peer": Word("The same optimizer in another library.", "optimizers.html#whose"),
    "planted": Word(
        "Said of a mistake that we made on purpose, to see whether the check finds it.",
        "check.html#trust",
    ),
    "system": Word(
        "A thing that the documents describe, from a formula to a figure; each is listed with "
        "where it is here.",
        "systems.html",
    ),
}
