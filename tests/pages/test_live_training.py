"""What the Train page shows of jobs, step by step: an executor does nothing by itself, the tests say what it tells."""

import base64
import re
from concurrent.futures import Future

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.jobs import board, messages
from recsys_core.jobs.board import Board
from recsys_core.jobs.records import Records
from recsys_core.jobs.task import RunsFolder
from recsys_core.models.summary import ModelSummary
from recsys_core.runs.store import runs_dir
from recsys_core.settings.presets import PRESETS
from tests.exploring import five_movies
from tests.pages.conftest import ROOT, figures_of, run_picker, save_run
from tests.patient_executor import PatientExecutor

BASELINES = {"mean_mse": 1.1, "mean_mae": 0.85, "bias_mse": 0.77, "bias_mae": 0.68}
STARTED = messages.Started(
    n_parameters=20, n_train=1000, n_validation=100, n_dropped=0, baselines=BASELINES, first_epoch=1, last_epoch=6,
    movies=five_movies().movies,
)  # fmt: skip
SAVED = messages.Saved(run_name="five", path="/five", kept_epoch=2, last_epoch=2, status="finished")


def progress(epoch):
    return messages.Progress(
        epoch=epoch, fraction=(epoch - 0.5) / 6, ratings_per_second=2e6, train_mse=0.9, train_mae=0.7
    )


def ended(epoch):
    return messages.EpochEnded(
        epoch=epoch, learning_rate=0.01, train_mse=1 / epoch, train_mae=0.7, val_mse=1 / epoch, val_mae=0.7,
        seconds=0.1, coordinates=np.full((5, 2), epoch / 10),
    )  # fmt: skip


@pytest.fixture
def executor(runs, monkeypatch):
    executor = PatientExecutor()
    quiet = Board(executor, RunsFolder(), records=Records(runs_dir))
    for word in ("submit", "status", "stop", "active", "can_save_again", "save_again", "interrupted", "dismiss"):
        monkeypatch.setattr(board, word, getattr(quiet, word))
    # The model's summary is another part of the page, and would wait for TensorFlow.
    summary: Future = Future()
    summary.set_result(ModelSummary(pd.DataFrame({"layer": ["bias"], "parameters": [1]}), 1))
    monkeypatch.setattr(board, "summarize", lambda *about: summary)
    return executor


def open_train(**query):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("pages/train.py")
    return rerun(app)


def rerun(app):
    app.run()
    assert not app.exception, app.exception
    return app


def train(app):
    """Click Train; the id of the job."""
    before = {status.job_id for status in board.active()}
    click(app, "Train")
    (job_id,) = {status.job_id for status in board.active()} - before
    return job_id


def click(app, label):
    next(button for button in app.main.button if button.label == label).click()
    return rerun(app)


def bars(app):
    return [bar.proto.text for bar in app.get("progress")]


def has_button(app, label):
    return any(button.label == label for button in app.main.button)


def curve(app):
    """Name -> trace of the loss curve, as it is sent to the browser."""
    return {trace["name"]: {name: plain(value) for name, value in trace.items()} for trace in traces(app)}


def traces(app):
    """Of the one figure on the page."""
    (figure,) = figures_of(app)
    return figure["data"]


def plain(value):
    """Plotly sends arrays of numbers as base64."""
    if isinstance(value, dict) and "bdata" in value:
        return np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).tolist()
    return value


def texts(app):
    return " ".join(element.value for element in (*app.markdown, *app.caption)).replace("\\", "")


def test_no_moment_of_a_training_shows_an_error_and_all_its_counters_agree(executor):
    app = open_train()
    job_id = train(app)
    assert bars(app) == ["Waiting for its turn\\."]
    for event, said in (
        (messages.Preparing(), "Reading the ratings"),
        (STARTED, "Compiling"),
        (progress(1), "Epoch 1 of 6 · 2.0 M ratings/s"),
        (ended(1), "Epoch 1 of 6"),
        (progress(2), "Epoch 2 of 6"),
        (ended(2), "Epoch 2 of 6"),
        (messages.Saving(), "Saving the run"),
    ):
        executor.tell(job_id, event)
        rerun(app)
        # One count of epochs, and none in the sidebar beside it.
        (bar,) = bars(app)
        assert bar.startswith(said)
        assert has_button(app, "Stop")
        status = board.status(job_id)
        assert len(curve(app)["Validation"]["x"]) == len(status.history)
        assert ("Training, so far" in curve(app)) == (status.so_far is not None)
        if status.live_map:
            assert f"Its movies after epoch {status.epoch - (status.so_far is not None)}" in texts(app)
    executor.tell(job_id, SAVED)
    rerun(app)
    assert app.query_params["run"] == "five"
    assert not has_button(app, "Stop")
    assert bars(app) == []


