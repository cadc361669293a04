"""The cluster that does the trials, if one does: its workers, what each does, and those that were lost or refused."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core.jobs.cluster.view import ClusterView
from recsys_core.jobs.executors import cluster
from ui.shared.format import escape_markdown

_REFRESH_SECONDS = 2.0
_GB = 1e9


def workers_panel() -> None:
    """Draw it where this is called, and go on drawing; nothing where the app does all trials itself."""
    if cluster() is None:
        return
    st.subheader("Workers", anchor=False)
    with st.container():
        st.fragment(_draw, run_every=_REFRESH_SECONDS)()


def _draw() -> None:
    view = cluster()
    if view is None:
        return
    icon = ":material/hub:" if view.is_connected else ":material/link_off:"
    waiting = f" {view.n_waiting} waiting for one of them." if view.n_waiting else ""
    st.caption(f"{icon} {escape_markdown(view.message + waiting)}")
    table = _table(view)
    most = max((each.memory_limit for each in view.workers), default=0) / _GB
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder="none",
        column_config={
            "Memory": st.column_config.ProgressColumn(
                "Memory, GB", format="%.1f", min_value=0.0, max_value=most or 1.0,
                help="What the worker takes, of what it may take before Dask ends it.",
            ),
            "CPU": st.column_config.NumberColumn("CPU", format="%.0f %%", help="Of one core."),
            "Note": st.column_config.TextColumn("Note", width="large"),
        },
    )  # fmt: skip


def _table(view: ClusterView) -> pd.DataFrame:
    """A row a worker, lost ones last."""
    return pd.DataFrame(
        {
            "Worker": [each.name for each in view.workers],
            "State": ["at work" if each.state == "busy" else each.state for each in view.workers],
            "Does": [each.doing for each in view.workers],
            "Memory": [each.memory_used / _GB for each in view.workers],
            "CPU": [each.cpu for each in view.workers],
            "Note": [each.message for each in view.workers],
        }
    )
