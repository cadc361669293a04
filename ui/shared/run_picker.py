"""Which run the visitor looks at, and whether with era and popularity: in the sidebar, shared by all pages, in the URL.

`?run=name` is the run; `?era=in` leaves era and popularity in the vectors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import streamlit as st

from recsys_core.data.catalog import is_there
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.jobs import background
from recsys_core.jobs.background import CLICKED
from recsys_core.jobs.quality_jobs import facts_work
from recsys_core.quality.facts import RunFacts, facts_of_runs
from recsys_core.runs.damage import damage_of
from recsys_core.runs.run import Run
from recsys_core.runs.store import list_runs
from ui.navigation import PAGE, ensure_navigation, put_in_address
from ui.shared.format import escape_markdown, format_count, format_loss, shorten
from ui.shared.messages import friendly_errors
from ui.shared.watching import visitor

_CHOSEN = "run_chosen"
"""Where the session state has the run shown last, on any page."""
_KEY, _BEGUN_ANEW = "run_name", "run_picker_begun_anew"
_PARAMETER = "run"
_FITS = 28
"""Characters of a name that the sidebar shows whole."""
PATIENCE = 0.25
"""Seconds that a page waits for runs that nobody has listed before."""
_MISSING = "run_missing"
"""A run that is not there, the one shown instead, and the page where that was."""
_ERA_KEY, _ERA_PARAMETER = "era_in_view", "era"
_ERAS = {"out": "Taken out", "in": "Left in"}


def current_run(*, or_another: bool = False) -> Run:
    """The run chosen in the sidebar, where this draws the picker and the run's small facts.

    The URL decides first, then what was chosen before on any page, then the newest run that is not damaged. Ends the
    page with a message if there is no run at all, or the chosen one is damaged; with `or_another`, a page that can do
    without it gets another one after that message. Call it, or `pick_run`, once a page.
    """
    run = pick_run()
    if run is None:
        st.info("There is no trained run yet. Train one, and its map appears here.", icon=":material/model_training:")
        st.stop()
    damage = damage_of(run, thorough=True)
    if damage is None:
        return run
    runs = _runs_by_name() if or_another else {}
    another = _sound(_facts(runs))
    instead = f" Meanwhile “{another.shown_label}” is shown." if another else ""
    st.error(escape_markdown(f"{damage}{instead}"), icon=":material/broken_image:")
    if another is None:
        st.stop()
    return runs[another.name]


def pick_run() -> Run | None:
    """The same for a page that does without a run, and shows damaged ones too: None if there is no run at all."""
    ensure_navigation()
    runs = _runs_by_name()
    if not runs:
        return None
    # The rest of the page, and others that ask, take what is known by then.
    facts = _facts(runs, PATIENCE)
    wanted = st.query_params.get(_PARAMETER) or st.session_state.get(_CHOSEN)
    if wanted not in runs:
        fallback = _sound(facts) or facts[0]
        if wanted is not None:
            st.session_state[_MISSING] = (wanted, fallback.name, st.session_state.get(PAGE))
        wanted = fallback.name
    _show_missing(wanted, facts)
    run = runs[wanted]
    damage = damage_of(run, thorough=True)
    # Of a damaged one that look may have found more.
    labels = labels_of(facts if damage is None else _facts(runs))
    key = _picker(wanted)
    st.session_state[_CHOSEN] = st.session_state[key] = wanted
    st.html(Path(__file__).with_name("run_picker.css"))
    with st.sidebar:
        st.selectbox(
            "Run",
            list(runs),
            key=key,
            format_func=labels.__getitem__,
            help="Everything on the pages comes from this trained run. Runs you train yourself join the list.",
            on_change=_picked,
            args=(key,),
        )
        if damage is None:
            with friendly_errors():
                _small_facts(run, labels[wanted])
    put_in_address(_PARAMETER, wanted)
    return run


def usable_runs() -> list[Run]:
    """All runs that are not damaged, as far as a quick look tells."""
    runs = _runs_by_name()
    return [runs[facts.name] for facts in _facts(runs) if not facts.is_damaged]


def forget_run(name: str) -> None:
    """For a callback, as a run is deleted: where it was the chosen one, the newest takes its place without a word."""
    if name in (st.query_params.get(_PARAMETER), st.session_state.get(_CHOSEN)):
        put_in_address(_PARAMETER, None)
        st.session_state.pop(_CHOSEN, None)


def choose_run(name: str) -> None:
    """Make `name` the chosen run from the next run of the page on, wherever this is called: the URL decides.

    And where a visitor clicks on to a page whose address names none before that run comes.
    """
    st.session_state[_CHOSEN] = name
    put_in_address(_PARAMETER, name)


def embeddings(run: Run, *, left_in: bool | None = None) -> MovieEmbeddings:
    """The run's embeddings as the visitor looks at them, or with era and popularity left in, or taken out.

    Raises `RunError` if it has been deleted or damaged.
    """
    return _embeddings(str(run.path), run_stamp(run), era_in_view() == "in" if left_in is None else left_in)


def era_in_view() -> str:
    """Whether era and popularity are taken "out" of the vectors that are looked at, or left "in"."""
    wanted = st.query_params.get(_ERA_PARAMETER, st.session_state.get(_ERA_KEY))
    return wanted if wanted in _ERAS else "out"


def looked_at(run: Run) -> MovieEmbeddings:
    """`embeddings`, and in the sidebar the switch between era and popularity taken out and left in. Once a page."""
    st.session_state[_ERA_KEY] = era_in_view()
    with st.sidebar:
        st.segmented_control(
            "Era and popularity", _ERAS, format_func=_ERAS.__getitem__, key=_ERA_KEY, required=True,
            on_change=_put_era_in_url, persist_state="session",
            help="The vectors that predict best also hold when a movie was rated and how often. Taken out, what is "
            "left is whom it pleases. Predictions use all of it, always. The Quality page shows what was taken out.",
        )  # fmt: skip
        found = embeddings(run)
        if era_in_view() == "out" and "era" not in found.taken_out:
            st.caption(
                ":material/info: These ratings have no timestamps: popularity alone is taken out."
                if found.taken_out
                else ":material/info: Nothing is taken out of this run's vectors: it was saved without their taste, or "
                "has too few movies with 20 ratings to tell taste from era."
            )
    _put_era_in_url()
    return found


def _put_era_in_url() -> None:
    put_in_address(_ERA_PARAMETER, "in" if st.session_state[_ERA_KEY] == "in" else None)


def run_stamp(run: Run) -> int:
    """`run.stamp`: a cache key that notices a run trained again under the same name."""
    return run.stamp


@st.cache_resource(max_entries=6, show_spinner="Reading the run …")
def _embeddings(path: str, stamp: int, left_in: bool) -> MovieEmbeddings:
    return MovieEmbeddings.from_run(Run(Path(path)), left_in=left_in)


def _runs_by_name() -> dict[str, Run]:
    runs: dict[str, Run] = {}
    for run in list_runs():
        runs.setdefault(run.name, run)
    return runs


def picker_labels(runs: Iterable[Run]) -> dict[str, str]:
    """What a picker shows for each run by name: its label, and its name too where others have the same label.

    A picker tells its options apart by what it shows: of two alike, only the first could be chosen.
    """
    return labels_of(_facts({run.name: run for run in runs}))


def labels_of(facts: Iterable[RunFacts]) -> dict[str, str]:
    """What `picker_labels` shows, for runs of which these facts are known."""
    labels = {each.name: each.shown_label for each in facts}
    counts = Counter(labels.values())
    return {name: label if counts[label] == 1 else f"{label} · {name}" for name, label in labels.items()}


def _show_missing(shown: str, facts: Sequence[RunFacts]) -> None:
    """Say which run is not there: until another one is chosen or the page is left, however often the page runs."""
    if _MISSING not in st.session_state:
        return
    missing, instead, page = st.session_state[_MISSING]
    labels = {run.name: run.shown_label for run in facts}
    if shown != instead or page != st.session_state.get(PAGE) or instead not in labels:
        del st.session_state[_MISSING]
        return
    st.warning(
        f"The run “{escape_markdown(missing)}” is not there (any more). "
        f"Showing “{escape_markdown(labels[instead])}” instead.",
        icon=":material/folder_off:",
    )


def _picker(wanted: str) -> str:
    """The key of the picker: a new one where another run is wanted than it shows, by the address or a script.

    What the browser still says of the old one, until it has heard of the change, then chooses nothing.
    """
    st.session_state.setdefault(_BEGUN_ANEW, 0)
    if st.session_state.get(_key_now(), wanted) != wanted:
        st.session_state[_BEGUN_ANEW] += 1
    return _key_now()


def _key_now() -> str:
    return f"{_KEY}_{st.session_state[_BEGUN_ANEW]}"


def _picked(key: str) -> None:
    # Streamlit calls for a picker that is gone, too.
    if key == _key_now():
        choose_run(st.session_state[key])


def listed_facts() -> list[RunFacts]:
    """The facts of all runs, as far as they are known or read soon: the others are read in the background."""
    return _facts(_runs_by_name())


def _facts(runs: dict[str, Run], patience: float = 0.0) -> list[RunFacts]:
    facts = facts_of_runs(list(runs.values()), patience)
    if not all(each.is_read for each in facts):
        background.ask(facts_work(), visitor(), CLICKED)
    return facts


def _sound(facts: Iterable[RunFacts]) -> RunFacts | None:
    """The first that is not damaged, as far as a quick look tells."""
    return next((each for each in facts if not each.is_damaged), None)


def _small_facts(run: Run, label: str) -> None:
    info, history = run.info, run.history
    kept = history.loc[history["epoch"] == info.kept_epoch, "val_mse"]
    val_mse = float(kept.iloc[0]) if len(kept) else float("nan")
    bias_mse = info.baselines.bias_mse
    gain = 1 - val_mse / bias_mse
    verdict = f"{abs(gain):.0%} {'below' if gain >= 0 else 'above'} biases alone" if gain == gain else ""
    architecture = escape_markdown(info.config.architecture)
    movies = format_count(info.data.n_movies, "movie")
    lines = [f"{architecture} · {movies}", f"Validation MSE **{format_loss(val_mse)}** · {verdict}".rstrip(" ·")]
    if info.status == "stopped":
        lines.insert(0, f":orange-badge[:material/stop_circle: stopped in epoch {int(history['epoch'].max())}]")
    if info.data.id and not is_there(run.data_set):
        name = escape_markdown(shorten(info.data.name, _FITS))
        lines.append(f":orange[:material/link_off: Its data set “{name}” is gone: what needs ratings is not shown.]")
    if len(label) > _FITS:
        # The picker cuts it off.
        lines.insert(0, f"**{escape_markdown(label)}**")
    st.caption("  \n".join(lines))
