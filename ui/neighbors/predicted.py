"""What the chosen user is expected to give to each movie, and the mean they give, to hold it against."""

from __future__ import annotations

import numpy as np

from recsys_core.explore import predictions
from recsys_core.jobs.work import Lane, Work, identity
from recsys_core.runs.run import Run
from ui.shared.waiting import result_of


def predicted_ratings(run: Run, user_id: int | None, rows: np.ndarray) -> np.ndarray | None:
    """What the model expects `user_id` to give to the movies `rows`; None without a user, or before a network answers.

    Raises `QueryError` for a user who is not in the run.
    """
    if user_id is None:
        return None
    if run.info.prediction.is_dot:
        return predictions.predict(run, user_id, rows)
    return result_of(
        Work(
            "predictions",
            (*identity(run), user_id, tuple(rows.tolist())),
            "Asking the network for its predictions",
            lambda tell, should_stop: predictions.predict(run, user_id, rows),
            Lane.TENSORFLOW,
            slot=f"predictions of {run.name}",
        )
    )


def mean_of_user(run: Run, user_id: int | None) -> float | None:
    """The mean of the user's own ratings: what a prediction is held against. Raises `QueryError`."""
    if user_id is None:
        return None
    return float(predictions.users(run)["mean_rating"].iloc[predictions.find_user(run, user_id)])
