"""Many runs at a glance: found, grouped, and repeated with seeds that are free."""

import math

import pytest

from recsys_core.quality.facts import RunFacts
from recsys_core.quality.overview import best_of, differing_settings, grouped, matching, next_seeds


def run(name: str, mse: float = 0.7, note: str = "", **settings) -> RunFacts:
    known = {"architecture": "dot-bias", "embedding_size": 128, "optimizer": "Adam", "seed": 0} | settings
    size = known["embedding_size"]
    return RunFacts(
        name, f"Run {name}", note=note, status="finished", settings=known, data="MovieLens", val_mse=mse,
        settings_name="default" if size == 128 else f"default, size {size}",
    )  # fmt: skip


BROKEN = RunFacts("broken", "Broken", damage="config.json is missing")
RUNS = [
    run("a", 0.70), run("b", 0.72, seed=1), run("c", 0.74, seed=2), run("d", 0.68, "the winner", embedding_size=16),
    run("e", math.nan, embedding_size=16, optimizer="SGD"), BROKEN,
]  # fmt: skip


def names(runs) -> str:
    return "".join(each.name for each in runs if not each.is_damaged) + "!" * sum(each.is_damaged for each in runs)


@pytest.mark.parametrize(
    ("text", "values", "found"),
    [
        ("", {}, "abcde!"),
        ("size 16", {}, "de"),
        ("16 sgd", {}, "e"),
        ("size 12", {}, ""),
        ("WINNER", {}, "d"),
        ("damaged", {}, "!"),
        ("movielens run", {}, "abcde"),
        ("nothing", {}, ""),
        ("", {"seed": [0], "optimizer": ["Adam"]}, "ad"),
        ("", {"seed": [1, 2], "optimizer": []}, "bc"),
        ("winner", {"seed": [1]}, ""),
    ],
)
def test_runs_are_found_by_words_and_by_settings(text, values, found):
    assert names(matching(RUNS, text, values)) == found


def test_repeats_become_a_mean_with_its_spread():
    groups = grouped(RUNS, "seed")
    assert [(group.label, names(group.runs)) for group in groups] == [
        ("default", "abc"), ("default, size 16", "d"), ("default, size 16", "e"),
    ]  # fmt: skip
    assert groups[0].mean("val_mse") == pytest.approx(0.72)
    assert groups[0].spread("val_mse") == pytest.approx(0.02)
    assert groups[0].best.name == "a"
    assert math.isnan(groups[1].spread("val_mse"))
    assert math.isnan(groups[2].mean("val_mse"))
    assert groups[2].best.name == "e"


def test_runs_are_put_together_by_any_setting():
    groups = grouped(RUNS, "embedding_size")
    assert [(group.label, names(group.runs)) for group in groups] == [
        ("Embedding size 128", "abc"), ("Embedding size 16", "de"),
    ]  # fmt: skip
    assert groups[1].mean("val_mse") == pytest.approx(0.68)
    assert grouped([BROKEN], "seed") == []


def test_the_best_and_what_differs():
    assert best_of(RUNS).name == "d"
    assert best_of([BROKEN]) is None
    assert differing_settings(RUNS) == ["embedding_size", "seed", "optimizer"]


def test_repeats_take_seeds_that_are_free():
    assert next_seeds(RUNS[0], RUNS, 3) == [3, 4, 5]
    assert next_seeds(RUNS[1], RUNS, 2) == [3, 4]
    assert next_seeds(RUNS[3], RUNS, 1) == [1]
