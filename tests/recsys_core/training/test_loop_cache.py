"""What compiles anew and what does not, and how many loops are kept."""

import dataclasses
import threading

import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import Cancelled
from recsys_core.settings.train_config import Phase, TrainConfig
from recsys_core.training.fit import fit
from recsys_core.training.loop import CompiledLoop
from recsys_core.training.loop_cache import MAX_LOOPS, compile_ahead, is_kept, loop_for

CONFIG = TrainConfig(user_embedding_size=3, movie_embedding_size=3, batch_size=8, validation_fraction=0.2)
BY_XLA = dataclasses.replace(CONFIG, optimizer="sgd")


@pytest.fixture
def split(tiny):
    return split_ratings(tiny, CONFIG)


def test_another_rate_seed_or_penalty_compiles_nothing_again(split):
    first = loop_for(split, CONFIG)
    other = dataclasses.replace(CONFIG, seed=9, row_penalty=0.1, phases=(Phase(0.5, 9),), preset="other")
    assert loop_for(split, other) is first
    assert loop_for(split, dataclasses.replace(CONFIG, batch_size=4)) is not first
    decays = [dataclasses.replace(CONFIG, **setting) for setting in ({"l2": 0.1}, {"l2": 0.2}, {"weight_decay": 0.1})]
    with_decay = [loop_for(split, config) for config in decays]
    assert with_decay[0] is with_decay[1] is with_decay[2] is not first


def test_the_loop_that_was_not_used_for_longest_goes_first(split):
    configs = [
        dataclasses.replace(CONFIG, user_embedding_size=n, movie_embedding_size=n) for n in range(1, MAX_LOOPS + 1)
    ]
    loops = [loop_for(split, config) for config in configs]
    assert loop_for(split, configs[0]) is loops[0]
    loop_for(split, dataclasses.replace(CONFIG, batch_size=2))
    assert loop_for(split, configs[0]) is loops[0]
    assert loop_for(split, configs[1]) is not loops[1]


def test_compiling_ahead_gives_way_and_is_waited_for_by_who_wants_that_loop(split, monkeypatch):
    config = dataclasses.replace(BY_XLA, user_embedding_size=9, movie_embedding_size=9)
    compile_loop, may_compile = CompiledLoop.compile_traced, threading.Event()

    def slowly(loop):
        may_compile.wait(60)
        compile_loop(loop)

    monkeypatch.setattr(CompiledLoop, "compile_traced", slowly)
    with pytest.raises(Cancelled):
        compile_ahead(split, config, should_stop=lambda: True)
    # Others need not wait, nor who would compile it ahead too.
    loop_for(split, CONFIG)
    with pytest.raises(Cancelled):
        compile_ahead(split, config, should_stop=lambda: True)
    threading.Timer(0.2, may_compile.set).start()
    loop = loop_for(split, config)
    assert may_compile.is_set()
    key = compile_ahead(split, config, should_stop=lambda: False)
    assert is_kept(key)
    assert loop_for(split, config) is loop
    assert loop._loop.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("config", [CONFIG, BY_XLA], ids=["by Numba", "by XLA"])
def test_one_thread_alone_calls_operations_of_tensorflow(split, config):
    # In two at once the process may end, as seldom as the first calls of one operation meet.
    callers = set()

    def note(frame, event, arg):
        if frame.f_code.co_name == "op_dispatch_handler":
            callers.add(threading.current_thread().name)

    config = dataclasses.replace(config, user_embedding_size=11, movie_embedding_size=11)
    threading.setprofile(note)  # of threads that begin from now on
    try:
        owner = threading.Thread(target=fit, args=(split, config), name="owner")
        owner.start()
        owner.join()
        other = dataclasses.replace(config, batch_size=4)
        owner = threading.Thread(target=compile_ahead, args=(split, other, lambda: False), name="owner")
        owner.start()
        owner.join()
    finally:
        threading.setprofile(None)
    assert callers == {"owner"}
