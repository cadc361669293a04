"""Trials of one structure come together, and none is passed over for ever."""

import pytest

from recsys_core.sweeps.order import MOST_PASSED, Waiting


def test_those_of_the_loop_used_last_come_first():
    waiting = Waiting()
    for key in "abcab":
        waiting.add(key, key)
    assert [waiting.take() for _ in range(5)] == ["a", "a", "b", "b", "c"]
    with pytest.raises(IndexError):
        waiting.take()


def test_a_loop_that_is_still_kept_comes_before_a_new_one():
    waiting = Waiting()
    for key in "ab":
        waiting.add(key, key)
        waiting.take()
    for key in "ca":
        waiting.add(key, key)
    assert [waiting.take() for _ in range(2)] == ["a", "c"]


def test_none_waits_for_ever():
    waiting = Waiting()
    waiting.add("a", 0)
    waiting.take()
    waiting.add("new", "waits")
    taken = []
    for number in range(MOST_PASSED + 1):
        waiting.add("a", number)
        taken.append(waiting.take())
    assert taken[-1] == "waits"
    assert len(waiting.all()) == len(waiting) == 1
