"""The settings column of the Train page: presets, the three common settings, and all others behind "More settings"."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys_core.architectures import ARCHITECTURES, Architecture
from recsys_core.config import MAX_BATCH_SIZE, MAX_EMBEDDING_SIZE, MAX_EPOCHS, Phase, TrainConfig
from recsys_core.errors import ConfigError
from recsys_core.figures import GENRES
from recsys_core.phases import format_phases, parse_phases
from recsys_core.presets import PRESETS
from recsys_core.runs import Run, list_runs
from ui.format import escape_markdown
from ui.runs import picker_labels

FRESH = "from scratch"
_PREFIX = "train_"
_BATCH_SIZES = (10, 32, 64, 128, 256, 512, 1024, 4096)
_ALL_ROWS = "all rows"
_INITIALIZERS = {
    "uniform": "uniform ±0.05",
    "positive_uniform": "uniform 0 to 0.05",
    "he_normal": "He normal",
    "glorot_uniform": "Glorot uniform",
    "normal": "normal, σ 1",
    "small_normal": "normal, σ 0.01",
}


@dataclasses.dataclass(frozen=True)
class Chosen:
    """What the settings column says."""

    config: TrainConfig
    continue_run: str | None = None
    start_from: str | None = None


def settings_column() -> tuple[Chosen | None, DeltaGenerator]:
    """Draw the settings and read them; None, with a message, while they do not make a valid configuration.

    Also gives the place for the buttons: under the common settings, above the others.
    """
    if _key("preset") not in st.session_state:
        _fill(PRESETS["default"].config)
    st.selectbox(
        "Preset",
        list(PRESETS),
        key=_key("preset"),
        on_change=_take_preset,
        persist_state="session",
        help="Published notebooks' models, by name, and our own. Choosing one fills in all settings.",
    )
    st.caption(escape_markdown(PRESETS[_value("preset")].about))
    architecture = ARCHITECTURES[_value("architecture")]
    st.selectbox(
        "Architecture",
        list(ARCHITECTURES),
        key=_key("architecture"),
        format_func=lambda name: ARCHITECTURES[name].title,
        on_change=_fit_to_architecture,
        persist_state="session",
        help=f"How a predicted rating comes from the embeddings of a user and a movie.\n\n{architecture.explain}",
    )
    st.caption(escape_markdown(architecture.formula))
    _whole(
        "Embedding size" if architecture.same_size else "Movie embedding size",
        "movie_embedding_size",
        1,
        MAX_EMBEDDING_SIZE,
        "Numbers in each movie's vector. More can say more, and overfit sooner.",
        on_change=_same_user_size,
    )
    _whole(
        "Epochs",
        "epochs",
        1,
        MAX_EPOCHS,
        "How often all training ratings are gone through. Stop when validation stops falling.",
        on_change=_epochs_to_phases,
    )
    actions = st.container()
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


def difference_text(chosen: Chosen, run: Run) -> str:
    """Markdown that says what differs from the settings of `run`."""
    if chosen.continue_run:
        return f"Goes on from the weights of “{escape_markdown(chosen.continue_run)}”."
    before = run.info["config"]
    found = [
        f"{name.replace('_', ' ')} {_show(before[name])} → {_show(value)}"
        for name, value in chosen.config.to_dict().items()
        if name not in ("preset", "snapshots") and name in before and _show(before[name]) != _show(value)
    ]
    if not found:
        return "The same settings as the run shown."
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return escape_markdown(f"Changed: {', '.join(found[:3])}{more}")


def use_learning_rate(rate: float) -> None:
    """For a callback: train all epochs at `rate`."""
    st.session_state[_key("phases")] = f"{rate:.2g} × {_value('epochs')}"


def _learning_settings() -> None:
    st.text_input(
        "Learning rates",
        key=_key("phases"),
        on_change=_phases_to_epochs,
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
            [*_BATCH_SIZES, _ALL_ROWS],
            key=_key("batch_size"),
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
        key=_key("hidden_layers"),
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
        key=_key("n_ratings"),
        persist_state="session",
        help="Draw so many ratings before anything else; 0 takes all.",
    )
    st.multiselect(
        "Only movies of exactly",
        GENRES,
        key=_key("exact_genres"),
        persist_state="session",
        placeholder="all genres",
        help="Keep only movies whose whole genre field is one of these: Comedy, not Comedy and Drama.",
    )


def _start_setting() -> None:
    runs = picker_labels(list_runs())
    options = [FRESH, *(f"continue:{name}" for name in runs), *(f"embeddings:{name}" for name in runs)]

    def label(option: str) -> str:
        kind, _, name = option.partition(":")
        return option if not name else f"{'continue' if kind == 'continue' else 'from the embeddings of'} {runs[name]}"

    if st.session_state.get(_key("start")) not in options:
        st.session_state[_key("start")] = FRESH
    st.selectbox(
        "Start",
        options,
        key=_key("start"),
        format_func=label,
        persist_state="session",
        help="Continue goes on training a run's model with these learning rates. Its embeddings can also start another "
        "architecture of the same embedding size.",
    )


def continue_training(run_name: str, config: dict[str, Any]) -> None:
    """For a callback: fill the settings with a run's, set to go on training it."""
    _fill(TrainConfig.from_dict(config))
    st.session_state[_key("start")] = f"continue:{run_name}"


