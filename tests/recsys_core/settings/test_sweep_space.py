"""What a sweep may vary comes from the declarations."""

import pytest

from recsys_core.errors import ConfigError
from recsys_core.models.registry import ARCHITECTURES, check_settings, settings_of
from recsys_core.settings.sweep_space import Dimension, read_vary, sweep_space
from recsys_core.settings.train_config import TrainConfig, with_values


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_both_ends_of_every_dimension_make_valid_settings(name):
    config = with_values(TrainConfig(), {"architecture": name})
    for dimension in sweep_space(settings_of(ARCHITECTURES[name])):
        ends = dimension.choices or (dimension.low, dimension.high)
        for end in ends:
            check_settings(with_values(config, {dimension.name: end}))


def test_vectors_that_are_multiplied_vary_their_size_together():
    names = {each.name for each in sweep_space(settings_of(ARCHITECTURES["dot"]))}
    assert "embedding_size" in names
    assert not names & {"user_embedding_size", "movie_embedding_size", "gravity", "hidden_dropout", "seed"}
    apart = {each.name for each in sweep_space(settings_of(ARCHITECTURES["concatenation"]))}
    assert {"user_embedding_size", "movie_embedding_size", "hidden_dropout"} <= apart
    assert "embedding_size" not in apart


def test_a_dimension_says_its_range_and_its_scale():
    space = {each.name: each for each in sweep_space(settings_of(ARCHITECTURES["dot"]))}
    assert space["learning_rate"] == Dimension("learning_rate", "Learning rate", "number", 1e-4, 0.1, log=True)
    assert space["centered"].choices == (False, True)
    assert space["optimizer"].choices == ("adam", "sgd", "rmsprop", "adagrad")


def test_what_compiles_anew_takes_few_values():
    assert read_vary("embedding_size=16..256:log").rungs == (16, 32, 64, 128, 256)
    assert read_vary("embedding_size=10..300:log").rungs[0::5] == (10, 300)
    assert read_vary("hidden-dropout=0..0.6").rungs == (0.0, 0.15, 0.3, 0.45, 0.6)
    assert read_vary("row_penalty=0.001..0.3:log").rungs == ()
    assert read_vary("epochs=2..20").rungs == ()
    sizes = read_vary("embedding_size=16..256:log")
    assert sizes.with_rung(100).rungs == (16, 32, 64, 100, 128, 256)
    assert sizes.with_rung(300) is sizes


def test_dimensions_are_read_as_they_are_written():
    for text in ("embedding_size=16..256:log", "row_penalty=0.001..0.3:log", "liking=0..1", "optimizer=adam,sgd"):
        assert read_vary(text).in_words == text
    assert read_vary("centered=on,off").choices == (True, False)
    assert read_vary("row-penalty") == read_vary("row_penalty=0.001..0.3:log")
    assert not read_vary("learning_rate=0.001..0.1").log
    assert read_vary("centered").holds(True)
    assert not read_vary("centered").holds(1)
    assert not read_vary("epochs=2..9").holds(True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be among"),
        ("seed=1..5", "Received: 'seed'"),
        ("nonsense=1..5", "Received: 'nonsense'"),
        ("epochs=5", "over a range such as epochs=2..20:log"),
        ("epochs=5..", "over a range"),
        ("epochs=5..2", "from a lower to a higher"),
        ("epochs=1.5..2", "whole number"),
        ("embedding_size=16..9999", "from 1 to 512"),
        ("liking=0..1:log", "above 0"),
        ("liking=nan..1", "`liking`"),
        ("optimizer=adam", "two or more of adam, sgd"),
        ("optimizer=adam,lion", "one of adam"),
    ],
)
def test_what_cannot_be_varied_is_refused(text, said):
    with pytest.raises(ConfigError) as refused:
        read_vary(text)
    assert said in str(refused.value)
