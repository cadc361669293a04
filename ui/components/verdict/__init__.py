"""The run that one looks at in one sentence, under the title of every page; what is behind its words shows on hover."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from html import escape
from pathlib import Path

import streamlit as st

from recsys_core.errors import RunError
from recsys_core.jobs.quality_jobs import measurement
from recsys_core.quality.verdict import Claim, claims_about
from recsys_core.runs.run import Run
from ui.shared.messages import friendly_errors

_REFRESH_SECONDS = 1.0
_STYLE = f"<style>{Path(__file__).with_name('verdict.css').read_text(encoding='utf-8')}</style>"
_STABILITY = "which of them stay from another seed"
_NEIGHBORS = "what its neighbors are worth"


def verdict(run: Run, *, looks_again: bool = False) -> None:
    """Draw the sentence where this is called, as things stand.

    With `looks_again` it does so while `run` is being measured, and then has the page run again. For a page whose parts
    keep their places: on one where they come and go, such as the map with its progress, what another fragment draws
    meanwhile would have no place.
    """
    # A container of its own: what the fragment draws later must not draw over what follows.
    with st.container():
        is_measured_now = _is_measured_now(run)
        if is_measured_now and looks_again:
            st.fragment(_measured, run_every=_REFRESH_SECONDS)(run)
        else:
            with friendly_errors():
                _draw(run, is_measured_now=is_measured_now)


def _measured(run: Run) -> None:
    is_measured_now = _is_measured_now(run)
    # It may have been deleted meanwhile, which the next run of the page says.
    with suppress(RunError):
        _draw(run, is_measured_now=is_measured_now)
    if not is_measured_now:
        # The page runs again, once, so that this is no longer asked for.
        st.rerun(scope="app")


def _draw(run: Run, *, is_measured_now: bool) -> None:
    claims = claims_about(run)
    st.html(_STYLE + _sentence(run.label, claims, _missing(claims) if is_measured_now else ""))


def _missing(claims: Sequence[Claim]) -> str:
    said = " ".join(claim.text for claim in claims)
    return "" if "seed" in said else _STABILITY if "genres" in said else _NEIGHBORS


def _sentence(name: str, claims: Sequence[Claim], missing: str) -> str:
    parts = [
        f'<span class="claim" tabindex="0">{escape(claim.text)}<span class="behind" role="tooltip">'
        f"{escape(claim.behind)}</span></span>"
        for claim in claims
    ]
    if missing:
        parts.append(f'<span class="missing">{escape(missing)} is being measured …</span>')
    said = "; ".join(parts)
    if not said:
        return ""
    return f'<p class="verdict"><strong>{escape(name)}</strong> {said}{"" if missing else "."}</p>'


def _is_measured_now(run: Run) -> bool:
    try:
        state = measurement(run)
    except RunError:
        return False
    return state is not None and not state.is_over
