"""What to draw: the settings of a projection, checked, spelled out as text, and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from recsys_core.errors import ProjectionError, quoted
from recsys_core.maps.pca import N_PCA_COMPONENTS, Axis

METHODS = ("umap", "pca", "tsne", "axes")
METRICS = ("cosine", "euclidean")
ERAS = ("out", "in")

_USED_BY = {
    "umap": ("n_components", "seed", "n_neighbors", "min_dist", "metric", "min_ratings", "era"),
    "tsne": ("n_components", "seed", "perplexity", "metric", "min_ratings", "era"),
    "pca": ("n_components", "components", "min_ratings", "era"),
    "axes": ("n_components", "axes", "min_ratings", "era"),
}


@dataclass(frozen=True, kw_only=True)
class ProjectionSpec:
    """What to draw. Raises `ProjectionError` if a setting is outside what is accepted."""

    method: str = "umap"
    """One of `METHODS`."""
    n_components: int = 2
    """2 or 3 dimensions; t-SNE has 2."""
    seed: int = 0
    """UMAP and t-SNE: the same seed gives the same picture."""
    n_neighbors: int = 30
    """UMAP: how many neighbors of a movie count as near; few show detail, many the whole."""
    min_dist: float = 0.1
    """UMAP: how close together neighbors may be drawn, 0 to 1."""
    metric: str = "cosine"
    """UMAP and t-SNE: "cosine" or "euclidean"."""
    perplexity: float = 30.0
    """t-SNE: about how many neighbors of a movie count as near."""
    components: tuple[int, ...] = ()
    """PCA: which of the first ten components to draw, counted from 1; the first `n_components` by default."""
    axes: tuple[Axis, ...] = ()
    """Custom axes, one a dimension: (movie ids it points away from, movie ids it points to)."""
    min_ratings: int = 0
    """Leave out movies with fewer ratings."""
    era: str = "out"
    """Of a run: whether era and popularity are taken "out" of the vectors first, or left "in"."""

    def __post_init__(self) -> None:
        _require(self.method in METHODS, "method", f"one of {', '.join(METHODS)}", self.method)
        _require(self.n_components in (2, 3), "n_components", "2 or 3", self.n_components)
        _require(0 <= self.seed < 2**32, "seed", "between 0 and 4294967295", self.seed)
        _require(2 <= self.n_neighbors <= 200, "n_neighbors", "between 2 and 200", self.n_neighbors)
        _require(0 <= self.min_dist <= 1, "min_dist", "between 0 and 1", self.min_dist)
        _require(self.metric in METRICS, "metric", f"one of {', '.join(METRICS)}", self.metric)
        _require(2 <= self.perplexity <= 200, "perplexity", "between 2 and 200", self.perplexity)
        _require(self.era in ERAS, "era", f"one of {', '.join(ERAS)}", self.era)
        _require(self.min_ratings >= 0, "min_ratings", "0 or more", self.min_ratings)
        if self.method == "tsne":
            _require(self.n_components == 2, "n_components", "2 for t-SNE", self.n_components)
        if self.method == "pca":
            if not self.components:
                object.__setattr__(self, "components", tuple(range(1, self.n_components + 1)))
            _require(
                len(set(self.components)) == len(self.components) == self.n_components
                and all(1 <= component <= N_PCA_COMPONENTS for component in self.components),
                "components",
                f"{self.n_components} different numbers from 1 to {N_PCA_COMPONENTS}",
                self.components,
            )
        if self.method == "axes":
            _require(
                len(self.axes) == self.n_components and all(start and end for start, end in self.axes),
                "axes",
                f"{self.n_components} pairs of groups of movies, none empty",
                self.axes,
            )

    def key(self) -> str:
        """Everything the result depends on beside the vectors, spelled out: equal keys, equal pictures."""
        return "-".join(f"{name}={value}" for name, value in self.to_dict().items())

    def to_dict(self) -> dict[str, str]:
        """The settings that `method` uses, as text for a URL; `from_dict` reads them back."""
        return {"method": self.method} | {name: _to_text(getattr(self, name)) for name in _USED_BY[self.method]}

    @classmethod
    def from_dict(cls, settings: dict[str, str]) -> ProjectionSpec:
        """The inverse of `to_dict`; what is missing takes its default. Raises `ProjectionError`."""
        parsers: dict[str, Callable[[str], object]] = {
            "seed": int, "n_components": int, "n_neighbors": int, "min_ratings": int, "min_dist": float,
            "perplexity": float, "components": _ids_from_text, "axes": _axes_from_text,
        }  # fmt: skip
        names = {field.name for field in fields(cls)}
        values = {}
        for name, text in settings.items():
            _require(name in names, "settings", f"among {', '.join(sorted(names))}", name)
            try:
                values[name] = parsers.get(name, str)(text)
            except ValueError:
                raise ProjectionError(f"`{name}` cannot be read. Received: {quoted(text)}.") from None
        return cls(**values)


def _require(holds: bool, name: str, rule: str, received: object) -> None:
    if not holds:
        raise ProjectionError(f"`{name}` must be {rule}. Received: {quoted(received)}.")


def _to_text(value: object) -> str:
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return ";".join(">".join(_to_text(group) for group in axis) for axis in value)
        return ",".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _ids_from_text(text: str) -> tuple[int, ...]:
    return tuple(int(item) for item in text.split(",") if item)


def _axes_from_text(text: str) -> tuple[Axis, ...]:
    axes = []
    for axis in text.split(";"):
        start, end = axis.split(">")
        axes.append((_ids_from_text(start), _ids_from_text(end)))
    return tuple(axes)
