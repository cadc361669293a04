"""Finding movies by what people type: part of a title, a genre or a year, the famous ones first."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recsys_core.errors import QueryError, quoted
from recsys_core.explore.labels import title_labels

MAX_SEARCH_LENGTH = 200

_ARTICLES = ("the ", "a ", "an ")


class MovieSearch:
    """Answers for the movies of a frame with title, year, genres and n_ratings; rows are positions in it."""

    def __init__(self, movies: pd.DataFrame) -> None:
        self._movies = movies
        self._n_ratings = movies["n_ratings"].to_numpy(np.int64)

    def find(self, text: str) -> np.ndarray:
        """Rows (intp) of the movies whose title, genres or year contain `text`, ignoring case and accents.

        First the movies called just so, then those with a word of the title that begins so, then other titles, then
        genres and years, then those that have each word of `text` somewhere; the most rated first among each. Raises
        `QueryError` above 200 characters.
        """
        needle = _fold(text.strip())
        if len(needle) > MAX_SEARCH_LENGTH:
            raise QueryError(f"`text` must be at most {MAX_SEARCH_LENGTH} characters. Received: {len(needle)}.")
        if not needle:
            return np.empty(0, np.intp)
        labels = self._labels
        called_so = f"^(?:{'|'.join(_ARTICLES)})?{re.escape(needle)}(?: \\(\\d+\\))?$"
        tests = (
            _matches("match_substring_regex", labels, called_so),
            _matches("match_substring_regex", labels, rf"(?:^|\W){re.escape(needle)}"),
            _matches("match_substring", labels, needle),
            _matches("match_substring", self._genres, needle) | _matches("match_substring", self._years, needle),
            np.all([self._anywhere(word) for word in needle.split()], axis=0),
        )
        tier = np.select(tests, range(len(tests)), default=len(tests))
        rows = np.flatnonzero(tier < len(tests))
        return rows[np.lexsort((rows, -self._n_ratings[rows], tier[rows]))]

    def find_title(self, text: str) -> int:
        """The row of the movie that `text` most likely means.

        The same title, else a title that starts with `text`, else one that contains it; the most rated of several.
        A leading article and a year in parentheses may be given or left out.

        Raises `QueryError` with similar titles if there is none.
        """
        wanted = _fold(text.strip())
        titles, labels = self._titles, self._labels.to_pylist()
        if wanted:
            without_article = [_without_article(title) for title in titles]
            tests = (
                lambda row: wanted in (titles[row], labels[row]),
                lambda row: wanted in (without_article[row], _without_article(labels[row])),
                lambda row: titles[row].startswith(wanted) or without_article[row].startswith(wanted),
                lambda row: wanted in labels[row],
            )
            for test in tests:
                rows = [row for row in range(len(titles)) if test(row)]
                if rows:
                    return max(rows, key=lambda row: (self._n_ratings[row], -row))
        close = difflib.get_close_matches(wanted, titles, n=3, cutoff=0.5)
        known = [str(self._movies["title"].iloc[titles.index(title)]) for title in close]
        hint = f" Did you mean {' · '.join(known)}?" if known else ""
        raise QueryError(f"`title` must be part of the title of a movie of this run. Received: {quoted(text)}.{hint}")

    def _anywhere(self, word: str) -> np.ndarray:
        """Whether a movie has `word` in its title, year or genres: bool `(n_movies,)`."""
        return _matches("match_substring", self._labels, word) | _matches("match_substring", self._genres, word)

    @cached_property
    def _titles(self) -> list[str]:
        return [_fold(str(title)) for title in self._movies["title"]]

    @cached_property
    def _labels(self) -> pa.Array:
        return pa.array([_fold(label) for label in title_labels(self._movies)], pa.string())

    @cached_property
    def _genres(self) -> pa.Array:
        return pa.array([_fold(str(genres)) for genres in self._movies["genres"]], pa.string())

    @cached_property
    def _years(self) -> pa.Array:
        years = self._movies["year"].to_numpy(np.float64)
        return pa.array(["" if np.isnan(year) else f"{year:.0f}" for year in years], pa.string())


def _fold(text: str) -> str:
    """`text` in lower case and without accents, so that "amelie" finds "Amélie"."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).lower()


def _without_article(title: str) -> str:
    for article in _ARTICLES:
        if title.startswith(article):
            return title[len(article) :]
    return title


def _matches(function: str, column: pa.Array, pattern: str) -> np.ndarray:
    # RE2 runs in linear time, whatever the pattern.
    return pc.call_function(function, [column], pc.MatchSubstringOptions(pattern)).to_numpy(zero_copy_only=False)
