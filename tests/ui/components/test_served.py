"""What the browser loads once: the map's modules as they are."""

from __future__ import annotations

import re
from pathlib import Path

from ui.components import served as served_files


def test_the_served_modules_are_those_of_the_package_and_import_one_another(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(served_files, "STATIC_DIR", tmp_path)
    monkeypatch.setattr(served_files, "_SERVED_DIR", tmp_path / "served")
    served = tmp_path / served_files.modules_url.__wrapped__().removeprefix("app/static/")
    sources = Path(served_files.__file__).with_name("map") / "js"
    assert {path.name: path.read_bytes() for path in served.iterdir()} == {
        path.name: path.read_bytes() for path in sources.iterdir()
    }
    imported = [name for path in served.iterdir() for name in re.findall(r'from "(.+)"', path.read_text("utf-8"))]
    assert imported
    assert all((served / name).is_file() for name in imported)
