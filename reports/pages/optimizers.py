"""The optimizers' entries: formula, conventions, hyperparameters in words, sources and files."""

import textwrap
from dataclasses import MISSING, dataclass
from functools import cached_property
from importlib import import_module
from inspect import getdoc

import pandas as pd

from backends import BACKENDS, absences
from reference import OPTIMIZERS, Cite, FirstOrder, Optimizer, Parameters, Schedule
from reference.aliases import ALIASES
from reference.first_order import SHARED
from reference.schedules import SCHEDULES


@dataclass(frozen=True)
class Entry:
    """An optimizer as its specification and its module's docstring describe it."""

    spec: Optimizer

    @cached_property
    def _doc(self) -> list[str]:
        """The paragraphs of the docstring; an indented one is a formula."""
        module = import_module(f"reference.optimizers.{self.spec.id}")
        return (getdoc(module) or "").split("\n\n")

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def summary(self) -> str:
        return _plain(self._doc[0])

    @property
    def formula(self) -> str:
        return "\n\n".join(textwrap.dedent(part) for part in self._doc[1:] if part[:1] == " ")

    @property
    def conventions(self) -> list[str]:
        return [_plain(part) for part in self._doc[1:] if part[:1] != " "]

    @property
    def cites(self) -> tuple[Cite, ...]:
        return self.spec.cites

    @property
    def files(self) -> list[str]:
        """Where it is specified, and implemented on each backend that has it."""
        backends = [b for b in BACKENDS if self.id not in absences(b)]
        folders = ["reference/optimizers", *(f"backends/{backend}" for backend in backends)]
        return [f"{folder}/{self.id}.py" for folder in folders]

    @property
    def fields(self) -> pd.DataFrame:
        """A row for every hyperparameter of its formula."""
        rows = table(self.spec.hyper)
        return rows[~rows.hyperparameter.isin(SHARED)] if self.spec.first_order else rows


def table(parameters: type[Parameters]) -> pd.DataFrame:
    """A row for each of a class's parameters: its name, default, valid values and meaning."""
    rows = []
    for name, field in parameters.describe_fields().items():
        default = "must be given" if field.default is MISSING else str(field.default)
        rows.append((name, default, field.expected, _plain(field.meaning)))
    return pd.DataFrame(rows, columns=["hyperparameter", "default", "expected", "meaning"])


@dataclass(frozen=True)
class Rule:
    """A schedule of the learning rate as its class describes it."""

    id: str
    kind: type[Schedule]

    @property
    def summary(self) -> str:
        return _plain((getdoc(self.kind) or "").split("\n\nAttributes")[0].replace("\n\n", " "))

    @property
    def fields(self) -> pd.DataFrame:
        """A row for every parameter."""
        return table(self.kind)


RULES = [Rule(name, kind) for name, kind in SCHEDULES.items()]


def _plain(text: str) -> str:
    """A paragraph of a docstring in one line, without its markup."""
    return " ".join(text.replace("`", "").split())


def aliases() -> pd.DataFrame:
    """A row for every name that others have for an optimizer."""
    rows = [(name, alias.optimizer, str(alias)) for name, alias in ALIASES.items()]
    return pd.DataFrame(rows, columns=["name", "optimizer", "is"])


ENTRIES = [Entry(spec) for spec in OPTIMIZERS.values()]


def frame() -> pd.DataFrame:
    """All hyperparameters of all optimizers, and of the schedules."""
    parts = [entry.fields.assign(optimizer=entry.id) for entry in ENTRIES]
    parts.append(table(FirstOrder).assign(optimizer="every first-order optimizer"))
    parts += [rule.fields.assign(optimizer=f"schedule {rule.id}") for rule in RULES]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["optimizer", *whole.columns.drop("optimizer")]]
