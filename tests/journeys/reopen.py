"""Opens runs in a fresh process, as somebody does who comes back another day: `python -m tests.journeys.reopen RUN …`.

Prints one line of JSON a run. The model is opened by plain Keras, which knows nothing of this project; the commands
then answer from the same folder.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd


def plain_keras_predictions(run_dir: Path) -> tuple[np.ndarray, list[int]]:
    """Stars of the first user for the first movies `(n,)`, and these movies' rows, by `keras.models.load_model`."""
    model = keras.models.load_model(run_dir / "model.keras")
    rows = list(range(8))
    answer = model.predict([np.zeros(8, np.int32), np.array(rows, np.int32)], verbose=0)
    rating = answer["rating"] if isinstance(answer, dict) else answer
    return np.asarray(rating).reshape(-1), rows


def command(*arguments: str) -> str:
    """What a command of the command line prints. Fails if it does not end well."""
    from recsys_core.cli import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = main(arguments)
    assert code == 0, f"{arguments} ended with {code}"
    return printed.getvalue()


def reopen(run_dir: Path) -> dict[str, Any]:
    """What came of opening the run in every way."""
    from recsys_core.explore.predictions import predict
    from recsys_core.runs.store import open_run

    plain, rows = plain_keras_predictions(run_dir)
    run = open_run(run_dir)
    first_user = int(pd.read_parquet(run_dir / "users.parquet")["user_id"].iloc[0])
    own = np.asarray(predict(run, first_user, np.array(rows)))
    best_known = str(run.movies.sort_values("n_ratings")["title"].iloc[-1])
    folder = str(run_dir)
    neighbors = json.loads(command("neighbors", "--run-dir", folder, best_known, "--min-ratings", "0", "--json"))
    has_biases = bool(np.isfinite(run.movies["bias"]).all())
    biases = json.loads(command("biases", "--run-dir", folder, "--json")) if has_biases else None
    output = run_dir.parent / f"{run_dir.name}.map.parquet"
    command("project", "--run-dir", folder, "--method", "pca", "--min-ratings", "0", "--output", str(output))
    places = pd.read_parquet(output)
    return {
        "run": run_dir.name,
        "keras_differs_by": float(np.abs(plain - own).max()),
        "are_finite": bool(np.isfinite(own).all()),
        "n_neighbors": len(neighbors["neighbors"]),
        "n_biases": None if biases is None else len(biases["highest"]),
        "n_places": int(np.isfinite(places[["x", "y"]].to_numpy()).all(axis=1).sum()),
        "n_movies": len(run.movies),
        "n_epochs": len(run.history),
    }


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps(reopen(Path(name))), flush=True)
