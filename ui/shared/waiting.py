"""Work in the background as a page sees it: its result, and until that is there its progress, seen as it goes on.

A page asks, goes on without the answer, and runs again once when the work is over. Works with the same slot take each
other's place: a page asks for one of them at a time.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import streamlit as st

from recsys_core.jobs import background, board
from recsys_core.jobs.work import Lane, Status, Work
from ui.shared.format import escape_markdown
from ui.shared.watching import visitor

_POLL_SECONDS = 0.5
_A_MOMENT = 0.1
"""Seconds that a page waits for what may be there at once: a line that comes and goes would be in the way."""


def result_of(work: Work) -> Any | None:
    """What `work` came to; None while it is under way or has failed, which is then said here."""
    result = result_if_ready(work)
    show_progress(work)
    return result


def result_if_ready(work: Work) -> Any | None:
    """What `work` came to, None if it is not there (yet); it is begun if it is not known. Draws nothing."""
    status = background.ask(work, visitor())
    if not status.is_over:
        background.wait(work.key, _A_MOMENT)
        status = background.look(work.key, visitor()) or status
    return status.result


def show_progress(work: Work) -> None:
    """A line on work that is under way, or on why it failed, with a button to try again; nothing once it is done."""
    # A container of its own, always: what is drawn in it later must not draw over what follows.
    with st.container():
        status = background.ask(work, visitor())
        if status.state == "failed":
            with st.container(horizontal=True, vertical_alignment="center"):
                _show_failure(status)
                st.button(
                    "Try again", type="tertiary", icon=":material/refresh:", key=f"again_{work.kind}",
                    on_click=background.ask, args=(work, visitor()), kwargs={"again": True},
                )  # fmt: skip
        elif not status.is_over:
            _watch(work.key, work.title, work.lane, False, [])


def offered(work: Work, label: str, *, key: str, text: str = "", help: str | None = None) -> Any | None:
    """What `work` came to; until then None, and a button that asks for it or its progress with a button that cancels.

    `text` is Markdown beside the first button.
    """
    # Containers of their own, always: what is drawn in them later must not draw over what follows. One for either row,
    # for the button that was clicked stays until the page has run, and would push the other one aside while it is hit.
    with st.container():
        under_way, offer = st.container(), st.container()
    status = background.look(work.key, visitor())
    if status is not None and status.state == "done":
        return status.result
    if status is not None and not status.is_over and status.is_own:
        with under_way, st.container(horizontal=True, vertical_alignment="center"):
            _watch(work.key, work.title, work.lane, True, [])
            # Not in the fragment, so that it is heard while the page still runs.
            st.button("Cancel", key=f"cancel_{work.kind}", on_click=background.withdraw, args=(work.key, visitor()))
        return None
    with offer:
        if status is not None and status.state == "failed":
            _show_failure(status)
        with st.container(horizontal=True, vertical_alignment="center"):
            if text:
                st.markdown(text)
            st.button(
                label, type="primary", key=key, help=help, width="content" if text else "stretch",
                on_click=background.ask, args=(work, visitor(), background.CLICKED), kwargs={"again": True},
            )  # fmt: skip
    return None


@st.fragment(run_every=_POLL_SECONDS)
def _watch(key: tuple[Hashable, ...], title: str, lane: Lane, as_bar: bool, looks: list[bool]) -> None:
    """Draws one element each time, and touches no run: that may be deleted meanwhile."""
    status = background.look(key, visitor())
    is_over = status is None or status.is_over
    _show_status(status or Status("done", 1.0, "Done."), title, lane, as_bar=as_bar)
    # The first look is part of the page's own run, which need not begin again.
    if is_over and looks:
        st.rerun()
    looks.append(True)


def _show_status(status: Status, title: str, lane: Lane, *, as_bar: bool) -> None:
    text = f"{title} …"
    if status.state == "waiting" and lane is Lane.TENSORFLOW and board.active():
        text = f"{title}. A training has the machine to itself; this comes when it is done."
    elif status.message:
        text = f"{title}: {escape_markdown(status.message[:1].lower() + status.message[1:])}"
    if as_bar or status.fraction is not None:
        st.progress(status.fraction or 0.0, text=text)
    else:
        st.caption(f":material/hourglass_top: {text}")


def _show_failure(status: Status) -> None:
    st.error(escape_markdown(status.message), icon=":material/error:")
