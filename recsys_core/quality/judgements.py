"""What people say of pairs of movies, "would you recommend the one to who liked the other?", against a run's cosine."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from recsys_core.errors import DataError, QueryError, RecsysError, quoted
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.labels import genres_of, title_labels
from recsys_core.explore.nearest import unit_rows
from recsys_core.quality import measures
from recsys_core.runs.again import training_split
from recsys_core.runs.run import Run

COLUMNS = ("movie", "other", "judgement")
MAX_BYTES = 16 * 2**20
LEAST_ANSWERS = 30
"""Fewer pairs say nothing, with an interval as wide as all there is."""
N_RESAMPLED = 1_000
N_DISAGREEMENTS = 5

_YES, _NO = ("yes", "y", "true", "good"), ("no", "n", "false", "bad")


@dataclass(frozen=True)
class Judgements:
    """Pairs that were judged. Three lists of one length."""

    pairs: tuple[tuple[str, str], ...]
    """What each movie was called: its id, or its title with its year."""
    is_good: np.ndarray
    """bool `(n_pairs,)`."""


@dataclass(frozen=True)
class Agreement:
    """How well a score tells good pairs from bad ones."""

    auc: float
    """Share of the (good, bad) combinations in which the good pair scores higher; 0.5 is chance. NaN without both."""
    low: float
    high: float
    """95 of 100 times, had other such pairs been judged (bootstrap over the pairs); NaN for fewer than 30."""
    n: int


@dataclass(frozen=True)
class Verdict:
    """What came of `judge`."""

    by_source: dict[str, Agreement]
    """"run", and where they are known "era left in", "item cosine"; "genre overlap"."""
    by_band: dict[str, Agreement]
    """Of the run alone, by the training ratings of the less rated movie of each pair."""
    not_found: tuple[str, ...]
    """What a movie was called that the run does not have, each once."""
    disagreements: tuple[dict[str, Any], ...]
    """Pairs on which people and the run disagree most: movie, other, judgement, cosine, why."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; NaN becomes null."""

        def plain(each: Agreement) -> dict[str, Any]:
            return {name: None if math.isnan(value) else value for name, value in vars(each).items()}

        return {
            "auc": {source: plain(each) for source, each in self.by_source.items()},
            "bands": {band: plain(each) for band, each in self.by_band.items()},
            "not_found": list(self.not_found),
            "disagreements": list(self.disagreements),
        }


