"""Two runs on two maps: the same movie in the same row of both, laid onto each other, kept with the runs."""

import numpy as np
import pytest

from recsys_core.compare.maps import draw_pair, start_from
from recsys_core.errors import Cancelled, ProjectionError
from recsys_core.maps import projection
from recsys_core.maps.manifold import check_stop
from recsys_core.maps.pca import principal_components
from recsys_core.maps.projection import ProjectionSpec, project_run
from recsys_core.runs.keeping.shrinking import shrink
from tests.exploring import blobs
from tests.recsys_core.compare.pairs import run_on

FIRST, SECOND = np.arange(1, 221), np.arange(21, 241)
SHARED = list(range(21, 221))
PCA = ProjectionSpec(method="pca")
TSNE = ProjectionSpec(method="tsne", perplexity=10)


@pytest.fixture
def vectors():
    """Of 240 movies in four groups; the second run has learned the same, turned and twice as long."""
    found, _ = blobs()
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))
    return {i + 1: row for i, row in enumerate(found)}, {i + 1: 2 * row @ turn for i, row in enumerate(found)}


@pytest.fixture
def runs(tmp_path, vectors):
    return tuple(
        run_on(tmp_path / name, ids, {i: row.astype(np.float32) for i, row in own.items()})
        for name, ids, own in zip("ab", (FIRST, SECOND), vectors, strict=True)
    )


def test_the_same_vectors_turned_lie_on_each_other_row_by_row(runs, tmp_path, vectors):
    first, _ = runs
    second = run_on(tmp_path / "c", FIRST[::1], {i: row.astype(np.float32) for i, row in vectors[1].items()})
    pair = draw_pair(first, second, PCA)
    assert pair.agreement == pytest.approx(1, abs=1e-4)
    assert np.abs(pair.places[1] - pair.places[0]).max() < 0.05
    assert np.array_equal(pair.places[0], project_run(first, PCA).coordinates)


def test_only_shared_movies_are_drawn_and_the_rest_is_counted(runs):
    pair = draw_pair(*runs, PCA)
    assert pair.shared.movies["movie_id"].tolist() == SHARED
    assert pair.n_left_out == (20, 20)
    for run, rows in zip(runs, pair.shared.rows, strict=True):
        assert run.movies["movie_id"].to_numpy()[rows].tolist() == SHARED
    (low, high), _ = pair.extent
    assert low < np.median(pair.places[0][:, 0]) < high


@pytest.fixture
def tsne(monkeypatch):
    """Where each t-SNE starts from; a quick one, that goes a little way from there, else from a PCA."""
    starts = []

    def coordinates(vectors, *, init, progress, stop, **settings):
        starts.append(init)
        check_stop(stop)
        progress(0.5)
        found = principal_components(vectors, (1, 2))[0] if init is None else init + np.float32([30, 0])
        return found.astype(np.float32)

    monkeypatch.setattr(projection, "tsne_coordinates", coordinates)
    return starts


def test_a_second_tsne_starts_from_the_first_and_both_are_kept(runs, tsne):
    first, second = runs
    shares = []
    pair = draw_pair(first, second, TSNE, on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert tsne[0] is None
    assert np.array_equal(tsne[1][:200], pair.places[0])
    # Shifted back onto the first.
    assert pair.agreement == pytest.approx(1)
    np.testing.assert_allclose(pair.places[1], pair.places[0], atol=1e-3)
    # Nothing is drawn again, and each run keeps its own; shrinking it drops what it has kept.
    again = draw_pair(first, second, TSNE, should_stop=lambda: True)
    assert np.array_equal(again.places[1], pair.places[1])
    assert len(tsne) == 2
    project_run(second, TSNE)
    assert tsne[2] is None
    assert len(list(second.cache_dir.iterdir())) == 2
    shrink(second)
    with pytest.raises(Cancelled):
        draw_pair(first, second, TSNE, should_stop=lambda: True)


def test_movies_start_where_the_first_map_has_them_and_new_ones_amid_their_nearest(runs, tsne):
    first, second = runs
    drawn = project_run(first, TSNE)
    start = start_from(drawn, first, second)
    places = dict(zip(first.movies["movie_id"][drawn.rows], drawn.coordinates, strict=True))
    assert np.array_equal(start[:200], [places[movie_id] for movie_id in SHARED])
    # Movies 221 to 240 are of the last group, as are 181 to 220.
    of_group = np.array([places[movie_id] for movie_id in range(181, 221)])
    assert (start[200:] >= of_group.min(axis=0)).all()
    assert (start[200:] <= of_group.max(axis=0)).all()


def test_axes_of_ones_own_mean_the_same_in_both_and_are_not_turned(runs):
    spec = ProjectionSpec(method="axes", axes=(((30,), (90,)), ((100,), (200,))))
    pair = draw_pair(*runs, spec)
    own = project_run(runs[1], spec)
    assert np.array_equal(pair.places[1], own.coordinates[np.searchsorted(own.rows, pair.shared.rows[1])])


def test_runs_that_share_hardly_a_movie_are_refused(runs, tmp_path, vectors, tsne):
    other = run_on(tmp_path / "few", np.arange(218, 241), {i: np.float32(row) for i, row in vectors[0].items()})
    for spec in (PCA, TSNE):
        with pytest.raises(ProjectionError, match=r"at least 4 movies in common.*Received: 3"):
            draw_pair(runs[0], other, spec)
