"""Every layout that MovieLens was published in, and tables of other things, to the very ratings that they hold."""

import json
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.data.catalog import find_data_set, load_ratings
from recsys_core.data.importing.columns import ColumnNames
from recsys_core.data.importing.reading import look_at, read_source
from recsys_core.errors import Cancelled, DataError
from tests.recsys_core.data.files import check_ratings
from tests.recsys_core.data.importing.published import EDITIONS, MOVIES, RATINGS, as_folder, as_zip, books


def check_published(ratings):
    check_ratings(ratings)
    rows = zip(ratings.user_id, ratings.movie_id, ratings.rating, ratings.timestamp, strict=True)
    assert [tuple(map(float, row)) for row in rows] == [tuple(map(float, row)) for row in RATINGS]
    movies = ratings.movies.set_index("movie_id")
    assert movies["title"].tolist() == ["Toy Story", "La Cité des enfants perdus", "Heat", "Unknown One"]
    assert movies["year"].tolist() == [1995, 1995, 1995, 1990]
    assert [set(filter(None, genres.split("|"))) for genres in movies["genres"]] == [
        set(filter(None, genres.split("|"))) for _, _, genres in MOVIES
    ]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("pack", [as_zip, as_folder])
def test_every_published_layout_gives_the_same_ratings(tmp_path, edition, pack):
    path = pack(tmp_path / f"it{'.zip' if pack is as_zip else ''}", EDITIONS[edition]())
    imported = read_source(path)
    check_published(imported.ratings)
    assert (imported.report.n_read, imported.report.n_kept, imported.report.reasons) == (9, 9, ())
    # And as `train --data PATH` reads it.
    check_published(load_ratings(find_data_set(path)))


def test_a_table_without_a_header_of_books_by_text(tmp_path):
    path = tmp_path / "books.csv"
    path.write_bytes(books())
    imported = read_source(path)
    check_ratings(imported.ratings)
    assert imported.ratings.rating.tolist() == [9.5, 4, 8, 2.5, 10, 7]
    titles = imported.ratings.movies.set_index("movie_id")["title"]
    assert [titles[item] for item in imported.ratings.movie_id] == ["Dune", "Emma", "Dune", "=Sum(1)", "Emma", "Dune"]
    assert imported.users == ["anna", "béla", "carl"]
    assert "books.csv: fields separated by semicolons, without a header, UTF-8, decimal commas." in imported.report.said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1", "utf-32"])
@pytest.mark.parametrize("separator", [";", "\t", "|", "::"])
def test_any_encoding_and_separator_is_read_alike(tmp_path, encoding, separator):
    path = tmp_path / "books.txt"
    path.write_bytes(books(separator, encoding))
    imported = read_source(path)
    assert imported.users == ["anna", "béla", "carl"]
    assert imported.ratings.rating.tolist() == [9.5, 4, 8, 2.5, 10, 7]


def test_columns_are_mapped_by_name_or_number_and_items_called_by_their_title(tmp_path):
    path = tmp_path / "beers.csv"
    path.write_text(
        "note,who,liquid,how good,label,when\n"
        "x,ann,0012,4.5,Pale Ale,2005-04-02 23:53:47\nx,bob,0012,3,Pale Ale,2005-04-02T23:53:48Z\n"
        'x,bob,12,2,"Stout, dark",never\n'
    )
    columns = ColumnNames(user="who", item="3", rating="How Good", timestamp="when", title="label")
    imported = read_source(path, columns)
    ratings = imported.ratings
    titles = ratings.movies.set_index("movie_id")["title"]
    assert [titles[item] for item in ratings.movie_id] == ["Pale Ale", "Pale Ale", "Stout, dark"]
    assert ratings.timestamp.tolist() == [1112486027, 1112486028, 0]
    assert [(each.reason, each.outcome, each.n_rows) for each in imported.report.reasons] == [
        ("the time cannot be read: kept without one", "put right", 1)
    ]
    with pytest.raises(
        DataError, match=r"The user column of beers\.csv must be one of .* Received: 'whom', which is not"
    ):
        read_source(path, ColumnNames(user="whom"))
    with pytest.raises(DataError, match="name them by --user-column and --item-column"):
        read_source(path)


