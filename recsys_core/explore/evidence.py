"""How many ratings it takes before what a model says of a movie is more than chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

MIN_RATINGS = 20
"""Movies with fewer have vectors that are mostly chance: left out of lists unless asked for, and never judged by."""


_FEWEST_SHOWN = 30


def least_ratings(movies: pd.DataFrame) -> int:
    """Ratings that a movie has at least to be on a map, in a list or in an export, unless others are asked for.

    `MIN_RATINGS`, or 0 where that would leave hardly any movie.
    """
    return MIN_RATINGS if (movies["n_ratings"].to_numpy() >= MIN_RATINGS).sum() >= _FEWEST_SHOWN else 0


def has_few_ratings(movies: pd.DataFrame) -> np.ndarray:
    """bool `(n_movies,)`: whether fewer than `MIN_RATINGS` training ratings stand behind a movie's vector.

    All ratings count where it is not known which were trained on.
    """
    column = "n_train_ratings" if "n_train_ratings" in movies else "n_ratings"
    return movies[column].to_numpy() < MIN_RATINGS
