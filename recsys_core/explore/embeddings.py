"""What a run learned about its movies: neighbors, vector arithmetic, search and bias rankings, without TensorFlow."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recsys_core.errors import QueryError, RunError
from recsys_core.explore.nearest import nearest_rows, unit_rows
from recsys_core.runs.run import Run

METRICS = ("cosine", "dot", "euclidean")
NO_GENRE = "No genre"
"""Stands for the genre of movies that have none."""

MAX_SEARCH_LENGTH = 200
MAX_NEIGHBORS = 1_000

_MOVIE_COLUMNS = ("movie_id", "title", "year", "genres", "n_ratings", "mean_rating", "bias")
_ARTICLES = ("the ", "a ", "an ")


@dataclass(frozen=True, eq=False)
class MovieEmbeddings:
    """The embeddings of a run's movies, and what the movies are. Row i of `vectors` is row i of `movies`.

    Raises `RunError` if the two do not fit together or a vector is not finite.
    """

    vectors: np.ndarray
    """float32 `(n_movies, size)`."""
    movies: pd.DataFrame = field(repr=False)
    """movie_id, title, year (NaN if unknown), genres ("Action|Sci-Fi", empty if none), n_ratings, mean_rating, bias."""
    user_vectors: np.ndarray | None = field(default=None, repr=False)
    """float32 `(n_users, user size)`, if the users are of interest."""

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
    def from_run(cls, run: Run) -> MovieEmbeddings:
        """The embeddings saved in `run`, read into memory. Raises `RunError` if they are damaged."""
        return cls(run.movie_vectors, run.movies, np.array(run.user_vectors, dtype=np.float32))

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
                f"`movie_id` must be the id of a movie of this run. Received: {movie_id!r}, which is not in it."
            ) from None

    def search(self, text: str, *, regex: bool = False) -> np.ndarray:
        """Rows (intp) of the movies whose title, genres or year contain `text`, ignoring case and accents.

        Titles that start with the text come first, then the most rated. With `regex`, `text` is an RE2 expression
        (https://github.com/google/re2/wiki/Syntax): it runs in linear time whatever it says, unlike Python's.
        Raises `QueryError` if the expression is invalid or longer than 200 characters.
        """
        needle = _fold(text if regex else text.strip())
        if len(needle) > MAX_SEARCH_LENGTH:
            raise QueryError(f"`text` must be at most {MAX_SEARCH_LENGTH} characters. Received: {len(needle)}.")
        if not needle:
            return np.empty(0, np.intp)
        try:
            if regex:
                matches = [_match("match_substring_regex", column, needle) for column in self._search_columns]
                in_front = _match("match_substring_regex", self._search_columns[0], f"^(?:{needle})")
            else:
                matches = [_match("match_substring", column, needle) for column in self._search_columns]
                in_front = _match("starts_with", self._search_columns[0], needle)
        except pa.ArrowInvalid as error:
            raise QueryError(
                f"`text` must be a valid regular expression without look-around or back references. "
                f"Received: {text!r} ({_re2_reason(error)})."
            ) from None
        rows = np.flatnonzero(np.logical_or.reduce(matches))
        return rows[np.lexsort((rows, -self.n_ratings[rows], ~in_front[rows]))]

    def find_title(self, text: str) -> int:
        """The row of the movie that `text` most likely means.

        The same title, else a title that starts with `text`, else one that contains it; the most rated of several.
        A leading article and a year in parentheses may be given or left out.

        Raises `QueryError` with similar titles if there is none.
        """
        wanted = _fold(text.strip()).lower()
        if wanted:
            titles, labels = self._folded_titles
            without_article = [_without_article(title) for title in titles]
            tests = (
                lambda row: wanted in (titles[row], labels[row]),
                lambda row: wanted in (without_article[row], _without_article(labels[row])),
                lambda row: titles[row].startswith(wanted) or without_article[row].startswith(wanted),
                lambda row: wanted in labels[row],
            )
            for test in tests:
                rows = [row for row in range(len(self)) if test(row)]
                if rows:
                    return max(rows, key=lambda row: (self.n_ratings[row], -row))
        close = difflib.get_close_matches(wanted, self._folded_titles[0], n=3, cutoff=0.5)
        known = [str(self.movies["title"].iloc[self._folded_titles[0].index(title)]) for title in close]
        hint = f" Did you mean {' · '.join(known)}?" if known else ""
        raise QueryError(f"`title` must be part of the title of a movie of this run. Received: {text!r}.{hint}")

    def neighbors(self, index: int, k: int = 10, metric: str = "cosine", min_ratings: int = 0) -> pd.DataFrame:
        """The `k` movies nearest to the movie in row `index`, best first, without itself; exact, in the original space.

        Columns: see `neighbors_of_vector`. Raises `QueryError`.
        """
        index = self._check_index(index)
        return self.neighbors_of_vector(self.vectors[index], k, metric, min_ratings, exclude=(index,))

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
        Fewer rows than `k` if there are not as many movies. Raises `QueryError`.
        """
        k, metric = check_k(k), check_metric(metric)
        vector = np.asarray(vector, np.float32)
        if vector.shape != (self.size,) or not np.isfinite(vector).all():
            raise QueryError(
                f"`vector` must be {self.size} finite numbers. Received: shape {vector.shape}"
                f"{'' if np.isfinite(vector).all() else ', with NaN or infinite numbers'}."
            )
        similarity = self._similarities(vector, metric)
        allowed = self.n_ratings >= min_ratings
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
        `neighbors_of_vector`. `k` shrinks to `n_movies - 1`. Raises `QueryError`.
        """
        k, metric = check_k(k), check_metric(metric)
        points = self.unit_vectors if metric == "cosine" else self.vectors
        indices, scores = nearest_rows(points, k, euclidean=metric == "euclidean")
        if metric == "euclidean":
            return indices, 1 / (1 + scores)
        return indices, np.clip(scores, -1, 1) if metric == "cosine" else scores

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
    def _search_columns(self) -> tuple[pa.Array, ...]:
        titles = [_fold(str(title)) for title in self.movies["title"]]
        labels = [_fold(label) for label in title_labels(self.movies)]
        genres = [str(genres) for genres in self.movies["genres"]]
        years = ["" if np.isnan(year) else f"{year:.0f}" for year in self.movies["year"].to_numpy(np.float64)]
        return tuple(pa.array(column, pa.string()) for column in (titles, labels, genres, years))

    @cached_property
    def _folded_titles(self) -> tuple[list[str], list[str]]:
        titles, labels = self._search_columns[:2]
        return [title.lower() for title in titles.to_pylist()], [label.lower() for label in labels.to_pylist()]


def genres_of(movies: pd.DataFrame) -> list[tuple[str, ...]]:
    """Every movie's genres, empty where there are none: "Action|Sci-Fi" becomes ("Action", "Sci-Fi")."""
    return [tuple(filter(None, str(genres).split("|"))) for genres in movies["genres"]]


def first_genres(movies: pd.DataFrame) -> list[str]:
    """Every movie's first genre, or `NO_GENRE`."""
    return [genres[0] if genres else NO_GENRE for genres in genres_of(movies)]


def title_labels(movies: pd.DataFrame) -> list[str]:
    """Every movie's title with its year, as people write it: "The Matrix (1999)"; without, if the year is unknown."""
    years = movies["year"].to_numpy(np.float64)
    return [
        str(title) if np.isnan(year) else f"{title} ({year:.0f})"
        for title, year in zip(movies["title"], years, strict=True)
    ]


def check_metric(metric: str) -> str:
    """`metric` if it is one of `METRICS`. Raises `QueryError`."""
    if metric not in METRICS:
        raise QueryError(f"`metric` must be one of {', '.join(METRICS)}. Received: {metric!r}.")
    return metric


def check_k(k: int) -> int:
    """`k` if it is a sensible number of neighbors. Raises `QueryError`."""
    if not 1 <= k <= MAX_NEIGHBORS:
        raise QueryError(f"`k` must be between 1 and {MAX_NEIGHBORS:,}. Received: {k}.")
    return int(k)


def _best_first(similarity: np.ndarray, k: int) -> np.ndarray:
    best = np.argpartition(-similarity, k)[:k] if k < len(similarity) else np.arange(len(similarity))
    return best[np.lexsort((best, -similarity[best]))]


def _fold(text: str) -> str:
    """`text` without accents, so that "Amelie" finds "Amélie"."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _without_article(title: str) -> str:
    for article in _ARTICLES:
        if title.startswith(article):
            return title[len(article) :]
    return title


def _match(function: str, column: pa.Array, pattern: str) -> np.ndarray:
    matches = pc.call_function(function, [column], pc.MatchSubstringOptions(pattern, ignore_case=True))
    return matches.to_numpy(zero_copy_only=False)


def _re2_reason(error: pa.ArrowInvalid) -> str:
    return str(error).removeprefix("Invalid regular expression: ").strip()
