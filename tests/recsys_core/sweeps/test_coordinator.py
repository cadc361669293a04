"""A study at work: what is asked, pruned, counted, stopped and gone on with. Nothing is trained: see conftest.py."""

import itertools

import pytest

from recsys_core.jobs import messages
from recsys_core.settings.sweep_space import read_vary
from recsys_core.sweeps.plan import read_constraint
from tests.recsys_core.sweeps.conftest import FakeExecutor, desk, error_of, finished, plan, until


def test_a_study_does_as_many_trials_as_planned_and_finds_better_settings(runs_dir):
    executor = FakeExecutor()
    here = desk(executor, runs_dir)
    view = finished(here, here.start(plan(n_trials=45)))
    assert (view.state, view.n_done, view.n_left) == ("finished", 45, 0)
    assert [trial.number for trial in view.trials] == list(range(45))
    assert view.base_trial.number == 0
    assert view.base_trial.values == {"row_penalty": 0.05}
    best = view.trial(view.best)
    assert best.figures["val_mse"] < view.base_trial.figures["val_mse"]
    assert best.figures["holdout_mse"] == pytest.approx(best.figures["val_mse"] + 0.01)
    assert sum(view.importance.values()) == pytest.approx(1)
    assert view.seconds > 0


def test_hopeless_trials_are_given_up_and_their_curves_kept(runs_dir):
    here = desk(FakeExecutor(pace=0.02), runs_dir)
    view = finished(here, here.start(plan(n_trials=20)))
    pruned = [trial for trial in view.trials if trial.state == "pruned"]
    assert pruned
    # Early on those with high learning rates lead, whatever they end at.
    assert all(2 <= len(trial.curve) < 5 and not trial.figures for trial in pruned)
    assert "epoch" in pruned[0].message
    complete = [trial for trial in view.trials if trial.state == "finished"]
    assert all(len(trial.curve) == 5 for trial in complete)
    assert len(complete) >= 5


def test_trials_of_one_structure_come_together(runs_dir):
    executor = FakeExecutor()
    here = desk(executor, runs_dir)
    view = finished(here, here.start(plan("embedding_size=16..256:log", "row_penalty=0.001..0.3:log", n_trials=20)))
    sizes = [task.config.movie_embedding_size for task in executor.done]
    in_order_of_asking = [trial.values["embedding_size"] for trial in view.trials]
    assert _changes(sizes) < _changes(in_order_of_asking)
    assert sorted(sizes) == sorted(in_order_of_asking)


def _changes(sizes):
    return sum(a != b for a, b in itertools.pairwise(sizes))


def test_several_trials_at_once_where_there_is_room(runs_dir):
    executor = FakeExecutor(slots=3, pace=0.02)
    here = desk(executor, runs_dir)
    view = finished(here, here.start(plan(n_trials=9)))
    assert view.n_done == 9
    assert executor.most == 3


def test_each_seed_is_a_training_and_the_figures_are_their_means(runs_dir):
    executor = FakeExecutor(outcome=lambda task: error_of(task) + task.config.seed)
    here = desk(executor, runs_dir)
    view = finished(here, here.start(plan(n_trials=2, seeds=3)))
    assert sorted(task.config.seed for task in executor.done) == [0, 0, 1, 1, 2, 2]
    first = view.trial(0)
    assert first.figures["val_mse"] == pytest.approx(first.curve[-1] + 1)


def test_a_constraint_decides_who_is_best(runs_dir):
    here = desk(FakeExecutor(), runs_dir)
    view = finished(here, here.start(plan(n_trials=15, constraints=(read_constraint("genre_overlap>=0.2"),))))
    best = view.trial(view.best)
    assert best.values["row_penalty"] >= 0.1
    assert {trial.is_feasible for trial in view.trials if trial.state == "finished"} == {True, False}


def test_two_objectives_have_a_front_and_no_trial_is_given_up(runs_dir):
    here = desk(FakeExecutor(), runs_dir)
    view = finished(here, here.start(plan(n_trials=15, objectives=("val_mse", "genre_overlap"))))
    assert view.best is None
    assert len(view.front) >= 2
    penalties = [view.trial(number).values["row_penalty"] for number in view.front]
    assert penalties == sorted(penalties)
    assert all(trial.state == "finished" for trial in view.trials)


def test_a_stopped_study_goes_on_and_the_count_is_right(runs_dir):
    executor = FakeExecutor(pace=0.01)
    here = desk(executor, runs_dir)
    name = here.start(plan(n_trials=10))
    until(lambda: here.view(name).n_done >= 3)
    here.stop(name)
    view = finished(here, name)
    assert view.state == "stopped"
    n_done = view.n_done
    assert 3 <= n_done < 10
    interrupted = [trial.number for trial in view.trials if trial.state == "interrupted"]
    here.go_on(name)
    view = finished(here, name)
    assert (view.state, view.n_done) == ("finished", 10)
    repeats = {trial.repeats: trial for trial in view.trials if trial.repeats is not None}
    assert set(repeats) == set(interrupted)
    assert all(view.trial(number).values == again.values for number, again in repeats.items())
    here.go_on(name, n_trials=2)
    assert finished(here, name).n_done == 12


