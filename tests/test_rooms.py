"""The house keeps its order: what may import what, what lies where, and which test belongs to which module."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST_MODULES = 12

ORDER = (
    "errors", "resources", "settings", "data", "models", "training", "runs", "explore", "maps", "quality", "compare",
    "jobs", "sweeps", "commands", "cli",
)  # fmt: skip
"""A package of recsys_core may import itself and what stands before it."""

COMPILED = (
    "recsys_core/maps/umap_layout.py",
    "recsys_core/training/dot/prefetch.py",
    "recsys_core/training/dot/steps.py",
)
HEAVY = {"tensorflow", "keras", "umap", "numba", "openTSNE", "optuna", "dask", "distributed"}
"""What takes seconds: imported inside the functions that need it, so that the app starts without."""

SHARED_ROOMS = {"shared", "components", "charts"}
"""Rooms of ui/ that every page may use; a page's folder is its own."""

BY_PROJECTION = "tests/recsys_core/maps/test_projection.py: every method is drawn through `project`"
BY_CLUSTER = "tests/recsys_core/jobs/cluster/test_executor.py: a real scheduler and real workers"
BY_IMPORT = "tests/recsys_core/data/importing/test_reading.py"
BY_MAP = "tests/browser/test_map_asking.py"
BY_PAGES = "tests/pages/test_pages.py"
BY_TRAINING_PAGE = "tests/browser/test_training.py"

