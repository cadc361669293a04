"""Which versions a worker must share with the app, this project's own code among them, so that both do the same."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import recsys_core

PROJECT = "movie-embeddings"
PACKAGES = ("dask", "distributed", "tensorflow", "keras", "numpy", "pandas", "pyarrow", "pydantic")
"""What messages and trainings go through; patch versions count, since a training's numbers may depend on them."""


@cache
def own_versions() -> dict[str, str]:
    """By name: Python's major and minor number, the packages', and a digest of this project's code."""
    return {PROJECT: code_digest(), "python": ".".join(platform.python_version_tuple()[:2]), **_packages()}


def differences(mine: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """What differs, in words for one line: "numpy 2.3.1 where this app has 2.4.6"; empty if nothing does."""
    return ", ".join(
        f"{name} {theirs.get(name) or 'missing'} where this app has {version or 'none'}"
        for name, version in mine.items()
        if theirs.get(name, "") != version
    )


def code_digest(folder: Path | None = None) -> str:
    """Eight hexadecimal digits that change with any module of `recsys_core`: an edited checkout has no version."""
    folder = folder or Path(recsys_core.__file__).parent
    digest = hashlib.blake2b(digest_size=4)
    for file in sorted(folder.rglob("*.py"), key=lambda file: file.relative_to(folder).as_posix()):
        # Where the package is installed, the app itself lies in it; in a checkout, beside it.
        if "resources" not in file.relative_to(folder).parts[:-1]:
            # Git may write other ends of lines on Windows.
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes().replace(b"\r", b""))
    return digest.hexdigest()


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        # TensorFlow comes under two names that compute the same.
        for candidate in (name, f"{name}-cpu"):
            try:
                found[name] = importlib.metadata.version(candidate)
                break
            except importlib.metadata.PackageNotFoundError:
                found[name] = ""
    return found
