"""Trials in two child processes: what they do is what this process would do, whatever happens to them meanwhile.

The tests share the children in the order in which they stand: the last ones take them away.
"""

import dataclasses
import logging
import os
import signal
import threading
import time
from contextlib import suppress

import psutil
import pytest

from recsys_core.data.catalog import load_ratings
from recsys_core.jobs.executors import trial_child, trials
from recsys_core.jobs.executors.local import LocalExecutor
from recsys_core.jobs.executors.trial_child import VARIABLE
from recsys_core.jobs.messages import Task, Trial
from recsys_core.jobs.task import RunsFolder, checked
from tests.recsys_core.jobs.conftest import ENDLESS, QUICK, wait

LAST = ("saved", "save_failed", "rate_found", "tried", "stopped", "failed")
LONG = 1_000
"""Epochs that no test waits for."""
A_WHILE = 300
"""Epochs that go on until something is done about it, and then end."""
BATCH_OF_SLOW = {LONG: 8, A_WHILE: 64}


class Heard:
    """What is told of a job, and on which threads."""

    def __init__(self):
        self.events, self.on = [], set()

    def __call__(self, event):
        self.on.add(threading.current_thread().name)
        self.events.append(event)


@pytest.fixture(scope="module")
def executor(small_data):
    """With two children that are ready."""
    load_ratings(small_data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "2")
        patch.setattr(trials, "WORTH_SECONDS", 0)
        made = LocalExecutor(RunsFolder())
        first = Heard()
        made.start("first", trial(small_data), first)
        # While they start, it is done here.
        assert last(first.events).kind == "tried"
        assert first.on == {"tensorflow-worker"}
        both_ready(made)
        yield made
        made.close()
    wait(children, lambda there: not there)


@pytest.fixture
def alone(monkeypatch):
    """An executor that starts no process."""
    monkeypatch.setenv(VARIABLE, "1")
    return LocalExecutor(RunsFolder())


def trial(data_set, seed=0, epochs=3):
    config = dataclasses.replace(QUICK, seed=seed).with_epochs(epochs)
    if epochs in BATCH_OF_SLOW:
        slow = {"user_embedding_size": 64, "movie_embedding_size": 64, "table_updates": "dense"}
        config = dataclasses.replace(config, batch_size=BATCH_OF_SLOW[epochs], **slow)
    task = Task(kind="try", config=config, data_set=data_set, trial=Trial(split_seed=0, holdout_fraction=0.1))
    return checked(task, RunsFolder())


def last(events):
    return wait(lambda: events[-1] if events else None, lambda event: event is not None and event.kind in LAST)


def kinds(events):
    return [event.kind for event in events if event.kind != "progress"]


def both_ready(executor):
    wait(executor.slots, lambda n: n == 2)


def under_way(events):
    """Once an epoch is over since it last waited."""
    wait(lambda: kinds(events), lambda told: told and told[-1] == "epoch_ended")


def child_of(executor, job_id):
    return executor._trials._trials[job_id].child.pid


def children():
    """Those of this process that do trials."""
    found = []
    for each in psutil.Process().children():
        # Some may end meanwhile.
        with suppress(psutil.Error):
            if "recsys_core.jobs.executors.trial_process" in each.cmdline():
                found.append(each.pid)
    return found


def test_two_trials_at_once_end_as_they_do_here(executor, alone, small_data):
    events = {seed: [] for seed in range(4)}
    for seed, told in events.items():
        executor.start(f"there-{seed}", trial(small_data, seed, 40), told.append)
    for told in events.values():
        assert last(told).kind == "tried"
        assert kinds(told) == ["preparing", "started", *["epoch_ended"] * 40, "tried"]
        assert [event.at for event in told] == sorted(event.at for event in told)
    begun, over = ([told[place].at for told in events.values()] for place in (0, -1))
    # The second while the first went on, and the others after them.
    assert begun[1] < over[0]
    assert min(begun[2:]) >= min(over[:2])
    for seed in (0, 3):
        here = []
        alone.start("here", trial(small_data, seed, 40), here.append)
        expected = {name: pytest.approx(value, rel=1e-3) for name, value in last(here).figures.items()}
        assert events[seed][-1].figures == expected | {"seconds": events[seed][-1].figures["seconds"]}
    there = children()
    assert len(there) == 2
    assert all(psutil.Process(pid).nice() > psutil.Process().nice() for pid in there)


