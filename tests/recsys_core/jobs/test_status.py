"""A status is what the events so far add up to, and nothing else."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from recsys_core.jobs import messages
from recsys_core.jobs.messages import Task, read_event
from recsys_core.jobs.status import new_status
from tests.recsys_core.jobs.conftest import QUICK, status_of


def test_nothing_heard_yet():
    status = new_status("job", Task(config=QUICK))
    assert (status.state, status.n_epochs, status.epoch, status.progress) == ("queued", 5, 0, 0.0)
    assert status.history.empty
    assert list(status.history)[:3] == ["epoch", "learning_rate", "train_mse"]


def test_a_training_step_by_step():
    ended = {"learning_rate": 0.1, "train_mse": 1.0, "train_mae": 0.5, "val_mae": 0.5, "seconds": 0.5}
    steps = [
        (messages.Queued(at=100), ("queued", 0, 0.0, math.nan)),
        (messages.Preparing(at=101), ("preparing", 0, 1.0, math.nan)),
        (
            messages.Started(
                at=102, n_parameters=9, n_train=1000, n_validation=10, n_dropped=0, baselines={},
                first_epoch=4, last_epoch=5,
            ),
            ("compiling", 0, 2.0, math.nan),
        ),
        (
            messages.Progress(at=103, epoch=4, fraction=0.25, ratings_per_second=500, train_mse=2, train_mae=1),
            # Three quarters of two epochs of 1,000 ratings are left, at 500 a second.
            ("running", 4, 3.0, 3.0),
        ),
        (messages.EpochEnded(at=104, epoch=4, val_mse=0.9, **ended), ("running", 4, 4.0, 3.0)),
        (messages.EpochEnded(at=105, epoch=5, val_mse=math.nan, **ended), ("running", 5, 5.0, 3.0)),
        (messages.Saving(at=106), ("saving", 5, 6.0, 0.0)),
        (
            messages.Saved(at=107, run_name="a-2", path="/a-2", kept_epoch=5, last_epoch=5, status="finished"),
            ("done", 5, 7.0, 0.0),
        ),
        # Whatever is heard after the end changes nothing.
        (messages.Failed(at=108, message="late"), ("done", 5, 7.0, 0.0)),
    ]  # fmt: skip
    task = Task(config=QUICK, run_name="a")
    events = []
    for event, expected in steps:
        events.append(event)
        status = status_of(task, events)
        seen = (status.state, status.epoch, status.seconds, status.seconds_left)
        assert repr(seen) == repr(expected), event
    assert status.history["epoch"].tolist() == [4, 5]
    assert status.run_name == "a-2"
    assert status.message == "Finished after 2 epochs."


def test_the_word_from_inside_an_epoch_goes_with_the_epoch():
    inside = messages.Progress(epoch=1, fraction=0.1, ratings_per_second=1, train_mse=2, train_mae=1)
    after = messages.EpochEnded(epoch=1, learning_rate=1, train_mse=1, train_mae=1, val_mse=1, val_mae=1, seconds=1)
    assert status_of(Task(config=QUICK), [inside]).so_far is inside
    assert status_of(Task(config=QUICK), [inside, after]).so_far is None


@pytest.mark.parametrize(("outcome", "state"), [("finished", "done"), ("stopped", "stopped"), ("diverged", "diverged")])
def test_how_a_run_ended(outcome, state):
    saved = messages.Saved(run_name="a", path="/a", kept_epoch=1, last_epoch=3, status=outcome)
    status = status_of(Task(config=QUICK), [saved])
    assert (status.state, status.is_over, status.saved_as) == (state, True, "a")


def test_time_runs_on_between_events_until_the_end():
    status = status_of(Task(config=QUICK), [messages.Queued(at=10)])
    assert status.at(12.5, 3).seconds == 2.5
    assert status.at(12.5, 3).queue_place == 3
    over = status_of(Task(config=QUICK), [messages.Queued(at=10), messages.Stopped(at=11, message="")])
    assert over.at(99).seconds == 1


def test_json_lines_are_enough_to_follow_a_job():
    """Anyone who can read lines can show a job: `fold` needs no more."""
    lines = [
        messages.Queued(at=1).to_json(),
        json.dumps({"kind": "failed", "at": 3, "message": "no"}),
    ]
    status = status_of(Task(config=QUICK), map(read_event, lines))
    assert (status.state, status.message, status.seconds) == ("failed", "no", 2)


def test_a_job_is_stopping_from_the_wish_to_the_end():
    events = [messages.Queued(at=10), messages.Preparing(at=11), messages.StopAsked(at=12)]
    stopping = status_of(Task(config=QUICK), events)
    assert (stopping.is_stopping, stopping.state, stopping.is_over) == (True, "preparing", False)
    over = status_of(Task(config=QUICK), [*events, messages.Stopped(at=13, message="Stopped.")])
    assert (over.state, over.is_over) == ("stopped", True)


def test_the_map_moves_within_an_epoch_and_after_it():
    movies = pd.DataFrame({"movie_id": [1, 2]})
    started = messages.Started(
        n_parameters=9, n_train=1000, n_validation=10, n_dropped=0, baselines={}, first_epoch=1, last_epoch=2,
        movies=movies,
    )  # fmt: skip
    within = {"epoch": 1, "fraction": 0.1, "ratings_per_second": 5, "train_mse": 1, "train_mae": 1}
    ended = {"epoch": 1, "learning_rate": 1, "train_mse": 1, "train_mae": 1, "val_mse": 1, "val_mae": 1, "seconds": 1}
    events = [
        started,
        messages.Progress(**within, coordinates=np.ones((2, 2))),
        messages.Progress(**within),
        messages.EpochEnded(**ended, coordinates=np.zeros((2, 2))),
    ]
    maps = [status_of(Task(config=QUICK), events[: n + 1]).live_map for n in range(len(events))]
    assert maps[0] is None
    assert [(each.epoch, each.is_within, each.coordinates.max()) for each in maps[1:]] == [
        (1, True, 1), (1, True, 1), (1, False, 0),
    ]  # fmt: skip
    # The places are in the map; what is told ten times a second is kept without them.
    assert status_of(Task(config=QUICK), events[:2]).so_far.coordinates is None


def test_what_lost_its_worker_waits_with_the_reason_and_begins_anew():
    after = messages.EpochEnded(epoch=1, learning_rate=1, train_mse=1, train_mae=1, val_mse=1, val_mae=1, seconds=1)
    heard = messages.StopHeard(by="ann")
    events = [messages.Queued(at=10), messages.Preparing(at=11), after, messages.StopAsked(), heard]
    assert status_of(Task(config=QUICK), events).stop_heard_by == "ann"
    lost = messages.Queued(at=20, message="The worker ann was lost.")
    waiting = status_of(Task(config=QUICK), [*events, lost, messages.Queued(at=30, message="No worker is there.")])
    assert (waiting.state, waiting.message) == ("queued", "No worker is there.")
    assert (waiting.epochs_ended, waiting.queued_at, waiting.stop_heard_by) == ((), 10, "")
