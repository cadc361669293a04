import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest

from recsys_core.errors import Cancelled, ProjectionError, RunError
from recsys_core.explore.nearest import nearest_rows
from recsys_core.maps import projection
from recsys_core.maps.projection import (
    Projection,
    ProjectionSpec,
    cached_projection,
    place_vector,
    project,
    project_run,
)
from tests.exploring import blobs, movies_of, write_run

EVERY_METHOD = (
    ProjectionSpec(),
    ProjectionSpec(n_components=3, metric="euclidean", n_neighbors=30, min_dist=0.5, seed=7, min_ratings=20),
    ProjectionSpec(method="pca", components=(3, 1)),
    ProjectionSpec(method="pca", n_components=3),
    ProjectionSpec(method="tsne", perplexity=12.5),
    ProjectionSpec(method="axes", axes=(((1, 2), (3,)), ((4,), (5, 6)))),
)


@pytest.mark.parametrize("spec", EVERY_METHOD, ids=lambda spec: spec.key())
def test_a_spec_survives_the_url(spec):
    settings = spec.to_dict()
    assert all(isinstance(value, str) for value in settings.values())
    assert ProjectionSpec.from_dict(settings) == spec


def test_the_key_spells_out_what_the_method_depends_on_and_nothing_else():
    assert ProjectionSpec(seed=1).key() != ProjectionSpec(seed=2).key()
    assert ProjectionSpec(method="pca", seed=1).key() == ProjectionSpec(method="pca", seed=2).key()
    assert "n_neighbors=30" in ProjectionSpec().key()


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "magic"},
        {"n_components": "4"},
        {"n_components": "two"},
        {"n_neighbors": "1"},
        {"min_dist": "nan"},
        {"perplexity": "1e9"},
        {"seed": "-1"},
        {"metric": "dot"},
        {"method": "tsne", "n_components": "3"},
        {"method": "pca", "components": "1,11"},
        {"method": "pca", "components": "1,1"},
        {"method": "axes", "axes": "1>2"},
        {"method": "axes", "axes": "1>;2>3"},
        {"method": "axes", "axes": "x"},
        {"colour": "red"},
    ],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ProjectionError, match="Received: "):
        ProjectionSpec.from_dict(settings)


def test_pca_finds_the_widest_directions_and_says_how_wide():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(2_000, 3)) * [1, 3, 2]
    found = project(vectors, ProjectionSpec(method="pca"))
    np.testing.assert_allclose(
        np.abs(np.corrcoef(found.coordinates.T, vectors[:, [1, 2]].T)[:2, 2:]), np.eye(2), atol=0.1
    )
    assert found.explained_variance is not None
    np.testing.assert_allclose(found.explained_variance[:4], [9 / 14, 4 / 14, 1 / 14, 0], atol=0.02)


def test_pca_of_mirrored_vectors_keeps_its_signs():
    vectors, _ = blobs()
    direct = project(vectors, ProjectionSpec(method="pca")).coordinates
    np.testing.assert_allclose(project(vectors[:, ::-1], ProjectionSpec(method="pca")).coordinates, direct, atol=1e-3)


def test_custom_axes_run_from_zero_to_one():
    vectors = np.array([[0, 0], [4, 0], [0, 2], [2, 1]])
    spec = ProjectionSpec(method="axes", axes=(((1,), (2,)), ((1,), (3,))))
    found = project(vectors, spec, movie_ids=np.array([1, 2, 3, 4])).coordinates
    np.testing.assert_allclose(found, [[0, 0], [1, 0], [0, 1], [0.5, 0.5]])


@pytest.mark.parametrize(
    "spec",
    [ProjectionSpec(method="pca"), ProjectionSpec(method="axes", axes=(((1,), (70,)), ((1, 2), (130,))))],
)
def test_a_vector_is_placed_like_the_movies(spec):
    vectors, _ = blobs()
    movie_ids = np.arange(1, len(vectors) + 1)
    found = project(vectors, spec, movie_ids=movie_ids)
    place = place_vector(found, (vectors[3] + vectors[200]) / 2, vectors, movie_ids=movie_ids)
    np.testing.assert_allclose(place, found.coordinates[[3, 200]].mean(axis=0), atol=1e-4)


def test_umap_has_no_place_for_a_vector():
    found = Projection(ProjectionSpec(), np.zeros((3, 2), np.float32), np.arange(3, dtype=np.int32))
    assert place_vector(found, np.ones(3), np.eye(3), movie_ids=np.arange(3)) is None


