"""Every order is as likely as any other, in one piece or in many, and the same seed gives the same one."""

import numpy as np
import pytest
from scipy.stats import chi2

from recsys_core.training.shuffling import one_ahead, shuffled_blocks


def blocks_of(n, seed=0, **options):
    options = {"batch_size": 8, "piece": 32} | options
    return list(shuffled_blocks(np.arange(n, dtype=np.int32), np.random.default_rng(seed), **options))


@pytest.mark.parametrize("n", [1, 31, 32, 33, 100, 257])
def test_blocks_hold_everything_once_in_whole_batches(n):
    blocks = blocks_of(n)
    assert sorted(np.concatenate(blocks).tolist()) == list(range(n))
    assert all(len(block) % 8 == 0 for block in blocks[:-1])
    assert all(block.dtype == np.int32 for block in blocks)


def test_batches_larger_than_a_piece_stay_whole():
    assert [len(block) for block in blocks_of(250, batch_size=100)] == [100, 100, 50]


def test_one_piece_is_shuffled_as_numpy_does():
    expected = np.arange(32, dtype=np.int32)
    np.random.default_rng(3).shuffle(expected)
    (block,) = blocks_of(32, seed=3)
    assert block.tolist() == expected.tolist()


def test_the_same_seed_gives_the_same_order_and_another_one_does_not():
    first, again, other = (np.concatenate(blocks_of(200, seed=seed)).tolist() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("epochs", [1, 2], ids=["first epoch", "second epoch"])
def test_every_element_is_as_likely_at_every_place(epochs):
    n, draws, rng = 10, 20_000, np.random.default_rng(0)
    seen = np.zeros((n, n))
    follows = np.zeros((n, n))
    for _ in range(draws):
        order = np.arange(n, dtype=np.int32)
        for _ in range(epochs):
            drawn = np.concatenate(list(shuffled_blocks(order, rng, batch_size=2, piece=4)))
        seen[np.arange(n), drawn] += 1
        follows[drawn[:-1], drawn[1:]] += 1
    off_diagonal = follows[~np.eye(n, dtype=bool)]
    for counts, freedom in ((seen.ravel(), (n - 1) ** 2), (off_diagonal, len(off_diagonal) - 1)):
        statistic = np.sum((counts - counts.mean()) ** 2 / counts.mean())
        assert chi2.sf(statistic, freedom) > 0.001


def test_a_stop_leaves_the_rest_as_it_is():
    asked = []

    def should_stop():
        asked.append(None)
        return len(asked) > 1

    order = np.arange(96, dtype=np.int32)
    blocks = list(shuffled_blocks(order, np.random.default_rng(0), batch_size=8, piece=32, should_stop=should_stop))
    assert order[:32].tolist() != list(range(32))
    assert order[32:].tolist() == list(range(32, 96))
    assert sorted(np.concatenate(blocks).tolist()) == list(range(96))


def test_what_is_made_ahead_comes_whole_and_in_order():
    made = []

    def items():
        for number in range(4):
            made.append(number)
            yield number

    ahead = one_ahead(items())
    assert next(ahead) == 0
    assert list(ahead) == [1, 2, 3]
    assert list(one_ahead([])) == []
    stopped = one_ahead(items())
    next(stopped)
    stopped.close()
    assert made.count(2) == 1

    def fails():
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(one_ahead(fails()))
