"""5,000 files made by chance for the importer: all layouts, zips, Parquet, encodings and separators, whole and broken.

Run by `tests.recsys_core.data.fuzzing imports`, in a process whose memory is limited and measured.
"""

import collections
import io
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys_core.data.importing.columns import ColumnNames
from recsys_core.data.importing.reading import look_at, read_source
from recsys_core.errors import DataError
from tests.recsys_core.data.edits import edited, edits
from tests.recsys_core.data.files import check_ratings
from tests.recsys_core.data.importing.published import EDITIONS, as_zip

EXAMPLES = 1_000
"""Of each of five kinds of files."""
MOVIE_FILES = {"movies.csv", "movie.csv", "movies.dat", "u.item"}
SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data", ".parquet", ".zip")

_odd = st.sampled_from([
    "", "nan", "inf", "-0", "True", "1e5", "1e400", '"', '""', '"a,b"', '"a\nb"', "\ufeff", "0x1F", "1_0", "١", "007",
    "2005-04-02 23:53:47", "9999-99-99", "99999-01-01", "-2200-01-01", "now", "3,5", "=1+1", "\u202eabc", "\0", "a::b",
    "9223372036854775808", "4e18", " ", "#", "null", "2005-04-02T23:53:47+99:99",
])  # fmt: skip
_field = st.one_of(st.integers(0, 9).map(str), st.integers(-(2**70), 2**70).map(str), st.floats().map(str),
                   st.text(max_size=6), _odd)  # fmt: skip
_number = st.integers(0, 9).map(str)
_good_row = st.tuples(_number, _number, st.sampled_from(["1", "2.5", "4", "5.0"]), st.integers(0, 2**31).map(str))
_rows = st.lists(st.one_of(_good_row, _good_row, _good_row, st.lists(_field, min_size=1, max_size=6)), max_size=9)
_header = st.sampled_from([
    (), ("userId", "movieId", "rating", "timestamp"), ("user", "item", "rating", "date"), ("a", "b", "c", "d"),
    ("user_id", "title", "score", "genre"), ("user", "user", "item", "item"), ("rating",), ("", "user", "item", ""),
])  # fmt: skip
_separator = st.sampled_from([",", ";", "\t", "|", "::", ", "])
_encoding = st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
_end = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\n\r\n"])
_names = st.one_of(st.none(), st.sampled_from(["1", "2", "3", "9", "a", "user", "USERID", "", "0", "\0"]))
_given = st.builds(ColumnNames, _names, _names, _names, _names, _names, _names)
_column = st.one_of(
    st.lists(st.integers(-(2**31), 2**31), min_size=5, max_size=5).map(np.array),
    st.lists(st.integers(0, 4), min_size=5, max_size=5).map(lambda each: np.array(each, np.uint8)),
    st.lists(st.floats(width=32), min_size=5, max_size=5).map(np.array),
    st.lists(st.one_of(st.none(), st.text(max_size=4)), min_size=5, max_size=5),
    st.lists(st.text("ab", max_size=1), min_size=5, max_size=5).map(pd.Categorical),
    st.lists(st.integers(0, 2**32), min_size=5, max_size=5).map(lambda each: pd.to_datetime(each, unit="s")),
    st.lists(st.one_of(st.none(), st.booleans(), st.integers(0, 3)), min_size=5, max_size=5).map(
        lambda each: pd.array(each, "Int64")
    ),
    st.lists(st.lists(st.integers(0, 3), max_size=2), min_size=5, max_size=5),
    st.lists(st.binary(max_size=3), min_size=5, max_size=5),
)


