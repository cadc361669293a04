"""What differs between runs in settings and data."""

import dataclasses

from recsys_core.compare.differing import differing, judged_on_the_same
from recsys_core.runs.run import Run
from recsys_core.settings.train_config import with_values
from tests.exploring import blobs, movies_of, run_info, write_files


def run_with(folder, **changes):
    vectors = blobs()[0]
    write_files(folder, vectors, movies_of(len(vectors)), run_info(**changes))
    return Run(folder)


def test_only_what_is_not_the_same_for_all_is_told(tmp_path):
    known = run_info()
    small = with_values(known.config, {"embedding_size": 16, "seed": 3})
    runs = [
        run_with(tmp_path / "a"),
        run_with(tmp_path / "b", config=small),
        run_with(tmp_path / "c", config=dataclasses.replace(small, preset="mine"), continued_from="b"),
    ]
    found = {each.name: each.values for each in differing(runs)}
    assert found == {
        "Went on from": ("–", "–", "b"),
        "Movie embedding size": ("2", "16", "16"),
        "Seed": ("0", "3", "3"),
    }
    assert str(differing(runs[:2])[-1]) == "seed 0 → 3"
    assert differing([runs[0], runs[0]]) == []


def test_settings_that_an_architecture_does_not_have_are_no_difference(tmp_path):
    known = run_info().config
    other = dataclasses.replace(known, architecture="concatenation", hidden_layers=(8,), watch_weight=7.0)
    found = {
        each.name: each.values for each in differing([run_with(tmp_path / "a"), run_with(tmp_path / "b", config=other)])
    }
    assert found["Hidden layers"][0] == "–"
    assert "Weight of watching" not in found


def test_errors_compare_where_the_same_ratings_validate(tmp_path):
    known = run_info().config
    changed = {"a": {}, "b": {"embedding_size": 16}, "c": {"seed": 3}, "d": {"validation_fraction": 0.2}}
    runs = {name: run_with(tmp_path / name, config=with_values(known, change)) for name, change in changed.items()}
    assert judged_on_the_same([runs["a"], runs["b"]])
    assert not judged_on_the_same([runs["a"], runs["c"]])
    assert not judged_on_the_same([runs["a"], runs["d"]])


def test_other_ratings_under_the_same_name_are_another_data_set(tmp_path):
    data = run_info().data
    runs = [
        run_with(tmp_path / name, data=data.model_copy(update={"fingerprint": name * 32, "id": "mine"}))
        for name in ("a", "b")
    ]
    assert [each.name for each in differing(runs)] == ["Data set"]
