"""The browser tests share what tests/browsing.py offers."""

from __future__ import annotations

from pathlib import Path

import pytest

MISSED_MOMENTS = ["TimeoutError", "Locator expected", "Page expected", "Page URL expected"]
"""What Playwright says when a page was too slow for it. What the watch for errors finds is never tried again."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A real browser on a busy machine may miss a moment: such a test may try twice more, and the report says so."""
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=MISSED_MOMENTS))
