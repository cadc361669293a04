"""Joins the map's scripts into one: eighteen small requests would cost a busy server more than one larger one."""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{ (?P<names>[^}]+) \} from "\./(?P<module>\w+)\.js"$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) (?P<name>\w+))", re.MULTILINE)


def bundle(folder: Path, entry: str) -> str:
    """The ES module `entry` of `folder` and all that it imports, as one ES module with the exports of `entry`.

    For modules as simple as ours: imports are `import { a, b } from "./module.js"` on a line of their own, without
    cycles; exports are declared where they are defined. Each module keeps a scope of its own.
    """
    parts: dict[str, str] = {}

    def add(module: str) -> list[str]:
        source = (folder / f"{module}.js").read_text(encoding="utf-8")
        for found in _IMPORT.finditer(source):
            if found["module"] not in parts:
                add(found["module"])
        names = [found["name"] for found in _EXPORT.finditer(source)]
        body = _EXPORT.sub("", _IMPORT.sub(r"const { \g<names> } = \g<module>Module", source))
        parts[module] = f"const {module}Module = (() => {{\n{body}\nreturn {{ {', '.join(names)} }}\n}})()\n"
        return names

    names = add(entry)
    return "\n".join([*parts.values(), f"export const {{ {', '.join(names)} }} = {entry}Module\n"])
