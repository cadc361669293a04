"""A small MovieLens in each layout that it was published in: 5 users, 4 movies, 9 ratings."""

import zipfile
from pathlib import Path

RATINGS = [
    (1, 10, 4.0, 881250949), (1, 20, 3.0, 881250950), (2, 10, 5.0, 881250951), (2, 30, 1.0, 881250952),
    (3, 20, 2.0, 881250953), (3, 40, 4.0, 881250954), (4, 30, 4.0, 881250955), (4, 10, 3.0, 881250956),
    (5, 40, 5.0, 881250957),
]  # fmt: skip
MOVIES = [
    (10, "Toy Story (1995)", "Animation|Children|Comedy"),
    (20, "Cité des enfants perdus, La (1995)", "Adventure|Sci-Fi"),
    (30, "Heat (1995)", "Action|Crime|Thriller"),
    (40, "Unknown One (1990)", ""),
]
FLAGS = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip


def old_genre(genre):
    return "Children's" if genre == "Children" else genre


def csv_edition():
    rows = "".join(f"{u},{m},{r},{t}\n" for u, m, r, t in RATINGS)
    movies = "".join(f'{m},"{title}",{genres or "(no genres listed)"}\n' for m, title, genres in MOVIES)
    return {
        "ml-latest-small/ratings.csv": f"userId,movieId,rating,timestamp\n{rows}".encode(),
        "ml-latest-small/movies.csv": f"movieId,title,genres\n{movies}".encode(),
        "ml-latest-small/README.txt": b"Summary",
    }


def kaggle_edition():
    def moment(seconds):
        import datetime

        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")

    rows = "".join(f'"{u}","{m}","{r}","{moment(t)}"\n' for u, m, r, t in RATINGS)
    movies = "".join(f'"{m}","{title}","{genres or "(no genres listed)"}"\n' for m, title, genres in MOVIES)
    return {
        "rating.csv": f'"userId","movieId","rating","timestamp"\n{rows}'.encode(),
        "movie.csv": f'"movieId","title","genres"\n{movies}'.encode(),
    }


def double_colon_edition():
    rows = "".join(f"{u}::{m}::{r:g}::{t}\n" for u, m, r, t in RATINGS)
    movies = "".join(f"{m}::{title}::{'|'.join(map(old_genre, genres.split('|')))}\n" for m, title, genres in MOVIES)
    return {"ml-1m/ratings.dat": rows.encode(), "ml-1m/movies.dat": movies.encode("latin-1")}


def flag_edition():
    rows = "".join(f"{u}\t{m}\t{r:.0f}\t{t}\n" for u, m, r, t in RATINGS)
    movies = []
    for m, title, genres in MOVIES:
        has = {old_genre(genre) for genre in genres.split("|") if genre} or {"unknown"}
        flags = "|".join("1" if genre in has else "0" for genre in FLAGS)
        movies.append(f"{m}|{title}|01-Jan-1995||http://us.imdb.com/M/{m}|{flags}\n")
    genres = "".join(f"{genre}|{number}\n" for number, genre in enumerate(FLAGS)) + "\n"
    return {
        "ml-100k/u.data": rows.encode(), "ml-100k/u.item": "".join(movies).encode("latin-1"),
        "ml-100k/u.genre": genres.encode(), "ml-100k/README": b"SUMMARY",
    }  # fmt: skip


EDITIONS = {
    "csv": csv_edition, "kaggle": kaggle_edition, "double colon": double_colon_edition, "100k": flag_edition,
}  # fmt: skip


def as_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def as_folder(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, content in files.items():
        (path / Path(name).name).write_bytes(content)
    return path


def books(separator=";", encoding="utf-8"):
    """A table without a header: readers and books are known by texts, ratings go from 1 to 10 with decimal commas."""
    rows = [
        ("anna", "Dune", "9,5"), ("anna", "Emma", "4"), ("béla", "Dune", "8"), ("béla", "=Sum(1)", "2,5"),
        ("carl", "Emma", "10"), ("carl", "Dune", "7"),
    ]  # fmt: skip
    return "".join(separator.join(row) + "\r\n" for row in rows).encode(encoding)
