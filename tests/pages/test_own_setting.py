"""An architecture with a setting of its own, all of it in this file: checked, on the page, on the command line, in the
key of the compiled loop, told to the loss, saved, and part of what a sweep may vary."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest

from recsys_core.cli import main
from recsys_core.data.split import split_ratings
from recsys_core.errors import ConfigError
from recsys_core.models.builder import ModelBuilder
from recsys_core.models.registry import (
    ARCHITECTURES,
    MOVIE_EMBEDDING,
    USER_EMBEDDING,
    architecture,
    settings_of,
)
from recsys_core.settings.changes import changes, check_continues
from recsys_core.settings.declaration import Setting, Sweep, settings_class
from recsys_core.settings.own import declare_own
from recsys_core.settings.scopes import loop_key, told_to_loop
from recsys_core.settings.sweep_space import sweep_space
from recsys_core.settings.train_config import SETTINGS, TrainConfig
from recsys_core.training.stock_model import initial_weights
from tests.pages.test_pages import open_page


@settings_class
class Stretched:
    stretch: Annotated[
        int,
        Setting("Stretch", "How many times the dot product counts.", scope="structure", low=1, high=5, lasting=True,
                sweep=Sweep(1, 5)),
    ] = 2  # fmt: skip
    pull: Annotated[
        float,
        Setting("Pull", "Weight of the pull of vectors to zero.", scope="runtime", group="losses", low=0, high=10),
    ] = 0.5
    movies_start: Annotated[Literal["zeros", "normal"], Setting("Start", "Where movies begin.", scope="start")] = (
        "normal"
    )


def pulled(tf: Any, rows: dict[str, Any], batch: Any, settings: dict[str, Any]) -> Any:
    """`pull` times the mean square of the looked-up vectors."""
    return settings["pull"] * sum(tf.reduce_mean(rows[name] ** 2) for name in (USER_EMBEDDING, MOVIE_EMBEDDING))


@pytest.fixture(autouse=True)
def stretched_dot() -> Iterator[None]:
    @architecture(
        "stretched-dot", title="Stretched dot", formula="r̂ = stretch · p·q", explain="For this test.", own=Stretched,
        auxiliary=pulled,
    )  # fmt: skip
    def build(m: ModelBuilder) -> Any:
        movies = m.table(m.movie, m.n_movies, m.config.movie_embedding_size, MOVIE_EMBEDDING, m.config.own.movies_start)
        product = m.dot(m.user_embedding(), movies)
        return m.rating(*[product] * m.config.own.stretch)

    yield
    del ARCHITECTURES["stretched-dot"]
    declare_own("stretched-dot", None, {})


def stretched(**settings: Any) -> TrainConfig:
    return TrainConfig(architecture="stretched-dot", **settings)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stretch": 6}, "`stretch` must be a whole number from 1 to 5. Received: 6"),
        ({"stretch": 2.5}, "`stretch` must be a whole number from 1 to 5. Received: 2.5"),
        ({"pull": "hard"}, "`pull` must be a number from 0 to 10. Received: 'hard'"),
    ],
)
def test_it_is_checked_as_any_setting_is(given, said):
    for build in (stretched, lambda **values: dataclasses.replace(stretched(), **values)):
        with pytest.raises(ConfigError) as caught:
            build(**given)
        assert str(caught.value) == said


def test_it_goes_through_json_and_variants_and_stays_with_its_architecture():
    config = stretched(stretch=3, seed=1)
    assert config.to_dict()["stretch"] == 3
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert dataclasses.replace(config, seed=2).own == Stretched(stretch=3)
    assert dataclasses.replace(config, pull=1).own == Stretched(stretch=3, pull=1.0)
    assert dataclasses.replace(config, architecture="dot").own is None
    assert len({config, stretched(stretch=3, seed=1), stretched(stretch=4, seed=1)}) == 2


def test_its_scope_decides_between_another_loop_and_telling_the_loop():
    assert loop_key(stretched(stretch=3)) != loop_key(stretched())
    assert loop_key(stretched(pull=1)) == loop_key(stretched())
    assert told_to_loop(stretched(pull=1))["pull"] == 1
    assert "pull" not in told_to_loop(TrainConfig())


def test_where_weights_begin_is_another_model_and_no_other_loop(tiny):
    split, other = split_ratings(tiny, stretched()), stretched(movies_start="zeros")
    normal, zeros = (initial_weights(split, config)[f"{MOVIE_EMBEDDING}/embeddings"] for config in (stretched(), other))
    assert normal.any()
    assert not zeros.any()
    assert loop_key(other) == loop_key(stretched())


def test_it_is_among_what_changed_what_must_stay_and_what_a_sweep_may_vary():
    assert list(map(str, changes(stretched(), stretched(stretch=3, pull=1)))) == ["stretch 2 → 3", "pull 0.5 → 1"]
    check_continues(stretched(), stretched(pull=1), "mine")
    with pytest.raises(ConfigError, match=r"`stretch` must be 2 to continue run 'mine'. Received: 3"):
        check_continues(stretched(), stretched(stretch=3), "mine")
    assert "stretch" in [each.name for each in sweep_space(settings_of(ARCHITECTURES["stretched-dot"]))]


def test_the_page_shows_it_and_says_what_is_wrong_with_it(runs):
    app = open_page("train")
    assert not [field for field in app.number_input if field.label == "Stretch"]
    app.selectbox(key="train_architecture").set_value("stretched-dot").run()
    assert app.number_input(key="train_stretch").value == 2
    app.number_input(key="train_pull").set_value(11.0).run()
    assert not app.exception
    assert "Pull must be a number from 0 to 10" in app.error[0].value
    assert app.button(key="train_go").disabled


def test_the_command_line_has_its_flags_and_the_run_remembers_it(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert "--stretch N" in capsys.readouterr().out
    arguments = ["train", "--preset", "dot-bias-rows", "--architecture", "stretched-dot", "--n-ratings", "500"]
    small = ["--embedding-size", "4", "--epochs", "1", "--stretch", "3", "--pull", "0.01"]
    assert main([*arguments, *small, "--run-dir", str(tmp_path / "mine")]) == 0
    saved = json.loads((tmp_path / "mine" / "config.json").read_text())["config"]
    assert (saved["architecture"], saved["stretch"], saved["pull"]) == ("stretched-dot", 3, 0.01)
    assert TrainConfig.from_dict(saved).own == Stretched(stretch=3, pull=0.01)


def test_flags_of_another_architecture_are_refused(tmp_path, capsys):
    assert main(["train", "--stretch", "3", "--run-dir", str(tmp_path / "mine")]) == 2
    assert capsys.readouterr().err == (
        "error: `stretch` must be given to stretched-dot only. Received: rate-and-watch-in-time\n"
    )
    assert not (tmp_path / "mine").exists()


def test_a_name_means_one_setting():
    @settings_class
    class Other:
        stretch: Annotated[int, Setting("Stretch", "Another one.", scope="data", low=1, high=5)] = 2

    with pytest.raises(ValueError, match="`stretch` of other must have a name that no other setting has"):
        declare_own("other", Other, SETTINGS)
