"""Clusters of movies in the original space, named by what is typical of them, and what sets any selection apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.errors import QueryError, quoted
from recsys_core.explore.labels import genres_of
from recsys_core.explore.nearest import unit_rows

METHODS = ("hdbscan", "kmeans")
NO_CLUSTER = -1
"""Label of movies that belong to no cluster."""

FEWEST_RATINGS = 5
"""Of a movie that HDBSCAN looks at, where the numbers of ratings are known."""

_SMOOTHING = 5.0
_MAX_LIFT = 100.0
_NOT_A_KIND_OF_STORY = ("IMAX",)
"""Listed among the genres, but says nothing of what a movie is about."""
_RATING_LEVELS = (
    ("Rated under 2.5", -np.inf, 2.5),
    ("Rated 2.5 to 3", 2.5, 3.0),
    ("Rated 3 to 3.5", 3.0, 3.5),
    ("Rated 3.5 to 4", 3.5, 4.0),
    ("Rated 4 and over", 4.0, np.inf),
)


@dataclass(frozen=True)
class ClusterName:
    """What a cluster is called, and the parts of the name."""

    label: int
    name: str
    """Such as "Sci-Fi · 1990s · The Matrix, Terminator 2"."""
    n_movies: int
    genres: tuple[str, ...]
    decade: str
    titles: tuple[str, ...]


def cluster(
    vectors: np.ndarray,
    *,
    method: str = "kmeans",
    n_clusters: int = 12,
    min_cluster_size: int = 25,
    seed: int = 0,
    counts: np.ndarray | None = None,
) -> np.ndarray:
    """Label each of `vectors` (float `(n_movies, size)`), by direction: int32 `(n_movies,)`, the largest cluster is 0.

    "kmeans" gives `n_clusters` clusters; "hdbscan" finds how many there are of at least `min_cluster_size` movies, and
    leaves movies between clusters out (`NO_CLUSTER`). `counts` (numbers of ratings) keeps hardly rated movies, whose
    vectors are mostly noise, from shaping clusters: k-means weighs them little, HDBSCAN leaves out those with fewer
    than `FEWEST_RATINGS`. Raises `QueryError`.
    """
    if method not in METHODS:
        raise QueryError(f"`method` must be one of {', '.join(METHODS)}. Received: {quoted(method)}.")
    if not np.isfinite(vectors).all():
        raise QueryError("`vectors` must be finite. Received: NaN or infinite numbers.")
    points = unit_rows(vectors)
    if method == "kmeans":
        if not 2 <= n_clusters <= min(200, len(points)):
            raise QueryError(
                f"`n_clusters` must be between 2 and {min(200, len(points))} here. Received: {n_clusters}."
            )
        from sklearn.cluster import KMeans

        weights = None if counts is None else np.log1p(np.asarray(counts, np.float64)) + 1e-3
        labels = KMeans(n_clusters, n_init="auto", random_state=seed).fit(points, sample_weight=weights).labels_
    else:
        if not 2 <= min_cluster_size <= max(2, len(points)):
            raise QueryError(
                f"`min_cluster_size` must be between 2 and the number of movies, {len(points)}. "
                f"Received: {min_cluster_size}."
            )
        from sklearn.cluster import HDBSCAN

        rows = np.arange(len(points)) if counts is None else np.flatnonzero(np.asarray(counts) >= FEWEST_RATINGS)
        if len(rows) < min_cluster_size:
            rows = np.arange(len(points))
        # scikit-learn's own annotation of `copy` names its placeholder for "not given" alone.
        model = HDBSCAN(
            min_cluster_size,
            min_samples=min(5, min_cluster_size),
            n_jobs=-1,
            copy=True,  # pyright: ignore[reportArgumentType]
        )
        labels = np.full(len(points), NO_CLUSTER)
        labels[rows] = model.fit_predict(points[rows])
    return _largest_first(np.asarray(labels))


def name_clusters(labels: np.ndarray, movies: pd.DataFrame, *, n_titles: int = 2) -> list[ClusterName]:
    """A name for every cluster, in the order of their labels: over-represented genres, decade and best-known titles.

    `labels` int `(n_movies,)`, `movies` with title, year, genres and n_ratings in the same order.
    """
    traits = Traits(movies)
    titles = movies["title"].to_numpy(object)
    n_ratings = movies["n_ratings"].to_numpy()
    names = []
    for label in range(labels.max(initial=NO_CLUSTER) + 1):
        selected = labels == label
        rows = np.flatnonzero(selected)
        if not len(rows):
            continue
        best_known = rows[np.lexsort((rows, -n_ratings[rows]))][:n_titles]
        genres = traits.typical("Genre", selected, at_most=2)
        decade = "".join(traits.typical("Decade", selected, at_most=1))
        known = tuple(_short_title(str(title)) for title in titles[best_known])
        parts = [", ".join(genres), decade, ", ".join(known)]
        name = " · ".join(part for part in parts if part)
        names.append(ClusterName(label, name, len(rows), tuple(genres), decade, known))
    return names


def describe_selection(selected: np.ndarray, movies: pd.DataFrame) -> pd.DataFrame:
    """What sets the `selected` movies (bool `(n_movies,)`) apart from the rest, most telling first.

    Columns: kind ("Genre", "Decade", "Rating"), trait, n_selected, share_selected, share_rest, lift (share among the
    selected over share among the rest, both smoothed by five movies of average make, so that small selections do not
    shout; above 1 is over-represented, at most 100), and score (by which the rows are sorted). Raises `QueryError` if
    none or all are selected.
    """
    selected = np.asarray(selected, bool)
    if selected.shape != (len(movies),):
        raise QueryError(f"`selected` must have shape ({len(movies)},). Received: {selected.shape}.")
    if not selected.any() or selected.all():
        raise QueryError(f"`selected` must be some, not all, of the movies. Received: {int(selected.sum())}.")
    return Traits(movies).compare(selected)


class Traits:
    """Which movie has which genre, decade and rating level: one bool column `(n_movies,)` each."""

    def __init__(self, movies: pd.DataFrame) -> None:
        self.kinds: list[str] = []
        self.names: list[str] = []
        columns: list[np.ndarray] = []

        def add(kind: str, name: str, column: np.ndarray) -> None:
            if column.any():
                self.kinds.append(kind)
                self.names.append(name)
                columns.append(column)

        genres = genres_of(movies)
        for genre in sorted({genre for one in genres for genre in one}):
            add("Genre", genre, np.array([genre in one for one in genres]))
        years = movies["year"].to_numpy(np.float64)
        decades = np.floor(years / 10) * 10
        for decade in np.unique(decades[~np.isnan(decades)]):
            add("Decade", f"{decade:.0f}s", decades == decade)
        if "mean_rating" in movies:
            mean_ratings = movies["mean_rating"].to_numpy(np.float64)
            for name, low, high in _RATING_LEVELS:
                add("Rating", name, (mean_ratings >= low) & (mean_ratings < high))
        self.has = np.array(columns, bool).reshape(len(columns), len(movies))
        """bool `(n_traits, n_movies)`."""

    def compare(self, selected: np.ndarray) -> pd.DataFrame:
        """See `describe_selection`."""
        n_selected, n_rest = int(selected.sum()), int((~selected).sum())
        inside = self.has[:, selected].sum(axis=1)
        outside = self.has[:, ~selected].sum(axis=1)
        overall = (inside + outside) / len(selected)
        smooth_inside = (inside + _SMOOTHING * overall) / (n_selected + _SMOOTHING)
        smooth_outside = (outside + _SMOOTHING * overall) / (n_rest + _SMOOTHING)
        lift = np.minimum(smooth_inside / smooth_outside, _MAX_LIFT)
        # A trait tells much if it is both much more frequent than elsewhere and frequent (a term of the KL divergence).
        score = np.abs(smooth_inside * np.log(lift))
        frame = pd.DataFrame(
            {
                "kind": self.kinds,
                "trait": self.names,
                "n_selected": inside,
                "share_selected": inside / max(n_selected, 1),
                "share_rest": outside / max(n_rest, 1),
                "lift": lift,
                "score": score,
            }
        )
        return frame.sort_values("score", ascending=False, kind="stable", ignore_index=True)

    def typical(self, kind: str, selected: np.ndarray, *, at_most: int) -> list[str]:
        """The names of up to `at_most` traits of `kind` that are over-represented and that a fair part of them have."""
        if selected.all():
            return []
        frame = self.compare(selected)
        frame = frame[~frame["trait"].isin(_NOT_A_KIND_OF_STORY)]
        frame = frame[(frame["kind"] == kind) & (frame["lift"] > 1.2) & (frame["share_selected"] >= 0.2)]
        return frame["trait"].head(at_most).tolist()


def _short_title(title: str) -> str:
    """`title` without the original titles and aliases in parentheses that follow it."""
    return title.split(" (")[0]


def _largest_first(labels: np.ndarray) -> np.ndarray:
    """int32 labels renumbered by falling size, so that the order does not depend on the algorithm's."""
    found, counts = np.unique(labels[labels != NO_CLUSTER], return_counts=True)
    new_label = {int(old): new for new, old in enumerate(found[np.lexsort((found, -counts))])}
    return np.array([new_label.get(int(label), NO_CLUSTER) for label in labels], np.int32)
