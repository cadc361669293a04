"""Why two movies are neighbors: who rated both and how, what genres they share, and how alike their raters are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recsys_core.data.ratings import Ratings
from recsys_core.data.titles import split_genres
from recsys_core.errors import QueryError


@dataclass(frozen=True)
class CommonGround:
    """What two movies have in common in the ratings themselves, whatever a model made of them."""

    both: pd.DataFrame = field(repr=False)
    """A row for each user who rated both: user_id, first, second (stars)."""
    n_first: int
    """Users who rated the first movie."""
    n_second: int
    cosine: float
    """Cosine of the two movies' columns of raw ratings, 0 for no user in common."""
    cosine_rank: int
    """Place of the second movie among all others by this cosine with the first; 1 is nearest."""
    n_movies: int
    """Movies that the rank is among."""
    shared_genres: tuple[str, ...]
    other_genres: tuple[str, ...]
    """Genres of one of the two alone."""
    n_users: int
    """Users in all."""

    @property
    def expected_both(self) -> float:
        """Users who would have rated both if the two had nothing to do with each other."""
        return self.n_first * self.n_second / self.n_users


def common_ground(ratings: Ratings, first_id: int, second_id: int) -> CommonGround:
    """What the movies `first_id` and `second_id` have in common. Raises `QueryError` for a movie without ratings."""
    columns = []
    for movie_id in (first_id, second_id):
        rows = ratings.movie_id == movie_id
        if not rows.any():
            raise QueryError(f"`movie_id` must be a movie with ratings. Received: {movie_id}")
        columns.append(pd.Series(ratings.rating[rows], index=ratings.user_id[rows], dtype=np.float64))
    first, second = columns
    both = pd.concat([first, second], axis=1, join="inner", keys=["first", "second"])
    both = (
        both.rename_axis("user_id").reset_index().sort_values(["first", "second"], ascending=False, ignore_index=True)
    )
    cosines = _cosines(ratings, first)
    genres = ratings.movies.set_index("movie_id")["genres"]
    own, theirs = (set(split_genres(genres[movie_id])) for movie_id in (first_id, second_id))
    cosine = float(cosines.get(second_id, 0.0))
    return CommonGround(
        both=both,
        n_first=len(first),
        n_second=len(second),
        cosine=cosine,
        cosine_rank=1 + int((cosines.drop(first_id) > cosine).sum()),
        n_movies=int(ratings.movies["movie_id"].isin(ratings.movie_id).sum()) - 1,
        shared_genres=tuple(sorted(own & theirs)),
        other_genres=tuple(sorted(own ^ theirs)),
        n_users=len(np.unique(ratings.user_id)),
    )


def _cosines(ratings: Ratings, column: pd.Series) -> pd.Series:
    """Cosine of every movie's rating column with `column` (indexed by user id), by movie id."""
    movies, codes = np.unique(ratings.movie_id, return_inverse=True)
    weight = column.reindex(ratings.user_id).fillna(0).to_numpy()
    dots = np.bincount(codes, weight * ratings.rating, len(movies))
    lengths = np.sqrt(np.bincount(codes, ratings.rating.astype(np.float64) ** 2, len(movies)))
    return pd.Series(dots / (lengths * np.linalg.norm(column)), index=movies)
