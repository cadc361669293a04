"""What neighbors are worth: measures of neighbor lists and vectors, and the simple lists to compare them with.

Every function is plain NumPy on small arrays; `quality/report.py` applies them to a saved run. docs/quality.md has the
formulas and sources in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recsys_core.data.split import Examples
from recsys_core.data.titles import split_genres
from recsys_core.explore.nearest import blocks, nearest_rows, unit_rows

if TYPE_CHECKING:
    from scipy import sparse

BANDS: tuple[tuple[int, int | None], ...] = ((0, 4), (5, 19), (20, 49), (50, 99), (100, None))
"""Popularity bands: lowest and highest number of training ratings of a movie, None for no limit."""


def band_name(band: tuple[int, int | None]) -> str:
    """ "20–49" or "100+"."""
    low, high = band
    return f"{low}+" if high is None else f"{low}–{high}"


def bands_of(n_ratings: np.ndarray) -> np.ndarray:
    """Position in `BANDS` of each number of ratings, intp of the same shape."""
    return np.searchsorted([low for low, _ in BANDS], n_ratings, side="right") - 1


def genre_matrix(genres: Sequence[str]) -> np.ndarray:
    """bool `(n_movies, n_genres)` from genre fields such as "Action|Sci-Fi"; all False for a movie without genres."""
    sets = [set(split_genres(field)) for field in genres]
    names = sorted(set().union(*sets))
    return np.array([[name in own for name in names] for own in sets], bool).reshape(len(sets), len(names))


def genre_overlap(neighbors: np.ndarray, genres: np.ndarray) -> np.ndarray:
    """Mean Jaccard index of each movie's genres with its neighbors': float64 `(n_movies,)`, 0 to 1.

    |A ∩ B| / |A ∪ B| for each pair, 0 where neither has a genre. `neighbors`: rows `(n_movies, k)`; `genres`: bool
    `(n_movies, n_genres)`.
    """
    own = genres[:, None, :]
    theirs = genres[neighbors]
    shared = (own & theirs).sum(axis=2)
    either = (own | theirs).sum(axis=2)
    return np.divide(shared, either, out=np.zeros(shared.shape), where=either > 0).mean(axis=1)


def random_genre_overlap(genres: np.ndarray) -> np.ndarray:
    """What `genre_overlap` is on average when neighbors are drawn at random: `(n_movies,)`. Exact, nothing is drawn."""
    n_movies = len(genres)
    counts = genres.sum(axis=1)
    numbers = genres.astype(np.float32)
    result = np.empty(n_movies)
    for block in blocks(n_movies, 16 * n_movies):
        shared = numbers[block] @ numbers.T
        either = counts[block, None] + counts - shared
        jaccard = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
        rows = np.arange(n_movies)[block]
        jaccard[np.arange(len(rows)), rows] = 0
        result[block] = jaccard.sum(axis=1) / max(1, n_movies - 1)
    return result


def shared_neighbors(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of each movie's neighbors in `first` that are also in `second`: `(n_movies,)`. Both `(n_movies, k)`."""
    return (first[:, :, None] == second[:, None, :]).any(axis=2).mean(axis=1)


def list_overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Jaccard index of each movie's neighbors in two lists: |A ∩ B| / |A ∪ B|, `(n_movies,)`. Both `(n_movies, k)`.

    With lists of one length it follows from `shared_neighbors`: 7 of 10 that stay are an overlap of 7/13.
    """
    shared = shared_neighbors(first, second)
    return shared / (2 - shared)


def stability(lists: Sequence[np.ndarray]) -> np.ndarray:
    """Mean `shared_neighbors` over all pairs of `lists`, one for each seed: `(n_movies,)`; NaN for a single list."""
    pairs = [shared_neighbors(a, b) for i, a in enumerate(lists) for b in lists[i + 1 :]]
    return np.mean(pairs, axis=0) if pairs else np.full(len(lists[0]), np.nan)


def occurrences(neighbors: np.ndarray) -> np.ndarray:
    """In how many other movies' lists each movie is: int64 `(n_movies,)`, on average k. Hubs are in very many."""
    return np.bincount(neighbors.ravel(), minlength=len(neighbors))


