"""The colors of all figures, each with one meaning, and tellable apart on both themes."""

from __future__ import annotations

import numpy as np

GENRE_COLORS: dict[str, str] = {
    "Action": "#CC5277",
    "Adventure": "#967100",
    "Animation": "#A19E03",
    "Children": "#B37D57",
    "Comedy": "#F2BF2E",
    "Crime": "#874846",
    "Documentary": "#75D9B8",
    "Drama": "#5070EE",
    "Fantasy": "#8D76A6",
    "Film-Noir": "#387B6A",
    "Horror": "#D68F8B",
    "Musical": "#8D3B75",
    "Mystery": "#3F9FFF",
    "Romance": "#FF92CE",
    "Sci-Fi": "#0DD9FD",
    "Thriller": "#6342BC",
    "War": "#BACE85",
    "Western": "#88490F",
}
"""The 18 genres of MovieLens; tests/ui/charts/test_palette.py holds them apart, for color-blind eyes too."""

GENRES = tuple(GENRE_COLORS)
NO_GENRE_COLOR = "#9499A3"

SEQUENTIAL_SCALE = (
    "#46377A", "#434E89", "#3F6397", "#3D77A1", "#3F8AAA", "#4D9FB3", "#69B5B9", "#8AC7BB", "#A9D5B5", "#C6DDA9",
)  # fmt: skip
"""Amounts, from little (dark) to much (light), in even steps of lightness."""

DIVERGING_SCALE = (
    "#2A86C8", "#5D8CBB", "#7791B1", "#8895A8", "#9599A0", "#A39692", "#B4917D", "#CA8A5D", "#E37D25",
)  # fmt: skip
"""Below zero, zero in the middle (a gray that shows on white and on black), above zero."""

BELOW_COLOR, ABOVE_COLOR = DIVERGING_SCALE[0], DIVERGING_SCALE[-1]
TRAINING_COLOR = "#5B8DD6"
VALIDATION_COLOR = "#E37D25"
REFERENCE_COLOR = "#8B929E"
RUN_COLORS = ("#4E88D0", "#E37D25", "#2FA37C", "#B45FA6", "#C2A11F", "#2FB0D0", "#D2564E", "#7D6FD6")
"""Runs that are compared, in their order; each has a letter too, for eyes that take two of them for one."""


def plotly_scale(colors: tuple[str, ...]) -> list[list[float | str]]:
    """`colors` as a Plotly `colorscale`: evenly spaced from 0 to 1."""
    return [[place, color] for place, color in zip(np.linspace(0, 1, len(colors)).tolist(), colors, strict=True)]


def genre_color(genre: str) -> str:
    """The color of `genre`; gray if it is none of the 18."""
    return GENRE_COLORS.get(genre, NO_GENRE_COLOR)