def test_stop_is_heard_in_the_middle_and_before_the_beginning(executor, small_data):
    events = {name: [] for name in ("a", "b", "waits")}
    for name, told in events.items():
        executor.start(name, trial(small_data, epochs=LONG), told.append)
    for name in ("a", "b"):
        under_way(events[name])
    executor.stop("waits")
    assert kinds(events["waits"]) == ["stopped"]
    assert events["waits"][0].message == "Stopped before it began: nothing was kept."
    begun = time.monotonic()
    for name in ("a", "b", "a", "waits"):
        executor.stop(name)
    assert [last(events[name]).kind for name in ("a", "b")] == ["stopped", "stopped"]
    assert time.monotonic() - begun < 2
    assert executor.slots() == 2


def test_trials_give_way_to_trainings_and_begin_anew(executor, small_data):
    tried, stopped, trained = [], [], ([], [])
    executor.start("trial", trial(small_data, epochs=A_WHILE), tried.append)
    executor.start("stopped", trial(small_data, epochs=LONG), stopped.append)
    under_way(tried)
    under_way(stopped)
    for name, told in zip("xy", trained, strict=True):
        executor.start(name, checked(Task(config=QUICK, data_set=small_data, run_name=name), RunsFolder()), told.append)
    wait(lambda: kinds(stopped), lambda told: told[-1] == "queued")
    executor.stop("stopped")
    assert kinds(stopped)[-2:] == ["queued", "stopped"]
    assert last(tried).kind == "tried"
    assert [last(told).kind for told in trained] == ["saved", "saved"]
    told = kinds(tried)
    assert (told.count("queued"), told.count("tried")) == (1, 1)
    again = tried[[event.kind for event in tried].index("queued") + 1 :]
    assert kinds(again) == ["preparing", "started", *["epoch_ended"] * A_WHILE, "tried"]
    assert again[0].at >= max(told[-1].at for told in trained)


def test_trials_on_very_many_ratings_stay_here(executor, small_data, monkeypatch):
    monkeypatch.setattr(trials, "MOST_RATINGS", 1_000)
    heard = Heard()
    executor.start("many", trial(small_data), heard)
    assert last(heard.events).kind == "tried"
    assert heard.on == {"tensorflow-worker"}
    # And nobody else is started for them.
    other, events = LocalExecutor(RunsFolder()), []
    other.start("many", trial(small_data), events.append)
    assert other._trials._n_keepers == 0
    assert last(events).kind == "tried"


def test_a_training_on_many_ratings_has_the_memory_of_children(executor, small_data, monkeypatch):
    both_ready(executor)
    with pytest.MonkeyPatch.context() as worth:
        # Trials have taken long enough that children are worth it; that these end is no reason to forget it.
        worth.setattr(trials, "WORTH_SECONDS", 1)
        worth.setattr(executor._trials, "_seconds_here", 1.0)
        _nobody_asks(worth)
        _train_on_many(executor, small_data, monkeypatch)


def _nobody_asks(patch):
    """For processes: two are wanted all the same."""
    patch.delenv(VARIABLE, raising=False)
    patch.setattr(trials, "wanted_processes", lambda n_now=0: 2)


def _train_on_many(executor, small_data, monkeypatch):
    tried, trained = [], []
    executor.start("trial", trial(small_data, epochs=LONG), tried.append)
    under_way(tried)
    monkeypatch.setattr(trials, "MOST_RATINGS", 1_000)
    executor.start(
        "large", checked(Task(config=ENDLESS, data_set=small_data, run_name="large"), RunsFolder()), trained.append
    )
    wait(children, lambda there: not there)
    under_way(trained)
    monkeypatch.undo()
    executor.stop("trial")
    assert last(tried).kind == "stopped"
    # A sweep that goes on has children again as soon as the training is over.
    events = []
    executor.start("next", trial(small_data, epochs=LONG), events.append)
    executor.stop("large")
    assert last(trained).kind == "saved"
    both_ready(executor)
    executor.stop("next")
    assert last(events).kind in ("stopped", "tried")  # however long they took to be ready


