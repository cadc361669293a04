"""A training made ready before the click: for settings that stand, once, and for as long as its loop is kept."""

import dataclasses
import time

import pytest

from recsys_core.data.split import split_ratings
from recsys_core.jobs import background
from recsys_core.jobs.threads import worker
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training import loop_cache
from ui.train import ahead
from ui.train.ahead import make_ready

BUILT_IN = "ml-latest-small-2016"
CONFIG = TrainConfig(user_embedding_size=2, movie_embedding_size=2, batch_size=64, n_ratings=2_000, optimizer="sgd")


@pytest.fixture(autouse=True)
def works_ahead(monkeypatch) -> None:
    """As without this variable, which machines have that do nothing unasked."""
    monkeypatch.delenv("RECSYS_WORK_AHEAD", raising=False)


@pytest.fixture
def asked(monkeypatch) -> list:
    """The works that were asked for in the background, which nobody does."""
    works = []
    monkeypatch.setattr(ahead.background, "ask", lambda work, *_, **__: works.append(work))
    return works


class Stopped:
    """A timer whose time the test ends."""

    def __init__(self, seconds, function, args):
        self.seconds, self.end = seconds, lambda: function(*args)

    def start(self):
        pass

    def is_alive(self):
        return True

    def cancel(self):
        self.end = lambda: None


def stays():
    return True


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def sized(size):
    return dataclasses.replace(CONFIG, user_embedding_size=size, movie_embedding_size=size)


def test_settings_that_are_still_dragged_are_not_made_ready(asked, monkeypatch):
    keys = [ahead._making_ready(sized(size), BUILT_IN).key for size in (4, 9)]
    timers = []
    monkeypatch.setattr(ahead.threading, "Timer", lambda *given: timers.append(Stopped(*given)) or timers[-1])
    for size in (2, 3, 4):
        make_ready(sized(size), BUILT_IN, "somebody", stays)
        make_ready(sized(size), BUILT_IN, "somebody", stays)
    make_ready(sized(9), BUILT_IN, "somebody else", stays)
    assert [timer.seconds for timer in timers] == [ahead.SETTLED_SECONDS] * 4
    for timer in timers:
        timer.end()
    assert [work.key for work in asked] == keys


def test_nothing_is_done_for_who_only_passed_by(asked, monkeypatch):
    timers = []
    monkeypatch.setattr(ahead.threading, "Timer", lambda *given: timers.append(Stopped(*given)) or timers[-1])
    is_here = True
    make_ready(CONFIG, BUILT_IN, "a passer-by", lambda: is_here)
    is_here = False
    timers[0].end()
    assert not asked


def test_what_the_first_step_waits_for_is_done_before_it(built_in, monkeypatch):
    monkeypatch.setattr(ahead, "SETTLED_SECONDS", 0.0)
    work = ahead._making_ready(CONFIG, BUILT_IN)
    make_ready(CONFIG, BUILT_IN, "somebody", stays)
    wait_for(lambda: ahead._is_ready(work.key))
    split = split_ratings(built_in, CONFIG)
    loop = worker.call(loop_cache.loop_for, split, CONFIG).result(60)
    assert loop._loop.experimental_get_tracing_count() == 1
    # Other rates, penalties and epochs need nothing else.
    other = dataclasses.replace(CONFIG.with_epochs(9), row_penalty=0.1)
    assert ahead._is_ready(ahead._making_ready(other, BUILT_IN).key)
    assert not ahead._is_ready(ahead._making_ready(sized(7), BUILT_IN).key)
    monkeypatch.setattr(loop_cache, "_loops", {})
    assert not ahead._is_ready(work.key)
    background.withdraw(work.key, "somebody")


def test_nothing_is_done_for_large_data_or_such_as_are_gone(asked, monkeypatch):
    monkeypatch.setattr(ahead, "SETTLED_SECONDS", 0.0)
    large = type("Own", (), {"info": type("Info", (), {"n_ratings": ahead.MOST_RATINGS + 1})})
    make_ready(CONFIG, "path:/nowhere", "somebody", stays)
    monkeypatch.setattr(ahead, "own_data_set", lambda data_id: large)
    make_ready(CONFIG, "large", "somebody", stays)
    time.sleep(0.2)
    assert not asked


def test_nothing_is_done_where_nothing_is_done_unasked(asked, monkeypatch):
    monkeypatch.setattr(ahead, "SETTLED_SECONDS", 0.0)
    monkeypatch.setenv("RECSYS_WORK_AHEAD", "no")
    make_ready(CONFIG, BUILT_IN, "somebody", stays)
    time.sleep(0.2)
    assert not asked
