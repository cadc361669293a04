"""Work in the background: shared by who asks, stopped when nobody wants it, and one policy for what goes wrong."""

import gc
import threading
import weakref

import pytest

from recsys_core.errors import Cancelled, ProjectionError
from recsys_core.jobs import background as module
from recsys_core.jobs.background import FAILURE_SECONDS, FOR_GOOD, MOST_KEPT, MOST_WISHES, POLLED, Background
from recsys_core.jobs.threads.worker import Urgency, Worker
from recsys_core.jobs.work import Lane, Work

SECONDS = 60
ONE_THREAD = Lane.PROJECTIONS


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Slow:
    """Does nothing until it may end, and tells what becomes of it meanwhile."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.begins = []

    def work(self, name, lane=ONE_THREAD, **options):
        return Work("slow", (name,), "Doing nothing", lambda *given: self._do(name, *given), lane, **options)

    def _do(self, name, tell, should_stop):
        self.begins.append(name)
        tell(0.5, "Half of nothing.")
        self.begun.release()
        while not self.may_end.wait(0.002):
            if should_stop():
                raise Cancelled("Stopped.")
        return f"{name} is done"

    def wait_begun(self):
        assert self.begun.acquire(timeout=SECONDS)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def workers():
    workers = {lane: Worker(f"test-{lane.value}", 2 if lane is Lane.QUICK else 1) for lane in Lane}
    yield workers
    for worker in workers.values():
        worker.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("test-")]


@pytest.fixture
def background(workers, clock):
    background = Background(workers, clock)
    yield background
    background.close()


@pytest.fixture
def slow():
    slow = Slow()
    yield slow
    slow.may_end.set()


def quick(name, do, **options):
    return Work("quick", (name,), "Counting", do, **options)


def after(background, work, owner="one", **options):
    background.ask(work, owner, **options)
    background.wait(work.key, SECONDS)
    return background.look(work.key, owner)


def idle(workers, lane=ONE_THREAD):
    """Once everything that was asked of the lane before is over."""
    assert workers[lane].when_idle(lambda should_stop: True).result(SECONDS)


def test_what_was_asked_for_is_done_once_and_its_result_shared(background):
    calls = []
    work = quick("three", lambda tell, should_stop: calls.append(1) or 3)
    assert after(background, work).result == 3
    assert background.ask(work, "two").result == 3
    assert len(calls) == 1


def test_different_keys_are_different_work(background):
    assert after(background, quick("a", lambda tell, should_stop: "A")).result == "A"
    assert after(background, quick("b", lambda tell, should_stop: "B")).result == "B"


def test_progress_and_the_place_in_the_queue_are_told(background, slow):
    first, second, third = (slow.work(name) for name in ("first", "second", "third"))
    background.ask(first, "one")
    slow.wait_begun()
    background.ask(second, "one")
    status = background.look(first.key)
    assert (status.state, status.fraction, status.message) == ("running", 0.5, "Half of nothing.")
    assert background.look(second.key).message == "Waiting for 1 other."
    assert background.ask(third, "one").message == "Waiting for 2 others."
    slow.may_end.set()
    background.wait(third.key, SECONDS)
    status = background.look(second.key)
    assert (status.state, status.fraction, status.result) == ("done", 1.0, "second is done")


def test_progress_never_goes_back_nor_beyond_its_ends(background):
    seen = []

    def do(tell, should_stop):
        for fraction in (0.25, 0.125, float("nan"), 7.0):
            tell(fraction)
            seen.append(background.look(work.key).fraction)
        return seen

    work = quick("progress", do)
    assert after(background, work).result == [0.25, 0.25, 0.25, 1.0]


def test_work_goes_on_while_anybody_wants_it(background, slow):
    work = slow.work("shared")
    background.ask(work, "one")
    slow.wait_begun()
    background.ask(work, "two")
    background.withdraw(work.key, "one")
    assert not background.look(work.key, "one").is_own
    assert background.look(work.key, "two").is_own
    slow.may_end.set()
    background.wait(work.key, SECONDS)
    assert background.look(work.key).state == "done"
    assert slow.begins == ["shared"]


def test_running_work_stops_when_the_last_wish_is_withdrawn(background, slow, workers):
    work = slow.work("unwanted")
    background.ask(work, "one")
    slow.wait_begun()
    background.withdraw(work.key, "one")
    idle(workers)
    assert background.look(work.key) is None


def test_waiting_work_that_nobody_wants_any_more_never_begins(background, slow, workers):
    background.ask(slow.work("first"), "one")
    slow.wait_begun()
    background.ask(slow.work("second"), "one")
    background.withdraw(slow.work("second").key, "one")
    assert background.look(slow.work("second").key) is None
    slow.may_end.set()
    idle(workers)
    assert slow.begins == ["first"]


def test_a_wish_that_is_not_renewed_lapses(background, slow, clock, workers):
    work = slow.work("forgotten")
    background.ask(work, "one")
    slow.wait_begun()
    clock.now += POLLED - 1
    assert background.look(work.key, "one").is_own
    clock.now += POLLED - 1
    assert background.look(work.key).state == "running", "looking has renewed it"
    clock.now += 2
    idle(workers)
    assert background.look(work.key) is None


def test_waiting_work_lapses_too(background, slow, clock, workers):
    background.ask(slow.work("first"), "house", FOR_GOOD)
    slow.wait_begun()
    background.ask(slow.work("second"), "one")
    clock.now += POLLED + 1
    assert background.look(slow.work("second").key, "one") is None
    slow.may_end.set()
    idle(workers)
    assert slow.begins == ["first"], "a wish for good does not lapse"


def test_a_longer_patience_is_not_shortened_by_a_page_that_asks_too(background, slow, clock):
    work = slow.work("clicked")
    background.ask(work, "one", 10 * POLLED)
    background.ask(work, "one")
    clock.now += 5 * POLLED
    assert background.look(work.key, "one").is_own


def test_who_asks_again_while_it_stops_gets_it(background, slow):
    work = slow.work("twice")
    background.ask(work, "one")
    slow.wait_begun()
    background.withdraw(work.key, "one")
    background.ask(work, "one")
    slow.may_end.set()
    background.wait(work.key, SECONDS)
    assert background.look(work.key).result == "twice is done"


def test_work_that_was_told_to_stop_begins_again_for_who_asked_meanwhile(background):
    told, asked, begins = threading.Event(), threading.Event(), []

    def do(tell, should_stop):
        begins.append(1)
        if len(begins) > 1:
            return "again"
        begun.set()
        while not should_stop():
            pass
        told.set()
        assert asked.wait(SECONDS)
        raise Cancelled("Stopped.")

    begun, work = threading.Event(), quick("again", do)
    background.ask(work, "one")
    assert begun.wait(SECONDS)
    background.withdraw(work.key, "one")
    assert told.wait(SECONDS)
    background.ask(work, "two")
    asked.set()
    background.wait(work.key, SECONDS)
    assert background.look(work.key).result == "again"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ProjectionError("Too few movies."), "Too few movies."),
        (Cancelled("Nobody told it to."), "Nobody told it to."),
        (
            ZeroDivisionError("x" * 500),
            "Counting failed unexpectedly (ZeroDivisionError); the log of the app says why.",
        ),
    ],
)
def test_a_failure_is_told_in_one_sentence_and_the_thread_goes_on(background, error, message):
    def fail(tell, should_stop):
        raise error

    for _ in range(3):
        status = after(background, quick("fails", fail), again=True)
        assert (status.state, status.message) == ("failed", message)
    assert after(background, quick("works", lambda tell, should_stop: "fine")).result == "fine"


def test_the_log_has_the_traceback_of_what_was_not_foreseen(background, caplog):
    after(background, quick("fails", lambda tell, should_stop: 1 / 0))
    assert "ZeroDivisionError" in caplog.text


def test_a_failure_is_tried_again_when_asked_expressly_or_after_a_while_but_not_by_drawing_a_page(background, clock):
    attempts = []

    def fail(tell, should_stop):
        attempts.append(1)
        raise ProjectionError("Not yet.")

    work = quick("fails", fail)
    after(background, work)
    for _ in range(10):
        assert background.ask(work, "one").state == "failed"
        clock.now += FAILURE_SECONDS / 20
    assert len(attempts) == 1
    after(background, work, again=True)
    assert len(attempts) == 2
    clock.now += FAILURE_SECONDS + 1
    assert background.look(work.key) is None
    after(background, work)
    assert len(attempts) == 3


def test_a_visitor_has_so_many_wishes_and_the_oldest_lapses(background, slow):
    for number in range(MOST_WISHES + 1):
        background.ask(slow.work(number), "one")
    background.ask(slow.work("another's"), "two")
    assert background.look(slow.work(0).key, "one") is None or not background.look(slow.work(0).key, "one").is_own
    assert all(background.look(slow.work(number).key, "one").is_own for number in range(1, MOST_WISHES + 1))
    assert background.look(slow.work("another's").key, "two").is_own


def test_in_a_slot_the_newest_wish_of_a_visitor_takes_the_place_of_the_others(background, slow, workers):
    background.ask(slow.work("in the way"), "two")
    slow.wait_begun()
    for stars in range(1, 6):
        background.ask(slow.work(stars, slot="for you"), "one")
    background.ask(slow.work(2, slot="for you"), "two")
    background.ask(slow.work("elsewhere"), "one")
    slow.may_end.set()
    idle(workers)
    assert slow.begins == ["in the way", 5, 2, "elsewhere"]


def test_what_is_urgent_comes_first_and_what_is_not_gives_way(background, slow, workers):
    later, now = slow.work("later", urgency=Urgency.SOMETIME), slow.work("now")
    background.ask(later, "one")
    slow.wait_begun()
    background.ask(now, "one")
    slow.wait_begun()
    assert background.look(later.key).message == "Waiting for 1 other."
    assert background.look(later.key).fraction is None
    slow.may_end.set()
    background.wait(later.key, SECONDS)
    assert slow.begins == ["later", "now", "later"]


def test_waiting_work_becomes_urgent_with_the_most_urgent_who_asks(background, slow):
    background.ask(slow.work("first"), "one")
    slow.wait_begun()
    background.ask(slow.work("second", urgency=Urgency.SOON), "one")
    background.ask(slow.work("third", urgency=Urgency.SOMETIME), "one")
    background.ask(slow.work("third"), "two")
    slow.may_end.set()
    background.wait(slow.work("second").key, SECONDS)
    assert slow.begins == ["first", "third", "second"]


def test_results_are_bounded_and_those_in_use_stay(background, clock):
    def made(number):
        clock.now += 1
        return after(background, quick(number, lambda tell, should_stop: number))

    made(0)
    for number in range(1, MOST_KEPT + 10):
        made(number)
        background.look(quick(0, None).key)
    known = [number for number in range(MOST_KEPT + 10) if background.look(quick(number, None).key)]
    assert known == [0, *range(11, MOST_KEPT + 10)]


def test_a_result_that_is_kept_elsewhere_is_not_kept_here(background):
    work = quick("saved", lambda tell, should_stop: "with the run", is_kept=False)
    assert after(background, work) is None


def test_nothing_that_work_needs_is_held_once_it_is_over_or_forgotten(background, slow):
    class Vectors:
        pass

    def about(name):
        vectors = Vectors()
        freed.append(weakref.ref(vectors))
        return Work("about", (name,), "Looking", lambda tell, should_stop: str(vectors)[:0] + name, ONE_THREAD)

    freed = []
    after(background, about("done"))
    background.ask(slow.work("in the way"), "two")
    slow.wait_begun()
    background.ask(about("withdrawn"), "one")
    background.withdraw(("about", "withdrawn"), "one")
    gc.collect()
    assert [reference() for reference in freed] == [None, None]
    assert background.look(("about", "done")).result == "done"


def test_closing_stops_what_runs_and_begins_nothing_more(background, slow, workers):
    background.ask(slow.work("first"), "one", FOR_GOOD)
    slow.wait_begun()
    background.ask(slow.work("second"), "one", FOR_GOOD)
    background.close()
    idle(workers)
    assert slow.begins == ["first"]


def test_many_threads_may_ask_look_and_withdraw_at_once(background, workers):
    """Each work is wanted by a visitor who never withdraws: whatever the others do, it is done once in the end."""
    counts, lock = dict.fromkeys(range(20), 0), threading.Lock()
    start, errors = threading.Barrier(9), []

    def work(number):
        def do(tell, should_stop):
            tell(0.5)
            with lock:
                counts[number] += 1
            return number

        return Work("many", (number,), "Counting", do, list(Lane)[number % len(Lane)])

    def visit(owner):
        try:
            start.wait(SECONDS)
            for _ in range(5):
                for number in counts:
                    background.ask(work(number), owner)
                    background.look(work(number).key, owner)
                    background.withdraw(work(number).key, owner)
        except Exception as error:
            errors.append(error)

    visitors = [threading.Thread(target=visit, args=(f"visitor {number}",)) for number in range(8)]
    for visitor in visitors:
        visitor.start()
    start.wait(SECONDS)
    for number in counts:
        background.ask(work(number), "host", FOR_GOOD)
    for visitor in visitors:
        visitor.join(SECONDS)
    for number in counts:
        background.wait(work(number).key, SECONDS)
    assert not errors
    assert [background.look(work(number).key).result for number in counts] == list(counts)
    assert set(counts.values()) == {1}


def test_the_app_has_one_and_its_tensorflow_is_that_of_the_trainings():
    work = Work("thread", (), "Looking", lambda tell, should_stop: threading.current_thread().name, Lane.TENSORFLOW)
    module.ask(work, "one")
    module.wait(work.key, SECONDS)
    assert module.look(work.key).result == "tensorflow-worker"


@pytest.mark.parametrize(("patience", "expected"), [(FOR_GOOD, 3), (POLLED, 0)], ids=["the app", "a visitor"])
def test_only_what_the_app_alone_wishes_for_lets_pages_through(workers, clock, patience, expected):
    let_through = []
    background = Background(workers, clock, let_through.append)

    def in_three_steps(tell, should_stop):
        return [should_stop() for _ in range(3)]

    work = Work("steps", (), "Doing three steps", in_three_steps, ONE_THREAD)
    background.ask(work, "somebody", patience)
    background.wait(work.key, SECONDS)
    assert background.look(work.key).result == [False] * 3
    assert len(let_through) == expected