def test_a_loss_without_validation_ratings_is_drawn(executor):
    app = open_train()
    job_id = train(app)
    nothing = dict.fromkeys(BASELINES, float("nan"))
    executor.tell(job_id, messages.Preparing(), STARTED.model_copy(update={"baselines": nothing, "n_validation": 0}))
    rerun(app)
    executor.tell(job_id, ended(1).model_copy(update={"val_mse": float("nan"), "val_mae": float("nan")}))
    rerun(app)
    assert len(curve(app)["Training"]["x"]) == 1


def test_a_reloaded_page_shows_its_own_training_and_others_do_not(executor):
    first, second = open_train(), open_train()
    mine, theirs = train(first), train(second)
    executor.tell(mine, messages.Preparing(), STARTED, progress(1))
    reloaded = open_train(job=theirs)
    assert f"Training {board.status(theirs).label}" in texts(reloaded)
    stop = next(button for button in reloaded.main.button if button.label == "Stop")
    assert board.status(theirs).label in stop.proto.help.replace("\\", "")
    assert "in another tab" in texts(reloaded)
    click(reloaded, "Stop")
    assert executor.stopped == [theirs]
    assert board.status(theirs).state == "stopped"
    assert not board.status(mine).is_over


def test_who_trains_nothing_sees_a_line_that_leads_there_and_nothing_to_stop(executor):
    job_id = train(open_train())
    executor.tell(job_id, messages.Preparing(), STARTED, progress(3))
    stranger = open_train()
    assert not has_button(stranger, "Stop")
    assert "in another tab" not in texts(stranger)
    assert [bar.replace("\\", "") for bar in bars(stranger)] == [f"Training {board.status(job_id).label}: epoch 3 of 6"]
    (link,) = [link.proto for link in stranger.sidebar.get("page_link") if "watch it" in link.proto.label]
    assert link.label == "Somebody else’s: watch it"
    assert f"job={job_id}" in link.query_string
    watching = open_train(job=job_id)
    assert has_button(watching, "Stop")
    assert bars(watching) == ["Epoch 3 of 6 · 2.0 M ratings/s · 1 s left"]


def test_a_job_that_nobody_knows_is_passed_over(executor):
    app = open_train(job="gone")
    assert not has_button(app, "Stop")
    assert "job" not in app.query_params


def test_a_job_that_is_over_leaves_the_address_and_the_choice_of_run_alone(executor, runs):
    save_run(runs, "other")
    app = open_train(run="other")
    job_id = train(app)
    assert app.query_params["job"] == [job_id] or app.query_params["job"] == job_id
    executor.tell(job_id, messages.Preparing(), STARTED, ended(1), SAVED.model_copy(update={"status": "stopped"}))
    rerun(app)
    assert app.query_params["run"] == "five"
    assert "job" not in app.query_params
    assert "Stopped in epoch 2" in app.warning[0].value
    run_picker(app).select("other")
    rerun(app)
    assert app.query_params["run"] == "other"
    # What is said of the run that was stopped is not said of another one.
    assert not app.warning


def test_an_address_that_the_browser_sent_before_it_heard_of_the_end_does_not_take_the_new_run_away(executor, runs):
    save_run(runs, "other")
    app = open_train(run="other")
    job_id = train(app)
    executor.tell(job_id, messages.Preparing(), STARTED, ended(1), SAVED)
    rerun(app)
    assert app.query_params["run"] == "five"
    app.query_params["run"], app.query_params["job"] = "other", job_id
    rerun(app)
    assert (app.query_params["run"], "job" in app.query_params) == ("five", False)


def test_what_could_not_be_saved_says_so_and_is_saved_again(executor):
    app = open_train()
    job_id = train(app)
    executor.kept.add(job_id)
    executor.tell(job_id, messages.Preparing(), STARTED, ended(1), messages.SaveFailed(message="The disk is full"))
    rerun(app)
    assert "trained but not saved" in app.error[0].value
    assert "The disk is full" in app.error[0].value
    assert not has_button(app, "Stop")
    click(app, "Save again")
    assert executor.asked_to_save == [job_id]
    assert bars(app) == ["Saving the run\\."]
    assert not has_button(app, "Save again")
    executor.tell(job_id, messages.SaveFailed(message="Still full"))
    rerun(app)
    assert "Still full" in app.error[0].value
    click(app, "Save again")
    executor.tell(job_id, SAVED)
    rerun(app)
    assert app.query_params["run"] == "five"
    assert not app.error