def fuzz(folder: Path, outcomes: collections.Counter) -> dict[str, int]:
    """Reads all of them; what came of it is counted in `outcomes`."""
    chance = settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    layouts = {name: make() for name, make in EDITIONS.items()}
    zips = {name: as_zip(folder / f"{name}.zip", files).read_bytes() for name, files in layouts.items()}
    parquet = _as_parquet({"userId": [1, 1, 2, 2, 3], "movieId": [1, 2, 1, 3, 2], "rating": [1.0, 2.5, 4, 5, 3]})
    count = 0

    def try_one(files: dict[str, bytes], given: ColumnNames | None = None) -> None:
        nonlocal count
        count += 1
        place = folder / "tried"
        place.mkdir(exist_ok=True)
        for name, content in files.items():
            (place / name).write_bytes(content)
        try:
            _read(place if len(files) > 1 else place / next(iter(files)), given, outcomes)
        finally:
            for name in files:
                (place / name).unlink()

    @chance
    @given(st.sampled_from(list(layouts)), edits, st.booleans())
    def layouts_that_are_broken(name: str, changes: list, is_zip: bool) -> None:
        if is_zip:
            try_one({"it.zip": edited(zips[name], changes)})
            return
        files = {Path(each).name: content for each, content in layouts[name].items()}
        chosen = list(files)[changes[0][2][0] % len(files)]
        try_one(files | {chosen: edited(files[chosen], changes)})

    @chance
    @given(_header, _rows, _separator, _encoding, _end, st.sampled_from(SUFFIXES[:5]), st.one_of(st.none(), _given))
    def tables(header: tuple, rows: list, separator: str, encoding: str, end: str, suffix: str, given: object) -> None:
        text = end.join(separator.join(row) for row in ([header, *rows] if header else rows))
        try_one({f"it{suffix}": text.encode(encoding, "replace")}, given)

    @chance
    @given(st.lists(_column, min_size=2, max_size=4), st.sampled_from([("userId", "movieId", "rating", "time"),
           ("title", "user", "item", "score"), ("a", "b", "c", "d")]), _given, st.one_of(st.none(), edits))  # fmt: skip
    def parquets(columns: list, names: tuple, given: ColumnNames, changes: list | None) -> None:
        if changes is not None:
            try_one({"it.parquet": edited(parquet, changes)})
        else:
            try_one({"it.parquet": _as_parquet(dict(zip(names, columns, strict=False)))}, given)

    @chance
    @given(
        st.binary(max_size=200), st.sampled_from(SUFFIXES), st.sampled_from([b"", b"\xff\xfe", b"PK\x03\x04", b"PAR1"])
    )
    def bytes_alone(content: bytes, suffix: str, mark: bytes) -> None:
        try_one({f"it{suffix}": mark + content})

    @chance
    @given(_sound_rows(), _separator.filter(lambda each: each != ", "), _encoding, st.sampled_from(["\n", "\r\n"]),
           st.booleans())  # fmt: skip
    def tables_that_are_sound(rows: list, separator: str, encoding: str, end: str, has_header: bool) -> None:
        """Read to the very values that they hold."""
        nonlocal count
        count += 1
        path = folder / "sound.csv"
        lines = [separator.join(row) for row in rows]
        if has_header:
            lines.insert(0, separator.join(("user", "item", "rating", "timestamp")))
        path.write_bytes((end.join(lines) + end).encode(encoding))
        imported = read_source(path)
        path.unlink()
        ratings = imported.ratings
        titles = ratings.movies.set_index("movie_id")["title"]
        users = ratings.user_id.tolist() if imported.users is None else [imported.users[u - 1] for u in ratings.user_id]
        found = zip(
            users, (titles[movie] for movie in ratings.movie_id), ratings.rating, ratings.timestamp, strict=True
        )
        assert [(str(user), title.removeprefix("Item "), rating, when) for user, title, rating, when in found] == [
            (user, item, float(rating), int(when)) for user, item, rating, when in rows
        ], (rows, separator, encoding)
        assert imported.report.reasons == ()
        outcomes["read"] += 1

    for each in (layouts_that_are_broken, tables, parquets, bytes_alone, tables_that_are_sound):
        each()
    return {"examples": count}


def _read(path: Path, given: ColumnNames | None, outcomes: collections.Counter) -> None:
    """As the page does: looked at, then read."""
    try:
        look_at(path)
    except DataError as error:
        _check_message(error)
    try:
        imported = read_source(path, given)
    except DataError as error:
        _check_message(error)
        outcomes["refused"] += 1
        return
    check_ratings(imported.ratings)
    report = imported.report
    assert report.n_kept == imported.ratings.n_ratings
    left_out = [each.n_rows for each in report.reasons if each.outcome == "left out" and each.file not in MOVIE_FILES]
    assert report.n_read - report.n_kept == sum(left_out), report
    assert report.to_csv()
    outcomes["read"] += 1


def _check_message(error: DataError) -> None:
    message = str(error)
    assert message.isprintable(), message
    assert len(message) <= 2_000, message


def _as_parquet(columns: dict) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


@st.composite
def _sound_rows(draw: st.DrawFn) -> list[tuple[str, str, str, str]]:
    """User, item, rating, time: at least two users and items, each pair once, numbers or texts throughout."""
    numbers = st.integers(1, 10**6).map(str)
    texts = st.text("abcdäöüßé", min_size=1, max_size=9)
    users, items = (
        draw(st.lists(draw(st.sampled_from([numbers, texts])), min_size=2, max_size=3, unique=True)) for _ in range(2)
    )
    pairs = [(user, item) for user in users for item in items]
    ratings = st.sampled_from(["0.5", "1", "2.5", "4", "5.0", "10", "-1"])
    return [(user, item, draw(ratings), str(draw(st.integers(0, 2**31)))) for user, item in pairs]