def test_years_stand_in_a_column_or_at_the_end_of_a_title(tmp_path):
    path = tmp_path / "books.csv"
    years = {"Dune (1965)": "1965.0", "Emma": "1815-12-23", "Iliad": "", "Ubik (1969)": "soon", "1984 (1949)": "1950"}
    rows = [
        f"{u},{i},{1 + (u + i) % 5},{title},{year}" for u in (1, 2) for i, (title, year) in enumerate(years.items())
    ]
    path.write_text("\n".join(["user,book,rating,title,Original_Publication_Year", *rows]))
    for columns in (None, ColumnNames(year="5")):
        movies = read_source(path, columns).ratings.movies
        assert dict(zip(movies["title"], movies["year"].fillna(0), strict=True)) == {
            "Dune": 1965, "Emma": 1815, "Iliad": 0, "Ubik": 1969, "1984 (1949)": 1950,
        }  # fmt: skip


def test_dates_that_few_calendars_have_are_dates(tmp_path):
    path = tmp_path / "old.csv"
    days = ("1000-01-01", "1969-12-31", "2005-04-02")
    path.write_text("user,item,date\n" + "".join(f"{u},{u + i},{day}\n" for u in (1, 2) for i, day in enumerate(days)))
    assert set(read_source(path).ratings.timestamp.tolist()) == {-30_610_224_000, -86_400, 1_112_400_000}


def test_a_genre_list_that_is_empty_leaves_nobody_s_movies_out(tmp_path):
    files = EDITIONS["100k"]() | {"ml-100k/u.genre": b"\n"}
    check_published(read_source(as_zip(tmp_path / "it.zip", files)).ratings)


def test_likes_alone_are_ratings_of_one_and_what_that_means_is_said(tmp_path):
    path = tmp_path / "likes.csv"
    path.write_text("user,song\n" + "".join(f"{u},{s}\n" for u in range(5) for s in range(4)))
    imported = read_source(path)
    assert set(imported.ratings.rating.tolist()) == {1.0}
    assert any("Choose the architecture Rate and watch" in said for said in imported.report.said)


def test_rows_that_cannot_be_used_are_left_out_counted_and_shown_with_their_lines(tmp_path):
    rows = ["userId,movieId,rating,timestamp", *(f"{u},{m},{1 + (u + m) % 5},7" for u in range(1, 9) for m in range(5))]
    rows[3] = "1,2,nonsense,7"
    rows[6] = "2,0,4"
    rows[7] = ""
    rows[9] = "x,3,4,7"
    rows[12] = "3,1,inf,7"
    rows[20] = "2,4,4,8,9"
    rows[-1] = rows[-2]
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(rows))
    report = read_source(path).report
    assert (report.n_read, report.n_kept) == (39, 33)
    assert report.n_rows("left out") == 6
    lines = {each.line: each.reason for each in report.examples}
    assert lines == {
        4: "the rating is not a number from -1,000,000 to 1,000,000", 7: "too few fields",
        10: "the user is not a whole number", 13: "the rating is not a number from -1,000,000 to 1,000,000",
        21: "too many fields",
    }  # fmt: skip
    assert [each.text for each in report.examples if each.line == 10] == ["x, 3, 4, 7"]
    path.write_text("userId,movieId,rating\na,b,c\n1,2,3\nd,e,f\n")
    with pytest.raises(DataError, match=r"More than half of the rows.*1 of 3; .*line 2: 'a, b, c'"):
        read_source(path)


