"""Clusters in the original space: their settings, their names on the map, and coloring by them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import streamlit as st

from recsys_core.explore.clusters import FEWEST_RATINGS, ClusterName, cluster, name_clusters
from recsys_core.explore.embeddings import MovieEmbeddings
from recsys_core.jobs.work import Work
from ui.components.map import ColorBy, MapLabel
from ui.shared.waiting import result_if_ready

_METHODS = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of all movies of a run."""

    labels: np.ndarray
    names: list[ClusterName]

    def color(self, rows: np.ndarray) -> ColorBy:
        return ColorBy.category("Cluster", self.labels[rows], _legend_names(self.names), "No cluster")

    def names_of(self, rows: np.ndarray) -> list[str]:
        """The name of each movie's cluster."""
        names = {name.label: name.name for name in self.names}
        return [names.get(label, "No cluster") for label in self.labels[rows].tolist()]

    def map_labels(self, rows: np.ndarray, coordinates: np.ndarray) -> list[MapLabel]:
        """A name in the middle of each cluster that is on the map, the largest first."""
        labels = self.labels[rows]
        places = [(name, coordinates[labels == name.label]) for name in self.names]
        return [MapLabel(_heading(name), np.median(place, axis=0).tolist()) for name, place in places if len(place)]


def choose_clusters() -> tuple[str, int]:
    """The method, and how many clusters (k-means) or how many movies make one (HDBSCAN)."""
    method = st.selectbox(
        "Clusters by", _METHODS, format_func=_METHODS.get, key="cluster_method", bind="query-params",
        help="k-means gives as many as you say; HDBSCAN finds how many there are and leaves out movies between them "
        f"and those with fewer than {FEWEST_RATINGS} ratings. Both work in the original space, not on the map.",
    )  # fmt: skip
    if method == "kmeans":
        return method, st.slider("Number of clusters", 2, 40, 12, key="n_clusters", bind="query-params")
    return method, st.slider("Fewest movies in one", 5, 200, 25, key="cluster_size", bind="query-params")


def clusters_of(embeddings: MovieEmbeddings, run_key: tuple, method: str, size: int) -> tuple[Work, Clusters | None]:
    """The work and its result, None while it is under way."""
    work = Work(
        "clusters",
        (*run_key, method, size),
        "Finding clusters",
        lambda tell, should_stop: find_clusters(embeddings, method, size),
        slot="clusters",
    )
    return work, result_if_ready(work)


def find_clusters(embeddings: MovieEmbeddings, method: str, size: int) -> Clusters:
    """Takes a second or two. Raises `QueryError`."""
    labels = cluster(
        embeddings.vectors,
        method=method,
        n_clusters=min(size, len(embeddings)),
        min_cluster_size=min(size, max(2, len(embeddings) // 2)),
        counts=embeddings.n_ratings,
    )
    return Clusters(labels, name_clusters(labels, embeddings.movies))


def _heading(name: ClusterName) -> str:
    """Short enough for the map: genres and decade, else the best-known title."""
    parts = [", ".join(name.genres), name.decade]
    return " · ".join(part for part in parts if part) or (name.titles[0] if name.titles else f"Cluster {name.label}")


def _legend_names(names: list[ClusterName]) -> list[str]:
    """Names short enough for a legend; clusters of the same make are told apart by their best-known title."""
    headings = Counter(_heading(name) for name in names)
    return [
        f"{_heading(name)} ({name.titles[0]})" if headings[_heading(name)] > 1 and name.titles else _heading(name)
        for name in names
    ]