def test_custom_axes_need_known_movies_that_differ():
    with pytest.raises(ProjectionError, match="99"):
        project(np.eye(3), ProjectionSpec(method="axes", axes=(((99,), (2,)), ((1,), (2,)))), movie_ids=np.arange(3))
    with pytest.raises(ProjectionError, match="ends where it starts"):
        project(np.eye(3), ProjectionSpec(method="axes", axes=(((1,), (1,)), ((1,), (2,)))), movie_ids=np.arange(3))


@pytest.mark.parametrize(
    "spec",
    [
        ProjectionSpec(),
        ProjectionSpec(n_components=3),
        ProjectionSpec(metric="euclidean"),
        ProjectionSpec(method="tsne"),
    ],
    ids=lambda spec: spec.key(),
)
def test_neighbors_stay_together_and_the_seed_decides(spec):
    vectors, groups = blobs()
    shares = []
    first = project(vectors, spec, on_progress=shares.append).coordinates
    assert first.shape == (240, spec.n_components)
    assert first.dtype == np.float32
    neighbors, _ = nearest_rows(first, 10, euclidean=True)
    assert (groups[neighbors] == groups[:, None]).mean() > 0.99
    assert len(shares) > 20
    assert shares == sorted(shares)
    assert shares[-1] == 1
    np.testing.assert_array_equal(project(vectors, spec).coordinates, first)
    other_seed = ProjectionSpec.from_dict(spec.to_dict() | {"seed": "5"})
    assert not np.array_equal(project(vectors, other_seed).coordinates, first)


def test_umap_is_the_same_on_any_number_of_cores(monkeypatch):
    vectors, _ = blobs()
    many = project(vectors, ProjectionSpec()).coordinates
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    np.testing.assert_array_equal(project(vectors, ProjectionSpec()).coordinates, many)


def test_umap_started_from_a_picture_stays_near_it():
    vectors, _ = blobs()
    before = project(vectors, ProjectionSpec()).coordinates
    after = project(vectors, ProjectionSpec(), init=before).coordinates
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.95
    with pytest.raises(ProjectionError, match="init"):
        project(vectors, ProjectionSpec(), init=before[:5])


@pytest.mark.parametrize("spec", [ProjectionSpec(), ProjectionSpec(method="tsne")], ids=lambda spec: spec.method)
def test_a_projection_can_be_cancelled_half_way(spec):
    vectors, _ = blobs()
    shares = []
    with pytest.raises(Cancelled):
        project(vectors, spec, on_progress=shares.append, should_stop=lambda: bool(shares) and shares[-1] > 0.5)
    assert 0.5 < shares[-1] < 0.7


METHODS = [
    ProjectionSpec(),
    ProjectionSpec(metric="euclidean"),
    ProjectionSpec(method="tsne"),
    ProjectionSpec(method="pca"),
]


@pytest.mark.parametrize("spec", METHODS, ids=lambda spec: f"{spec.method}-{spec.metric}")
@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.full((20, 3), np.nan), "finite"),
        (np.ones((20, 3)), "same vector"),
        (np.ones((1, 3)), "at least"),
        (np.ones((20, 0)), "shape"),
    ],
    ids=["nan", "identical", "one movie", "size 0"],
)
def test_vectors_that_cannot_be_drawn(spec, vectors, message):
    with pytest.raises(ProjectionError, match=message):
        project(vectors, spec)


@pytest.mark.parametrize("spec", METHODS, ids=lambda spec: f"{spec.method}-{spec.metric}")
@pytest.mark.parametrize("shape", [(4, 50), (40, 2)], ids=str)
def test_small_cases_are_drawn(spec, shape):
    found = project(np.random.default_rng(0).normal(size=shape), spec)
    assert found.coordinates.shape == (shape[0], 2)
    assert np.isfinite(found.coordinates).all()


def test_embedding_size_1_has_no_directions_to_compare():
    vectors = np.random.default_rng(0).normal(size=(40, 1))
    with pytest.raises(ProjectionError, match="euclidean"):
        project(vectors, ProjectionSpec())
    assert np.isfinite(project(vectors, ProjectionSpec(metric="euclidean")).coordinates).all()
    assert (project(vectors, ProjectionSpec(method="pca")).coordinates[:, 1] == 0).all()


def test_three_movies_have_a_pca_but_no_umap():
    assert project(np.eye(3), ProjectionSpec(method="pca")).coordinates.shape == (3, 2)
    with pytest.raises(ProjectionError, match=r"at least 4 movies\. Received: 3"):
        project(np.eye(3), ProjectionSpec())


