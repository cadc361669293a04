"""The pages run without a browser."""

from tests.browsing import ROOT

PAGES = tuple(sorted(path.stem for path in (ROOT / "pages").glob("*.py")))
"""All of them, by the names of their files."""

LISTS_ALL = ("runs", "sweep")
"""Those that do without the chosen run, which they offer among the others."""
OPEN = {
    "train": [{"train_more": True}],
    "quality": [{"quality_tab": tab} for tab in ("Neighbors", "Taste or era", "Predictions", "Popularity", "Spectrum")],
    "biases": [{"biases_tab": "Users"}],
}
"""What can be opened on a page, as its session has it: so often it is looked at to see all of it."""