def read_settings() -> Chosen:
    """What the settings say now; callbacks read it anew, as widgets may have changed since the page was drawn.

    Raises `ConfigError`.
    """
    names = {field.name for field in dataclasses.fields(TrainConfig)}
    values = {name: _value(name) for name in names if _key(name) in st.session_state}
    values["phases"] = parse_phases(_value("phases"))
    values["hidden_layers"] = _parse_layers(_value("hidden_layers"))
    values["n_ratings"] = _value("n_ratings") or None
    values["batch_size"] = _parse_batch_size(_value("batch_size"))
    architecture = ARCHITECTURES[values["architecture"]]
    if architecture.same_size:
        values["user_embedding_size"] = values["movie_embedding_size"]
    base = PRESETS[values["preset"]].config
    config = dataclasses.replace(base, **values)
    kind, _, name = _value("start").partition(":")
    return Chosen(config, name if kind == "continue" else None, name if kind == "embeddings" else None)


def _fill(config: TrainConfig) -> None:
    for name, value in config.to_dict().items():
        st.session_state[_key(name)] = value
    st.session_state[_key("preset")] = config.preset if config.preset in PRESETS else "default"
    st.session_state[_key("phases")] = format_phases(config.phases)
    st.session_state[_key("epochs")] = config.epochs
    st.session_state[_key("hidden_layers")] = ", ".join(map(str, config.hidden_layers))
    st.session_state[_key("batch_size")] = config.batch_size or _ALL_ROWS
    st.session_state[_key("n_ratings")] = config.n_ratings or 0
    st.session_state[_key("exact_genres")] = list(config.exact_genres)
    st.session_state[_key("start")] = FRESH


def _take_preset() -> None:
    _fill(PRESETS[_value("preset")].config)


def _fit_to_architecture() -> None:
    architecture = ARCHITECTURES[_value("architecture")]
    if "hidden_layers" in architecture.settings and not _value("hidden_layers").strip():
        st.session_state[_key("hidden_layers")] = "32"
    _same_user_size()


def _same_user_size() -> None:
    if ARCHITECTURES[_value("architecture")].same_size:
        st.session_state[_key("user_embedding_size")] = _value("movie_embedding_size")


def _epochs_to_phases() -> None:
    try:
        config = TrainConfig(phases=parse_phases(_value("phases"))).with_epochs(_value("epochs"))
    except ConfigError:
        return
    st.session_state[_key("phases")] = format_phases(config.phases)


def _phases_to_epochs() -> None:
    try:
        st.session_state[_key("epochs")] = TrainConfig(phases=parse_phases(_value("phases"))).epochs
    except ConfigError:
        return


def _parse_layers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise ConfigError(f"`hidden_layers` must be whole numbers such as 32, 4. Received: {text!r}") from error


def _parse_batch_size(value: Any) -> int | None:
    if value == _ALL_ROWS:
        return None
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"`batch_size` must be a whole number or “{_ALL_ROWS}”. Received: {value!r}") from error


def _show(value: Any) -> str:
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return format_phases([Phase(**phase) for phase in value])
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _pair() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places side by side, or one under the other where the column is narrow."""
    grid = st.grid(2, min_column_width=120)
    return grid.cell(), grid.cell()


def _key(name: str) -> str:
    return _PREFIX + name


def _value(name: str) -> Any:
    return st.session_state[_key(name)]


def _whole(label: str, name: str, low: int, high: int, text: str, on_change: Any = "rerun") -> None:
    st.number_input(label, low, high, step=1, key=_key(name), help=text, on_change=on_change, persist_state="session")


def _number(label: str, name: str, text: str) -> None:
    st.number_input(label, 0.0, 100.0, step=0.01, format="%g", key=_key(name), help=text, persist_state="session")


def _share(label: str, name: str, text: str, high: float = 0.95) -> None:
    st.slider(label, 0.0, high, step=0.05, key=_key(name), help=text, persist_state="session")


def _choice(label: str, name: str, options: list[str], text: str, show: Any = None) -> None:
    st.selectbox(
        label,
        options,
        key=_key(name),
        help=text,
        format_func=show or (lambda option: option.replace("_", " ")),
        persist_state="session",
    )


def _switch(label: str, name: str, text: str) -> None:
    st.toggle(label, key=_key(name), help=text, persist_state="session")
