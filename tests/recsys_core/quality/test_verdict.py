"""A run in one sentence, from figures that are known."""

import json

import pytest

from recsys_core.quality.report import REPORT_FILE
from recsys_core.quality.verdict import as_sentence, claims_about
from recsys_core.runs.run import Run
from tests.exploring import five_movies, run_info, write_files


@pytest.fixture
def run(tmp_path):
    """Its validation MSE is 0.6, that of guessing 1.2."""
    write_files(tmp_path / "run", five_movies().vectors, five_movies().movies, run_info())
    return Run(tmp_path / "run")


def keep_figures(run: Run, **values: float | None) -> None:
    """Figures by measure and source: `genre_overlap__run=0.4`."""
    figures = [
        {"measure": name.split("__")[0], "source": name.split("__")[1], "band": "all", "value": value, "n": 9}
        for name, value in values.items()
    ]
    run.cache_dir.mkdir(exist_ok=True)
    (run.cache_dir / REPORT_FILE).write_text(json.dumps({"version": 3, "figures": figures}))


def sentence(run: Run) -> str:
    return as_sentence("It", claims_about(run))


def test_what_is_known_is_said(run):
    assert sentence(run) == "It beats guessing by 50%."
    keep_figures(run, genre_overlap__run=0.4, genre_overlap__random=0.2, stability__run=None)
    assert sentence(run) == "It beats guessing by 50%; its neighbors share genres twice as much as random ones."
    keep_figures(run, genre_overlap__run=0.48, genre_overlap__random=0.2, stability__run=0.66)
    assert sentence(run).endswith("genres 2.4 times as much as random ones; 66% of them stay from another seed.")
    keep_figures(run, genre_overlap__run=0.2, genre_overlap__random=0.2)
    assert sentence(run).endswith("share genres no more than random ones.")
    behind = claims_about(run)[0].behind
    assert all(figure in behind for figure in ("0.600", "1.200", "0.800"))


def test_a_run_that_guesses_worse_and_one_that_diverged(tmp_path):
    worse = run_info(baselines=run_info().baselines.model_copy(update={"mean_mse": 0.5}))
    write_files(tmp_path / "worse", five_movies().vectors, five_movies().movies, worse)
    assert sentence(Run(tmp_path / "worse")) == "It does worse than guessing by 20%."
    write_files(tmp_path / "gone", five_movies().vectors, five_movies().movies, run_info(status="diverged"))
    assert sentence(Run(tmp_path / "gone")) == ""
