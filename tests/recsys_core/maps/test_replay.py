import numpy as np
import pytest

from recsys_core.errors import Cancelled, ProjectionError, RunError
from recsys_core.explore.nearest import nearest_rows
from recsys_core.maps.projection import ProjectionSpec, project
from recsys_core.maps.replay import has_snapshots, replay, replay_run
from tests.exploring import blobs, write_run


@pytest.fixture
def snapshots():
    """Groups that drift apart from noise over five epochs, float32 `(5, 240, 12)`, and the group of each movie."""
    vectors, groups = blobs()
    noise = np.random.default_rng(1).normal(size=vectors.shape)
    return np.stack([share * vectors + (1 - share) * noise for share in np.linspace(0, 1, 5)]).astype(
        np.float32
    ), groups


def test_pca_shows_every_epoch_on_the_axes_of_the_last(snapshots):
    vectors, _ = snapshots
    spec = ProjectionSpec(method="pca")
    found = replay(vectors, spec)
    assert found.shape == (5, 240, 2)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[-1], project(vectors[-1], spec).coordinates, atol=1e-4)
    np.testing.assert_allclose(found[2], (found[0] + found[4]) / 2, atol=1e-3)


def test_umap_moves_on_from_where_the_movies_were(snapshots):
    vectors, groups = snapshots
    found = replay(vectors, ProjectionSpec())
    neighbors, _ = nearest_rows(found[-1], 10, euclidean=True)
    assert (groups[neighbors] == groups[:, None]).mean() > 0.95
    by_replay = np.linalg.norm(found[4] - found[3], axis=1).mean()
    apart = [project(vectors[step], ProjectionSpec(seed=step)).coordinates for step in (3, 4)]
    assert by_replay < 0.5 * np.linalg.norm(apart[1] - apart[0], axis=1).mean()
    np.testing.assert_array_equal(replay(vectors, ProjectionSpec()), found)


def test_tsne_moves_on_from_where_the_movies_were(snapshots):
    vectors, groups = snapshots[0][-2:, ::3], snapshots[1][::3]
    found = replay(vectors, ProjectionSpec(method="tsne", perplexity=8))
    neighbors, _ = nearest_rows(found[-1], 5, euclidean=True)
    assert (groups[neighbors] == groups[:, None]).mean() > 0.9
    step = np.linalg.norm(found[1] - found[0], axis=1).mean()
    assert 0 < step < 0.5 * np.linalg.norm(found[0] - found[0].mean(axis=0), axis=1).mean()


def test_a_run_is_replayed_with_its_epochs(tmp_path, snapshots):
    vectors, _ = snapshots
    run = write_run(tmp_path / "run", vectors[-1], snapshots=vectors)
    shares = []
    epochs, coordinates, rows = replay_run(
        run, ProjectionSpec(method="pca", min_ratings=100), on_progress=shares.append
    )
    assert epochs.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(rows, np.arange(141))
    assert coordinates.shape == (5, 141, 2)
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])


def test_a_run_without_snapshots_says_so(tmp_path, snapshots):
    run = write_run(tmp_path / "run", snapshots[0][-1])
    assert not has_snapshots(run)
    with pytest.raises(RunError, match="after each epoch"):
        replay_run(run, ProjectionSpec(method="pca"))


def test_a_replay_can_be_cancelled_and_needs_places_in_the_embedding(snapshots):
    for method in ("pca", "umap", "tsne"):
        with pytest.raises(Cancelled):
            replay(snapshots[0], ProjectionSpec(method=method), should_stop=lambda: True)
    axes = ProjectionSpec(method="axes", axes=(((1,), (2,)), ((3,), (4,))))
    with pytest.raises(ProjectionError, match="axes"):
        replay(snapshots[0], axes)
