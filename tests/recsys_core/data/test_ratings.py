"""What is read, what is put right with a notice, and what is refused with one clear error."""

import math
import zipfile

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.ratings import cross_table, display_title, from_frames, load, split_year
from recsys_core.errors import DataError
from tests.conftest import TINY, movies_for


def write_movielens(folder, ratings=TINY, movies=None):
    folder.mkdir(exist_ok=True)
    ratings.to_csv(folder / "ratings.csv", index=False)
    (movies_for(TINY["movieId"]) if movies is None else movies).to_csv(folder / "movies.csv", index=False)
    return folder


def test_built_in_edition_is_whole(built_in):
    about = built_in.describe()
    assert (about["n_ratings"], about["n_users"], about["n_movies"]) == (100_004, 671, 9_066)
    assert (about["rating_min"], about["rating_max"]) == (0.5, 5.0)
    titles = built_in.movies.set_index("movie_id")["title"]
    assert titles[2571] == "The Matrix"
    assert any("5 movies have no title" in notice for notice in built_in.notices)


@pytest.mark.parametrize(
    ("raw", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("Fargo (1996) ", "Fargo", 1996),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("Death Note (2006–2007)", "Death Note", 2006),
        ("1984", "1984", math.nan),
    ],
)
def test_year_is_split_off(raw, title, year):
    assert split_year(raw) == pytest.approx((title, year), nan_ok=True) or split_year(raw) == (title, year)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Matrix, The", "The Matrix"),
        ("Seventh Seal, The (Sjunde inseglet, Det)", "The Seventh Seal (Sjunde inseglet, Det)"),
        ("Avventura, L'", "L'Avventura"),
        ("Cry, the Beloved Country", "Cry, the Beloved Country"),
        ("Corrina, Corrina", "Corrina, Corrina"),
        ("Bye Bye, Love", "Bye Bye, Love"),
    ],
)
def test_trailing_article_moves_to_the_front(raw, shown):
    assert display_title(raw) == shown


def test_folder_and_zip_give_the_same(tmp_path):
    folder = write_movielens(tmp_path / "ml")
    with zipfile.ZipFile(tmp_path / "ml.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"ml/{file.name}")
    from_folder, from_zip = load(folder), load(tmp_path / "ml.zip")
    assert from_folder.user_id.tolist() == from_zip.user_id.tolist() == TINY["userId"].tolist()
    assert from_folder.movies.equals(from_zip.movies)
    assert from_folder.movies["year"].tolist() == [1999.0] * 4
    assert any("no timestamp" in notice for notice in from_folder.notices)


def test_last_of_repeated_pairs_is_kept_by_timestamp():
    frame = TINY.assign(timestamp=range(len(TINY)))
    again = pd.DataFrame({"userId": [11, 7], "movieId": [1, 3], "rating": [1.5, 2.5], "timestamp": [99, -1]})
    loaded = from_frames(pd.concat([frame, again], ignore_index=True), movies_for(TINY["movieId"]))
    found = {(u, m): r for u, m, r in zip(loaded.user_id, loaded.movie_id, loaded.rating, strict=True)}
    assert len(found) == loaded.n_ratings == 13
    assert found[11, 1] == 1.5
    assert found[7, 3] == 3
    assert loaded.notices[0].startswith("2 repeated")


def test_missing_titles_genres_and_movies_are_said():
    movies = pd.DataFrame({"movieId": [1, 3, 4], "title": [None, "B (2000)", "C"], "genres": ["Drama", None, "War"]})
    loaded = from_frames(TINY.assign(timestamp=1), movies)
    titles = loaded.movies.set_index("movie_id")["title"]
    assert titles[1] == "Movie 1"
    assert titles[23] == "Movie 23"
    assert len(loaded.notices) == 3


@pytest.mark.parametrize(
    ("ratings", "said"),
    [
        (TINY.drop(columns="rating"), "missing: rating"),
        (TINY.iloc[:0], "at least one rating"),
        (TINY.assign(rating=TINY["rating"].astype(object).where(TINY.index != 3, "good")), "'good' in row 4"),
        (TINY.assign(rating=TINY["rating"].where(TINY.index != 5, np.nan)), "in row 6"),
        (TINY.assign(rating=TINY["rating"].where(TINY.index != 0, np.inf)), "in row 1"),
        (TINY.assign(userId=1), "at least 2 users"),
        (TINY.assign(movieId=1), "at least 2 movies"),
        (TINY.assign(userId=TINY["userId"] + 0.5), "whole number"),
    ],
)
def test_unusable_ratings_give_one_clear_error(tmp_path, ratings, said):
    with pytest.raises(DataError, match=said):
        load(write_movielens(tmp_path / "ml", ratings))


def no_movies(folder):
    (folder / "movies.csv").unlink()
    return folder


def latin_1(folder):
    (folder / "movies.csv").write_bytes("movieId,title,genres\n1,Amélie (2001),Drama\n".encode("latin-1"))
    return folder


def empty_file(folder):
    (folder / "ratings.csv").write_bytes(b"")
    return folder


def truncated_zip(folder):
    whole = folder.with_suffix(".zip")
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "ratings.csv", "ratings.csv")
    whole.write_bytes(whole.read_bytes()[:-40])
    return whole


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: folder / "nowhere", "does not exist"),
        (lambda folder: folder / "ratings.csv", r"folder or a \.zip"),
        (no_movies, r"without movies\.csv"),
        (latin_1, "UTF-8"),
        (empty_file, "empty file"),
        (truncated_zip, "damaged or truncated"),
    ],
)
def test_unusable_files_give_one_clear_error(tmp_path, spoil, said):
    path = spoil(write_movielens(tmp_path / "ml"))
    with pytest.raises(DataError, match=said):
        load(path)


def test_cross_table_of_the_most_active_and_most_rated(tiny):
    table = cross_table(tiny, n_users=2, n_movies=3)
    assert list(table.columns) == ["Film 1", "Film 23", "Film 3"]
    assert len(table) == 2
    whole = cross_table(tiny)
    assert whole.loc[11, "Film 1"] == 4
    assert whole.loc[7, "Film 3"] == 3
    assert int(whole.notna().sum().sum()) == 13
