"""The executor of this process: in turn, stopped on request, and one unsaved model in its hands."""

from recsys_core.jobs.executors.local import LocalExecutor
from recsys_core.jobs.messages import Task, Trial
from recsys_core.jobs.task import RunsFolder
from recsys_core.runs.store import open_run
from tests.recsys_core.jobs.conftest import ENDLESS, QUICK, wait

LAST = ("saved", "save_failed", "rate_found", "tried", "stopped", "failed")


class Fickle(RunsFolder):
    """A store whose disk is full as long as it says so."""

    is_full = True

    def save(self, trained, task, about):
        if Fickle.is_full:
            raise OSError(28, "No space left on device")
        return super().save(trained, task, about)


def last(events):
    return wait(lambda: events[-1] if events else None, lambda event: event is not None and event.kind in LAST)


def test_tasks_are_done_in_turn(small_data):
    executor, first, second = LocalExecutor(RunsFolder()), [], []
    executor.start("a", Task(config=QUICK, data_set=small_data, run_name="a"), first.append)
    executor.start("b", Task(config=QUICK, data_set=small_data, run_name="b"), second.append)
    assert last(second).kind == "saved"
    assert first[-1].at <= second[0].at


def test_stop_reaches_a_task_that_runs(small_data):
    executor, events = LocalExecutor(RunsFolder()), []
    executor.start("a", Task(config=ENDLESS, data_set=small_data, run_name="a"), events.append)
    wait(lambda: events, lambda seen: any(event.kind == "epoch_ended" for event in seen))
    executor.stop("a")
    assert last(events).status == "stopped"
    executor.stop("a")
    executor.stop("never heard of")


def test_only_the_last_unsaved_model_is_kept(small_data, runs_dir, monkeypatch):
    monkeypatch.setattr(Fickle, "is_full", True)
    executor, events = LocalExecutor(Fickle()), {"a": [], "b": []}
    for name in events:
        executor.start(name, Task(config=QUICK, data_set=small_data, run_name=name), events[name].append)
        assert last(events[name]).kind == "save_failed"
    assert [executor.keeps(name) for name in events] == [False, True]
    executor.save_again("a", events["a"].append)
    wait(lambda: events["a"][-1].message, lambda message: "took its place" in message)
    executor.save_again("b", events["b"].append)
    wait(lambda: events["b"], lambda seen: [event.kind for event in seen].count("save_failed") == 2)
    assert executor.keeps("b")
    monkeypatch.setattr(Fickle, "is_full", False)
    executor.save_again("b", events["b"].append)
    assert wait(lambda: events["b"][-1], lambda event: event.kind == "saved").run_name == "b"
    wait(lambda: executor.keeps("b"), lambda kept: not kept)
    assert open_run(runs_dir / "b").history["epoch"].tolist() == [1, 2, 3, 4, 5]


def trial(small_data, epochs):
    config = QUICK.with_epochs(epochs)
    return Task(kind="try", config=config, data_set=small_data, trial=Trial(split_seed=0, holdout_fraction=0.1))


def test_a_trial_gives_way_to_a_training_and_begins_again(small_data):
    executor, tried, trained = LocalExecutor(RunsFolder()), [], []
    executor.start("trial", trial(small_data, 400), tried.append)
    wait(lambda: tried, lambda seen: any(event.kind == "epoch_ended" for event in seen))
    executor.start("training", Task(config=QUICK, data_set=small_data, run_name="mine"), trained.append)
    assert last(trained).kind == "saved"
    assert last(tried).kind == "tried"
    told = [event.kind for event in tried if event.kind != "progress"]
    assert told.count("queued") == 1
    assert told[told.index("queued") + 1] == "preparing"
    epochs = [event.epoch for event in tried if event.kind == "epoch_ended"]
    assert epochs[-400:] == list(range(1, 401))
    assert trained[-1].at < tried[-1].at


def test_trials_wait_for_trainings_and_can_be_stopped_before_they_begin(small_data):
    executor, events = LocalExecutor(RunsFolder()), {"first": [], "trial": [], "never": [], "training": []}
    executor.start("first", Task(config=QUICK, data_set=small_data, run_name="a"), events["first"].append)
    executor.start("trial", trial(small_data, 2), events["trial"].append)
    executor.start("never", trial(small_data, 2), events["never"].append)
    executor.stop("never")
    executor.start("training", Task(config=QUICK, data_set=small_data, run_name="b"), events["training"].append)
    assert last(events["trial"]).kind == "tried"
    assert events["training"][-1].kind == "saved"
    assert events["training"][-1].at < events["trial"][-1].at
    assert last(events["never"]).kind == "stopped"
    assert all(event.kind != "epoch_ended" for event in events["never"])
