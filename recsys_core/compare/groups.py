"""Where neighbors moved: the overlap of two runs' lists by genre, by popularity and by decade."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys_core.compare.neighbors import NeighborComparison
from recsys_core.explore.labels import NO_GENRE, genres_of
from recsys_core.quality.measures import BANDS, band_name, bands_of

LEAST_MOVIES = 5
"""Groups of fewer say nothing and are left out."""


def by_genre(comparison: NeighborComparison) -> pd.DataFrame:
    """A row a genre, the most changed first; a movie counts in each of its genres.

    Columns of all three tables: group, n (movies), overlap (mean Jaccard index) and noise (the same of two seeds, NaN
    where it is not known).
    """
    genres = genres_of(comparison.movies)
    names = sorted({name for own in genres for name in own})
    masks = {name: np.array([name in own for own in genres]) for name in names}
    masks[NO_GENRE] = np.array([not own for own in genres])
    return _means(comparison, masks).sort_values("overlap", kind="stable", ignore_index=True)


def by_popularity(comparison: NeighborComparison) -> pd.DataFrame:
    """A row a band of numbers of ratings, few first; columns as of `by_genre`."""
    bands = bands_of(comparison.movies["n_ratings"].to_numpy())
    return _means(comparison, {band_name(band): bands == i for i, band in enumerate(BANDS)})


def by_decade(comparison: NeighborComparison) -> pd.DataFrame:
    """A row a decade of release, the earliest first; columns as of `by_genre`."""
    decades = comparison.movies["year"].to_numpy(np.float64) // 10 * 10
    return _means(comparison, {f"{decade:.0f}s": decades == decade for decade in np.unique(decades[decades > 0])})


def _means(comparison: NeighborComparison, masks: dict[str, np.ndarray]) -> pd.DataFrame:
    noise = comparison.noise.of_movie
    rows = []
    for name, mask in masks.items():
        if mask.sum() < LEAST_MOVIES:
            continue
        known = noise[mask & np.isfinite(noise)]
        rows.append(
            (name, int(mask.sum()), float(comparison.overlap[mask].mean()), known.mean() if len(known) else np.nan)
        )
    return pd.DataFrame(rows, columns=pd.Index(["group", "n", "overlap", "noise"]))