def test_above_the_limit_neighbors_come_from_pynndescent(monkeypatch):
    monkeypatch.setattr("recsys_core.maps.manifold.MAX_EXACT", 100)
    vectors, groups = blobs()
    found = project(vectors, ProjectionSpec()).coordinates
    neighbors, _ = nearest_rows(found, 5, euclidean=True)
    assert (groups[neighbors] == groups[:, None]).mean() > 0.95


def test_a_run_s_projection_is_kept_with_the_run(tmp_path, monkeypatch):
    vectors, _ = blobs()
    run = write_run(tmp_path / "run", vectors)
    spec = ProjectionSpec(method="pca", min_ratings=100)
    assert cached_projection(run, spec) is None
    first = project_run(run, spec)
    np.testing.assert_array_equal(first.rows, np.arange(141))
    monkeypatch.setattr(projection, "project", lambda *args, **kwargs: pytest.fail("computed again"))
    again = project_run(run, spec)
    np.testing.assert_array_equal(again.coordinates, first.coordinates)
    np.testing.assert_array_equal(again.rows, first.rows)
    np.testing.assert_array_equal(again.explained_variance, first.explained_variance)
    assert [file.suffix for file in run.cache_dir.iterdir()] == [".npz"]


def test_a_damaged_cache_is_computed_again(tmp_path):
    run = write_run(tmp_path / "run", blobs()[0])
    first = project_run(run, ProjectionSpec(method="pca"))
    (file,) = run.cache_dir.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert cached_projection(run, first.spec) is None
    np.testing.assert_array_equal(project_run(run, first.spec).coordinates, first.coordinates)


def test_where_the_run_cannot_be_written_the_picture_is_kept_in_memory(tmp_path, monkeypatch):
    run = write_run(tmp_path / "run", blobs()[0])
    run.cache_dir.write_text("in the way", encoding="utf-8")
    spec = ProjectionSpec(method="pca")
    first = project_run(run, spec)
    assert cached_projection(run, spec) is first


def test_other_vectors_under_the_same_name_are_drawn_anew(tmp_path):
    vectors, _ = blobs()
    run = write_run(tmp_path / "run", vectors)
    project_run(run, ProjectionSpec(method="pca"))
    np.save(run.path / "movie_embeddings.npy", vectors[::-1])
    assert cached_projection(type(run)(run.path), ProjectionSpec(method="pca")) is None


def test_an_axis_may_start_at_a_movie_that_the_map_leaves_out(tmp_path):
    vectors, _ = blobs()
    run = write_run(tmp_path / "run", vectors)
    spec = ProjectionSpec(method="axes", axes=(((240,), (1,)), ((240,), (2,))), min_ratings=100)
    found = project_run(run, spec)
    assert found.coordinates.shape == (141, 2)
    assert found.coordinates[0, 0] == pytest.approx(1)


def test_a_run_that_was_deleted_meanwhile(tmp_path):
    run = write_run(tmp_path / "run", blobs()[0])
    shutil.rmtree(run.path)
    with pytest.raises(RunError, match="deleted"):
        project_run(run, ProjectionSpec(method="pca"))
    assert not run.path.exists()


def test_two_threads_asking_at_once_both_get_theirs():
    vectors, _ = blobs()
    found = []
    threads = [
        threading.Thread(target=lambda seed=seed: found.append(project(vectors, ProjectionSpec(seed=seed))))
        for seed in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.spec.seed for one in found} == {1, 2}


def test_projecting_imports_neither_tensorflow_nor_anything_heavy_before_it_is_used():
    code = (
        "import sys\n"
        "import recsys_core.jobs.background, recsys_core.explore.embeddings, recsys_core.maps.replay\n"
        "import recsys_core.maps.faithfulness, recsys_core.explore.clusters, recsys_core.explore.exports\n"
        "heavy = {'umap', 'numba', 'sklearn', 'openTSNE', 'tensorflow', 'streamlit', 'plotly'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "recsys_core.maps.projection.warm_up()\n"
        "assert 'umap' in sys.modules and 'tensorflow' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_movies_with_few_ratings_may_leave_none(tmp_path):
    run = write_run(tmp_path / "run", blobs()[0], movies_of(240, n_ratings=1))
    with pytest.raises(ProjectionError, match="with 5 ratings or more"):
        project_run(run, ProjectionSpec(min_ratings=5))


def test_movies_without_a_vector_are_left_out_of_cosine_maps(tmp_path):
    """Zero vectors would all count the first movies as their nearest, and drag them away from their own."""
    vectors, _ = blobs()
    vectors[200:] = 0
    run = write_run(tmp_path / "run", vectors)
    assert project_run(run, ProjectionSpec(n_neighbors=5)).rows.tolist() == list(range(200))
    assert len(project_run(run, ProjectionSpec(method="pca")).rows) == len(vectors)
