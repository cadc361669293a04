"""A run held to what people say: a file of judged pairs, brought or answered here, and what came of it."""

from __future__ import annotations

import hashlib

import streamlit as st

from recsys_core.errors import DataError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.jobs.work import Work, identity
from recsys_core.quality.judged.agreement import LEAST_ANSWERS, Disagreement, Outcome, judge
from recsys_core.quality.judged.answers import answers_file, list_answers
from recsys_core.quality.judged.reading import MAX_BYTES, Judgements, parse_judgements, read_judgements
from recsys_core.quality.report import ITEM_COSINE, RUN
from recsys_core.runs.run import Run
from ui.charts.quality import agreement_bars
from ui.components.plot import plot
from ui.shared.format import escape_markdown, format_count
from ui.shared.run_picker import era_in_view
from ui.shared.waiting import result_of

_FORM = (
    "A CSV file with the columns movie, other and judgement, or rank. Movies by their ids or by title with year, such "
    "as The Matrix (1999); judgements yes or no, or numbers, of which those above the mean are yes; ranks begin at 1, "
    "and the better half of a movie's ranks is yes."
)


def show_judged(run: Run, embeddings: MovieEmbeddings) -> None:
    """Choose a file of judged pairs, and see how far the run agrees with it. Raises `DataError`, `RunError`."""
    saved = list_answers()
    with st.container(horizontal=True, gap="large"):
        with st.container(width=340):
            chosen = st.selectbox(
                "Answers given here",
                saved,
                index=0 if saved else None,
                key="answers",
                placeholder="None yet",
                disabled=not saved,
                help="Files that were written by judging pairs.",
            )
            st.page_link(
                "pages/judge.py", label="Judge pairs yourself", icon=":material/thumbs_up_down:",
                query_params={"run": run.name},
            )  # fmt: skip
        with st.container(width="stretch"):
            brought = st.file_uploader(
                "Or bring judged pairs", type=["csv", "tsv", "txt"], key="judgements", help=_FORM
            )
    if brought is None and chosen is None:
        st.caption(
            "People's judgement is the best yardstick there is: would they recommend the one movie to somebody who "
            f"liked the other? {_FORM}"
        )
        return
    if brought is None:
        show_outcome(run, embeddings, read_judgements(answers_file(str(chosen))))
        return
    if brought.size > MAX_BYTES:
        raise DataError(
            f"A file of judgements must have at most {MAX_BYTES:,} bytes. Received: {brought.size:,} bytes."
        )
    show_outcome(run, embeddings, parse_judgements(brought.getvalue(), brought.name))


def show_outcome(run: Run, embeddings: MovieEmbeddings, judged: Judgements) -> None:
    """How far `run` agrees with what was judged, beside its yardsticks, and where it does not."""
    digest = hashlib.sha256(repr(judged.pairs).encode() + judged.is_good.tobytes()).hexdigest()
    outcome: Outcome | None = result_of(
        Work(
            "judged",
            (*identity(run), era_in_view(), digest),
            "Holding the run against the judgements",
            lambda tell, should_stop: judge(run, embeddings, judged, on_progress=tell, should_stop=should_stop),
            slot="judged",
        )
    )
    if outcome is None:
        return
    st.markdown(_in_a_sentence(outcome))
    if outcome.n_found >= LEAST_ANSWERS and outcome.by_source[RUN].low == outcome.by_source[RUN].low:
        plot(agreement_bars(outcome), key="agreement_bars", alt="Agreement with the judged pairs, AUC")
        st.caption(
            "AUC: the share of all (good, bad) combinations of pairs in which the good one scores higher; a half is "
            "chance. Lines are 95% intervals, had other such pairs been judged; that of random is what chance alone "
            "reaches on these pairs. Bands are training ratings of the rarer movie of a pair."
        )
    _show_missing(outcome)
    _show_disagreements(outcome)


def _in_a_sentence(outcome: Outcome) -> str:
    run, item = outcome.by_source[RUN], outcome.by_source.get(ITEM_COSINE)
    of_pairs = f"over {outcome.n_found:,} of {format_count(outcome.n_given, 'judged pair')}"
    if run.auc != run.auc:
        return f"All pairs found have the same judgement, {of_pairs}: there must be good ones and bad ones to compare."
    if outcome.n_found < LEAST_ANSWERS:
        return (
            f"**{outcome.n_found} of the {LEAST_ANSWERS} pairs that it takes.** So few say nothing yet: the run might "
            "agree with people on anything from none to all of them."
        )
    beside = f"; item-item cosine on {item.auc:.0%}" if item is not None else ""
    return (
        f"The run agrees with people on **{run.auc:.0%}** of all comparisons of a good pair with a bad one "
        f"({run.low:.0%} to {run.high:.0%}), {of_pairs}{beside}; guessing on 50%."
    )


def _show_missing(outcome: Outcome) -> None:
    notes = []
    if outcome.n_without_vector:
        notes.append(f"{format_count(outcome.n_without_vector, 'pair')} with a movie that nobody rated in training.")
    if outcome.n_alone:
        notes.append(f"{format_count(outcome.n_alone, 'row')} left out: a movie's only rank says nothing.")
    if outcome.n_again:
        again = format_count(outcome.n_again, "row")
        notes.append(
            f"{again} of pairs that others judge as well: each pair counts once, as most of them say, or not at all."
        )
    if notes:
        st.caption(" ".join(notes))
    if outcome.not_found:
        with st.expander(f"{format_count(len(outcome.not_found), 'movie')} not in this run"):
            st.markdown(" · ".join(escape_markdown(name) for name in outcome.not_found[:200]))
            if len(outcome.not_found) > 200:
                st.caption(f"The first 200 of {len(outcome.not_found):,}.")


def _show_disagreements(outcome: Outcome) -> None:
    if not outcome.disagreements:
        return
    st.subheader("Where you disagree most", anchor=False)
    with st.grid(2, min_column_width=380, gap="large"):
        for judgement, title in (("yes", "People say yes, the run far apart"), ("no", "People say no, the run near")):
            with st.container():
                st.markdown(f"**{title}**")
                for one in outcome.disagreements:
                    if one.judgement == judgement:
                        _show_disagreement(one)


def _show_disagreement(one: Disagreement) -> None:
    cosine = f"{one.cosine:.2f}".replace("-", "−")
    why = one.why[:1].upper() + one.why[1:]
    st.markdown(
        f"{escape_markdown(one.movie)} — {escape_markdown(one.other)} :gray-badge[cosine {cosine}]  \n"
        f":small[:gray[{escape_markdown(why)}.]]"
    )
