"""What people say of pairs of movies, "would you recommend the one to who liked the other?", against a run's cosine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys_core.data.catalog import load_ratings
from recsys_core.data.ratings import Ratings
from recsys_core.data.split import Split
from recsys_core.data.titles import display_title, split_year
from recsys_core.errors import Cancelled, QueryError, RecsysError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.evidence import MIN_RATINGS
from recsys_core.explore.explain import common_ground
from recsys_core.explore.labels import genres_of, title_labels
from recsys_core.explore.nearest import unit_rows
from recsys_core.quality import measures
from recsys_core.quality.judged.reading import Judgements
from recsys_core.quality.report import ITEM_COSINE, LEFT_IN, RANDOM, RUN
from recsys_core.runs.again import training_split
from recsys_core.runs.run import Run

GENRES = "genre overlap"
"""How many genres the two movies share: what judges without having seen a rating."""
LEAST_ANSWERS = 30
"""Fewer pairs say nothing, with an interval as wide as all there is."""
N_RESAMPLED = 1_000
N_DISAGREEMENTS = 5
"""Of either kind."""
_MORE_THAN_CHANCE = 1.5
"""So many times as many users as by chance have rated both: they have something to do with each other."""


@dataclass(frozen=True)
class Agreement:
    """How well a score tells good pairs from bad ones."""

    auc: float
    """Share of the (good, bad) combinations in which the good pair scores higher; 0.5 is chance. NaN without both."""
    low: float
    high: float
    """95 of 100 times, had other such pairs been judged (bootstrap over the pairs); NaN for fewer than 30. For random,
    of what chance alone reaches on these very pairs."""
    n: int


@dataclass(frozen=True)
class Disagreement:
    """A pair of which people and the run think differently."""

    movie: str
    other: str
    judgement: str
    """What people say: "yes" or "no"."""
    cosine: float
    why: str
    """What the ratings say of it, in a sentence without its full stop."""


@dataclass(frozen=True)
class Outcome:
    """What came of `judge`."""

    by_source: dict[str, Agreement]
    """Keys of `report`: run, and where they are known era left in, item cosine; `GENRES`; random."""
    by_band: dict[str, Agreement]
    """Of the run alone, by the training ratings of the less rated movie of each pair."""
    n_given: int
    """Pairs that were judged, found or not."""
    not_found: tuple[str, ...]
    """What a movie was called that the run does not have, each once."""
    n_without_vector: int
    """Pairs of movies that the run has, where nobody rated one of them in training."""
    n_alone: int
    """Rows that were left out as a movie's only rank."""
    n_again: int
    """Rows of pairs that other rows judge as well, which make no further pair; also pairs judged yes as often as no."""
    disagreements: tuple[Disagreement, ...]
    """Pairs on which people and the run disagree most: first those that people find good, then those they do not."""

    @property
    def n_found(self) -> int:
        return self.by_source[RUN].n

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; NaN becomes null."""

        def plain(each: Agreement) -> dict[str, Any]:
            return {name: None if math.isnan(value) else value for name, value in vars(each).items()}

        return {
            "pairs": self.n_given,
            "pairs_found": self.n_found,
            "pairs_without_vector": self.n_without_vector,
            "ranks_alone": self.n_alone,
            "judged_again": self.n_again,
            "not_found": list(self.not_found),
            "auc": {source: plain(each) for source, each in self.by_source.items()},
            "bands": {band: plain(each) for band, each in self.by_band.items()},
            "disagreements": [dict(vars(each)) for each in self.disagreements],
        }


def judge(
    run: Run,
    embeddings: MovieEmbeddings,
    judged: Judgements,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Hold the cosine of `embeddings`, those of `run`, to what was `judged`.

    What takes the ratings is left out if they are not there any more: item-item cosine, and of the reasons all but
    genres and numbers of ratings. Raises `QueryError` if no pair is found or decided, `Cancelled` if
    `should_stop` says so.
    """
    row_of = rows_by_name(embeddings)
    found = [tuple(row_of.get(called(name)) for name in pair) for pair in judged.pairs]
    unknown = dict.fromkeys(
        name for pair, rows in zip(judged.pairs, found, strict=True) for name, row in zip(pair, rows, strict=True)
        if row is None
    )  # fmt: skip
    kept = [place for place, rows in enumerate(found) if None not in rows]
    rows = np.array([found[place] for place in kept], np.intp).reshape(-1, 2)
    usable = embeddings.has_vector[rows].all(axis=1)
    n_without_vector = int((~usable).sum())
    if not usable.any():
        raise QueryError(f"`judgements` must be of movies of this run. Received: none of {len(judged.pairs):,} pairs.")
    n_usable = int(usable.sum())
    rows, is_good = each_once(rows[usable], judged.is_good[kept][usable])
    if not len(rows):
        raise QueryError("`judgements` must decide on a pair. Received: as many yes as no for each that is known.")
    scores = {RUN: _cosines(embeddings.unit_vectors, rows)}
    if embeddings.taken_out:
        scores[LEFT_IN] = _cosines(unit_rows(run.movie_vectors), rows)
    split, ratings = _ratings_of(run)
    if split is not None:
        scores[ITEM_COSINE] = _item_cosines(split, rows)
    genres = measures.genre_matrix(embeddings.movies["genres"].tolist())
    scores[GENRES] = np.array([measures.genre_overlap(np.array([[1], [0]]), genres[pair])[0] for pair in rows])
    on_progress(0.3)
    column = "n_train_ratings" if "n_train_ratings" in embeddings.movies else "n_ratings"
    rarer = embeddings.movies[column].to_numpy()[rows].min(axis=1)
    bands = measures.bands_of(rarer)
    by_source = {source: agreement(score, is_good) for source, score in scores.items()} | {RANDOM: by_chance(is_good)}
    by_band = {
        measures.band_name(band): agreement(scores[RUN][bands == i], is_good[bands == i])
        for i, band in enumerate(measures.BANDS)
        if (bands == i).any()
    }
    worst = _worst(scores[RUN], is_good)
    reasons = _Reasons(embeddings, ratings)
    told: list[Disagreement] = []
    for place in worst:
        if should_stop():
            raise Cancelled("Holding the run against the judgements was stopped.")
        told.append(reasons.disagreement(rows[place], bool(is_good[place]), float(scores[RUN][place]), rarer[place]))
        on_progress(0.3 + 0.7 * len(told) / len(worst))
    return Outcome(by_source, by_band, len(judged.pairs), tuple(unknown), n_without_vector, judged.n_alone,
                   n_usable - len(rows), tuple(told))  # fmt: skip


