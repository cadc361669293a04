"""Two movies and a question: answered by mouse or key, saved one by one, and the last answer taken back at will."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recsys_core.errors import DataError, RecsysError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.quality.judged import answers
from recsys_core.quality.judged.agreement import LEAST_ANSWERS, called, name_of, rows_by_name
from recsys_core.quality.judged.asking import Rows, pairs_to_ask
from recsys_core.quality.judged.reading import Judgements
from recsys_core.runs.run import Run
from ui.navigation import put_in_address
from ui.shared.format import escape_markdown, format_year
from ui.shared.ratings import ratings_of
from ui.shared.run_picker import run_stamp

_NAME, _SKIPPED, _AGAIN, _ERROR = "judging_answers", "judging_skipped", "judging_again", "judging_error"
_PARAMETER = "answers"


def choose_answers(run: Run) -> str:
    """Which file of answers is gone on with: the address decides, then the session; else a new one."""
    wanted = st.query_params.get(_PARAMETER, st.session_state.get(_NAME))
    try:
        answers.answers_file(wanted or "")
    except DataError:
        wanted = answers.new_name(run.info.data.name)
    saved = answers.list_answers()
    name = str(wanted)
    _go_on_with(name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Answers",
            list(dict.fromkeys([name, *saved])),
            key=_NAME,
            format_func=lambda each: each if each in saved else "New answers",
            on_change=lambda: _go_on_with(st.session_state[_NAME]),
            persist_state="session",
            width=340,
            help="Each is a file of judged pairs beside the runs, and can be gone on with.",
        )
        if name in saved:
            st.download_button(
                "Download", lambda: answers.answers_file(name).read_bytes(), f"{name}.csv", "text/csv",
                icon=":material/download:", key="judging_download", on_click="ignore",
            )  # fmt: skip
            st.button("Begin anew", icon=":material/add:", on_click=_go_on_with, args=(None,), type="tertiary")
    return name


def ask(run: Run, embeddings: MovieEmbeddings, name: str) -> Judgements | None:
    """The next pair, with its buttons; returns the answers so far. Raises `DataError`, `QueryError`, `RunError`."""
    if _ERROR in st.session_state:
        st.error(escape_markdown(st.session_state.pop(_ERROR)), icon=":material/error:")
    known = answers.read_answers(name)
    rows = _rows(str(run.path), run_stamp(run), embeddings)
    done = set() if known is None else {frozenset(rows.get(called(each)) for each in pair) for pair in known.pairs}
    pair = _next(_pairs(run, embeddings, name), done)
    if pair is None:
        st.success("You have judged every pair that there was to ask about.", icon=":material/done_all:")
    else:
        # Neither genres nor numbers of ratings: people should judge by what they know of the movies.
        with st.grid(2, min_column_width=280, gap="medium"):
            for row in pair:
                _show_movie(embeddings, row)
    names = None if pair is None else (name_of(embeddings, pair[0], rows), name_of(embeddings, pair[1], rows))
    with st.container(horizontal=True, horizontal_alignment="center", key="judging_buttons"):
        for label, icon, key, is_good in (("Yes", "thumb_up", "Y", True), ("No", "thumb_down", "N", False)):
            st.button(
                label, icon=f":material/{icon}:", shortcut=key, key=f"judge_{label.lower()}", disabled=names is None,
                on_click=_attempt, args=(lambda is_good=is_good: _answer(name, names, is_good),),
                type="primary" if is_good else "secondary", width=150,
            )  # fmt: skip
        st.button(
            "Do not know them", icon=":material/question_mark:", shortcut="S", key="judge_skip", disabled=pair is None,
            on_click=_skip, args=(pair,), help="Skips the pair: nothing is saved of it.",
        )  # fmt: skip
        st.button(
            "Undo", icon=":material/undo:", shortcut="U", key="judge_undo", disabled=known is None,
            on_click=_attempt, args=(lambda: _undo(name, rows),), type="tertiary",
            help="Takes the last answer back and asks again.",
        )  # fmt: skip
    _show_count(known)
    return known


def _show_movie(embeddings: MovieEmbeddings, row: int) -> None:
    movie = embeddings.movies.iloc[row]
    with st.container(border=True, horizontal_alignment="center", vertical_alignment="center", height=150):
        st.markdown(f"### {escape_markdown(str(movie['title']))}", text_alignment="center", anchors=False)
        st.caption(format_year(movie["year"]), text_alignment="center")


def _show_count(known: Judgements | None) -> None:
    n_answers = 0 if known is None else len(known.pairs)
    n_good = 0 if known is None else int(known.is_good.sum())
    if n_answers < LEAST_ANSWERS:
        st.progress(
            n_answers / LEAST_ANSWERS, f"{n_answers} of the {LEAST_ANSWERS} answers that it takes to say something."
        )
    else:
        st.caption(
            f"{n_answers:,} answers: {n_good:,} yes, {n_answers - n_good:,} no. More make the interval narrower."
        )


def _go_on_with(name: str | None) -> None:
    st.session_state.pop(_AGAIN, None)
    if name is None:
        st.session_state.pop(_NAME, None)
        put_in_address(_PARAMETER, None)
        return
    st.session_state[_NAME] = name
    if answers.answers_file(name).is_file():
        put_in_address(_PARAMETER, name)


def _next(pairs: list[Rows], done: set[frozenset[int | None]]) -> Rows | None:
    """The pair just taken back, else the first that is neither answered nor skipped."""
    if _AGAIN in st.session_state:
        return st.session_state[_AGAIN]
    skipped = st.session_state.get(_SKIPPED, set())
    return next((pair for pair in pairs if frozenset(pair) not in done and pair not in skipped), None)


def _answer(name: str, pair: answers.Pair, is_good: bool) -> None:
    answers.add_answer(name, pair, is_good)
    _go_on_with(name)


def _skip(pair: Rows) -> None:
    st.session_state.pop(_AGAIN, None)
    st.session_state.setdefault(_SKIPPED, set()).add(pair)


def _undo(name: str, rows: dict[str, int]) -> None:
    taken = answers.take_back(name)
    again = tuple(rows.get(called(each)) for each in taken or ())
    _go_on_with(name)
    # Answers of another data set have movies that this run does not have.
    if again and None not in again:
        st.session_state[_AGAIN] = again


def _attempt(action: Callable[[], None]) -> None:
    try:
        action()
    except RecsysError as error:
        st.session_state[_ERROR] = str(error)


@st.cache_resource(max_entries=4, show_spinner=False)
def _rows(path: str, stamp: int, _embeddings: MovieEmbeddings) -> dict[str, int]:
    return rows_by_name(_embeddings)


def _pairs(run: Run, embeddings: MovieEmbeddings, name: str) -> list[Rows]:
    return _known_pairs(str(run.path), run_stamp(run), embeddings.taken_out, name, run, embeddings)


@st.cache_resource(max_entries=16, show_spinner="Choosing pairs …")
def _known_pairs(
    path: str, stamp: int, taken_out: tuple[str, ...], name: str, _run: Run, _embeddings: MovieEmbeddings
) -> list[Rows]:
    try:
        ratings = ratings_of(_run)
    except DataError:
        ratings = None
    return pairs_to_ask(_embeddings, ratings, name)