def test_a_model_that_is_not_kept_any_more_is_not_offered(executor):
    app = open_train()
    job_id = train(app)
    executor.tell(job_id, messages.Preparing(), messages.SaveFailed(message="The disk is full"))
    rerun(app)
    assert "not in memory any more" in app.error[0].value
    assert not has_button(app, "Save again")


def test_a_failed_job_says_why(executor):
    app = open_train()
    job_id = train(app)
    executor.tell(job_id, messages.Preparing(), messages.Failed(message="No *ratings*"))
    rerun(app)
    assert app.error[0].value == "No \\*ratings\\*"


def test_a_finder_shows_its_curve_until_it_is_closed(executor):
    app = open_train()
    click(app, "Find a learning rate")
    (job,) = board.active()
    tried = [
        messages.SearchProgress(fraction=place / 4, learning_rate=10.0 ** (place - 5), mse=1.2 - place / 10)
        for place in range(3)
    ]
    executor.tell(job.job_id, messages.Preparing(), *tried)
    rerun(app)
    assert bars(app) == ["Sweeping the learning rate upwards\\."]
    (losses,) = traces(app)
    assert plain(losses["y"]) == pytest.approx([1.2, 1.1, 1.0])
    assert has_button(app, "Stop")
    executor.tell(
        job.job_id, messages.RateFound(learning_rates=(1e-4, 1e-2, 1.0), mse=(1.2, 0.9, 2.0), suggested=0.0033)
    )
    rerun(app)
    assert has_button(app, "Use 0.0033")
    click(app, "Close")
    rerun(app)
    assert not has_button(app, "Use 0.0033")
    assert "Validation" in curve(app)


def test_a_visitor_who_asks_for_too_much_is_told(executor):
    app = open_train()
    for _ in range(board.MAX_QUEUED_PER_VISITOR):
        train(app)
    click(app, "Train")
    assert "of one visitor" in app.error[0].value


def test_an_interrupted_training_is_one_line_until_it_is_dismissed(executor, runs):
    job_id = train(open_train())
    executor.tell(job_id, messages.Preparing())
    label = board.status(job_id).label
    # Its process is gone, and its lock with it.
    for lock in (runs / ".jobs").glob("*.lock"):
        lock.unlink()
    board.interrupted, board.dismiss = (getattr(Records(runs_dir), word) for word in ("interrupted", "dismiss"))
    app = open_train()
    assert re.search(rf"“{re.escape(label)}”, started .*, was interrupted", texts(app))
    click(app, "Dismiss")
    assert "was interrupted" not in texts(app)
    assert "was interrupted" not in texts(open_train())


@pytest.mark.parametrize(("loss", "said"), [(1.6e14, "1.6e14 stars²"), (float("inf"), "more than a number can hold")])
def test_a_run_that_diverged_says_at_which_rate_and_which_to_try(executor, runs, loss, said):
    save_run(runs, "wild", status="diverged", vectors=np.full((5, 2), np.nan, np.float32))
    history = (runs / "wild" / "history.csv").read_text().splitlines()
    names = history[0].split(",")
    last = dict(zip(names, history[-1].split(","), strict=True)) | {"learning_rate": "100", "train_mse": str(loss)}
    (runs / "wild" / "history.csv").write_text("\n".join([*history[:-1], ",".join(last[name] for name in names)]))
    app = open_train(run="wild")
    warning = app.warning[0].value.replace("\\", "")
    assert "diverged** in epoch 2, at learning rate 100" in warning
    assert said in warning
    assert "Try a learning rate of 0.01" in warning
    assert has_button(app, "Use 0.01")
    assert curve(app)["Training, above the frame"]["x"] == [2]
    assert "diverged" not in " ".join(warning.value for warning in open_train(run="five").warning)


def test_the_train_page_has_its_settings_made_ready(runs, monkeypatch):
    """Each time it runs, for the settings as they are then; `ahead` waits until they stand."""
    asked = []
    monkeypatch.setattr("ui.train.ahead.make_ready", lambda *wanted: asked.append(wanted))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    app.switch_page("pages/train.py").run()
    app.number_input(key="train_movie_embedding_size").set_value(24).run()
    assert not app.exception
    first, last = asked[0], asked[-1]
    assert first[0] == PRESETS["default"].config
    assert last[0].movie_embedding_size == 24
    assert last[1:3] == ("ml-latest-small-2016", app.session_state["visitor"])
    stays = last[3]
    assert stays()
    app.session_state["page"] = "map"
    assert not stays()
