"""config.json: what was written reads back, older ones are read, and whatever else it may hold is one clear error."""

import dataclasses
import json
import math

import pytest

from recsys_core.errors import RunError
from recsys_core.runs.info import FORMAT, RunInfo
from recsys_core.runs.store import EXAMPLE_RUN_DIR
from recsys_core.settings.presets import find_preset
from recsys_core.settings.train_config import Phase, TrainConfig
from tests.exploring import run_info

EXAMPLE = (EXAMPLE_RUN_DIR / "config.json").read_bytes()


def changed(**changes) -> bytes:
    return json.dumps(json.loads(EXAMPLE) | changes).encode()


def test_the_example_run_is_read_with_types():
    info = RunInfo.from_text(EXAMPLE)
    assert info.config.phases == (Phase(0.0025, 6), Phase(0.001, 2))
    assert info.config == dataclasses.replace(find_preset("default").config, snapshots=0)
    assert (info.status, info.kept_epoch, info.data.n_ratings) == ("finished", 8, 100_004)
    assert info.prediction.output_range == (0.5, 5.0)
    assert info.created.tzinfo is not None


def test_what_is_written_reads_back():
    nan = float("nan")
    baselines = run_info().baselines.model_copy(update={"bias_mse": nan})
    info = run_info(format=FORMAT, continued_from="another", baselines=baselines, config=TrainConfig(n_ratings=20))
    again = RunInfo.from_text(info.to_text().encode())
    assert math.isnan(again.baselines.bias_mse)
    assert again.model_copy(update={"baselines": baselines}) == info


def test_an_older_run_has_no_format_and_lacks_what_came_later():
    raw = json.loads(EXAMPLE)
    for name in ("format", "data_path", "versions"):
        raw.pop(name, None)
    del raw["prediction"]["reads_ratings"]
    del raw["config"]["popularity_correction"]
    info = RunInfo.from_text(json.dumps(raw).encode())
    assert info.format == 1
    assert not info.prediction.reads_ratings
    assert info.continued_from is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "must be JSON"),
        (b"\xff\xfe{}", "must be JSON"),
        (EXAMPLE[:200], "must be JSON"),
        (b"[" * 100_000, "must be JSON"),
        (b"[1]", r"must hold an object. Received: \[1\]"),
        (b"null", "must hold an object. Received: None"),
        (b"{}", "must have `status`. Received: none"),
        (b" " * (2**20 + 1), "at most 1,048,576 bytes"),
        (changed(format=99), "format 2 or older. Received: format 99, written by a newer version"),
        (changed(format="x"), "`format` must be a valid integer. Received: 'x'"),
        (changed(kept_epoch="5"), "`kept_epoch` must be a valid integer. Received: '5'"),
        (changed(kept_epoch=-1), "`kept_epoch` must be greater than or equal to 0. Received: -1"),
        (changed(status="lost"), "`status` must be 'finished', 'stopped' or 'diverged'. Received: 'lost'"),
        (changed(label=["x"]), "`label` must be a valid string"),
        (changed(label="x", created=3), "`created` must be"),
        (changed(config=[]), "`config`: must be an object of settings"),
        (changed(config={"phases": 3}), "`config`: "),
        (changed(config={"phases": [3]}), "`config`: "),
        (changed(config={"speed": 3}), "`config`: .*Received: speed"),
        (changed(config={"seed": "x" * 1000}), "`config`: `seed` must be a whole number"),
        (changed(data={"name": "x"}), "must have `data.n_ratings`"),
        (changed(baselines="good"), "`baselines` must be an object"),
        (changed(prediction={"is_dot": 1, "offset": 0, "output_range": None}), "`prediction.is_dot` must be a valid"),
        (changed(prediction={"is_dot": True, "offset": 0, "output_range": [1]}), "`prediction.output_range"),
    ],
)
def test_anything_else_is_one_clear_error(text, message):
    with pytest.raises(RunError, match=message) as caught:
        RunInfo.from_text(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1200
