"""The one place where figures get their looks: colours with one meaning each, and Plotly figures from plain arrays."""

from __future__ import annotations

import numpy as np

GENRE_COLORS: dict[str, str] = {
    "Action": "#E56C8E",
    "Adventure": "#E4A672",
    "Animation": "#B46E03",
    "Children": "#A43D06",
    "Comedy": "#F2BE2D",
    "Crime": "#CA2250",
    "Documentary": "#1E6B45",
    "Drama": "#8CC5FD",
    "Fantasy": "#A277AE",
    "Film-Noir": "#86726E",
    "Horror": "#9391FB",
    "Musical": "#F5B4D0",
    "Mystery": "#1671E8",
    "Romance": "#864D69",
    "Sci-Fi": "#1FA491",
    "Thriller": "#605694",
    "War": "#98D4AB",
    "Western": "#CD7660",
}
"""The 18 genres of MovieLens. tests/test_palette.py measures how far apart they are, for colour-blind eyes too."""

GENRES = tuple(GENRE_COLORS)
NO_GENRE_COLOR = "#9499A3"

SEQUENTIAL_SCALE = (
    "#393259", "#3F4C7C", "#3D6694", "#3B7FA5", "#4397B0", "#5BADB7", "#7DC1BC", "#A2D3C2", "#C5E2CB", "#E3EFD8",
)  # fmt: skip
"""Amounts, from little (dark) to much (light), in even steps of lightness."""

DIVERGING_SCALE = (
    "#2A86C8", "#5A9BCB", "#7FABCB", "#9FB4C4", "#ADB1B6", "#C3AD9C", "#D4A179", "#DE9052", "#E37D25",
)  # fmt: skip
"""Below zero, zero in the middle (a grey that shows on white and on black), above zero."""

BELOW_COLOR, ABOVE_COLOR = DIVERGING_SCALE[0], DIVERGING_SCALE[-1]
TRAINING_COLOR = "#5B8DD6"
VALIDATION_COLOR = "#E37D25"
REFERENCE_COLOR = "#8B929E"


def plotly_scale(colors: tuple[str, ...]) -> list[list[float | str]]:
    """`colors` as a Plotly `colorscale`: evenly spaced from 0 to 1."""
    return [[place, color] for place, color in zip(np.linspace(0, 1, len(colors)).tolist(), colors, strict=True)]


def genre_color(genre: str) -> str:
    """The colour of `genre`; grey if it is none of the 18."""
    return GENRE_COLORS.get(genre, NO_GENRE_COLOR)