def test_the_report_as_a_table_runs_no_formula(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("userId,movieId,rating\n=cmd|' /C calc'!A0,1,2\n" + "".join(f"{u},{u % 3},3\n" for u in range(30)))
    table = read_source(path).report.to_csv().decode("utf-8-sig")
    assert "'=cmd" in table
    assert "\n=" not in table
    assert ",=" not in table


def test_ids_too_large_for_numbers_are_texts(tmp_path):
    path = tmp_path / "ratings.csv"
    big = 2**63 + 5
    rows = "".join(f"{u + 1},{m},3\n" for u in range(100) for m in range(3))
    path.write_text(f"userId,movieId,rating\n{rows}{big},1,3\n{big},2,4\n")
    imported = read_source(path)
    assert imported.users is not None
    assert imported.users[-1] == str(big)
    assert imported.ratings.n_ratings == 302


def test_parquet_is_read_with_texts_and_nothings(tmp_path):
    path = tmp_path / "games.parquet"
    table = pd.DataFrame(
        {"user_id": ["a", "a", "b", None, "c"], "game": [5, 6, 5, 6, 6], "score": [1.5, None, 3.0, 2.0, 4.0]}
    )
    table.to_parquet(path)
    imported = read_source(path)
    assert imported.ratings.rating.tolist() == [1.5, 3.0, 4.0]
    assert imported.report.n_rows("left out") == 2
    (tmp_path / "bad.parquet").write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match=r"bad\.parquet must be a complete Parquet file"):
        read_source(tmp_path / "bad.parquet")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"notes.zip": b"PK"}, "Received: 'notes.zip'"),
        ({"ratings.csv": b"\0\1\2\3" * 500}, "must be text"),
        ({"ratings.csv": b"userId,movieId,rating\n"}, "at least one rating"),
        ({"ratings.csv": b""}, "an empty file"),
        ({"ratings.csv": b"just words\nand more\n"}, "must have rows of fields"),
        ({"ratings.csv": b"userId,movieId,rating,userId\n1,2,3,4\n1,2,3,4\n"}, "more than once|at least 2"),
        ({"ratings.csv": b'userId,movieId,rating\n1,"2,3\n2,3,4\n'}, "quotes closed|More than half"),
    ],
)
def test_what_holds_no_ratings_is_refused_in_one_line(tmp_path, files, said):
    with pytest.raises(DataError, match=said):
        read_source(as_zip(tmp_path / "it.zip", files))


def test_told_to_stop_it_stops(tmp_path):
    with pytest.raises(Cancelled):
        read_source(as_zip(tmp_path / "it.zip", EDITIONS["csv"]()), should_stop=lambda: True)


def test_a_title_s_control_and_turning_characters_are_no_more_than_blanks(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("user,item,rating,title\n" + "".join(f"{u},{u % 2},3,a\u202eb\x07c <b>{u % 2}\n" for u in range(6)))
    assert read_source(path).ratings.movies["title"].tolist() == ["a b c <b>0", "a b c <b>1"]


def test_the_report_is_json_there_and_back(tmp_path):
    report = read_source(as_zip(tmp_path / "it.zip", EDITIONS["100k"]())).report
    assert type(report).model_validate(json.loads(report.model_dump_json())) == report
    assert np.isfinite(report.n_kept)


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_of_several_tables_the_one_that_is_read_is_named_before_and_after(tmp_path, packed):
    folder = tmp_path / "mine"
    folder.mkdir()
    rows = "".join(f"{user},{item},{1 + (user + item) % 5}\n" for user in range(8) for item in range(6))
    (folder / "all.csv").write_text("user,item,rating\n" + rows)
    (folder / "few.csv").write_text("user,item,rating\n1,2,3\n")
    (folder / "readme.txt").write_text("about them")
    source = folder
    if packed:
        source = tmp_path / "mine.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for file in folder.iterdir():
                archive.write(file, file.name)
    said = "'all.csv' is read, and not 'few.csv', beside it."
    assert said in look_at(source).said
    assert said in read_source(source).report.said
    assert "beside it" not in look_at(folder / "all.csv").said


def test_the_first_rows_are_seen_before_a_table_is_read(tmp_path):
    table = tmp_path / "books.csv"
    table.write_text("who;volume;note\n" + f"ann;7;{'a' * 300}\n" + "bob;8;\u202eturned\n" * 9, encoding="utf-8")
    seen = look_at(table)
    assert seen.columns == ("who", "volume", "note")
    assert seen.rows == (("ann", "7", "a" * 100), *[("bob", "8", "turned")] * 3)


def test_also_of_parquet_whatever_its_columns_hold(tmp_path):
    far = pa.array([2**50, None], pa.timestamp("ms"))
    columns = {"who": ["ann", None], "volume": [7, 8], "when": far, "tags": [["a"], ["b", "c"]]}
    pq.write_table(pa.table(columns), tmp_path / "books.parquet")
    seen = look_at(tmp_path / "books.parquet")
    assert seen.rows == (("ann", "7", "…", "…"), ("", "8", "…", "…"))
    pq.write_table(pa.table(columns).slice(0, 0), tmp_path / "none.parquet")
    assert look_at(tmp_path / "none.parquet").rows == ()
