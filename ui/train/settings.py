"""The settings column of the Train page: presets, the three common settings, and all others behind "More settings"."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys_core.errors import ConfigError
from recsys_core.models.registry import ARCHITECTURES, Architecture
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import MAX_BATCH_SIZE, MAX_EMBEDDING_SIZE, MAX_EPOCHS
from ui.charts.palette import GENRES
from ui.shared.format import escape_markdown
from ui.shared.run_picker import picker_labels, usable_runs
from ui.train.chosen import (
    ALL_ROWS,
    FRESH,
    Chosen,
    epochs_to_phases,
    fill,
    fit_to_architecture,
    key_of,
    phases_to_epochs,
    read_settings,
    same_user_size,
    setting,
    take_preset,
)

_BATCH_SIZES = (10, 32, 64, 128, 256, 512, 1024, 4096)
_INITIALIZERS = {
    "uniform": "uniform ±0.05",
    "positive_uniform": "uniform 0 to 0.05",
    "he_normal": "He normal",
    "glorot_uniform": "Glorot uniform",
    "normal": "normal, σ 1",
    "small_normal": "normal, σ 0.01",
}


def settings_column() -> tuple[Chosen | None, list[DeltaGenerator]]:
    """Draw the settings and read them; None, with a message, while they do not make a valid configuration.

    Also gives the places for the two buttons: under the common settings, above the others.
    """
    if key_of("preset") not in st.session_state:
        fill(PRESETS["default"].config)
    model, formula, size, epochs = _cells(4)
    with model:
        st.selectbox(
            "Preset",
            list(PRESETS),
            key=key_of("preset"),
            on_change=take_preset,
            persist_state="session",
            help="Published notebooks' models, by name, and our own. Choosing one fills in all settings.",
        )
        st.caption(escape_markdown(PRESETS[setting("preset")].about))
    architecture = ARCHITECTURES[setting("architecture")]
    with formula:
        st.selectbox(
            "Architecture",
            list(ARCHITECTURES),
            key=key_of("architecture"),
            format_func=lambda name: ARCHITECTURES[name].title,
            on_change=fit_to_architecture,
            persist_state="session",
            help="How a predicted rating comes from the embeddings of a user and a movie.",
        )
        st.caption(escape_markdown(architecture.formula))
    with size:
        _whole(
            "Embedding size" if architecture.same_size else "Movie embedding size",
            "movie_embedding_size",
            1,
            MAX_EMBEDDING_SIZE,
            "Numbers in each movie's vector. More can say more, and overfit sooner.",
            on_change=same_user_size,
        )
    with epochs:
        _whole(
            "Epochs",
            "epochs",
            1,
            MAX_EPOCHS,
            "How often all training ratings are gone through. Stop when validation stops falling.",
            on_change=epochs_to_phases,
        )
    actions = _cells(2)
    st.caption(f"**{escape_markdown(architecture.title)}.** {escape_markdown(architecture.explain)}")
    with st.expander("More settings", icon=":material/tune:"):
        if not architecture.same_size:
            _whole(
                "User embedding size",
                "user_embedding_size",
                1,
                MAX_EMBEDDING_SIZE,
                "Numbers in each user's vector. May differ from the movies' in this architecture.",
            )
        _learning_settings()
        _penalty_settings(architecture)
        if "hidden_layers" in architecture.settings:
            _network_settings(architecture)
        _output_settings()
        _data_settings()
        _start_setting()
    try:
        return read_settings(), actions
    except ConfigError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None, actions


def _learning_settings() -> None:
    st.text_input(
        "Learning rates",
        key=key_of("phases"),
        on_change=phases_to_epochs,
        persist_state="session",
        help="Phases of rate × epochs, one after the other, such as 0.001 × 5, 0.01 × 3.",
    )
    left, right = _pair()
    with left:
        _choice("Optimizer", "optimizer", ["adam", "sgd", "rmsprop", "adagrad"], "Adam suits nearly everything here.")
    with right:
        _choice(
            "Schedule",
            "schedule",
            ["phases", "one_cycle"],
            "One cycle warms up to the first rate and anneals to zero: faster at high rates.",
        )
    with left:
        st.selectbox(
            "Batch size",
            [*_BATCH_SIZES, ALL_ROWS],
            key=key_of("batch_size"),
            persist_state="session",
            accept_new_options=True,
            help=f"Ratings a step, up to {MAX_BATCH_SIZE:,}. Smaller learns more from an epoch, larger is quicker.",
        )
    with right:
        _choice(
            "Table updates",
            "table_updates",
            ["rows", "dense"],
            "Rows: a step updates only the embeddings it looked up, many times faster. Dense: all, as Keras does.",
        )
    with left:
        _choice(
            "Keep", "keep", ["last", "best"], "Which epoch's weights are saved: the last, or the lowest validation MSE."
        )
    with right:
        _whole(
            "Patience",
            "patience",
            0,
            MAX_EPOCHS,
            "Stop after so many epochs without a better one; 0 never stops early.",
        )
    _choice(
        "Initial embeddings",
        "embedding_initializer",
        list(_INITIALIZERS),
        "Where vectors start.",
        _INITIALIZERS.__getitem__,
    )
    _whole("Seed", "seed", 0, 2**31 - 1, "Everything random comes from it: the same seed gives the same run.")


def _penalty_settings(architecture: Architecture) -> None:
    left, right = _pair()
    with left:
        _number("Row penalty", "row_penalty", "λ on the squared length of the embeddings a step looks up.")
        _number("Table L2", "l2", "λ·Σw² over whole embedding tables, as Keras' l2 does.")
    with right:
        _number("Weight decay", "weight_decay", "λ·w added to every gradient, as PyTorch's Adam does.")
        if "bias_l2" in architecture.settings:
            _number("Bias L2", "bias_l2", "λ·Σb² over the bias tables.")
    for name, label, text in (
        ("watch_weight", "Weight of watching", "How much the loss of what is watched counts beside that of ratings."),
        ("watch_penalty", "Watch penalty", "Row penalty on the vectors that learn what is watched."),
        ("gravity", "Gravity", "Pulls predictions for pairs nobody rated towards the middle."),
    ):
        if name in architecture.settings:
            _number(label, name, text)


def _network_settings(architecture: Architecture) -> None:
    st.text_input(
        "Hidden layers",
        key=key_of("hidden_layers"),
        persist_state="session",
        help="Units of each hidden ReLU layer, such as 32, 4. Empty for none.",
    )
    left, right = _pair()
    with left:
        _share("Hidden dropout", "hidden_dropout", "Share of hidden outputs zeroed in training.")
    if "embedding_dropout" in architecture.settings:
        with right:
            _share("Embedding dropout", "embedding_dropout", "Share of the concatenated embeddings zeroed in training.")
    _switch("Batch normalization", "batch_normalization", "Normalize each hidden layer's outputs over the batch.")


def _output_settings() -> None:
    _switch(
        "Stretched sigmoid", "stretched_sigmoid", "Squash predictions into the rating range, so none is impossible."
    )
    _switch(
        "Start from the mean", "centered", "Add the training mean, so that vectors learn only what differs from it."
    )


def _data_settings() -> None:
    left, right = _pair()
    with left:
        _choice(
            "Split", "split", ["random", "time"], "By time validates on the latest ratings: harder, and closer to life."
        )
    with right:
        _share("Validation share", "validation_fraction", "Share of the ratings kept aside to validate on.", 0.5)
    _choice(
        "Unseen in training",
        "unseen",
        ["zero", "drop"],
        "Validation ratings of users or movies without a training rating: score with zero vectors, or drop and count.",
    )
    st.number_input(
        "Ratings drawn",
        0,
        10**9,
        step=1000,
        key=key_of("n_ratings"),
        persist_state="session",
        help="Draw so many ratings before anything else; 0 takes all.",
    )
    st.multiselect(
        "Only movies of exactly",
        GENRES,
        key=key_of("exact_genres"),
        persist_state="session",
        placeholder="all genres",
        help="Keep only movies whose whole genre field is one of these: Comedy, not Comedy and Drama.",
    )


def _start_setting() -> None:
    runs = picker_labels(usable_runs())
    options = [FRESH, *(f"continue:{name}" for name in runs), *(f"embeddings:{name}" for name in runs)]

    def label(option: str) -> str:
        kind, _, name = option.partition(":")
        return option if not name else f"{'continue' if kind == 'continue' else 'from the embeddings of'} {runs[name]}"

    if st.session_state.get(key_of("start")) not in options:
        st.session_state[key_of("start")] = FRESH
    st.selectbox(
        "Start",
        options,
        key=key_of("start"),
        format_func=label,
        persist_state="session",
        help="Continue goes on training a run's model with these learning rates. Its embeddings can also start another "
        "architecture of the same embedding size.",
    )


def _pair() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places side by side, or one under the other where the column is very narrow."""
    grid = st.grid(2, min_column_width=90)
    return grid.cell(), grid.cell()


def _cells(n: int) -> list[DeltaGenerator]:
    """Places one under the other in a column, and two by two where the settings have the page's width."""
    grid = st.grid(2, min_column_width=190)
    return [grid.cell() for _ in range(n)]


def _whole(label: str, name: str, low: int, high: int, text: str, on_change: Any = "rerun") -> None:
    st.number_input(label, low, high, step=1, key=key_of(name), help=text, on_change=on_change, persist_state="session")


def _number(label: str, name: str, text: str) -> None:
    st.number_input(label, 0.0, 100.0, step=0.01, format="%g", key=key_of(name), help=text, persist_state="session")


def _share(label: str, name: str, text: str, high: float = 0.95) -> None:
    st.slider(label, 0.0, high, step=0.05, key=key_of(name), help=text, persist_state="session")


def _choice(label: str, name: str, options: list[str], text: str, show: Any = None) -> None:
    st.selectbox(
        label,
        options,
        key=key_of(name),
        help=text,
        format_func=show or (lambda option: option.replace("_", " ")),
        persist_state="session",
    )


def _switch(label: str, name: str, text: str) -> None:
    st.toggle(label, key=key_of(name), help=text, persist_state="session")