NO_MIRROR = {
    "recsys_core/__main__.py": "tests/journeys/test_command_line.py",
    "recsys_core/commands/explore.py": "tests/recsys_core/test_cli.py",
    "recsys_core/commands/sweeps.py": "tests/recsys_core/commands/test_sweep.py",
    "recsys_core/compare/noise.py": "tests/recsys_core/compare/test_neighbors.py",
    "recsys_core/data/baselines.py": "tests/recsys_core/data/test_split.py",
    "recsys_core/data/bounded/files.py": "tests/recsys_core/data/test_hostile_files.py",
    "recsys_core/data/bounded/streams.py": "tests/recsys_core/data/test_hostile_files.py",
    "recsys_core/data/download/editions.py": "tests/recsys_core/data/download/test_fetching.py",
    "recsys_core/data/growing_table.py": "tests/recsys_core/data/test_movielens.py",
    "recsys_core/data/ids.py": "tests/recsys_core/data/test_filters.py",
    "recsys_core/data/importing/coding.py": BY_IMPORT,
    "recsys_core/data/importing/collecting.py": BY_IMPORT,
    "recsys_core/data/importing/columns.py": BY_IMPORT,
    "recsys_core/data/importing/dialect.py": BY_IMPORT,
    "recsys_core/data/importing/editions.py": BY_IMPORT,
    "recsys_core/data/importing/movies_table.py": BY_IMPORT,
    "recsys_core/data/importing/parquet_ratings.py": BY_IMPORT,
    "recsys_core/data/importing/recoding.py": BY_IMPORT,
    "recsys_core/data/importing/report.py": BY_IMPORT,
    "recsys_core/data/importing/text_ratings.py": BY_IMPORT,
    "recsys_core/data/importing/values.py": BY_IMPORT,
    "recsys_core/data/library/aggregates.py": "tests/recsys_core/data/library/test_folder.py",
    "recsys_core/data/library/scales.py": BY_IMPORT,
    "recsys_core/data/spreadsheets.py": BY_IMPORT,
    "recsys_core/explore/nearest.py": "tests/recsys_core/explore/test_embeddings.py: neighbors against a full sort",
    "recsys_core/explore/predictions.py": "tests/journeys/test_command_line.py: held to plain Keras for every preset",
    "recsys_core/jobs/cluster/actor.py": BY_CLUSTER,
    "recsys_core/jobs/cluster/bringing.py": BY_CLUSTER,
    "recsys_core/jobs/cluster/on_worker.py": BY_CLUSTER,
    "recsys_core/jobs/cluster/order.py": BY_CLUSTER,
    "recsys_core/jobs/cluster/view.py": "tests/recsys_core/jobs/cluster/test_roster.py",
    "recsys_core/jobs/cluster/watch.py": BY_CLUSTER,
    "recsys_core/jobs/data_sets.py": "tests/recsys_core/data/library/test_folder.py",
    "recsys_core/jobs/executors/executor.py": "tests/recsys_core/jobs/executors/test_local.py",
    "recsys_core/jobs/executors/foreground.py": BY_CLUSTER,
    "recsys_core/jobs/work.py": "tests/recsys_core/jobs/test_background.py",
    "recsys_core/maps/live_map.py": "tests/recsys_core/maps/test_alignment.py",
    "recsys_core/maps/manifold.py": BY_PROJECTION,
    "recsys_core/maps/pca.py": BY_PROJECTION,
    "recsys_core/maps/spec.py": BY_PROJECTION,
    "recsys_core/maps/tsne.py": BY_PROJECTION,
    "recsys_core/maps/umap.py": BY_PROJECTION,
    "recsys_core/maps/umap_layout.py": BY_PROJECTION,
    "recsys_core/models/networks.py": "tests/recsys_core/models/test_architectures.py: one suite for all of them",
    "recsys_core/quality/measuring.py": "tests/recsys_core/quality/test_report.py",
    "recsys_core/quality/report_text.py": "tests/recsys_core/quality/test_report.py",
    "recsys_core/quality/trial_figures.py": "tests/recsys_core/quality/test_report.py",
    "recsys_core/runs/keeping/lock.py": "tests/recsys_core/runs/keeping/test_trash.py",
    "recsys_core/runs/keeping/shrinking.py": "tests/recsys_core/runs/keeping/test_naming.py",
    "recsys_core/runs/again.py": "tests/recsys_core/quality/test_report.py",
    "recsys_core/runs/run.py": "tests/recsys_core/runs/test_damage.py",
    "recsys_core/settings/own.py": "tests/pages/test_own_setting.py",
    "recsys_core/sweeps/folder.py": "tests/recsys_core/sweeps/test_desk.py",
    "recsys_core/sweeps/study.py": "tests/recsys_core/sweeps/test_coordinator.py",
    "recsys_core/training/compiling/ahead.py": "tests/ui/train/test_ahead.py",
    "recsys_core/training/events.py": "tests/recsys_core/training/test_fit.py",
    "recsys_core/training/traced_layers.py": "tests/recsys_core/training/test_loop.py",
    "ui/deleted.py": "tests/browser/test_runs.py",
    "ui/navigation.py": "tests/browser/test_exploring.py",
    "ui/warm_up.py": "tests/pages/test_startup.py",
    "ui/charts/neighbor_change.py": "tests/ui/charts/test_compare.py",
    "ui/charts/recommend.py": "tests/pages/test_quality_and_recommend.py",
    "ui/charts/sweep/values.py": "tests/ui/charts/sweep/test_settings.py",
    "ui/components/expected.py": "tests/pages/test_startup.py",
    "ui/components/map/component.py": "tests/browser/test_map.py",
    "ui/components/map/tables.py": "tests/browser/test_map_messages.py",
    "ui/components/map/points.py": "tests/ui/components/test_map.py",
    "ui/shared/beside/choosing.py": "tests/browser/test_compare.py",
    "ui/shared/beside/lists.py": "tests/browser/test_compare.py",
    "ui/shared/beside/naming.py": "tests/browser/test_compare.py",
    "ui/shared/chips.py": BY_PAGES,
    "ui/shared/confidence.py": "tests/pages/test_quality_and_recommend.py",
    "ui/shared/focus.py": BY_PAGES,
    "ui/shared/format.py": "tests/pages/test_format.py",
    "ui/shared/job_line.py": BY_TRAINING_PAGE,
    "ui/shared/maps/choosing.py": BY_MAP,
    "ui/shared/maps/ordering.py": "tests/browser/test_map_asking.py",
    "ui/shared/maps/painting.py": "tests/browser/test_map_colors.py",
    "ui/shared/maps/projecting.py": BY_MAP,
    "ui/shared/maps/small.py": BY_TRAINING_PAGE,
    "ui/shared/movie_search.py": BY_PAGES,
    "ui/shared/ratings.py": BY_PAGES,
    "ui/shared/run_picker.py": "tests/pages/test_damaged_runs.py",
    "ui/shared/watching.py": BY_TRAINING_PAGE,
    "ui/shared/why.py": BY_PAGES,
}
"""Modules without a test file of their own, and which file tests them. A page's folder is tested through its page."""


def modules(*trees: str) -> list[Path]:
    return sorted(path for tree in trees for path in (ROOT / tree).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imports(path: Path, *, at_top: bool = False) -> list[tuple[str, str]]:
    """(module, name) of each import; `name` is empty for `import module`. `at_top`: only those that run on import."""
    return list(_imports(path, at_top))


def _imports(path: Path, at_top: bool) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):
        is_lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if at_top and (is_lazy or is_for_types):
            skipped |= {id(inner) for inner in ast.walk(node)}
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def room(module: str) -> str:
    """The package of recsys_core, or the file right in it, that a dotted name belongs to."""
    return module.split(".")[1] if module.startswith("recsys_core.") else ""


