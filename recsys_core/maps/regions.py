"""Places of a map by name: where a genre is at home, of what decade, and two movies that people know there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.explore.labels import TELLING, genres_of
from recsys_core.explore.nearest import nearest_rows

AROUND = 12
"""Movies around one that are looked at."""
LEAST_SHARE, LEAST_LIFT = 0.35, 2.0
"""A genre is at home where so many of the movies around have it, and so many times as many as everywhere."""
LEAST_DEVIATIONS = 4.6
"""So many standard deviations of chance must lie between the share there and everywhere: of so many movies, some are
surrounded by one genre by chance."""
MOST_MOVIES = 5_000
"""The most rated of larger maps are looked at: they have the names that people know."""

_NO_KIND_OF_STORY = ("IMAX",)
_DECADE_SHARE = 0.4
_SAME_PLACE = 0.4


@dataclass(frozen=True)
class Region:
    """Where a genre is at home."""

    genre: str
    decade: str
    """Such as "1980s"; empty where it has none of its own."""
    titles: tuple[str, ...]
    """The best known of its movies there, two at most."""
    at: tuple[float, ...]
    """The middle of them, in the coordinates of the map."""
    lift: float
    """How many times as many movies there have the genre as on the whole map."""
    share: float
    """Of a movie there and those around it, 0 to 1."""

    @property
    def name(self) -> str:
        """ "Horror 1980s"."""
        return f"{self.genre} {self.decade}".rstrip()

    @property
    def known(self) -> str:
        """ "The Shining, Alien"."""
        return ", ".join(self.titles)


def regions(coordinates: np.ndarray, movies: pd.DataFrame) -> list[Region]:
    """The places of the genres that have one on a map, the clearest first; none on a map of few movies.

    coordinates: `(n, 2 or 3)`; `movies` with title, year, genres and n_ratings in the same order.
    """
    counts = movies["n_ratings"].to_numpy()
    rows = np.sort(np.argsort(-counts, kind="stable")[:MOST_MOVIES])
    if len(rows) < 4 * AROUND:
        return []
    places, movies = np.asarray(coordinates, np.float32)[rows], movies.iloc[rows].reset_index(drop=True)
    near, _ = nearest_rows(places, AROUND, euclidean=True)
    around = np.hstack([np.arange(len(places), dtype=near.dtype)[:, None], near])
    genres = genres_of(movies)
    found = []
    for genre in sorted({genre for own in genres for genre in own} - set(_NO_KIND_OF_STORY)):
        has = np.array([genre in own for own in genres])
        share = has[around].mean(axis=1)
        # Where the genre stands out most: a term of the Kullback-Leibler divergence from the whole map.
        telling = share * np.log(np.maximum(share, 1e-12) / has.mean())
        best = int(telling.argmax())
        lift = float(share[best] / has.mean())
        deviation = np.sqrt(has.mean() * (1 - has.mean()) / (AROUND + 1))
        if share[best] < LEAST_SHARE or lift < LEAST_LIFT or share[best] - has.mean() < LEAST_DEVIATIONS * deviation:
            continue
        there = around[best][has[around[best]]]
        known = there[np.argsort(-movies["n_ratings"].to_numpy()[there], kind="stable")][:2]
        titles = tuple(_short(str(title)) for title in movies["title"].iloc[known])
        middle = tuple(np.median(places[there], axis=0).tolist())
        decade = _decade(movies["year"].to_numpy(np.float64)[there])
        found.append(
            (float(telling[best]), set(there.tolist()), Region(genre, decade, titles, middle, lift, float(share[best])))
        )
    return _one_name_a_place(found)


def _one_name_a_place(found: list[tuple[float, set[int], Region]]) -> list[Region]:
    """Of genres at home with much the same movies the one that says most of them; the clearest places first."""
    chosen: list[tuple[float, set[int], Region]] = []
    for each in sorted(found, key=lambda each: TELLING.index(each[2].genre) if each[2].genre in TELLING else 99):
        if not any(len(each[1] & other) > _SAME_PLACE * min(len(each[1]), len(other)) for _, other, _ in chosen):
            chosen.append(each)
    return [region for _, _, region in sorted(chosen, key=lambda each: -each[0])]


def _short(title: str) -> str:
    """`title` without what follows it in parentheses or behind a colon."""
    return title.split(" (")[0].split(": ")[0]


def _decade(years: np.ndarray) -> str:
    """The decade of most of `years`, if it is that of a good part of them."""
    decades = np.floor(years[np.isfinite(years)] / 10) * 10
    if not len(decades):
        return ""
    values, counts = np.unique(decades, return_counts=True)
    return f"{values[counts.argmax()]:.0f}s" if counts.max() >= _DECADE_SHARE * len(decades) else ""
