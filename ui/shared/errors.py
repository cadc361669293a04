"""The one place where an error of recsys_core becomes a message on the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from recsys_core.errors import RecsysError
from ui.shared.format import escape_markdown


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Show a `RecsysError` of the block as a message and end the page there; anything else is a defect and goes on."""
    try:
        yield
    except RecsysError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        st.stop()
