"""Adding a data set: downloaded, uploaded, or one that the owner has put into the data folder."""

from __future__ import annotations

import uuid
from pathlib import Path

import pandas as pd
import streamlit as st

from recsys_core.data.bounded.streams import MAX_FILE_BYTES
from recsys_core.data.download.editions import DOWNLOADABLE, LICENSE
from recsys_core.data.growing_table import MAX_RATINGS
from recsys_core.data.importing.columns import ColumnNames
from recsys_core.data.importing.editions import TABLE_SUFFIXES
from recsys_core.data.importing.reading import Preview, look_at
from recsys_core.data.library.folder import data_dir, files_of_the_owner, own_data_set
from recsys_core.errors import RecsysError
from recsys_core.jobs import background
from recsys_core.jobs.data_sets import adding_work, begun_bytes, discard_upload, downloading_work, keep_upload
from ui.shared.format import escape_markdown, format_count
from ui.shared.messages import error_text
from ui.shared.ratings import choose_data_set
from ui.shared.waiting import offered

_NONE = "–"
_WORDS = {
    "user": "Users", "item": "Items", "rating": "Ratings", "timestamp": "Times", "title": "Names of items",
    "genres": "Genres", "year": "Years",
}  # fmt: skip
_MAX_UPLOAD_MB = 1_000
"""Of a file sent by the browser, which the server holds in memory; larger ones go into the data folder."""
_REQUIRED = ("user", "item")
_NUMBER = "data_number"
_COLUMNS_SHOWN = 50


def upload() -> None:
    """Upload a file and look at it; then add it."""
    uploaded = st.file_uploader(
        "A MovieLens zip, or one table of ratings", type=["zip", *(suffix[1:] for suffix in TABLE_SUFFIXES)],
        key=f"data_upload_{_number()}", max_upload_size=_MAX_UPLOAD_MB,
        help="Any MovieLens layout as a zip, or a table with a user, an item and a rating in each row: CSV, tabs, "
        "semicolons or Parquet. Ids may be texts.",
    )  # fmt: skip
    st.caption(
        f"At most {MAX_FILE_BYTES >> 30} GB unpacked and {MAX_RATINGS // 1_000_000} million ratings. It stays on this "
        "server, where everybody who uses it can train on it."
    )
    if uploaded is None:
        return
    try:
        path = keep_upload(uuid.uuid5(uuid.NAMESPACE_OID, uploaded.file_id).hex, uploaded.name, uploaded)
    except RecsysError as error:
        st.error(error_text(error), icon=":material/error:")
        return
    _look_and_add(path, uploaded.name, "upload")


def from_folder() -> None:
    """Choose among the files in the data folder; then add one."""
    files = files_of_the_owner()
    if not files:
        st.caption(
            f"Put zips or tables into {escape_markdown(str(data_dir()))} on the server, and they are offered here: no "
            "other folder is looked at."
        )
        return
    chosen = st.selectbox("File", files, format_func=lambda path: path.name, key="data_file")
    _look_and_add(chosen, chosen.name, "file")


def _look_and_add(path: Path, name: str, key: str) -> None:
    try:
        preview = look_at(path)
    except RecsysError as error:
        st.error(error_text(error), icon=":material/error:")
        return
    st.caption(escape_markdown(preview.said))
    _first_rows(preview)
    columns = _mapping(preview, key) if preview.columns else ColumnNames()
    called = st.text_input("Name", Path(name).stem[:60], key=f"data_name_{key}_{path}", max_chars=60)
    if columns is None:
        st.caption("Choose the columns of users and of items first.")
        return
    work = adding_work(path, columns, called.strip(), _number())
    added = offered(work, "Add this data set", key=f"data_add_{key}")
    if added is not None:
        discard_upload(path)
        _take(added, called.strip() or added)


def download() -> None:
    """Choose a MovieLens edition, see how large it is and whose, and download it."""
    name = st.selectbox(
        "MovieLens edition", list(DOWNLOADABLE), key="data_edition",
        format_func=lambda each: f"{each} · {DOWNLOADABLE[each].about}",
    )  # fmt: skip
    work = downloading_work(name, _number())
    if own_data_set(name) is not None and background.look(work.key) is None:
        st.caption("This edition is here already.")
        return
    st.caption(f"{escape_markdown(LICENSE)} From {escape_markdown(DOWNLOADABLE[name].url)}")
    begun = begun_bytes(name)
    if begun:
        st.caption(f"{begun / 1e6:,.1f} MB are here from last time: it goes on from there.")
    added = offered(work, f"Download {name}", key="data_download")
    if added is not None:
        _take(added, added)


def _take(added: str, name: str) -> None:
    """Make what was added the chosen one, unless somebody has removed it since; and begin anew here."""
    # A new field, empty again, takes the place of the one that held the file.
    st.session_state[_NUMBER] = _number() + 1
    own = own_data_set(added)
    if own is not None:
        n_left_out = own.report.n_rows("left out")
        left_out = f" {format_count(n_left_out, 'row')} left out: see Import." if n_left_out else ""
        st.session_state["data_said"] = f"Added “{name}”. Train uses it from now on.{left_out}"
        choose_data_set(added)
    st.rerun()


def _number() -> int:
    """How often this visitor has added something."""
    return st.session_state.setdefault(_NUMBER, 0)


def _first_rows(preview: Preview) -> None:
    """What the columns hold, which says what they are where their names do not."""
    if not preview.rows:
        return
    names = preview.columns[:_COLUMNS_SHOWN]
    # By number: two columns may have one name.
    frame = pd.DataFrame([row[: len(names)] for row in preview.rows], columns=pd.Index([*map(str, range(len(names)))]))
    headings = {str(place): st.column_config.TextColumn(name) for place, name in enumerate(names)}
    st.dataframe(frame, hide_index=True, column_config=headings)


def _mapping(preview: Preview, key: str) -> ColumnNames | None:
    """Which column is what, as guessed until somebody says otherwise; None while users or items are not chosen."""
    options = [_NONE, *range(len(preview.columns))]
    chosen: dict[str, str | None] = {}
    grid = st.grid(3, min_column_width=140)
    for what, label in _WORDS.items():
        with grid.cell():
            place = st.selectbox(
                label, options, index=preview.guessed.get(what, -1) + 1, key=f"data_{key}_{what}_{preview.file}",
                format_func=lambda each: _NONE if each == _NONE else f"{preview.columns[each]}",
            )  # fmt: skip
        # By number: two columns may have one name.
        chosen[what] = None if place == _NONE or not isinstance(place, int) else str(place + 1)
    return None if any(chosen[what] is None for what in _REQUIRED) else ColumnNames(**chosen)
