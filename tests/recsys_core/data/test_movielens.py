"""MovieLens files as they are published: folder and zip, whole and read right."""

import pytest

from recsys_core.data.catalog import find_data_set, load_ratings
from recsys_core.errors import DataError
from tests.conftest import TINY
from tests.recsys_core.data.files import write_movielens, zipped


def load(path):
    return load_ratings(find_data_set(path))


def test_built_in_edition_is_whole(built_in):
    about = built_in.describe()
    assert (about["n_ratings"], about["n_users"], about["n_movies"]) == (100_004, 671, 9_066)
    assert (about["rating_min"], about["rating_max"]) == (0.5, 5.0)
    titles = built_in.movies.set_index("movie_id")["title"]
    assert titles[2571] == "The Matrix"
    assert any("5 movies have no title" in notice for notice in built_in.notices)


def test_folder_and_zip_give_the_same(tmp_path):
    folder = write_movielens(tmp_path / "ml")
    archive = zipped(tmp_path / "ml.zip", {f"ml/{file.name}": file.read_bytes() for file in folder.iterdir()})
    from_folder, from_zip = load(folder), load(archive)
    assert from_folder.user_id.tolist() == from_zip.user_id.tolist() == TINY["userId"].tolist()
    assert from_folder.movies.equals(from_zip.movies)
    assert from_folder.movies["year"].tolist() == [1999.0] * 4
    assert any("no timestamp" in notice for notice in from_folder.notices)


def test_numbers_written_in_other_ways_are_read_the_same(tmp_path):
    plain = load(write_movielens(tmp_path / "plain", TINY.assign(timestamp=5)))
    text = TINY.assign(timestamp=5).to_csv(index=False)
    for i, other in enumerate(
        [
            text.replace("\n", "\r\n"),
            text.replace("\n", "\r"),
            "\ufeff" + text,
            text.rstrip("\n"),
            text.replace("\n", "\n\n"),
            text.replace("userId,", '"userId",').replace("\n1", '\n"1').replace('"11,', '"11",'),
            TINY.assign(timestamp=5.0, userId=TINY["userId"] * 1.0).to_csv(index=False),
            text.replace(",", ", ").replace("userId, movieId, rating, timestamp", "userId,movieId,rating,timestamp"),
            TINY.assign(note="a, b\nc", timestamp=5).to_csv(index=False),
            TINY.assign(timestamp=5)[["timestamp", "rating", "movieId", "userId"]].to_csv(index=False),
        ]
    ):  # fmt: skip
        folder = write_movielens(tmp_path / str(i), TINY)
        (folder / "ratings.csv").write_bytes(other.encode())
        found = load(folder)
        for column in ("user_id", "movie_id", "rating", "timestamp"):
            assert getattr(found, column).tolist() == getattr(plain, column).tolist(), i


def test_titles_are_text_and_never_missing_values(tmp_path):
    folder = write_movielens(tmp_path / "ml")
    (folder / "movies.csv").write_text(
        'movieId,title,genres,more\n1,NA,Drama,x\n3,"Say ""No"" (1999)",null,\n4,"A, b",None,\n23,nan,"X|Y",\n',
        encoding="utf-8",
    )
    movies = load(folder).movies
    assert movies["title"].tolist() == ["NA", 'Say "No"', "A, b", "nan"]
    assert movies["genres"].tolist() == ["Drama", "null", "None", "X|Y"]


def test_a_title_over_several_lines_is_told_with_its_line(tmp_path):
    folder = write_movielens(tmp_path / "ml")
    (folder / "movies.csv").write_text(
        'movieId,title,genres\n1,One,Drama\n3,"Three,Drama\n4,Four,Drama\n23,Twenty three",Drama\n', encoding="utf-8"
    )
    loaded = load(folder)
    assert loaded.notices[0].startswith("1 rows of movies.csv run over several lines, the first from line 3")
    assert "2 rated movies are not in movies.csv" in " ".join(loaded.notices)


def test_the_row_that_cannot_be_read_is_named_deep_in_a_file(tmp_path):
    folder = write_movielens(tmp_path / "ml")
    rows = [f"{i},{i % 7},3.5,{i}" for i in range(100_000)]
    for row, line, said in [
        (77_777, "5,x,3.5,4", r"Every movieId must be a whole number .* Received: 'x' in row 77,778 \(1 such rows\)"),
        (88_888, "5,1,3.5,4,5", r"as the header, 4. Received: 5 in row 88,889, '5,1,3.5,4,5'"),
        (99_999, "5,1,3.5", r"as the header, 4. Received: 3 in row 100,000, '5,1,3.5'"),
    ]:
        (folder / "ratings.csv").write_text(
            "userId,movieId,rating,timestamp\n" + "\n".join([*rows[:row], line, *rows[row + 1 :]]), encoding="utf-8"
        )
        with pytest.raises(DataError, match=said):
            load(folder)
