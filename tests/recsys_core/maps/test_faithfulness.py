import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from recsys_core.errors import ProjectionError
from recsys_core.explore.nearest import nearest_rows
from recsys_core.maps import faithfulness
from recsys_core.maps.faithfulness import measure_faithfulness
from recsys_core.maps.projection import ProjectionSpec, project
from tests.exploring import blobs


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [3, 10])
def test_trustworthiness_is_scikit_learn_s(metric, k):
    vectors, _ = blobs()
    coordinates = project(vectors, ProjectionSpec(method="pca")).coordinates
    found = measure_faithfulness(vectors, coordinates, k=k, metric=metric)
    assert found.trustworthiness == pytest.approx(
        trustworthiness(vectors, coordinates, n_neighbors=k, metric=metric), abs=1e-5
    )
    assert found.movie_trustworthiness.mean() == pytest.approx(found.trustworthiness, abs=1e-6)


def test_neighbors_kept_counts_true_neighbors():
    vectors, _ = blobs()
    coordinates = project(vectors, ProjectionSpec(method="pca")).coordinates
    found = measure_faithfulness(vectors, coordinates, metric="euclidean")
    true, _ = nearest_rows(vectors, 10, euclidean=True)
    drawn, _ = nearest_rows(coordinates, 10, euclidean=True)
    kept = [len(set(one) & set(other)) / 10 for one, other in zip(true, drawn, strict=True)]
    np.testing.assert_allclose(found.movie_neighbors_kept, kept)
    assert found.neighbors_kept == pytest.approx(np.mean(kept))


def test_the_vectors_themselves_are_a_perfect_picture_and_noise_is_none():
    vectors = np.random.default_rng(0).normal(size=(400, 2))
    perfect = measure_faithfulness(vectors, vectors, metric="euclidean")
    assert (perfect.trustworthiness, perfect.neighbors_kept) == (1, 1)
    assert perfect.sentence().startswith("You can trust this map closely: about 10 in 10")
    noise = measure_faithfulness(vectors, np.random.default_rng(1).normal(size=(400, 2)), metric="euclidean")
    assert noise.trustworthiness == pytest.approx(0.5, abs=0.05)
    assert noise.sentence() == (
        "Do not read closeness into this map: hardly any of the nearest movies on the map are among the true nearest."
    )


def test_one_misplaced_movie_is_pointed_out():
    vectors, groups = blobs()
    coordinates = vectors[:, :2].copy()
    coordinates[:, 0] = 100 * groups + vectors[:, 4]
    coordinates[0] = coordinates[239] + 0.01
    found = measure_faithfulness(vectors, coordinates, metric="euclidean")
    assert found.movie_trustworthiness.argmin() == 0
    assert found.movie_neighbors_kept[0] == 0


def test_above_the_limit_a_sample_is_measured_and_said_so(monkeypatch):
    vectors, _ = blobs()
    coordinates = project(vectors, ProjectionSpec(method="pca")).coordinates
    whole = measure_faithfulness(vectors, coordinates)
    monkeypatch.setattr(faithfulness, "MAX_MEASURED", 100)
    sample = measure_faithfulness(vectors, coordinates)
    assert sample.n_measured == 100
    measured = ~np.isnan(sample.movie_trustworthiness)
    assert measured.sum() == 100
    np.testing.assert_array_equal(sample.movie_trustworthiness[measured], whole.movie_trustworthiness[measured])
    assert "measured on 100 movies" in sample.sentence()


def test_what_cannot_be_measured():
    with pytest.raises(ProjectionError, match="3 rows for 5 vectors"):
        measure_faithfulness(np.eye(5), np.ones((3, 2)))
    with pytest.raises(ProjectionError, match="at least 4"):
        measure_faithfulness(np.eye(3), np.ones((3, 2)))
    with pytest.raises(ProjectionError, match="metric"):
        measure_faithfulness(np.eye(5), np.ones((5, 2)), metric="dot")