def read_judgements(file: Path) -> Judgements:
    """Read a CSV with the columns movie, other, judgement.

    A judgement is yes or no, or a number: those above the mean are yes. Raises `DataError`.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise DataError(f"A file of judgements must have at most {MAX_BYTES:,} bytes. Received: {file.name}.")
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"`judgements` must be a CSV file that can be read. Received: {quoted(str(file))}.") from error
    if not rows or any(name not in rows[0] for name in COLUMNS):
        received = ", ".join(map(str, rows[0])) if rows else "no rows"
        raise DataError(
            f"A file of judgements must have the columns {', '.join(COLUMNS)} and a row. Received: {quoted(received)}."
        )
    values = np.array([_number(row["judgement"], place) for place, row in enumerate(rows, 1)])
    pairs = tuple(((row["movie"] or "").strip(), (row["other"] or "").strip()) for row in rows)
    return Judgements(pairs, values > values.mean() if len(set(values.tolist())) > 1 else values > 0)


def judge(run: Run, embeddings: MovieEmbeddings, judged: Judgements) -> Verdict:
    """Hold the cosine of `embeddings`, those of `run`, to what was `judged`.

    Item-item cosine is left out if the ratings are not there any more. Raises `QueryError` if no pair is found.
    """
    row_of = _rows_by_name(embeddings)
    unknown = tuple(dict.fromkeys(name for pair in judged.pairs for name in pair if name.casefold() not in row_of))
    kept = [i for i, pair in enumerate(judged.pairs) if all(name.casefold() in row_of for name in pair)]
    rows = np.array([[row_of[name.casefold()] for name in judged.pairs[i]] for i in kept], np.intp).reshape(-1, 2)
    usable = embeddings.has_vector[rows].all(axis=1) if len(rows) else np.zeros(0, bool)
    rows, is_good = rows[usable], judged.is_good[kept][usable]
    if not len(rows):
        raise QueryError(f"`judgements` must be of movies of this run. Received: none of {len(judged.pairs):,} pairs.")
    cosine = _cosines(embeddings.unit_vectors, rows)
    genres = measures.genre_matrix(embeddings.movies["genres"].tolist())
    overlap = np.array([measures.genre_overlap(np.array([[1], [0]]), genres[pair])[0] for pair in rows])
    scores = {"run": cosine}
    if embeddings.taken_out:
        scores["era left in"] = _cosines(unit_rows(run.movie_vectors), rows)
    scores |= _item_cosines(run, rows)
    scores["genre overlap"] = overlap
    column = "n_train_ratings" if "n_train_ratings" in embeddings.movies else "n_ratings"
    rarer = embeddings.movies[column].to_numpy()[rows].min(axis=1)
    bands = measures.bands_of(rarer)
    by_band = {
        measures.band_name(band): agreement(cosine[bands == i], is_good[bands == i])
        for i, band in enumerate(measures.BANDS)
        if (bands == i).any()
    }
    return Verdict(
        {source: agreement(score, is_good) for source, score in scores.items()},
        by_band,
        unknown,
        tuple(_disagreements(embeddings, rows, is_good, cosine, rarer)),
    )


def agreement(score: np.ndarray, is_good: np.ndarray) -> Agreement:
    """Area under the ROC curve of `score` `(n,)`, ties counting half, with its interval by bootstrap."""
    auc = _auc(score, is_good)
    if len(score) < LEAST_ANSWERS or math.isnan(auc):
        return Agreement(auc, math.nan, math.nan, len(score))
    rng = np.random.default_rng(0)
    drawn = (rng.integers(len(score), size=len(score)) for _ in range(N_RESAMPLED))
    resampled = [_auc(score[chosen], is_good[chosen]) for chosen in drawn]
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return Agreement(auc, float(low), float(high), len(score))


def as_text(label: str, verdict: Verdict) -> str:
    """The verdict as a table for a terminal."""
    lines = [f"{label}, judged by people: AUC, 0.5 is chance", ""]
    for name, each in (verdict.by_source | {f"  {band} ratings": of for band, of in verdict.by_band.items()}).items():
        interval = "" if math.isnan(each.low) else f"  ({each.low:.3f} to {each.high:.3f})"
        lines.append(f"{name:24}{each.auc:.3f}{interval}  {each.n:,} pairs")
    if verdict.not_found:
        lines += ["", f"Not in this run: {', '.join(verdict.not_found[:10])}{' …' * (len(verdict.not_found) > 10)}"]
    lines += ["", "Where people and the run disagree most:"]
    for one in verdict.disagreements:
        lines.append(f"{one['judgement']:4} cosine {one['cosine']:+.2f}  {one['movie']} – {one['other']}: {one['why']}")
    return "\n".join(lines)


def _number(text: str | None, row: int) -> float:
    said = (text or "").strip().casefold()
    if said in _YES or said in _NO:
        return float(said in _YES)
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"Every judgement must be yes, no or a number. Received: {quoted(text)} in row {row:,}.")
    return value


def _rows_by_name(embeddings: MovieEmbeddings) -> dict[str, int]:
    """Row of each movie by its id and by its title with its year; of two with one title the better known."""
    names: dict[str, int] = {}
    for row in np.argsort(embeddings.n_ratings, kind="stable").tolist():
        names[str(embeddings.movies["movie_id"].iloc[row])] = row
    labels = [label.casefold() for label in title_labels(embeddings.movies)]
    for row in np.argsort(embeddings.n_ratings, kind="stable").tolist():
        names[labels[row]] = row
    return names


def _cosines(unit: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", unit[rows[:, 0]], unit[rows[:, 1]]).astype(np.float64)


def _item_cosines(run: Run, rows: np.ndarray) -> dict[str, np.ndarray]:
    try:
        split = training_split(run)[1]
    except RecsysError:
        return {}
    matrix = measures.rating_matrix(split.train, split.n_movies, split.n_users)
    one, other = matrix[rows[:, 0]], matrix[rows[:, 1]]
    lengths = np.sqrt(np.asarray(one.multiply(one).sum(axis=1)) * np.asarray(other.multiply(other).sum(axis=1))).ravel()
    return {"item cosine": np.asarray(one.multiply(other).sum(axis=1)).ravel() / np.maximum(lengths, 1e-12)}


def _auc(score: np.ndarray, is_good: np.ndarray) -> float:
    n_good = int(is_good.sum())
    n_bad = len(is_good) - n_good
    if not n_good or not n_bad:
        return math.nan
    return float((rankdata(score)[is_good].sum() - n_good * (n_good + 1) / 2) / (n_good * n_bad))


def _disagreements(
    embeddings: MovieEmbeddings, rows: np.ndarray, is_good: np.ndarray, cosine: np.ndarray, rarer: np.ndarray
) -> list[dict[str, Any]]:
    labels, genres = title_labels(embeddings.movies), genres_of(embeddings.movies)

    def told(i: int) -> dict[str, Any]:
        one, other = rows[i].tolist()
        shared = [genre for genre in genres[one] if genre in genres[other]]
        about = f"both {', '.join(shared)}" if shared else "no genre in common"
        return {
            "movie": labels[one],
            "other": labels[other],
            "judgement": "yes" if is_good[i] else "no",
            "cosine": round(float(cosine[i]), 4),
            "why": f"{about}; the rarer has {int(rarer[i]):,} training ratings",
        }

    def worst(places: np.ndarray, sign: int) -> list[dict[str, Any]]:
        return [told(i) for i in sorted(places.tolist(), key=lambda i: sign * cosine[i])[:N_DISAGREEMENTS]]

    return [*worst(np.flatnonzero(is_good), 1), *worst(np.flatnonzero(~is_good), -1)]
