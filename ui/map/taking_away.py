"""Export: the embeddings, their neighbors and the map as files that other tools open. Made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core.explore import exports
from recsys_core.explore.embeddings import MovieEmbeddings
from ui.charts.map import as_web_page, movie_map
from ui.map.clustering import find_clusters
from ui.shared.format import format_count


@dataclass(frozen=True)
class _Export:
    label: str
    file_name: str
    help: str
    make: Callable[[MovieEmbeddings, np.ndarray, np.ndarray, tuple[str, int]], bytes]
    """From the embeddings, the rows and coordinates of the map, and the method and size of its clusters."""


_EXPORTS = (
    _Export(
        "Web page", "map.html", "The map as one page that needs no network.",
        lambda movies, rows, places, clusters: as_web_page(movie_map(movies.movies.iloc[rows], places)),
    ),
    _Export(
        "Embedding Projector", "projector.zip", "vectors.tsv, metadata.tsv and projector_config.json.",
        lambda movies, rows, places, clusters: exports.projector_zip(exports.subset(movies, rows)),
    ),
    _Export(
        "Embedding Atlas", "atlas.parquet", "Parquet: each movie's place, its cluster and its exact neighbors.",
        lambda movies, rows, places, clusters: exports.atlas_parquet(
            movies, places, rows=rows, clusters=find_clusters(movies, *clusters).names_of(rows)
        ),
    ),
    _Export(
        "NumPy", "movies.npz", "Vectors, movies and coordinates for np.load.",
        lambda movies, rows, places, clusters: exports.arrays_npz(exports.subset(movies, rows), places),
    ),
    _Export(
        "word2vec", "movies.word2vec.txt", "Text that gensim's KeyedVectors loads.",
        lambda movies, rows, places, clusters: exports.word2vec_text(exports.subset(movies, rows)),
    ),
    _Export(
        "Neighbors of all movies", "neighbors.csv", "The ten nearest movies of each on the map, by cosine.",
        lambda movies, rows, places, clusters: exports.neighbors_csv(exports.subset(movies, rows)),
    ),
)  # fmt: skip


def show_exports(
    embeddings: MovieEmbeddings, rows: np.ndarray, coordinates: np.ndarray, clusters: tuple[str, int]
) -> None:
    left_out = len(embeddings) - len(rows)
    rest = f" The {left_out:,} others have fewer ratings than the least that you chose." if left_out else ""
    st.caption(f"The {format_count(len(rows), 'movie')} of this map.{rest} As a picture: the camera button on the map.")
    for export in _EXPORTS:
        st.download_button(
            export.label,
            data=lambda export=export: export.make(embeddings, rows, coordinates, clusters),
            file_name=export.file_name,
            help=export.help,
            key=f"export_{export.file_name}",
            on_click="ignore",
            width="stretch",
        )
