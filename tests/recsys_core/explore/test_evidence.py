"""Few ratings are few training ratings, where these are known."""

import pandas as pd

from recsys_core.explore.evidence import MIN_RATINGS, has_few_ratings


def test_training_ratings_count_where_they_are_known():
    movies = pd.DataFrame({"n_ratings": [MIN_RATINGS - 1, MIN_RATINGS, MIN_RATINGS]})
    assert has_few_ratings(movies).tolist() == [True, False, False]
    movies["n_train_ratings"] = [0, MIN_RATINGS - 1, MIN_RATINGS]
    assert has_few_ratings(movies).tolist() == [True, True, False]
