"""The settings of the Train page, without a browser: what is wrong is said and cannot be trained with."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.jobs import board
from recsys_core.models.registry import ARCHITECTURES, settings_of
from recsys_core.runs.presets import delete_preset, write_preset
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import SETTINGS, SHORTHANDS, TrainConfig, with_values
from tests.pages.conftest import save_run
from tests.pages.test_pages import open_page

CONFIG = TrainConfig(validation_fraction=0.8, row_penalty=500.0, seed=7, phases=({"learning_rate": 0.25, "epochs": 3},))


@pytest.fixture
def submitted(monkeypatch) -> list:
    """The tasks that the page hands to the board, which are not worked on: the journeys train every preset."""
    tasks: list = []

    def submit(task, visitor):
        tasks.append(task)
        return "job-0"

    monkeypatch.setattr(board, "submit", submit)
    return tasks


@pytest.fixture
def trained(runs):
    """A run called "odd", with settings near the ends of what the core takes, and a long label full of markup."""
    save_run(runs, "odd", label="*Long* [label](x) " + "of many words " * 20)
    path = runs / "odd" / "config.json"
    info = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(info | {"config": CONFIG.to_dict()}), encoding="utf-8")


def texts(elements) -> str:
    return " ".join(element.value for element in elements)


def names_of(app: AppTest) -> set[str]:
    fields = [*app.number_input, *app.selectbox, *app.text_input, *app.toggle, *app.multiselect]
    return {field.key.removeprefix("train_") for field in fields if (field.key or "").startswith("train_")}


@pytest.mark.parametrize("name", ["dot", "rate-and-watch", "concatenation"])
def test_the_page_has_a_widget_for_every_setting_of_the_architecture(runs, name):
    app = open_page("train")
    app.selectbox(key="train_architecture").set_value(name).run()
    assert not app.exception
    assert names_of(app) - {"log"} == {*settings_of(ARCHITECTURES[name]), "epochs", "start"}


@pytest.mark.parametrize("name", ["epochs", "movie_embedding_size", "patience", "validation_fraction", "row_penalty"])
def test_a_number_out_of_range_is_said_and_stops_both_buttons(runs, submitted, name):
    app = open_page("train")
    field = app.number_input(key=f"train_{name}")
    good, known = field.value, {**SETTINGS, **SHORTHANDS}[name]
    bad = type(known.default)(known.high + 1)
    field.set_value(bad).run()
    assert not app.exception
    assert app.error[0].value.replace("\\", "") == f"{field.label} must be {known.rule}. Received: {bad}"
    assert app.button(key="train_go").disabled
    assert app.button(key="train_find").disabled
    app.number_input(key=f"train_{name}").set_value(good).run()
    assert not app.error
    assert not app.button(key="train_go").disabled


def test_each_number_out_of_range_is_marked(runs, submitted):
    app = open_page("train")
    fields = list(app.number_input)
    for field in fields:
        field.set_value(type(field.value)(-2_000_000) if field.value is not None else -2_000_000)
    app.run()
    assert not app.exception
    assert texts(app.markdown).count(":red[Must be a") == len(fields) >= 15
    assert submitted == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fast", "Learning rates must be written like"),
        ("0.1 × 9999", "must be a whole number from 1 to 1,000"),
        ("0.1 × 600, 0.2 × 600", "must be a whole number from 1 to 1,000"),
    ],
)
def test_text_that_is_no_setting_is_said(runs, text, said):
    app = open_page("train")
    app.text_input(key="train_phases").set_value(text).run()
    assert not app.exception
    assert said in app.error[0].value.replace("\\", "")
    assert app.button(key="train_go").disabled


def test_every_preset_is_what_train_submits(runs, submitted):
    app = open_page("train")
    for name, preset in PRESETS.items():
        app.selectbox(key="train_preset").set_value(name).run()
        app.button(key="train_go").click().run()
        assert not app.exception
        assert submitted[-1].config == preset.config


def test_a_preset_of_one_s_own_is_chosen_like_any_other_and_may_go_meanwhile(runs, submitted):
    kept = with_values(PRESETS["dot-bias-rows"].config, {"preset": "mine", "row_penalty": 0.07})
    write_preset(kept, "Trial 7 of the sweep *penalties*.")
    app = open_page("train")
    assert app.selectbox(key="train_preset").options[-1] == "mine"
    app.selectbox(key="train_preset").set_value("mine").run()
    assert r"Trial 7 of the sweep \*penalties\*" in texts(app.caption)
    app.button(key="train_go").click().run()
    assert not app.exception
    assert submitted[-1].config == kept
    delete_preset("mine")
    app.run()
    assert not app.exception
    assert app.selectbox(key="train_preset").value == "default"


def test_a_run_is_continued_with_its_settings_and_what_its_weights_need_stays(trained, submitted):
    app = open_page("train", run="odd")
    app.selectbox(key="train_start").set_value("continue:odd").run()
    assert not app.exception
    assert not app.error
    assert app.button(key="train_go").label == "Continue training"
    assert r"\*Long\* \[label\]" in texts(app.caption)
    assert app.number_input(key="train_validation_fraction").value == 0.8
    assert app.number_input(key="train_row_penalty").value == 500
    assert app.number_input(key="train_movie_embedding_size").disabled
    assert not app.number_input(key="train_row_penalty").disabled
    app.text_input(key="train_phases").set_value("0.125 × 2").run()
    app.button(key="train_go").click().run()
    assert (submitted[0].continue_run, submitted[0].config.epochs, submitted[0].config.seed) == ("odd", 2, 7)


def test_continuing_can_be_left_for_a_fresh_model(trained, submitted):
    app = open_page("train", run="odd")
    app.selectbox(key="train_start").set_value("continue:odd").run()
    next(button for button in app.button if button.label == "Train anew instead").click().run()
    assert app.button(key="train_go").label == "Train"
    assert not app.number_input(key="train_movie_embedding_size").disabled
    assert app.number_input(key="train_validation_fraction").value == 0.8


def test_what_changed_is_said_with_the_names_of_the_fields(trained):
    app = open_page("train", run="odd")
    app.selectbox(key="train_start").set_value("continue:odd").run()
    next(button for button in app.button if button.label == "Train anew instead").click().run()
    assert "The same settings as the run shown." in texts(app.caption)
    app.number_input(key="train_movie_embedding_size").set_value(8).run()
    app.toggle(key="train_centered").set_value(True).run()
    assert "Changed: embedding size 50 → 8, start from the mean off → on" in texts(app.caption).replace("\\", "")


def test_the_address_says_what_was_changed_and_brings_it_back(trained, submitted):
    app = open_page("train", run="odd")
    assert not {"preset", "set", "start"} & set(app.query_params)
    app.selectbox(key="train_preset").set_value("dot-bias-rows").run()
    app.number_input(key="train_epochs").set_value(3).run()
    app.text_input(key="train_phases").set_value("0.25 × 2, 0.125 × 1").run()
    app.multiselect(key="train_any_genres").set_value(["Drama", "Film-Noir"]).run()
    app.number_input(key="train_movie_embedding_size").set_value(24).run()
    app.selectbox(key="train_start").set_value("embeddings:odd").run()
    app.button(key="train_go").click().run()
    address = {name: app.query_params[name] for name in ("preset", "set", "start")}
    assert address["preset"] == "dot-bias-rows"
    assert set(address["set"]) == {
        "movie_embedding_size:24", "phases:0.25 × 2, 0.125 × 1", "any_genres:Drama, Film-Noir",
    }  # fmt: skip

    other = open_page("train", run="odd", **address)
    assert not other.exception
    assert not other.error
    other.button(key="train_go").click().run()
    assert submitted[1] == submitted[0]
    assert submitted[0].start_from == "odd"

    # What is chosen afterwards is what counts, not what the address said at first.
    other.selectbox(key="train_preset").set_value("default").run()
    other.selectbox(key="train_start").set_value("from scratch").run()
    assert not {"preset", "set", "start"} & set(other.query_params)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"preset": "x" * 400}, "Preset must be one of default"),
        ({"set": ["epochs:-1"]}, "Epochs must be a whole number from 1 to 1,000. Received: -1"),
        ({"set": ["seed"]}, "Seed must be a whole number"),
        (
            {"set": ["colour:red"]},
            "must be called as by the command line, such as epochs or row_penalty. Received: 'colour'",
        ),
        ({"set": ["architecture:<b>nothing</b>"]}, "Architecture must be 1 to 60 letters"),
        ({"set": ["architecture:nothing"]}, "Architecture must be one of"),
        ({"set": ["seed:5"], "start": "continue:gone"}, "gone"),
    ],
)
def test_an_address_that_cannot_be_meant_is_said_and_nothing_of_it_taken(runs, address, said):
    app = open_page("train", **address)
    assert not app.exception
    assert len(app.error) == 1
    assert said in app.error[0].value.replace("\\", "")
    assert len(app.error[0].value) < 1500
    assert app.selectbox(key="train_preset").value == "default"
    assert app.number_input(key="train_seed").value == TrainConfig().seed
    assert not app.button(key="train_go").disabled
    app.run()
    assert not app.error


def test_shorthands_of_the_command_line_may_stand_in_an_address(runs):
    app = open_page("train", preset="dot-bias-rows", set=["embedding_size:16", "learning_rate:0.5", "epochs:2"])
    assert not app.error
    assert app.number_input(key="train_movie_embedding_size").value == 16
    assert app.text_input(key="train_phases").value == "0.5 × 2"