def test_a_stop_that_comes_too_late_for_a_seed_does_not_wait_for_the_others(runs_dir):
    class Deaf(FakeExecutor):
        def stop(self, job_id):
            pass

    here = desk(Deaf(pace=0.02), runs_dir)
    name = here.start(plan(n_trials=3, seeds=3))
    until(lambda: any(trial.curve for trial in here.view(name).trials))
    here.stop(name)
    assert finished(here, name, seconds=5).state == "stopped"
    here.go_on(name)
    assert finished(here, name).n_done == 3


def test_time_ends_a_study_too(runs_dir):
    here = desk(FakeExecutor(pace=0.05), runs_dir)
    view = finished(here, here.start(plan(n_trials=None, minutes=0.02)))
    assert view.state == "finished"
    assert 1.0 <= view.seconds < 10
    assert view.n_done >= 1
    assert view.n_left is None


def test_a_failed_trial_is_said_and_the_study_goes_on(runs_dir):
    def outcome(task):
        return "It diverged." if task.config.row_penalty < 0.02 else error_of(task)

    here = desk(FakeExecutor(outcome=outcome), runs_dir)
    view = finished(here, here.start(plan(n_trials=12)))
    failed = [trial for trial in view.trials if trial.state == "failed"]
    assert view.n_done == 12
    assert failed
    assert {trial.message for trial in failed} == {"It diverged."}


def test_a_study_in_which_nothing_works_ends_soon_and_says_why(runs_dir):
    here = desk(FakeExecutor(outcome=lambda task: "The ratings are gone."), runs_dir)
    view = finished(here, here.start(plan(n_trials=1000)))
    assert view.state == "failed"
    assert "The ratings are gone." in view.message
    assert view.n_done < 10


def test_who_gave_way_begins_again_and_is_counted_once(runs_dir):
    class GivesWay(FakeExecutor):
        def _do(self, stop, task, emit):
            emit(messages.Preparing())
            emit(
                messages.EpochEnded(
                    epoch=1, learning_rate=0.1, train_mse=9, train_mae=9, val_mse=9, val_mae=9, seconds=0.1
                )
            )
            emit(messages.Queued())
            return super()._do(stop, task, emit)

    here = desk(GivesWay(), runs_dir)
    view = finished(here, here.start(plan(n_trials=3, objectives=("val_mse", "seconds"))))
    assert view.n_done == 3
    assert all(len(trial.curve) == 5 and max(trial.curve) < 9 for trial in view.trials)


def test_a_trial_that_its_worker_stopped_by_itself_is_asked_again(runs_dir):
    class Unreliable(FakeExecutor):
        def _do(self, stop, task, emit):
            return messages.Stopped(message="Lost.") if len(self.done) == 1 else super()._do(stop, task, emit)

    here = desk(Unreliable(), runs_dir)
    view = finished(here, here.start(plan(n_trials=4)))
    assert (view.state, view.n_done) == ("finished", 4)
    assert [trial.state for trial in view.trials].count("interrupted") == 1


def test_figures_that_cannot_be_measured_fail_the_trial(runs_dir):
    class Blind(FakeExecutor):
        def _do(self, stop, task, emit):
            end = super()._do(stop, task, emit)
            return end.model_copy(update={"figures": end.figures | {"hubness": float("nan")}})

    here = desk(Blind(), runs_dir)
    view = finished(here, here.start(plan(n_trials=2, objectives=("hubness",))))
    assert [trial.state for trial in view.trials] == ["failed", "failed"]
    assert "hubness could not be measured" in view.trials[0].message


def test_choices_and_rungs_are_tried_as_they_are(runs_dir):
    here = desk(FakeExecutor(), runs_dir)
    varied = plan("optimizer=adam,sgd", "centered", "embedding_size=16..64:log", "epochs=1..3", n_trials=15)
    view = finished(here, here.start(varied))
    assert {trial.values["embedding_size"] for trial in view.trials} <= {16, 32, 64}
    assert {trial.values["optimizer"] for trial in view.trials} == {"adam", "sgd"}
    for trial in view.trials:
        config = trial.config
        assert (config.optimizer, config.centered) == (trial.values["optimizer"], trial.values["centered"])
        assert (config.movie_embedding_size, config.epochs) == (
            trial.values["embedding_size"], trial.values["epochs"]
        )  # fmt: skip
    assert read_vary("centered").choices == (False, True)