def hubness(neighbors: np.ndarray) -> float:
    """Skewness of `occurrences`, 0 when even: Radovanović et al. 2010, "Hubs in space", section 2.1."""
    return skewness(occurrences(neighbors))


def skewness(counts: np.ndarray) -> float:
    """Third standardized moment of `counts` `(n,)`; 0 if they are all equal."""
    from scipy import stats

    return float(stats.skew(counts)) if counts.std() > 0 else 0.0


def spectrum(vectors: np.ndarray) -> np.ndarray:
    """Share of the variance of `vectors` `(n, size)` along each principal axis, largest first; sums to 1."""
    centered = np.asarray(vectors, np.float64) - np.mean(vectors, axis=0, dtype=np.float64)
    variances = np.linalg.eigvalsh(centered.T @ centered)[::-1].clip(0)
    total = variances.sum()
    return variances / total if total > 0 else variances


def participation_ratio(shares: np.ndarray) -> float:
    """1 / Σ s², s the shares of `spectrum`: how many dimensions are in use, from 1 to the size of the vectors.

    As in Gao et al. 2017, "A theory of multineuronal dimensionality, dynamics and measurement".
    """
    total = float((shares**2).sum())
    return 1 / total if total > 0 else 0.0


def sparse_participation_ratio(rows: sparse.csr_matrix, most: int = 2_000) -> float:
    """`participation_ratio` of the unit rows of a sparse matrix `(n, size)`, over at most `most` rows, drawn evenly.

    From traces of the centered Gram matrix, (tr G)² / tr G², so that no eigenvalue is needed.
    """
    unit = _unit_sparse_rows(rows)
    unit = unit[:: max(1, -(-unit.shape[0] // most))]
    gram = np.asarray((unit @ unit.T).todense(), np.float64)
    mean = gram.mean(axis=0)
    gram += mean.mean() - mean[:, None] - mean
    total = float((gram**2).sum())
    return float(np.trace(gram) ** 2 / total) if total > 0 else 0.0


def rating_matrix(train: Examples, n_movies: int, n_users: int) -> sparse.csr_matrix:
    """The training ratings as a sparse float32 `(n_movies, n_users)`, zero where there is none."""
    from scipy import sparse

    return sparse.csr_matrix((train.rating, (train.movie, train.user)), shape=(n_movies, n_users), dtype=np.float32)


def item_cosine_neighbors(
    ratings: sparse.csr_matrix, k: int, *, on_block: Callable[[], None] = lambda: None
) -> np.ndarray:
    """The plainest neighbors: the `k` movies with the highest cosine of raw rating columns, int32 `(n_movies, k)`.

    Sarwar et al. 2001, "Item-based collaborative filtering", without centering: that is the stronger list here.
    `on_block` is called every few hundred movies; what it raises ends the work.
    """
    unit = _unit_sparse_rows(ratings)
    n_movies = unit.shape[0]
    k = min(k, n_movies - 1)
    neighbors = np.empty((n_movies, k), np.int32)
    for block in blocks(n_movies, 8 * n_movies):
        on_block()
        rows = np.arange(n_movies)[block]
        cosine = np.asarray((unit[rows] @ unit.T).todense())
        cosine[np.arange(len(rows)), rows] = -np.inf
        best = np.argpartition(-cosine, k - 1, axis=1)[:, :k]
        order = np.lexsort((best, -np.take_along_axis(cosine, best, axis=1)), axis=1)
        neighbors[block] = np.take_along_axis(best, order, axis=1)
    return neighbors


def cosine_neighbors(vectors: np.ndarray, k: int) -> np.ndarray:
    """The `k` rows of highest cosine to each row of `vectors`, without itself: int32 `(n_movies, k)`."""
    return nearest_rows(unit_rows(vectors), k, euclidean=False)[0]


def random_neighbors(n_movies: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """`k` different other movies for each movie, drawn evenly: int32 `(n_movies, k)`."""
    drawn = np.stack([rng.permutation(n_movies - 1)[:k] for _ in range(n_movies)])
    return (drawn + (drawn >= np.arange(n_movies)[:, None])).astype(np.int32)


def _unit_sparse_rows(matrix: sparse.csr_matrix) -> Any:
    from scipy import sparse

    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ matrix)
