"""Take it away: embeddings and neighbors as files that other tools open as they are; each comes as bytes."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.data.spreadsheets import csv_of
from recsys_core.errors import QueryError
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.explore.labels import first_genres, genres_of, title_labels

_METADATA = ("title", "year", "genres", "n_ratings", "mean_rating", "bias", "movie_id")


def projector_zip(embeddings: MovieEmbeddings) -> bytes:
    """A zip for the TensorFlow Embedding Projector.

    `vectors.tsv` and `metadata.tsv` load at https://projector.tensorflow.org; `projector_config.json` describes them
    for a hosted projector (`?config=`), and `projector_config.pbtxt` for `tensorboard --logdir`.
    """
    labels = [_one_line(label) for label in title_labels(embeddings.movies)]
    columns = {"label": labels, "first_genre": first_genres(embeddings.movies)}
    for name in _METADATA:
        columns[name] = [_cell(value) for value in embeddings.movies[name]]
    metadata = ["\t".join(columns), *("\t".join(row) for row in zip(*columns.values(), strict=True))]
    json_config = {
        "embeddings": [
            {
                "tensorName": "Movie embeddings",
                "tensorShape": [len(embeddings), embeddings.size],
                "tensorPath": "vectors.tsv",
                "metadataPath": "metadata.tsv",
            }
        ]
    }
    text_config = (
        'embeddings {\n  tensor_name: "Movie embeddings"\n'
        f"  tensor_shape: {len(embeddings)}\n  tensor_shape: {embeddings.size}\n"
        '  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n}\n'
    )
    return _zip(
        {
            "vectors.tsv": _numbers_as_text(embeddings.vectors, "\t"),
            "metadata.tsv": ("\n".join(metadata) + "\n").encode(),
            "projector_config.json": json.dumps(json_config, indent=2).encode(),
            "projector_config.pbtxt": text_config.encode(),
        }
    )


def atlas_parquet(
    embeddings: MovieEmbeddings,
    coordinates: np.ndarray,
    *,
    rows: np.ndarray | None = None,
    clusters: Sequence[str] | None = None,
    k: int = 15,
    metric: str = "cosine",
) -> bytes:
    """A Parquet file for Embedding Atlas, a row for each movie of the map.

    Opens with `embedding-atlas FILE --x x --y y --neighbors neighbors --text title`. `coordinates` `(n, 2 or 3)` are
    those of `rows` (all movies by default); `clusters` their clusters' names. Column `neighbors` holds, as that tool
    expects, `{"ids": [row of this file, …], "distances": […]}`: the `k` nearest movies of this file, exact; empty for
    a movie without a vector.
    """
    shown = subset(embeddings, rows)
    if len(coordinates) != len(shown):
        raise QueryError(
            f"`coordinates` must have a row for each movie. Received: {len(coordinates)} for {len(shown)} movies."
        )
    indices, similarities = shown.neighbor_lists(k, metric)
    distances = (
        1 / similarities - 1 if metric == "euclidean" else (1 - similarities if metric == "cosine" else -similarities)
    )
    neighbors = pa.array(
        [
            {"ids": ids, "distances": far} if is_placed else {"ids": [], "distances": []}
            for ids, far, is_placed in zip(indices.tolist(), distances.tolist(), shown.has_vector, strict=True)
        ],
        pa.struct([("ids", pa.list_(pa.int32())), ("distances", pa.list_(pa.float32()))]),
    )
    table = pa.Table.from_pandas(shown.movies, preserve_index=False)
    table = table.append_column("first_genre", pa.array(first_genres(shown.movies)))
    table = table.append_column("genre_list", pa.array(genres_of(shown.movies), pa.list_(pa.string())))
    for name, column in zip("xyz", np.asarray(coordinates, np.float32).T, strict=False):
        table = table.append_column(name, pa.array(column))
    if clusters is not None:
        table = table.append_column("cluster", pa.array([str(cluster) for cluster in clusters]))
    table = table.append_column("neighbors", neighbors)
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def arrays_npz(embeddings: MovieEmbeddings, coordinates: np.ndarray | None = None) -> bytes:
    """vectors, movie_id, title, year, genres, n_ratings and, if given, coordinates, for `np.load` (nothing pickled)."""
    movies = embeddings.movies
    arrays = {
        "vectors": embeddings.vectors,
        "movie_id": movies["movie_id"].to_numpy(),
        "title": np.array(movies["title"].astype(str), np.str_),
        "year": movies["year"].to_numpy(np.float64),
        "genres": np.array(movies["genres"].astype(str), np.str_),
        "n_ratings": movies["n_ratings"].to_numpy(),
    }
    if coordinates is not None:
        arrays["coordinates"] = coordinates
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def word2vec_text(embeddings: MovieEmbeddings) -> bytes:
    """word2vec's text format, for `gensim.models.KeyedVectors.load_word2vec_format(FILE, binary=False)`.

    A movie's word is its title and year with underscores for spaces, "The_Matrix_(1999)"; movies that share one have
    their id behind it.
    """
    words = word2vec_words(embeddings.movies)
    lines = _numbers_as_text(embeddings.vectors, " ").decode().splitlines()
    text = "\n".join(f"{word} {line}" for word, line in zip(words, lines, strict=True))
    return f"{len(words)} {embeddings.size}\n{text}\n".encode()


def word2vec_words(movies: pd.DataFrame) -> list[str]:
    """The word of every movie in `word2vec_text`, unique and without white space."""
    words = [re.sub(r"\s+", "_", label.strip()) or "movie" for label in title_labels(movies)]
    is_shared = pd.Series(words).duplicated(keep=False)
    return [
        f"{word}_#{movie_id}" if shared else word
        for word, shared, movie_id in zip(words, is_shared, movies["movie_id"], strict=True)
    ]


def neighbors_csv(embeddings: MovieEmbeddings, *, k: int = 10, metric: str = "cosine") -> bytes:
    """The `k` nearest neighbors of every movie that has a vector, a line each, exact, in the original space.

    Columns: movie_id, title, rank, neighbor_id, neighbor_title, similarity.
    """
    indices, similarities = embeddings.neighbor_lists(k, metric)
    rows = np.flatnonzero(embeddings.has_vector)
    k = indices.shape[1]
    ids = embeddings.movies["movie_id"].to_numpy()
    labels = np.array(title_labels(embeddings.movies), object)
    neighbors = indices[rows].ravel()
    frame = pd.DataFrame(
        {
            "movie_id": np.repeat(ids[rows], k),
            "title": np.repeat(labels[rows], k),
            "rank": np.tile(np.arange(1, k + 1), len(rows)),
            "neighbor_id": ids[neighbors],
            "neighbor_title": labels[neighbors],
            "similarity": similarities[rows].ravel(),
        }
    )
    return csv_of(frame, "%.6g")


def subset(embeddings: MovieEmbeddings, rows: np.ndarray | None) -> MovieEmbeddings:
    """The embeddings of `rows` alone, such as those of a map; all of them for None."""
    if rows is None or len(rows) == len(embeddings):
        return embeddings
    movies = embeddings.movies.iloc[rows]
    return MovieEmbeddings(embeddings.vectors[rows], movies, embeddings.bias_unit, embeddings.taken_out)


def _numbers_as_text(vectors: np.ndarray, separator: str) -> bytes:
    buffer = io.BytesIO()
    # Nine significant digits bring every float32 back as it was.
    np.savetxt(buffer, vectors, fmt="%.9g", delimiter=separator)
    return buffer.getvalue()


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return _one_line(str(value))


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
