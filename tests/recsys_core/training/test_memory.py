"""What a training is estimated to need, against what it takes; and what is free, within control groups."""

import json
import subprocess
import sys

import pytest

from recsys_core.data.split import split_ratings
from recsys_core.errors import ConfigError
from recsys_core.settings.presets import PRESETS
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.fit import fit
from recsys_core.training.memory import cgroup_free, memory_needs
from recsys_core.training.rate_finder import find_learning_rate

MEASURED = {
    "dot-bias": {"user_embedding_size": 64, "movie_embedding_size": 64, "batch_size": 512},
    "rate-and-watch": {"user_embedding_size": 64, "movie_embedding_size": 64, "batch_size": 4096},
    "concatenation": {"hidden_layers": (512, 512), "batch_size": 4096, "table_updates": "dense"},
}
SHAPE = (120_000, 30_000, 20_000)
PEAK_OF_TRAINING = """
import json, sys, threading, time
import numpy as np, pandas as pd, psutil
from recsys_core.data.split import Examples, Split
from recsys_core.settings.train_config import TrainConfig
from recsys_core.training.backend import tensorflow
from recsys_core.training.fit import fit

tensorflow()[0].zeros(1)
n_users, n_movies, n_ratings = json.loads(sys.argv[1])
config = TrainConfig.from_dict(json.loads(sys.argv[2]))

def examples(n):
    draw = np.random.default_rng(0).integers
    return Examples(draw(n_users, size=n, dtype=np.int32), draw(n_movies, size=n, dtype=np.int32),
                    draw(1, 6, size=n).astype(np.float32))

def split_of(n_users, n_movies, train):
    counts = np.bincount(train.movie, minlength=n_movies)
    movies = pd.DataFrame({"movie_id": np.arange(n_movies), "n_train_ratings": counts})
    data = {"rating_min": 1.0, "rating_max": 5.0}
    return Split(np.arange(n_users), movies, train, examples(100), 0, data)

split = split_of(n_users, n_movies, examples(n_ratings))
me, peak, over = psutil.Process(), 0, threading.Event()

def watch():
    global peak
    while not over.is_set():
        peak = max(peak, me.memory_info().rss)
        time.sleep(0.002)

before = me.memory_info().rss
watcher = threading.Thread(target=watch)
watcher.start()
trained = fit(split, config)
over.set()
watcher.join()
print(json.dumps(peak - before))
"""


@pytest.fixture(scope="module")
def measured() -> dict[str, int]:
    """Bytes by which a training raises its process' memory, each in a process of its own, all at once."""
    running = {}
    for architecture, settings in MEASURED.items():
        config = TrainConfig(architecture=architecture, snapshots=0, **settings).with_epochs(1)
        command = [sys.executable, "-c", PEAK_OF_TRAINING, json.dumps(SHAPE), json.dumps(config.to_dict())]
        running[architecture] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return {name: json.loads(process.communicate()[0]) for name, process in running.items()}


@pytest.mark.parametrize("architecture", MEASURED)
def test_estimate_is_above_what_is_taken_and_not_twice_as_much(architecture, measured):
    needs = memory_needs(TrainConfig(architecture=architecture, **MEASURED[architecture]), *SHAPE)
    assert measured[architecture] < needs.total < 2 * measured[architecture]


def test_every_table_and_layer_counts():
    def weights(architecture, **settings):
        return memory_needs(TrainConfig(architecture=architecture, **settings), 1000, 10, 100).weights

    assert weights("rate-and-watch") > 1.8 * weights("dot-bias")  # a second table of users
    assert weights("dot-bias") > weights("dot")
    assert weights("concatenation", hidden_layers=(4096, 4096)) > 1.5e8  # 16.8 million numbers in between
    assert weights("dot", optimizer="sgd") < weights("dot", optimizer="adam")


def test_a_whole_batch_of_dot_products_takes_no_vectors_for_each_rating():
    """The ratings of MovieLens 32M in one batch."""
    shape = (200_948, 84_432, 28_800_000)
    whole = memory_needs(PRESETS["mf-bias-full-batch"].config, *shape)
    assert 1.2 * 2**30 < whole.batch < 2.5 * 2**30
    assert memory_needs(PRESETS["collabfnet"].config, *shape).batch > 100 * 2**30


def test_what_cannot_fit_is_refused_before_it_is_made(tiny, monkeypatch):
    monkeypatch.setattr("recsys_core.training.memory.free_memory", lambda: 100)
    config = TrainConfig()
    for begin in (fit, find_learning_rate):
        with pytest.raises(
            ConfigError, match=r"must fit in memory. The tables need .* are free. Try smaller embeddings"
        ):
            begin(split_ratings(tiny, config), config)


@pytest.mark.parametrize("begin", [fit, find_learning_rate])
def test_a_batch_too_large_to_compare_with_itself_is_refused(begin, built_in, monkeypatch):
    monkeypatch.setattr("recsys_core.training.memory.free_memory", lambda: 40 * 2**30)
    config = TrainConfig(architecture="rate-and-watch", batch_size=None)
    with pytest.raises(ConfigError, match=r"45.3 GB to compare the 90,004 ratings of a batch.*Try a smaller batch"):
        begin(split_ratings(built_in, config), config)


def group(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_the_tightest_group_above_one_counts(tmp_path):
    (tmp_path / "membership").write_text("0::/outer/inner\n")
    group(tmp_path / "root" / "outer", memory__max="5000\n", memory__current="3500\n",
          memory__stat="anon 1\ninactive_file 500\n")  # fmt: skip
    group(tmp_path / "root" / "outer" / "inner", memory__max="max\n", memory__current="100\n")
    assert cgroup_free(tmp_path / "root", tmp_path / "membership") == 2000


def test_version_one_counts_too(tmp_path):
    (tmp_path / "membership").write_text("7:cpu,cpuacct:/somewhere\n4:memory:/docker/1\n0::/\n")
    group(tmp_path / "root" / "memory" / "docker" / "1", memory__limit_in_bytes="900\n", memory__usage_in_bytes="600\n",
          memory__stat="total_inactive_file 50\n")  # fmt: skip
    assert cgroup_free(tmp_path / "root", tmp_path / "membership") == 350


def test_no_group_is_no_limit(tmp_path):
    assert cgroup_free(tmp_path, tmp_path / "nowhere") > 2**60