def test_a_killed_child_has_its_trial_begun_anew_and_counted_once(executor, small_data):
    both_ready(executor)
    events, other = [], []
    executor.start("killed", trial(small_data, epochs=A_WHILE), events.append)
    executor.start("other", trial(small_data, epochs=A_WHILE), other.append)
    under_way(events)
    os.kill(child_of(executor, "killed"), signal.SIGKILL)
    assert last(events).kind == "tried"
    assert kinds(other) == ["preparing", "started", *["epoch_ended"] * A_WHILE, "tried"]
    told = kinds(events)
    assert (told.count("queued"), told.count("tried")) == (1, 1)
    place = [event.kind for event in events].index("queued")
    assert "ended unexpectedly (exit code -9). It will be done again" in events[place].message
    assert kinds(events[place + 1 :]) == ["preparing", "started", *["epoch_ended"] * A_WHILE, "tried"]


def test_what_kills_every_child_fails_and_is_not_tried_here(executor, small_data, monkeypatch):
    monkeypatch.setattr(trials, "MOST_LOSSES", 2)
    both_ready(executor)
    heard, other = Heard(), []
    executor.start("other", trial(small_data, epochs=LONG), other.append)
    executor.start("deadly", trial(small_data, epochs=LONG), heard)
    for _ in range(2):
        under_way(heard.events)
        os.kill(child_of(executor, "deadly"), signal.SIGKILL)
        wait(lambda: kinds(heard.events), lambda told: told[-1] != "epoch_ended")
    assert last(heard.events).kind == "failed"
    assert "It was tried 2 times and is not tried again." in heard.events[-1].message
    assert "tensorflow-worker" not in heard.on
    executor.stop("other")
    last(other)


def test_children_that_have_nothing_to_do_are_ended(executor, small_data, monkeypatch):
    both_ready(executor)
    monkeypatch.setattr(trials, "IDLE_SECONDS", 0.2)
    events = []
    executor.start("short", trial(small_data), events.append)
    assert last(events).kind == "tried"
    wait(children, lambda there: not there, 20)
    assert executor.slots() == 1


def test_where_no_child_can_be_started_trials_are_done_here(small_data, monkeypatch, caplog):
    monkeypatch.setenv(VARIABLE, "2")
    monkeypatch.setattr(trials, "WORTH_SECONDS", 0)
    monkeypatch.setattr(trial_child, "_MAIN", "recsys_core.no_such_module")
    executor, events = LocalExecutor(RunsFolder()), ([], [], [])
    with caplog.at_level(logging.WARNING):
        for number, told in enumerate(events):
            executor.start(str(number), trial(small_data, number), told.append)
        assert [last(told).kind for told in events] == ["tried"] * 3
        wait(lambda: caplog.messages, lambda said: said)
    wait(lambda: executor._trials._n_keepers, lambda n: n == 0)
    (said,) = caplog.messages
    assert said.startswith("Trials are done in this process alone")
    assert executor.slots() == 1


def test_quick_trials_start_no_process_and_a_bad_number_of_them_is_said(small_data, monkeypatch):
    _nobody_asks(monkeypatch)
    monkeypatch.setattr(trials, "WORTH_SECONDS", 1000)  # a fixture may have set it to 0
    executor, events = LocalExecutor(RunsFolder()), []
    for number in range(5):
        executor.start(str(number), trial(small_data, number), events.append)
    wait(lambda: kinds(events), lambda told: told.count("tried") == 5)
    executor.start("another", trial(small_data, 5), events.append)
    wait(lambda: kinds(events), lambda told: told.count("tried") == 6)
    assert children() == []
    # Once they have taken long enough, the next one that is asked for has some started.
    monkeypatch.setattr(trials, "WORTH_SECONDS", 0)
    executor.start("one more", trial(small_data, 6), events.append)
    wait(children, lambda there: len(there) == 2)
    executor.close()
    wait(children, lambda there: not there)
    monkeypatch.setenv(VARIABLE, "two")
    refused = []
    executor.start("refused", trial(small_data), refused.append)
    assert kinds(refused) == ["failed"]
    assert refused[0].message == f"`{VARIABLE}` must be a whole number from 0 to 64. Received: 'two'."
