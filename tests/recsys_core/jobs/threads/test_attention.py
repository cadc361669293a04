"""Whether somebody waits for a page, and how long work lets it through."""

import pytest

from recsys_core.jobs.threads.attention import LINGER_SECONDS, MOST_SECONDS, Attention


class Time:
    """Passes by sleeping alone."""

    now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def attention(time):
    return Attention(time, time.sleep)


def waited(attention, time, should_stop=lambda: False):
    before = time.now
    attention.let_through(should_stop)
    return time.now - before


def test_nothing_waits_where_nobody_looks(attention, time):
    assert not attention.is_wanted()
    assert waited(attention, time) == 0


def test_a_page_is_wanted_until_its_browser_has_drawn_it(attention, time):
    with attention.answering():
        assert attention.is_wanted()
    assert attention.is_wanted()
    assert waited(attention, time) == pytest.approx(LINGER_SECONDS, abs=0.1)
    assert not attention.is_wanted()


def test_of_several_pages_the_last_one_counts(attention, time):
    with attention.answering():
        with attention.answering():
            pass
        time.now += 2 * LINGER_SECONDS
        assert attention.is_wanted()


def test_a_page_that_fails_is_not_wanted_for_ever(attention, time):
    with pytest.raises(ValueError, match="page"), attention.answering():
        raise ValueError("page")
    time.now += 2 * LINGER_SECONDS
    assert not attention.is_wanted()


def test_work_goes_on_slowly_where_somebody_always_looks(attention, time):
    with attention.answering():
        assert waited(attention, time) == pytest.approx(MOST_SECONDS, abs=0.1)


def test_nothing_waits_once_it_is_told_to_stop(attention, time):
    with attention.answering():
        assert waited(attention, time, should_stop=lambda: True) == 0
