"""Tasks and events go through text and come back as what they were, whatever is in them."""

import json
import math
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import ConfigError, JobError
from recsys_core.jobs import messages
from recsys_core.jobs.messages import Task, read_event, read_task
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import Phase, TrainConfig

MOVIES = pd.DataFrame(
    {
        "movie_id": np.array([1, 23], np.int32),
        "title": ["Heat", 'Ça "va" <b>?\n'],
        "year": [1995.0, math.nan],
        "n_ratings": np.array([5, 0], np.int32),
    }
)
EVENTS = [
    messages.Queued(),
    messages.StopAsked(),
    messages.Preparing(),
    messages.Noticed(text="3 repeated pairs: “kept” the last.\n"),
    messages.Started(
        n_parameters=10**12, n_train=90, n_validation=0, n_dropped=3, first_epoch=3, last_epoch=7, movies=MOVIES,
        baselines={"mean_mse": 1.1, "bias_mse": math.nan},
    ),
    messages.Progress(epoch=3, fraction=0.1, ratings_per_second=1e6, train_mse=math.inf, train_mae=1e300),
    messages.EpochEnded(
        epoch=3, learning_rate=1e-3, train_mse=0.1 + 0.2, train_mae=math.inf, val_mse=math.nan, val_mae=-math.inf,
        seconds=1 / 3, coordinates=np.array([[0.1, -2.5], [math.nan, 60_000]]),
    ),
    messages.EpochEnded(
        epoch=4, learning_rate=5e-324, train_mse=0.5, train_mae=0.5, val_mse=0.5, val_mae=0.5, seconds=0.0,
    ),
    messages.SearchProgress(fraction=0.5, learning_rate=1e-3, mse=math.inf),
    messages.Saving(),
    messages.Saved(run_name="a-2", path="/runs/a-2", kept_epoch=4, last_epoch=7, status="diverged"),
    messages.SaveFailed(message="No space left on device"),
    messages.RateFound(learning_rates=(1e-5, 1e-4), mse=(1.0, math.inf), suggested=3e-5),
    messages.Tried(
        figures={"val_mse": 0.7, "holdout_mse": math.nan}, n_epochs=7, seconds=2.5,
        coordinates=np.array([[0.5, -0.5]]),
    ),
    messages.Stopped(message="Stopped."),
    messages.Failed(message="Failed.", is_expected=False),
    messages.StopHeard(by="ann"),
]  # fmt: skip


def plain(message):
    """Field -> something that compares: arrays and tables by their content and type, NaN equal to NaN."""

    def comparable(value):
        if isinstance(value, np.ndarray):
            return str(value.dtype), value.shape, value.tobytes()
        if isinstance(value, pd.DataFrame):
            return value.dtypes.astype(str).to_dict(), value.to_csv()
        return repr(value)

    return {name: comparable(value) for name, value in message}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_every_event_survives_text(event):
    text = event.to_json()
    assert "\n" not in text
    # Strictly JSON: no bare NaN, which others cannot read.
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    again = read_event(text)
    assert type(again) is type(event)
    assert plain(again) == plain(event)


def test_there_is_an_example_of_every_event():
    union, _ = get_args(messages.Event)
    assert {type(event) for event in EVENTS} == set(get_args(union))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_task_of_every_preset_survives_text(preset):
    task = Task(config=PRESETS[preset].config, data_set="path:/data/ümlaut", fingerprint="abc", run_name="a", label="b")
    again = read_task(task.to_json())
    assert again == task
    assert isinstance(again.config.phases[0], Phase)


def test_a_task_to_go_on_or_to_find_a_rate_survives_text():
    for task in (
        Task(config=TrainConfig(), continue_run="before"),
        Task(config=TrainConfig(hidden_layers=(8, 4), exact_genres=("Drama",)), start_from="before", shows_map=False),
        Task(kind="find_learning_rate", config=TrainConfig(n_ratings=100)),
    ):
        assert read_task(task.to_json()) == task


def test_nobody_can_change_a_message_or_its_points():
    with pytest.raises(ValueError, match="frozen"):
        Task(config=TrainConfig()).label = "other"
    with pytest.raises(ValueError, match="read-only"):
        EVENTS[6].coordinates[0] = 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "EOF"),
        ("[1]", "object"),
        ("{}", "config: Field required"),
        ('{"config": 3}', "object of settings"),
        ('{"config": {}, "kind": "dance"}', "'train', 'find_learning_rate' or 'try'"),
        ('{"config": {}, "colour": 1}', "colour: Extra inputs"),
        ('{"config": {}, "run_name": 7}', "run_name: Input should be a valid string"),
        ("[" * 100_000, "ecursion"),
    ],
)
def test_what_is_no_task_is_one_clear_error(text, said):
    with pytest.raises(JobError, match=said) as caught:
        read_task(text)
    assert len(str(caught.value)) < 600


def test_wrong_settings_in_a_task_are_the_settings_error():
    with pytest.raises(ConfigError, match="seed"):
        read_task('{"config": {"seed": -1}}')
    with pytest.raises(ConfigError, match="either continue a run or start"):
        Task(config=TrainConfig(), continue_run="a", start_from="b")


@pytest.mark.parametrize(
    "text",
    ['{"kind": "party"}', '{"kind": "saving", "at": "soon"}', "null",
     '{"kind": "epoch_ended", "coordinates": "!"}', '{"kind": "started", "movies": "AAAA"}'],
)  # fmt: skip
def test_what_is_no_event_is_one_clear_error(text):
    with pytest.raises(JobError, match="An event must be JSON"):
        read_event(text)
