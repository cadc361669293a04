"""How many processes do trials, and the way there and back of one of them."""

import os

import pytest

from recsys_core.errors import ConfigError
from recsys_core.jobs.executors import trial_child
from recsys_core.jobs.executors.trial_child import VARIABLE, TrialChild, asked_processes, wanted_processes
from recsys_core.jobs.messages import Preparing, Task, Trial, Tried
from tests.recsys_core.jobs.conftest import QUICK

TASK = Task(kind="try", config=QUICK, trial=Trial(split_seed=0, holdout_fraction=0.1))
CHILD = """
import sys
sys.stdout.write("ready\\n")
sys.stdout.flush()
for line in sys.stdin:
    what, number, *_ = line.split(" ", 2)
    if what == "do":
        print(0, {late!r})
        print(number, {begun!r})
        print({end}, flush=True)
"""


@pytest.mark.parametrize(("given", "n"), [("", None), (" ", None), ("0", 0), ("1", 1), (" 12 ", 12), ("64", 64)])
def test_whoever_starts_the_app_says_how_many(monkeypatch, given, n):
    monkeypatch.setenv(VARIABLE, given)
    assert asked_processes() == n
    if n is not None:
        assert wanted_processes() == n


@pytest.mark.parametrize("given", ["two", "-1", "65", "2.0", "1" * 9999, "٣"])
def test_anything_else_is_refused_and_named(monkeypatch, given):
    monkeypatch.setenv(VARIABLE, given)
    for count in (asked_processes, wanted_processes):
        with pytest.raises(ConfigError, match=rf"`{VARIABLE}` must be a whole number from 0 to 64\. Received: '"):
            count()


def test_else_there_are_as_many_as_cores_and_room(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    for n_cores, n_gb, n_now, n in ((2, 99, 0, 2), (4, 4.7, 0, 3), (4, 0.5, 0, 0), (4, 0.5, 2, 2), (64, 99, 0, 8)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=n_cores: set(range(n)), raising=False)
        monkeypatch.setattr(trial_child, "free_memory", lambda n=n_gb: n * 2**30)
        assert wanted_processes(n_now) == n


@pytest.fixture
def child(monkeypatch, tmp_path, request):
    """One that answers with what the test gives."""
    (tmp_path / "a_child.py").write_text(request.param)
    monkeypatch.setattr(trial_child, "_MAIN", "a_child")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = TrialChild()
    yield made
    made.end()


def answering(end):
    tried = Tried(figures={"val_mse": float("nan")}, n_epochs=1, seconds=0.1)
    return CHILD.format(late=tried.to_json(), begun=Preparing(at=1.0).to_json(), end=end.format(tried.to_json()))


@pytest.mark.parametrize("child", [answering("number, {0!r}")], indirect=True)
def test_what_is_told_of_another_number_is_not_heard(child):
    assert child.wait_until_ready()
    for number in (1, 2):
        told = []
        last = child.do(number, TASK, told.append)
        assert isinstance(last, Tried)
        assert [event.kind for event in told] == ["preparing"]
        # By the clock of this process.
        assert told[0].at > 1_000_000


@pytest.mark.parametrize("child", [answering("'nonsense'"), answering("number, 'nonsense'")], indirect=True)
def test_what_tells_nonsense_has_no_outcome(child, monkeypatch):
    assert child.wait_until_ready()
    monkeypatch.setattr(trial_child, "DEAF_SECONDS", 0.3)
    child.stop(1)
    assert child.do(1, TASK, lambda event: None) is None
    child.kill()
    assert child.do(2, TASK, lambda event: None) is None


@pytest.mark.parametrize("child", ["raise SystemExit(3)"], indirect=True)
def test_one_that_ends_before_it_is_ready_says_so(child):
    assert not child.wait_until_ready()
    assert child.end() in (3, -9)
    child.stop(1)
    child.kill()
