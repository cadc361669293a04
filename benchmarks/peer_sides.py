"""What a user would take instead of the dashboard: run by benchmarks/peers.py in an environment that has them.

    python benchmarks/peer_sides.py fastai|surprise|cornac SPLIT.npz

Each with its own defaults, and with as many epochs as give it its lowest MSE on a tenth of the training ratings, held
out for that; then it is trained on all of them. No validation rating is looked at before the last line. Prints JSON.
"""

import json
import sys
import time

import numpy as np

EPOCHS = (5, 10, 15, 20, 30, 40, 60)


def mse(predicted, rating) -> float:
    return float(np.mean((np.asarray(predicted).ravel() - rating) ** 2))


def chosen_and_judged(train_once, train, validation, epochs_to_try) -> dict:
    """`train_once(train, asked, epochs)` gives seconds and predictions of `asked`; rows of user, movie and rating."""
    held_out = np.zeros(len(train), bool)
    held_out[np.random.default_rng(0).permutation(len(train))[: len(train) // 10]] = True

    def loss(epochs: int) -> float:
        return mse(train_once(train[~held_out], train[held_out], epochs)[1], train[held_out, 2])

    epochs = min(epochs_to_try, key=loss)
    seconds, predicted = train_once(train, validation, epochs)
    return {"seconds": seconds, "mse": mse(predicted, validation[:, 2]), "epochs": epochs}


def run_fastai(train, validation) -> dict:
    """`collab_learner` as in its documentation: 50 factors, biases, stretched sigmoid, one cycle, weight decay."""
    import pandas as pd
    import torch
    from fastai.collab import TabularCollab, TransformBlock, collab_learner
    from fastai.tabular.core import Categorify

    def train_once(train, asked, epochs):
        frame = pd.DataFrame(np.vstack([train, asked]), columns=["user", "movie", "rating"])
        frame[["user", "movie"]] = frame[["user", "movie"]].astype(int)
        places = np.arange(len(frame))
        splits = (places[: len(train)].tolist(), places[len(train) :].tolist())
        data = TabularCollab(
            frame,
            [Categorify],
            cat_names=["user", "movie"],
            y_names=["rating"],
            y_block=TransformBlock(),
            splits=splits,
        ).dataloaders(bs=64)
        torch.manual_seed(0)
        learner = collab_learner(data, n_factors=50, y_range=(0.0, 5.5))
        began = time.perf_counter()
        with learner.no_bar(), learner.no_logging():
            learner.fit_one_cycle(epochs, 5e-3, wd=0.1)
        seconds = time.perf_counter() - began
        return seconds, learner.get_preds(dl=data.valid)[0]

    return chosen_and_judged(train_once, train, validation, (5, 8))


def run_surprise(train, validation) -> dict:
    """`SVD` with its defaults but the number of epochs."""
    import pandas as pd
    from surprise import SVD, Dataset, Reader

    def train_once(train, asked, epochs):
        frame = pd.DataFrame(train, columns=["user", "movie", "rating"])
        data = Dataset.load_from_df(frame, Reader(rating_scale=(0.5, 5))).build_full_trainset()
        model = SVD(n_epochs=epochs, random_state=0)
        began = time.perf_counter()
        model.fit(data)
        seconds = time.perf_counter() - began
        return seconds, [model.predict(user, movie).est for user, movie, _ in asked]

    return chosen_and_judged(train_once, train, validation, EPOCHS)


def run_cornac(train, validation) -> dict:
    """`MF` with its defaults but biases, which it has, and the number of epochs."""
    from cornac.data import Dataset
    from cornac.models import MF

    def train_once(train, asked, epochs):
        data = Dataset.from_uir([(int(user), int(movie), rating) for user, movie, rating in train], seed=0)
        model = MF(max_iter=epochs, use_bias=True, seed=0)
        began = time.perf_counter()
        model.fit(data)
        seconds = time.perf_counter() - began
        average = float(train[:, 2].mean())
        predicted = []
        for user, movie, _ in asked:
            known = int(user) in data.uid_map and int(movie) in data.iid_map
            predicted.append(model.rate(data.uid_map[int(user)], data.iid_map[int(movie)]) if known else average)
        return seconds, predicted

    return chosen_and_judged(train_once, train, validation, EPOCHS)


SIDES = {"fastai": run_fastai, "surprise": run_surprise, "cornac": run_cornac}

if __name__ == "__main__":
    split = np.load(sys.argv[2], allow_pickle=False)
    print(json.dumps(SIDES[sys.argv[1]](split["train"], split["validation"])))
