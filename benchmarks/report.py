"""A benchmark's table: printed row by row as it is measured, and written as Markdown to `benchmarks/results/`."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass
class Report:
    """Rows of figures under a title."""

    name: str
    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    command: str = ""
    """What makes it, after `python -m benchmarks.`; the name if left out."""

    def __post_init__(self) -> None:
        print(f"{self.title}\n" + " | ".join(self.columns), flush=True)

    def add(self, *cells: object) -> None:
        self.rows.append([str(cell) for cell in cells])
        print(" | ".join(self.rows[-1]), flush=True)

    def note(self, text: str) -> None:
        self.notes.append(text)
        print(text, flush=True)

    def write(self) -> None:
        RESULTS.mkdir(exist_ok=True)
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        lines = [
            f"# {self.title}",
            "",
            f"`python -m benchmarks.{self.command or self.name}` on {machine}.",
            "",
            f"| {' | '.join(self.columns)} |",
            f"|{'---|' * len(self.columns)}",
            *(f"| {' | '.join(row)} |" for row in self.rows),
            "",
            *(f"{note}\n" for note in self.notes),
        ]
        path = RESULTS / f"{self.name}.md"
        path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
        print(f"wrote {path}")
