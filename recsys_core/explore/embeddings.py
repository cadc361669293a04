"""What a run learned about its movies: neighbors, vector arithmetic, search and bias rankings, without TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from recsys_core.errors import QueryError, RunError, quoted
from recsys_core.explore.nearest import nearest_rows, unit_rows
from recsys_core.explore.search import MovieSearch
from recsys_core.runs.run import Run
from recsys_core.runs.taste import taste_of

METRICS = ("cosine", "dot", "euclidean")
STARS, BEFORE_SIGMOID = "stars", "before the sigmoid"
MAX_NEIGHBORS = 1_000

_MOVIE_COLUMNS = ("movie_id", "title", "year", "genres", "n_ratings", "mean_rating", "bias")


@dataclass(frozen=True, eq=False)
class MovieEmbeddings:
    """The embeddings of a run's movies, and what the movies are. Row i of `vectors` is row i of `movies`.

    What one looks at is taste: of a run, the vectors with era and popularity taken out, unless they are to be left in.

    Raises `RunError` if the two do not fit together or a vector is not finite.
    """

    vectors: np.ndarray
    """float32 `(n_movies, size)`."""
    movies: pd.DataFrame = field(repr=False)
    """movie_id, title, year (NaN if unknown), genres ("Action|Sci-Fi", empty if none), n_ratings, mean_rating, bias."""
    bias_unit: str = STARS
    """What biases are measured in: `STARS`, or `BEFORE_SIGMOID` where their sum is then squeezed into the range."""
    taken_out: tuple[str, ...] = ()
    """What was taken out of the vectors: "era", "popularity", both or nothing."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "vectors", np.array(self.vectors, dtype=np.float32, order="C"))
        object.__setattr__(self, "movies", self.movies.reset_index(drop=True))
        if self.vectors.ndim != 2 or self.vectors.shape[1] == 0:
            raise RunError(
                f"`vectors` must have shape (n_movies, size), size at least 1. Received: {self.vectors.shape}."
            )
        if len(self.vectors) != len(self.movies):
            raise RunError(
                f"`vectors` and `movies` must have a row for each movie. "
                f"Received: {len(self.vectors):,} vectors and {len(self.movies):,} movies."
            )
        missing = [column for column in _MOVIE_COLUMNS if column not in self.movies]
        if missing:
            raise RunError(
                f"`movies` must have the columns {', '.join(_MOVIE_COLUMNS)}. Missing: {', '.join(missing)}."
            )
        n_broken = int((~np.isfinite(self.vectors).all(axis=1)).sum())
        if n_broken:
            raise RunError(
                f"`vectors` must be finite. Received: NaN or infinite numbers in {n_broken:,} of "
                f"{len(self.vectors):,} movies. The training probably diverged; train again with a lower learning rate."
            )

    @classmethod
    def from_run(cls, run: Run, *, left_in: bool = False) -> MovieEmbeddings:
        """The embeddings of `run`, read into memory: its taste vectors, or with `left_in` those that predictions use.

        Nothing is taken out where that is not possible: see `taste_of`. Raises `RunError` if they are damaged.
        """
        unit = STARS if run.info.prediction.output_range is None else BEFORE_SIGMOID
        if left_in:
            return cls(run.movie_vectors, run.movies, unit)
        taste = taste_of(run)
        return cls(taste.vectors, run.movies, unit, taste.taken_out)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def size(self) -> int:
        """The length of a movie's vector."""
        return self.vectors.shape[1]

    @property
    def has_biases(self) -> bool:
        """Whether the architecture learned a bias for each movie."""
        return bool(self.movies["bias"].notna().any())

    @cached_property
    def norms(self) -> np.ndarray:
        """float32 `(n_movies,)`: the Euclidean length of each vector."""
        return np.linalg.norm(self.vectors, axis=1)

    @cached_property
    def has_vector(self) -> np.ndarray:
        """bool `(n_movies,)`: False where the vector is zero, as it is without a training rating: nothing is learned.

        Such a movie is nobody's neighbor and has none.
        """
        return self.norms > 0

    @cached_property
    def unit_vectors(self) -> np.ndarray:
        """float32 `(n_movies, size)`: the vectors scaled to length 1; a zero vector stays zero."""
        return unit_rows(self.vectors)

    @cached_property
    def n_ratings(self) -> np.ndarray:
        """int64 `(n_movies,)`."""
        return self.movies["n_ratings"].to_numpy(np.int64)

    def index_of(self, movie_id: int) -> int:
        """The row of the movie with this id. Raises `QueryError` if the run has no such movie."""
        try:
            return self._row_of_id[int(movie_id)]
        except (KeyError, TypeError, ValueError, OverflowError):
            raise QueryError(
                f"A movie must be one of this run's, by its id. Received: {quoted(movie_id)}, which is not in it."
            ) from None

    def search(self, text: str) -> np.ndarray:
        """Rows (intp) of the movies that `text` finds, the likeliest first: see `MovieSearch.find`."""
        return self._search.find(text)

    def find_title(self, text: str) -> int:
        """The row of the movie that `text` most likely means: see `MovieSearch.find_title`."""
        return self._search.find_title(text)

    def neighbors(self, index: int, k: int = 10, metric: str = "cosine", min_ratings: int = 0) -> pd.DataFrame:
        """The `k` movies nearest to the movie in row `index`, best first, without itself; exact, in the original space.

        Columns: see `neighbors_of_vector`. None for a movie without a vector. Raises `QueryError`.
        """
        index = self._check_index(index)
        found = self.neighbors_of_vector(self.vectors[index], k, metric, min_ratings, exclude=(index,))
        return found if self.has_vector[index] else found.head(0)

    def neighbors_of_vector(
        self,
        vector: np.ndarray,
        k: int = 10,
        metric: str = "cosine",
        min_ratings: int = 0,
        exclude: Sequence[int] = (),
    ) -> pd.DataFrame:
        """The `k` movies nearest to `vector` (`(size,)`), best first, among those with at least `min_ratings` ratings.

        Columns: index, movie_id, title, year, genres, n_ratings, mean_rating, bias, similarity. More similarity is
        always nearer: the cosine, the dot product, or for "euclidean" 1 / (1 + distance) beside a `distance` column.
        Fewer rows than `k` if there are not as many movies with a vector. Raises `QueryError`.
        """
        k, metric = check_k(k), check_metric(metric)
        vector = np.asarray(vector, np.float32)
        if vector.shape != (self.size,) or not np.isfinite(vector).all():
            raise QueryError(
                f"`vector` must be {self.size} finite numbers. Received: shape {vector.shape}"
                f"{'' if np.isfinite(vector).all() else ', with NaN or infinite numbers'}."
            )
        similarity = self._similarities(vector, metric)
        allowed = (self.n_ratings >= min_ratings) & self.has_vector
        allowed[list(exclude)] = False
        candidates = np.flatnonzero(allowed)
        order = _best_first(similarity[candidates], k)
        rows = candidates[order]
        found = self.movies.loc[rows, list(_MOVIE_COLUMNS)].reset_index(drop=True)
        found.insert(0, "index", rows)
        found["similarity"] = similarity[rows]
        if metric == "euclidean":
            found["distance"] = np.linalg.norm(self.vectors[rows] - vector, axis=1)
        return found

    def neighbor_lists(self, k: int = 10, metric: str = "cosine") -> tuple[np.ndarray, np.ndarray]:
        """The `k` nearest neighbors of every movie: indices int32 and similarities float32, both `(n_movies, k)`.

        Exact, best first, without the movie itself, in blocks of bounded memory; similarities as in
        `neighbors_of_vector`. `k` shrinks to one less than there are movies with a vector; a movie without one has
        indices of -1 and similarities of NaN. Raises `QueryError`.
        """
        k, metric = check_k(k), check_metric(metric)
        rows = np.flatnonzero(self.has_vector).astype(np.int32)
        points = (self.unit_vectors if metric == "cosine" else self.vectors)[rows]
        nearest, scores = nearest_rows(points, k, euclidean=metric == "euclidean")
        if metric == "euclidean":
            scores = 1 / (1 + scores)
        elif metric == "cosine":
            scores = np.clip(scores, -1, 1)
        indices = np.full((len(self), nearest.shape[1]), -1, np.int32)
        similarities = np.full(indices.shape, np.nan, np.float32)
        indices[rows], similarities[rows] = rows[nearest], scores
        return indices, similarities

    def analogy(
        self,
        terms: Sequence[tuple[int, float]],
        k: int = 10,
        metric: str = "cosine",
        min_ratings: int = 0,
        *,
        unit: bool = True,
    ) -> tuple[np.ndarray, pd.DataFrame]:
        """Vector arithmetic: the weighted sum of `terms` (row, weight), and the movies nearest to it but for the terms.

        With `unit`, every term counts by its direction alone; else long vectors (of often rated movies) count more.
        Returns the sum, float32 `(size,)`, and a frame as `neighbors_of_vector` does. Raises `QueryError` if there are
        no terms, or if they cancel out.
        """
        if not terms:
            raise QueryError("`terms` must be at least one movie with a weight. Received: none.")
        rows = [self._check_index(row) for row, _ in terms]
        weights = np.array([weight for _, weight in terms], np.float32)
        if not np.isfinite(weights).all():
            raise QueryError("`terms` must have finite weights. Received: NaN or infinity.")
        points = self.unit_vectors if unit else self.vectors
        vector = weights @ points[rows]
        if np.linalg.norm(vector) <= 1e-6 * float(np.abs(weights) @ np.linalg.norm(points[rows], axis=1)):
            raise QueryError("`terms` must add up to a direction. Received: movies that cancel each other out.")
        return vector, self.neighbors_of_vector(vector, k, metric, min_ratings, exclude=rows)

    def bias_ranking(self, top: int = 10, min_ratings: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The `top` movies with the highest and those with the lowest bias, each most extreme first.

        Columns: rank (1 is the highest bias), index, and those of `movies`. Raises `QueryError` if the architecture has
        no biases.
        """
        if not self.has_biases:
            raise QueryError("A bias ranking must come from an architecture with movie biases. This one learns none.")
        if top < 1:
            raise QueryError(f"`top` must be at least 1. Received: {top}.")
        allowed = (self.n_ratings >= min_ratings) & self.movies["bias"].notna().to_numpy()
        rows = np.flatnonzero(allowed)
        bias = self.movies["bias"].to_numpy(np.float64)[rows]
        rows = rows[np.lexsort((rows, -self.n_ratings[rows], -bias))]
        ranking = self.movies.loc[rows, list(_MOVIE_COLUMNS)].reset_index(drop=True)
        ranking.insert(0, "index", rows)
        ranking.insert(0, "rank", np.arange(1, len(rows) + 1))
        return ranking.head(top), ranking.iloc[::-1].head(top).reset_index(drop=True)

    def _check_index(self, index: int) -> int:
        if not 0 <= index < len(self):
            raise QueryError(f"`index` must be a row of this run, 0 to {len(self) - 1}. Received: {index}.")
        return int(index)

    def _similarities(self, vector: np.ndarray, metric: str) -> np.ndarray:
        if metric == "dot":
            return self.vectors @ vector
        if metric == "euclidean":
            differences = self.vectors - vector
            return 1 / (1 + np.sqrt(np.einsum("ij,ij->i", differences, differences)))
        length = np.linalg.norm(vector)
        return np.clip(self.unit_vectors @ (vector / length if length > 0 else vector), -1, 1)

    @cached_property
    def _row_of_id(self) -> dict[int, int]:
        return {int(movie_id): row for row, movie_id in enumerate(self.movies["movie_id"])}

    @cached_property
    def _search(self) -> MovieSearch:
        return MovieSearch(self.movies)


def check_metric(metric: str) -> str:
    """`metric` if it is one of `METRICS`. Raises `QueryError`."""
    if metric not in METRICS:
        raise QueryError(f"`metric` must be one of {', '.join(METRICS)}. Received: {quoted(metric)}.")
    return metric


def check_k(k: int) -> int:
    """`k` if it is a sensible number of neighbors. Raises `QueryError`."""
    if not 1 <= k <= MAX_NEIGHBORS:
        raise QueryError(f"`k` must be between 1 and {MAX_NEIGHBORS:,}. Received: {k}.")
    return int(k)


def _best_first(similarity: np.ndarray, k: int) -> np.ndarray:
    best = np.argpartition(-similarity, k)[:k] if k < len(similarity) else np.arange(len(similarity))
    return best[np.lexsort((best, -similarity[best]))]
