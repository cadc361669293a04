"""Named settings: the published notebooks' models, and our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recsys_core.errors import ConfigError, quoted
from recsys_core.settings.train_config import Phase, TrainConfig


@dataclass(frozen=True)
class Preset:
    """Settings with a name, where they come from, and the figure their notebook printed."""

    config: TrainConfig
    about: str
    """One sentence for people."""
    printed_mse: float | None = None
    """Validation MSE that the notebook printed, on another edition or split of the data; None if it printed none."""
    printed_note: str = ""
    """What to keep in mind when comparing."""

    @property
    def name(self) -> str:
        return self.config.preset


_NOTEBOOK = {"table_updates": "dense"}
"""A notebook's preset has its notebook's arithmetic: PyTorch's and Keras' optimizers move the whole table each step."""
_ONE_HOT = {
    "user_embedding_size": 8,
    "movie_embedding_size": 8,
    "hidden_layers": (100,),
    "embedding_initializer": "glorot_uniform",
    "optimizer": "rmsprop",
    "phases": (Phase(1e-3, 20),),
    "batch_size": 10,
    **_NOTEBOOK,
    "validation_fraction": 0.15,
    "n_ratings": 20_000,
    "exact_genres": ("Comedy", "Drama"),
}
_COURSE = {
    **_NOTEBOOK,
    "l2": 1e-4,
    "validation_fraction": 0.2,
}
_FULL_BATCH = {
    "user_embedding_size": 100,
    "movie_embedding_size": 100,
    "batch_size": None,
    **_NOTEBOOK,
    "validation_fraction": 0.2,
    "unseen": "drop",
}
_KERAS_EXAMPLE = {**_NOTEBOOK, "embedding_initializer": "he_normal", "l2": 1e-6, "phases": (Phase(1e-3, 5),)}
_DEFAULT = {
    "user_embedding_size": 160,
    "movie_embedding_size": 160,
    "stretched_sigmoid": True,
    "centered": True,
    "embedding_initializer": "small_normal",
    "row_penalty": 0.1,
    "watch_weight": 2.0,
    "watch_penalty": 0.21,
    "liking": 0.05,
    "era_penalty": 0.1,
    "phases": (Phase(2.5e-3, 6), Phase(1e-3, 2)),
    "batch_size": 256,
}
_OTHER_EDITION = "Printed on another edition and split of ml-latest-small."


def _preset(name: str, about: str, architecture: str, settings: dict, **printed: Any) -> Preset:
    return Preset(TrainConfig(preset=name, architecture=architecture, **settings), about, **printed)


_ALL = [
    _preset(
        "default",
        "Our own best of both on the built-in data: sharp predictions, and neighbors that the same people choose.",
        "rate-and-watch-in-time",
        _DEFAULT,
    ),
    _preset(
        "sessions",
        "The default with a bias of the sitting in the rating: MSE 0.668 for 0.691 on a random split, which leaves "
        "other ratings of the same sitting in training, but 0.733 for 0.738 on each user's last ratings.",
        "rate-and-watch-in-sittings",
        _DEFAULT,
    ),
    _preset(
        "dot-bias-rows",
        "The quickest of ours: dot product and biases through a stretched sigmoid, penalized row by row.",
        "dot-bias",
        {
            "stretched_sigmoid": True,
            "centered": True,
            "embedding_initializer": "uniform",
            "row_penalty": 0.02,
            "phases": (Phase(3e-3, 3),),
            "batch_size": 256,
        },
    ),
    _preset(
        "gravity",
        "Dot product and biases, with every unrated pair pulled towards no opinion.",
        "dot-bias-gravity",
        {
            "stretched_sigmoid": True,
            "centered": True,
            "embedding_initializer": "small_normal",
            "row_penalty": 0.02,
            "gravity": 0.3,
            "phases": (Phase(3e-3, 3),),
            "batch_size": 256,
        },
    ),
    _preset(
        "rated-movies",
        "No user vectors at all: everybody is the mean of the movies they rated, so a new user needs no training.",
        "rated-movies",
        {
            "user_embedding_size": 128,
            "movie_embedding_size": 128,
            "stretched_sigmoid": True,
            "centered": True,
            "embedding_initializer": "uniform",
            "row_penalty": 0.05,
            "watch_penalty": 0.02,
            "phases": (Phase(1e-2, 6), Phase(3e-3, 4)),
            "batch_size": 256,
        },
    ),
    _preset("one-hot-mlp", "Both one-hot vectors in one ReLU layer.", "one-hot-mlp", _ONE_HOT),
    _preset("split-mlp", "One-hot vectors with a ReLU layer each.", "split-mlp", _ONE_HOT),
    _preset(
        "dot-l2",
        "A deep learning course's first model: the bare dot product.",
        "dot",
        {**_COURSE, "phases": (Phase(1e-3, 1), Phase(1e-2, 3), Phase(1e-3, 6))},
        printed_mse=1.44,
        printed_note=_OTHER_EDITION,
    ),
    _preset(
        "dot-bias-l2",
        "The course's second model: dot product and biases.",
        "dot-bias",
        {**_COURSE, "phases": (Phase(1e-3, 1), Phase(1e-2, 10), Phase(1e-3, 5))},
        printed_mse=0.798,
        printed_note=_OTHER_EDITION,
    ),
    _preset(
        "mlp-70",
        "The course's third model: a network on both embeddings, with strong dropout.",
        "concatenation",
        {
            **_COURSE,
            "embedding_dropout": 0.3,
            "hidden_layers": (70,),
            "hidden_dropout": 0.75,
            "phases": (Phase(1e-3, 10),),
        },
        printed_mse=0.794,
        printed_note=_OTHER_EDITION,
    ),
    _preset(
        "mlp-32-4",
        "A small network whose user and movie embeddings may differ in size.",
        "concatenation",
        {
            **_NOTEBOOK,
            "user_embedding_size": 8,
            "movie_embedding_size": 8,
            "hidden_layers": (32, 4),
            "phases": (Phase(5e-3, 5),),
            "validation_fraction": 0.2,
        },
    ),
    _preset(
        "mf-full-batch",
        "Matrix factorization in full batches, from positive vectors.",
        "dot",
        {
            **_FULL_BATCH,
            "embedding_initializer": "positive_uniform",
            "phases": (Phase(0.1, 10), Phase(0.01, 15), Phase(0.01, 15)),
        },
        printed_mse=0.759,
        printed_note=_OTHER_EDITION,
    ),
    _preset(
        "mf-bias-full-batch",
        "A dot product with biases and weight decay, in full batches.",
        "dot-bias",
        {
            **_FULL_BATCH,
            "embedding_initializer": "positive_uniform",
            "bias_initializer": "tiny_uniform",
            "weight_decay": 1e-5,
            "phases": (Phase(0.05, 10), Phase(0.01, 10), Phase(0.001, 10)),
        },
        printed_mse=0.751,
        printed_note=_OTHER_EDITION,
    ),
    _preset(
        "collabfnet",
        "A network on both embeddings, in full batches.",
        "concatenation",
        {
            **_FULL_BATCH,
            "embedding_initializer": "normal",
            "dense_initializer": "torch",
            "embedding_activation": "relu",
            "embedding_dropout": 0.1,
            "hidden_layers": (10,),
            "weight_decay": 1e-6,
            "phases": (Phase(0.05, 15), Phase(0.01, 10), Phase(0.001, 10), Phase(0.001, 10)),
        },
        printed_mse=0.742,
        printed_note=_OTHER_EDITION,
    ),
    _preset("recommender-v1", "A Keras dot product with He-normal vectors.", "dot", _KERAS_EXAMPLE),
    _preset(
        "recommender-v2",
        "A Keras dot product with biases, squashed into the rating range.",
        "dot-bias",
        {**_KERAS_EXAMPLE, "bias_initializer": "uniform", "bias_l2": 1e-6, "stretched_sigmoid": True},
        printed_mse=0.722,
        printed_note="Not printed: measured with Keras on the 2018 edition, epoch 3.",
    ),
    _preset(
        "recommender-net",
        "A Keras network on both embeddings, squashed into the rating range.",
        "concatenation",
        {
            **_KERAS_EXAMPLE,
            "embedding_dropout": 0.05,
            "hidden_layers": (10,),
            "hidden_dropout": 0.5,
            "dense_initializer": "he_normal",
            "stretched_sigmoid": True,
        },
        printed_mse=0.757,
        printed_note="Not printed: measured with Keras on the 2018 edition, without the L2 penalty.",
    ),
]
PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}


_kept_elsewhere: list[Callable[[str], Preset | None]] = []


def also_find(find: Callable[[str], Preset | None]) -> None:
    """Let `known_preset` ask `find` too: for whoever keeps presets of people's own."""
    _kept_elsewhere.append(find)


def known_preset(name: str) -> Preset | None:
    """A preset that ships, or one that somebody keeps; None for a name that nobody knows."""
    if name in PRESETS:
        return PRESETS[name]
    return next((found for find in _kept_elsewhere if (found := find(name)) is not None), None)


def find_preset(name: str) -> Preset:
    """Raises `ConfigError` for an unknown name."""
    if name not in PRESETS:
        raise ConfigError(f"`preset` must be one of {', '.join(PRESETS)}. Received: {quoted(name)}")
    return PRESETS[name]