@pytest.mark.parametrize("path", modules("recsys_core"), ids=relative)
def test_imports_of_the_core_run_one_way(path: Path):
    here = path.relative_to(ROOT / "recsys_core").parts[0].removesuffix(".py")
    if here in ("__init__", "__main__"):
        return
    allowed = ORDER[: ORDER.index(here) + 1]
    wrong = [module for module, _ in imports(path) if room(module) and room(module) not in allowed]
    assert not wrong, f"{relative(path)} may import {', '.join(allowed)}; it imports {', '.join(wrong)}"


@pytest.mark.parametrize("path", modules("recsys_core"), ids=relative)
def test_the_core_knows_no_user_interface(path: Path):
    assert not {module.split(".")[0] for module, _ in imports(path)} & {"streamlit", "plotly", "ui", "pages"}


@pytest.mark.parametrize("path", modules("recsys_core", "ui", "pages"), ids=relative)
def test_what_takes_seconds_is_imported_where_it_is_used(path: Path):
    if relative(path) in COMPILED:
        return  # by numba as it is imported; its docstring says to import it inside functions
    assert not {module.split(".")[0] for module, _ in imports(path, at_top=True)} & HEAVY


@pytest.mark.parametrize("path", modules("recsys_core", "ui", "pages"), ids=relative)
def test_nobody_imports_the_private_names_of_another_module(path: Path):
    private = [f"{module}.{name}" for module, name in imports(path) if name.startswith("_") and module != "__future__"]
    assert not private


@pytest.mark.parametrize("path", modules("pages"), ids=relative)
def test_no_page_has_text_that_streamlit_would_show(path: Path):
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    texts = [node for node in statements[1:] if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    assert texts == []


def test_a_download_does_not_run_the_page_again():
    """It has nothing new to show, and Streamlit may drop the file that is being made for it."""
    for path in (*modules("ui"), *modules("pages")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("download_button"):
                on_click = {each.arg: ast.unparse(each.value) for each in node.keywords}.get("on_click")
                assert on_click == "'ignore'", f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", modules("ui"), ids=relative)
def test_a_page_s_folder_is_its_own(path: Path):
    here = path.relative_to(ROOT / "ui").parts[0]
    rooms = [module.split(".")[1] for module, _ in imports(path) if module.startswith("ui.")]
    pages = {name for name in rooms if (ROOT / "ui" / name).is_dir()} - SHARED_ROOMS - {here}
    assert not pages, f"{relative(path)} imports another page's parts: {', '.join(pages)}"


@pytest.mark.parametrize("path", modules("ui/charts"), ids=relative)
def test_charts_take_arrays_and_frames_and_know_no_streamlit(path: Path):
    assert "streamlit" not in {module.split(".")[0] for module, _ in imports(path)}


def test_no_folder_has_more_than_a_dozen_modules():
    sizes = Counter(path.parent for path in modules("recsys_core", "ui", "pages") if path.name != "__init__.py")
    assert {relative(folder): n for folder, n in sizes.items() if n > MOST_MODULES} == {}


def test_the_core_s_own_folder_holds_rooms_and_four_files():
    files = {path.name for path in (ROOT / "recsys_core").glob("*.py")}
    assert files == {"__init__.py", "__main__.py", "errors.py", "cli.py"}


def test_every_module_has_its_mirror_or_a_reason():
    lacking = [
        relative(path)
        for path in modules("recsys_core", "ui")
        if path.name != "__init__.py"
        and relative(path) not in NO_MIRROR
        and not (path.is_relative_to(ROOT / "ui") and path.relative_to(ROOT / "ui").parts[0] in page_folders())
        and not (ROOT / "tests" / path.relative_to(ROOT)).with_name(f"test_{path.name}").exists()
    ]
    assert lacking == []
    named = [*NO_MIRROR, *(reason.partition(":")[0] for reason in NO_MIRROR.values())]
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_page_s_folder_is_tested_in_a_browser():
    texts = [path.read_text(encoding="utf-8") for path in modules("tests/browser", "tests/journeys")]
    assert [folder for folder in sorted(page_folders()) if not any(f"/{folder}" in text for text in texts)] == []


def page_folders() -> set[str]:
    """Folders of ui/ that are a page's own."""
    return {path.name for path in (ROOT / "ui").iterdir() if path.is_dir()} - SHARED_ROOMS - {"__pycache__"}
