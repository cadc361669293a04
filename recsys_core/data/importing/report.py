"""What an import left out or put right: every row counted by its reason, the first hundred with file and line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from recsys_core.data.spreadsheets import neutralized
from recsys_core.errors import MAX_QUOTED

MAX_EXAMPLES = 100
Outcome = Literal["left out", "put right"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Example(_Part):
    """A row that was left out or put right."""

    file: str
    line: int | None
    """Counted from 1, the header included; None where rows have no lines, or can no longer be told apart."""
    reason: str
    text: str
    """The row, 200 characters at most."""


class Reason(_Part):
    """How many rows of a file something was done to, and why."""

    file: str
    reason: str
    outcome: Outcome
    n_rows: NonNegativeInt

    @property
    def rows(self) -> str:
        """1 row; 2,000 rows."""
        return f"{self.n_rows:,} row{'' if self.n_rows == 1 else 's'}"


class ImportReport(_Part):
    """What an import came to."""

    n_read: NonNegativeInt
    """Rows of ratings that were looked at."""
    n_kept: NonNegativeInt
    """Ratings that there are now."""
    said: tuple[str, ...] = ()
    """What was found out about the files, such as their separator, a sentence each."""
    reasons: tuple[Reason, ...] = ()
    """The most rows first."""
    examples: tuple[Example, ...] = ()
    """The first hundred rows."""

    def n_rows(self, outcome: Outcome) -> int:
        """Rows that were left out, or put right, in all files."""
        return sum(reason.n_rows for reason in self.reasons if reason.outcome == outcome)

    @property
    def notices(self) -> tuple[str, ...]:
        """What it counts, a sentence each."""
        return tuple(
            f"{each.rows} of {each.file} {'was' if each.n_rows == 1 else 'were'} {each.outcome}: {each.reason}."
            for each in self.reasons
        )

    def to_csv(self) -> bytes:
        """The reasons and the examples as a spreadsheet opens them; no cell of it is a formula."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(("file", "line", "rows", "what was done", "why", "the row"))
        for each in self.reasons:
            table.writerow((*map(neutralized, (each.file, "", str(each.n_rows), each.outcome, each.reason)), ""))
        for each in self.examples:
            line = "" if each.line is None else str(each.line)
            table.writerow(tuple(map(neutralized, (each.file, line, "1", "", each.reason, each.text))))
        return text.getvalue().encode("utf-8-sig")


@dataclass
class Reporting:
    """An `ImportReport` while it is written."""

    said: list[str] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    _counts: Counter[tuple[str, str, Outcome]] = field(default_factory=Counter)

    def say(self, sentence: str) -> None:
        """Note something about the files as a whole, once."""
        if sentence not in self.said:
            self.said.append(sentence)

    def count(self, file: str, reason: str, outcome: Outcome = "left out", n_rows: int = 1) -> None:
        """Count rows of which no example is shown."""
        if n_rows:
            self._counts[file, reason, outcome] += n_rows

    def row(self, file: str, line: int | None, reason: str, text: str, outcome: Outcome = "left out") -> None:
        """Count a row, and keep it if it is among the first hundred."""
        self.count(file, reason, outcome)
        if self.has_room:
            shown = text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1]}…"
            self.examples.append(Example(file=file, line=line, reason=reason, text=shown))

    def add(self, other: Reporting) -> None:
        """Take over what another one has."""
        for sentence in other.said:
            self.say(sentence)
        self._counts.update(other._counts)
        self.examples.extend(other.examples[: MAX_EXAMPLES - len(self.examples)])

    @property
    def has_room(self) -> bool:
        """Whether another example would be kept."""
        return len(self.examples) < MAX_EXAMPLES

    def n_left_out(self, file: str) -> int:
        return sum(n for (of, _, outcome), n in self._counts.items() if of == file and outcome == "left out")

    def most_common(self, file: str) -> str:
        """The reason why most rows of `file` were left out; empty if none was."""
        left_out = {
            reason: n for (of, reason, outcome), n in self._counts.items() if of == file and outcome == "left out"
        }
        return max(left_out, key=left_out.__getitem__, default="")

    def finished(self, n_read: int, n_kept: int) -> ImportReport:
        """All of it, for good."""
        return ImportReport(
            n_read=n_read,
            n_kept=n_kept,
            said=tuple(self.said),
            reasons=tuple(
                Reason(file=file, reason=reason, outcome=outcome, n_rows=n)
                for (file, reason, outcome), n in self._counts.most_common()
            ),
            examples=tuple(self.examples),
        )
