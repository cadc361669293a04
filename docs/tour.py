"""Write the tour of docs/design.md anew: a line a file, which is the first line of the file itself.

python -m docs.tour
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DESIGN = ROOT / "docs" / "design.md"
TREES = ("recsys_core", "ui", "pages")
BEGIN, END = "<!-- tour: written by docs/tour.py -->\n", "<!-- end of the tour -->\n"


def first_sentence(path: Path) -> str:
    """The first line of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n", 1)[0]


def folder_lines(folder: Path, depth: int) -> list[str]:
    """A folder's line, then one for each of its modules and folders."""
    about = first_sentence(folder / "__init__.py") if (folder / "__init__.py").exists() else ""
    indent = "  " * depth
    lines = [f"{indent}- **`{folder.name}/`** {about}".rstrip()]
    inner = [path for path in sorted(folder.iterdir()) if path.is_dir() and any(path.rglob("*.py"))]
    modules = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
    lines += [f"{indent}  - `{path.name}` {first_sentence(path)}".rstrip() for path in modules]
    for path in inner:
        lines += folder_lines(path, depth + 1)
    return lines


def tour() -> str:
    """The tour as Markdown."""
    return "\n".join(line for tree in TREES for line in folder_lines(ROOT / tree, 0)) + "\n"


def with_tour(text: str) -> str:
    """`text` of the design page with the tour as it is now."""
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: BEGIN + tour() + END, text, flags=re.S)


if __name__ == "__main__":
    DESIGN.write_text(with_tour(DESIGN.read_text(encoding="utf-8")), encoding="utf-8")
