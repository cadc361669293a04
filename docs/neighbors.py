"""Write docs/neighbors.md and its picture: `python -m docs.neighbors`. The same ten movies under each architecture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from docs.pictures import save_figure
from recsys_core.data.catalog import load_ratings
from recsys_core.data.split import split_ratings
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.explore.labels import title_labels
from recsys_core.quality import measures
from recsys_core.quality.report import NEIGHBORS
from recsys_core.runs.taste import taste_of_split
from recsys_core.settings.presets import find_preset
from recsys_core.training.fit import fit
from ui.charts.palette import SEQUENTIAL_SCALE, plotly_scale

HERE = Path(__file__).parent
PRESETS = ("default", "rated-movies", "gravity", "dot-bias-rows", "recommender-v2", "recommender-v1", "recommender-net")
ITEM_COSINE = "item-item cosine"
N_MOVIES = 10
IN_TABLE = 5


def ten_movies(movies: pd.DataFrame) -> list[int]:
    """Rows evenly spread over popularity, from the most rated movie to the least."""
    by_ratings = np.argsort(-movies["n_ratings"].to_numpy(), kind="stable")
    return by_ratings[np.linspace(0, len(movies) - 1, N_MOVIES).round().astype(int)].tolist()


def main() -> None:
    split = split_ratings(load_ratings(), find_preset("default").config)
    rows = np.flatnonzero(split.movies["n_train_ratings"].to_numpy() >= MIN_RATINGS)
    lists: dict[str, np.ndarray] = {}
    for name in PRESETS:
        trained = fit(split, find_preset(name).config)
        looked_at = taste_of_split(split, trained.movie_vectors).vectors
        lists[name] = measures.cosine_neighbors(looked_at[rows], NEIGHBORS)
    by_user = measures.rating_matrix(split.train, split.n_movies, split.n_users)[rows]
    lists[ITEM_COSINE] = measures.item_cosine_neighbors(by_user, NEIGHBORS)

    movies = split.movies.iloc[rows].reset_index(drop=True)
    chosen = ten_movies(movies)
    titles = title_labels(movies)
    genres = measures.genre_matrix(movies["genres"].tolist())
    jaccard = {name: overlaps(each[chosen], np.array(chosen), genres) for name, each in lists.items()}
    draw(jaccard, [titles[row] for row in chosen], HERE / "images" / "neighbors.png")
    (HERE / "neighbors.md").write_text(as_markdown(lists, jaccard, chosen, titles, movies), encoding="utf-8")


def overlaps(neighbors: np.ndarray, asked: np.ndarray, genres: np.ndarray) -> np.ndarray:
    """Jaccard index of the genres of each movie with each of its neighbors, `(n_asked, k)`."""
    own, theirs = genres[asked][:, None, :], genres[neighbors]
    return (own & theirs).sum(axis=2) / np.maximum((own | theirs).sum(axis=2), 1)


def draw(jaccard: dict[str, np.ndarray], titles: list[str], path: Path) -> None:
    """A row for each movie, a block of ten cells for each architecture: the lighter, the more genres are shared."""
    headings = [f"<b>{name}</b><br>{values.mean():.2f}" for name, values in jaccard.items()]
    figure = make_subplots(1, len(jaccard), subplot_titles=headings, shared_yaxes=True, horizontal_spacing=0.012)
    for column, values in enumerate(jaccard.values(), start=1):
        heatmap = go.Heatmap(
            z=values, y=titles, zmin=0, zmax=1, colorscale=plotly_scale(SEQUENTIAL_SCALE), xgap=2, ygap=2,
            colorbar={"title": {"text": "Genres shared"}, "tickformat": ".0%", "thickness": 14}, showscale=column == 1,
        )  # fmt: skip
        figure.add_trace(heatmap, row=1, col=column)
    figure.update_xaxes(showticklabels=False)
    figure.update_annotations(font_size=13)
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(
        template="plotly_white", width=1500, height=460, margin={"l": 8, "r": 8, "t": 60, "b": 12},
        font={"family": "Inter, system-ui, sans-serif"},
    )  # fmt: skip
    save_figure(figure, path, ".js-plotly-plot .heatmaplayer image", len(jaccard))


def as_markdown(
    lists: dict[str, np.ndarray], jaccard: dict[str, np.ndarray], chosen: list[int], titles: list[str],
    movies: pd.DataFrame,
) -> str:  # fmt: skip
    lines = [
        "# The same ten movies under each architecture",
        "",
        "Made by `python -m docs.neighbors`: built-in data, seed 0, neighbors by cosine, era and popularity taken out, "
        f"among the movies with at least {MIN_RATINGS} training ratings. The ten are evenly spread over popularity, "
        "from the most rated of these movies to the least; nothing about them was looked at in choosing models. "
        "[What is measured](quality.md).",
        "",
        "![Genres shared by ten movies and their ten neighbors, a block for each architecture](images/neighbors.png)",
        "",
        "A row is a movie, a block an architecture, a cell one of the ten neighbors, nearest first; the lighter, the "
        "more genres it shares with the movie. The number is the mean over the ten movies.",
        "",
    ]
    for place, row in enumerate(chosen):
        lines += [
            f"## {titles[row]}",
            "",
            f"{movies['genres'].iloc[row].replace('|', ', ')} · {movies['n_ratings'].iloc[row]} ratings",
            "",
        ]
        lines += [f"| {' | '.join(lists)} |", "|" + "---|" * len(lists)]
        lines += [
            "| " + " | ".join(_cell(titles[each[row, i]]) for each in lists.values()) + " |" for i in range(IN_TABLE)
        ]
        shares = " | ".join(f"*{values[place].mean():.2f} of genres shared*" for values in jaccard.values())
        lines += [f"| {shares} |", ""]
    return "\n".join(lines)


def _cell(title: str) -> str:
    return title.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    main()
