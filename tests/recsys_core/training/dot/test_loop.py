"""The loop of dot products does what XLA's does, and is taken where it can."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.ratings import from_frames
from recsys_core.data.split import Split, split_ratings
from recsys_core.models import watching
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import TrainConfig, with_values
from recsys_core.training.dot import steps
from recsys_core.training.dot.loop import DotLoop, is_dot_loop
from recsys_core.training.loop import CompiledLoop
from recsys_core.training.loop_cache import loop_for, session_rows
from recsys_core.training.stock_model import initial_weights
from tests.conftest import movies_for

N = 90
"""Ratings: three batches of 28 and a shorter one, which are divided into three parts."""
WATCHING = {"watch_weight": 1.5, "watch_penalty": 0.05, "popularity_correction": 0.3, "row_penalty": 0.02}
IN_TIME = {"liking": 0.4, "era_penalty": 0.2, **WATCHING}
IN_TIMES = ("in-time", "in-sittings")
"""Ends of the names of architectures that tell times apart."""
CASES = [
    {"architecture": "dot"},
    {"architecture": "dot-bias", "row_penalty": 0.1, "stretched_sigmoid": True, "centered": True},
    {"architecture": "rate-and-watch", **WATCHING},
    {
        "architecture": "rate-and-watch-in-time",
        "liking": 0.4,
        "era_penalty": 0.2,
        "stretched_sigmoid": True,
        **WATCHING,
    },
    {"architecture": "rate-and-watch-in-sittings", "liking": 0.4, "era_penalty": 0.2, "centered": True, **WATCHING},
    {"architecture": "dot", "table_updates": "dense", "l2": 0.01},
    {
        "architecture": "dot-bias",
        "table_updates": "dense",
        "weight_decay": 0.02,
        "row_penalty": 0.1,
        "batch_size": None,
    },
    {"architecture": "rate-and-watch-in-sittings", "table_updates": "dense", "liking": 0.4, **WATCHING},
    {"architecture": "dot-bias", "l2": 0.01, "bias_l2": 0.03, "weight_decay": 0.02},
]


def config_of(case: dict) -> TrainConfig:
    base = TrainConfig(user_embedding_size=5, movie_embedding_size=5, embedding_initializer="normal", batch_size=28,
                       validation_fraction=0.0, table_updates="rows")  # fmt: skip
    return with_values(base, case)


def split_of(config: TrainConfig, *, knows_times: bool) -> Split:
    """Few users and movies, so that every batch has each of them several times."""
    rng = np.random.default_rng(1)
    pairs = rng.permutation(15 * 12)[:N]
    frame = pd.DataFrame({"userId": pairs // 12, "movieId": pairs % 12, "rating": rng.integers(1, 6, N).astype(float)})
    if knows_times:
        frame["timestamp"] = 10**9 + rng.integers(0, 40, N) * 1000
    return split_ratings(from_frames(frame, movies_for(frame["movieId"]), name="few"), config)


def trained(kind: type[CompiledLoop], config: TrainConfig, split: Split) -> tuple[CompiledLoop, list]:
    shape = (split.n_users, split.n_movies, split.rating_range)
    loop = kind(config, *shape, len(split.train), session_rows(split, config))
    loop.compile()
    loop.start(split, config, initial_weights(split, config))
    order, totals = np.random.default_rng(0).permutation(N), []
    for rows in (order, order[::-1], order[: loop.batch_size]):
        rates = np.full(-(-len(rows) // loop.batch_size), 0.02, np.float32)
        totals.append(dataclasses.astuple(loop.run_on(split, rows, rates, seed=0)))
    return loop, totals


@pytest.mark.parametrize(
    ("case", "knows_times"),
    [(case, True) for case in CASES] + [(case, False) for case in CASES if case["architecture"].endswith(IN_TIMES)],
    ids=lambda each: str(each) if isinstance(each, bool) else " ".join(map(str, each.values())),
)
def test_it_ends_where_xla_ends(case, knows_times, monkeypatch):
    monkeypatch.setattr(watching, "PARTS", 3)
    monkeypatch.setattr(watching, "SMALLEST_PART", 9)
    config = config_of(case)
    split = split_of(config, knows_times=knows_times)
    (dot, of_dot), (xla, of_xla) = trained(DotLoop, config, split), trained(CompiledLoop, config, split)
    np.testing.assert_allclose(of_dot, of_xla, rtol=1e-4)
    for path, weights in xla.weights().items():
        np.testing.assert_allclose(dot.weights()[path], weights, atol=2e-4, err_msg=path)
    for name in ("session_embedding", "movie_era", "session_bias"):
        expected = xla.table(name)
        assert (dot.table(name) is None) == (expected is None)
        if expected is not None:
            np.testing.assert_allclose(dot.table(name), expected, atol=2e-4, err_msg=name)
            assert bool(np.abs(expected).max() > 1e-3) == knows_times
    np.testing.assert_allclose(dot.predict(split.train), xla.predict(split.train), atol=1e-3)
    np.testing.assert_allclose(dot.predict_validation(split), xla.predict_validation(split), atol=1e-3)
    assert dot.n_parameters == xla.n_parameters


def test_what_a_training_begins_with_is_all_that_it_knows():
    config = config_of(CASES[3])
    split = split_of(config, knows_times=True)
    loop, first = trained(DotLoop, config, split)
    weights = loop.weights()
    loop.start(split, config, initial_weights(split, config))
    order = np.random.default_rng(0).permutation(N)
    again = dataclasses.astuple(loop.run_on(split, order, np.full(4, 0.02, np.float32), seed=0))
    assert again == first[0]
    assert any((weights[path] != now).any() for path, now in loop.weights().items())


def test_one_compiling_is_for_all_of_them():
    steps.load()
    for case in CASES:
        config = config_of(case)
        trained(DotLoop, config, split_of(config, knows_times=True))
    assert len(steps.run_steps.signatures) == 1


def test_numbers_that_are_none_stay_so():
    config = config_of(CASES[3])
    split = split_of(config, knows_times=True)
    loop, _ = trained(DotLoop, config, split)
    totals = loop.run_on(split, np.arange(N), np.full(4, np.nan, np.float32), seed=0)
    assert np.isnan(totals.squared_error)


def test_what_is_no_longer_looked_up_moves_on_and_comes_to_rest():
    """m halves every seven steps: after a thousand its numbers would be too small for the processor to be quick."""
    config = with_values(config_of(CASES[0]), {"table_updates": "dense"})
    split = split_of(config, knows_times=False)
    loop, _ = trained(DotLoop, config, split)
    before = loop.table("movie_embedding")
    rows = np.repeat(np.flatnonzero(split.train.movie == 0)[:1], 28)
    assert before is not None
    for _ in range(50):
        loop.run_on(split, np.tile(rows, 30), np.full(30, 0.02, np.float32), seed=0)
    after = loop.table("movie_embedding")
    assert after is not None
    assert (after[1:] != before[1:]).any(axis=1).all()
    m = loop._row_tables["movie"].for_steps({"movie_embedding": 0}, {"movie_embedding": 0}).rows[1:, 5:10]
    assert not m.any()


def test_it_is_taken_for_dot_products_by_adam(tiny):
    names = {name for name, preset in PRESETS.items() if is_dot_loop(preset.config)}
    assert names == {"default", "sessions", "dot-bias-rows", "dot-l2", "dot-bias-l2", "mf-full-batch",
                     "mf-bias-full-batch", "recommender-v1", "recommender-v2"}  # fmt: skip
    config = config_of(CASES[1])
    others = ({"optimizer": "sgd"}, {"architecture": "dot-bias-gravity"}, {"architecture": "rated-movies"},
              {"architecture": "concatenation"})  # fmt: skip
    assert not any(is_dot_loop(with_values(config, other)) for other in others)
    for each, kind in ((config, DotLoop), (with_values(config, {"optimizer": "sgd"}), CompiledLoop)):
        assert type(loop_for(split_ratings(tiny, each), each)) is kind