def each_once(rows: np.ndarray, is_good: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each pair of `rows` `(n, 2)` once, in the order of their first rows, and whether most of its rows say yes.

    Either way round it is the same pair, as its cosine is. One judged yes as often as no is left out. The bootstrap
    takes pairs for independent: repeated, they would pass for more evidence than they are.
    """
    _, first, pair = np.unique(np.sort(rows, axis=1), axis=0, return_index=True, return_inverse=True)
    balance = np.bincount(pair.ravel(), np.where(is_good, 1.0, -1.0), len(first))
    order = np.argsort(first)
    decided = order[balance[order] != 0]
    return rows[first[decided]], balance[decided] > 0


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


def by_chance(is_good: np.ndarray) -> Agreement:
    """What scores drawn at random reach on these pairs: a half, give or take."""
    rng = np.random.default_rng(0)
    drawn = [_auc(rng.random(len(is_good)), is_good) for _ in range(N_RESAMPLED)]
    if math.isnan(drawn[0]) or len(is_good) < LEAST_ANSWERS:
        return Agreement(0.5, math.nan, math.nan, len(is_good))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Agreement(0.5, float(low), float(high), len(is_good))


def called(name: str) -> str:
    """A movie's name as `rows_by_name` has it: "Matrix, The (1999)" and "the matrix (1999)" are one."""
    title, year = split_year(name)
    title = display_title(title).casefold()
    return title if math.isnan(year) else f"{title} ({year:.0f})"


def rows_by_name(embeddings: MovieEmbeddings) -> dict[str, int]:
    """Row of each movie by its id and by its title with its year; of two with one title the better known."""
    labels = [called(label) for label in title_labels(embeddings.movies)]
    names = {labels[row]: row for row in np.argsort(embeddings.n_ratings, kind="stable").tolist()}
    # An id is what it says, also where another movie is called so.
    return names | {str(movie_id): row for row, movie_id in enumerate(embeddings.movies["movie_id"].tolist())}


def name_of(embeddings: MovieEmbeddings, row: int, rows: dict[str, int]) -> str:
    """What to call the movie in `row` in a file: its title with its year if that finds it by `rows`, else its id."""
    label = title_labels(embeddings.movies.iloc[[row]])[0]
    # A spreadsheet takes what begins so for a formula.
    is_plain = label[:1].isalnum() and label == " ".join(label.split())
    return label if is_plain and rows.get(called(label)) == row else str(embeddings.movies["movie_id"].iloc[row])


def as_text(label: str, outcome: Outcome) -> str:
    """The outcome as a table for a terminal."""
    lines = [f"{label}, judged by people: AUC, 0.5 is chance", ""]
    for name, each in (outcome.by_source | {f"  {band} ratings": of for band, of in outcome.by_band.items()}).items():
        interval = "" if math.isnan(each.low) else f"  ({each.low:.3f} to {each.high:.3f})"
        lines.append(f"{name:24}{each.auc:.3f}{interval}  {each.n:,} pairs")
    lines += ["", f"Of {outcome.n_given:,} pairs {outcome.n_found:,} were found."]
    if outcome.n_without_vector:
        lines.append(f"Nobody rated a movie of {outcome.n_without_vector:,} others in training.")
    if outcome.n_alone:
        lines.append(f"{outcome.n_alone:,} rows were left out: a movie's only rank says nothing.")
    if outcome.n_again:
        lines.append(f"{outcome.n_again:,} rows make no further pair: others judge the same two movies.")
    if outcome.not_found:
        lines.append(f"Not in this run: {', '.join(outcome.not_found)}")
    if outcome.n_found < LEAST_ANSWERS:
        lines.append(f"Fewer than {LEAST_ANSWERS} pairs say little: there is no interval.")
    lines += ["", "Where people and the run disagree most:"]
    for one in outcome.disagreements:
        lines.append(f"{one.judgement:4} cosine {one.cosine:+.2f}  {one.movie} – {one.other}: {one.why}")
    return "\n".join(lines)


def _cosines(unit: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", unit[rows[:, 0]], unit[rows[:, 1]]).astype(np.float64)


def _ratings_of(run: Run) -> tuple[Split | None, Ratings | None]:
    """What `run` was trained on, and all ratings of that; nothing unless they are the very same."""
    try:
        return training_split(run)[1], load_ratings(run.data_set)
    except RecsysError:
        return None, None


def _item_cosines(split: Split, rows: np.ndarray) -> np.ndarray:
    matrix = measures.rating_matrix(split.train, split.n_movies, split.n_users)
    one, other = matrix[rows[:, 0]], matrix[rows[:, 1]]
    lengths = np.sqrt(np.asarray(one.multiply(one).sum(axis=1)) * np.asarray(other.multiply(other).sum(axis=1))).ravel()
    return np.asarray(one.multiply(other).sum(axis=1)).ravel() / np.maximum(lengths, 1e-12)


def _auc(score: np.ndarray, is_good: np.ndarray) -> float:
    n_good = int(is_good.sum())
    n_bad = len(is_good) - n_good
    if not n_good or not n_bad:
        return math.nan
    from scipy.stats import rankdata  # Most of a second, which pages that only draw such figures have no use for.

    return float((rankdata(score)[is_good].sum() - n_good * (n_good + 1) / 2) / (n_good * n_bad))


def _worst(cosine: np.ndarray, is_good: np.ndarray) -> list[int]:
    """Places of the good pairs that are farthest apart, then of the bad ones that are nearest, beyond the mean pair."""
    order = np.argsort(cosine, kind="stable")
    far, near = order[cosine[order] < cosine.mean()], order[cosine[order] > cosine.mean()][::-1]
    return [*far[is_good[far]][:N_DISAGREEMENTS].tolist(), *near[~is_good[near]][:N_DISAGREEMENTS].tolist()]


class _Reasons:
    """Why people and the run may disagree on pairs of its movies: what the ratings themselves say of them."""

    def __init__(self, embeddings: MovieEmbeddings, ratings: Ratings | None) -> None:
        self._movies, self._ratings = embeddings.movies, ratings
        self._labels, self._genres = title_labels(embeddings.movies), genres_of(embeddings.movies)

    def disagreement(self, pair: np.ndarray, is_good: bool, cosine: float, n_fewest: int) -> Disagreement:
        one, other = pair.tolist()
        shared = [genre for genre in self._genres[one] if genre in self._genres[other]]
        said = [self._about_raters(pair, is_good), f"both {', '.join(shared)}" if shared else "no genre in common"]
        if n_fewest < MIN_RATINGS:
            said.insert(0, f"the rarer has {n_fewest:,} training ratings: its place is mostly chance")
        judgement = "yes" if is_good else "no"
        why = "; ".join(filter(None, said))
        return Disagreement(self._labels[one], self._labels[other], judgement, round(cosine, 4), why)

    def _about_raters(self, pair: np.ndarray, is_good: bool) -> str:
        if self._ratings is None:
            return ""
        try:
            ground = common_ground(self._ratings, *self._movies["movie_id"].iloc[pair].tolist())
        except QueryError:
            return ""
        n_both, by_chance = len(ground.both), ground.expected_both
        counted = f"{n_both:,} rated both, by chance {by_chance:.0f}"
        ranked = f"number {ground.cosine_rank:,} of {ground.n_movies:,} by item-item cosine"
        if n_both > _MORE_THAN_CHANCE * by_chance:
            told = "the same people watch both" if not is_good else "who watched one watched the other"
        else:
            told = "who watched one hardly watched the other" if is_good else "near by what else their viewers watch"
        return f"{told} ({counted}; {ranked})"
