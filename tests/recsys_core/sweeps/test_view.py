"""The best trial and the front of a study, worked out by hand."""

from recsys_core.sweeps.view import StudyView, TrialView, best_of, front_of
from tests.recsys_core.sweeps.conftest import BASE, plan


def trials(*figures):
    """(MSE, genre overlap) each, None for one that is pruned."""
    return tuple(
        TrialView(
            number, "pruned" if each is None else "finished", {"row_penalty": 0.1 * number}, BASE,
            {} if each is None else {"val_mse": each[0], "genre_overlap": each[1]}, is_feasible=number != 3,
        )
        for number, each in enumerate(figures)
    )  # fmt: skip


FOUND = trials((0.8, 0.4), (0.7, 0.3), None, (0.1, 0.9), (0.7, 0.35), (0.75, 0.2))


def test_the_best_is_the_lowest_feasible_one():
    assert best_of(plan(), FOUND) == 1
    assert front_of(plan(), FOUND) == (1,)
    assert best_of(plan(objectives=("genre_overlap",)), FOUND) == 0
    assert best_of(plan(), trials(None)) is None


def test_on_the_front_is_whom_no_other_betters():
    both = plan(objectives=("val_mse", "genre_overlap"))
    assert best_of(both, FOUND) is None
    assert front_of(both, FOUND) == (4, 0)
    assert front_of(both, ()) == ()


def test_a_study_counts_what_is_over_and_finds_its_base():
    first = TrialView(0, "interrupted", {"row_penalty": 0.05}, BASE)
    again = TrialView(1, "finished", {"row_penalty": 0.05}, BASE, {"val_mse": 0.7}, repeats=0)
    view = StudyView("mine", plan(n_trials=3), "stopped", trials=(first, again))
    assert (view.n_done, view.n_left) == (1, 2)
    assert view.base_trial is again
    assert view.trial(1) is again
    assert view.asked_again == {0: 1}
