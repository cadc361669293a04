"""How many ratings it takes before what a model says of a movie is more than chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

MIN_RATINGS = 20
"""Movies with fewer have vectors that are mostly chance: left out of lists unless asked for, and never judged by."""


def has_few_ratings(movies: pd.DataFrame) -> np.ndarray:
    """bool `(n_movies,)`: whether fewer than `MIN_RATINGS` training ratings stand behind a movie's vector.

    All ratings count where it is not known which were trained on.
    """
    column = "n_train_ratings" if "n_train_ratings" in movies else "n_ratings"
    return movies[column].to_numpy() < MIN_RATINGS
