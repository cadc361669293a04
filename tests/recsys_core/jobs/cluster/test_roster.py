"""Who of a cluster can be given a task: a clock and lists of workers as a scheduler gives them."""

from recsys_core.jobs.cluster.order import About
from recsys_core.jobs.cluster.roster import MOST_LOST, Roster

MINE = {"movie-embeddings": "abc", "numpy": "2.4.6"}


def facts(seen=0.0, **more):
    metrics = {"memory": 5, "cpu": 50.0, "executing": more.pop("executing", 0)}
    return {"name": "ann", "last_seen": seen, "memory_limit": 10, "nthreads": 1, "metrics": metrics, **more}


def made(**workers):
    roster = Roster(MINE, silent_after=8.0)
    roster.update(workers, 0.0)
    for address in workers:
        roster.introduce(address, About(versions=MINE, n_threads=1))
    return roster


def states(roster):
    return {view.address: view.state for view in roster.views()}


def test_a_worker_is_asked_what_it_is_before_it_is_given_anything():
    roster = Roster(MINE, silent_after=8.0)
    new, gone = roster.update({"a": facts()}, 0.0)
    assert ([worker.address for worker in new], gone) == (["a"], [])
    assert (states(roster), roster.free()) == ({"a": "starting"}, [])
    roster.introduce("a", About(versions=MINE, n_threads=1))
    assert (states(roster), [worker.address for worker in roster.free()]) == ({"a": "ready"}, ["a"])
    assert roster.update({"a": facts(1.0)}, 1.0) == ([], [])


def test_other_versions_threads_and_no_answer_are_refused_with_the_reason():
    roster = made(a=facts(), b=facts(), c=facts())
    roster.introduce("a", About(versions={**MINE, "numpy": "1.0"}, n_threads=1))
    roster.introduce("b", About(versions=MINE, n_threads=4))
    roster.introduce("c", None, "It could not say what it is.")
    assert {*states(roster).values()} == {"refused"}
    first, second, third = (view.message for view in roster.views())
    assert first == "A worker must have the versions of this app. Received: numpy 1.0 where this app has 2.4.6."
    assert "start it with --nthreads 1. Received: 4." in second
    assert third == "It could not say what it is."
    assert (roster.usable(), len(roster.refusals())) == ([], 3)


def test_the_least_busy_is_given_a_task_first_and_none_two():
    roster = made(a=facts(executing=1), b=facts())
    assert [worker.address for worker in roster.free()] == ["b", "a"]
    roster.assign("b", "job", "Mine")
    assert [worker.address for worker in roster.free()] == ["a"]
    busy = next(view for view in roster.views() if view.state == "busy")
    assert (busy.address, busy.doing, busy.job_id, busy.memory_used, busy.cpu) == ("b", "Mine", "job", 5, 50.0)
    roster.assign("b", "", "")
    assert len(roster.free()) == 2


def test_silence_is_counted_from_the_last_change_of_the_scheduler_s_clock():
    roster = made(a=facts(seen=1e9))
    for now in range(10):
        roster.update({"a": facts(seen=1e9)}, float(now))
    assert (states(roster), roster.free()) == ({"a": "silent"}, [])
    assert [worker.address for worker in roster.silent(8.5, 99.0)] == ["a"]
    roster.update({"a": facts(seen=1e9 + 1)}, 10.0)
    assert (states(roster), roster.silent(8.5, 99.0)) == ({"a": "ready"}, [])


def test_who_did_not_look_for_long_does_not_take_that_for_silence():
    roster = made(a=facts())
    roster.update({"a": facts()}, 3600.0)
    assert states(roster) == {"a": "ready"}


def test_one_that_is_starting_is_given_more_time():
    roster = Roster(MINE, silent_after=8.0)
    for now in range(51):
        roster.update({"a": facts()}, float(now))
    assert roster.silent(30.0, 60.0) == []
    assert len(roster.silent(30.0, 49.0)) == 1


def test_the_lost_are_remembered_for_a_while_and_a_retired_one_does_not_come_back():
    roster = made(a=facts(), b=facts())
    roster.take_out("a")
    assert states(roster) == {"b": "ready", "a": "lost"}
    assert roster.update({"a": facts(), "b": facts()}, 1.0) == ([], [])
    roster.update({"b": facts()}, 2.0)
    assert [worker.address for worker in roster.update({"a": facts(), "b": facts()}, 3.0)[0]] == ["a"]
    roster.forget_all()
    for number in range(10):
        roster.update({f"w{number}": facts()}, float(number))
        roster.update({}, float(number))
    assert [view.state for view in roster.views()] == ["lost"] * MOST_LOST
