"""What differs between runs in settings and data."""

import dataclasses

from recsys_core.compare.differing import differing
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
        "User embedding size": ("2", "16", "16"),
        "Seed": ("0", "3", "3"),
    }
    assert str(differing(runs[:2])[-1]) == "seed 0 → 3"
    assert differing([runs[0], runs[0]]) == []


def test_other_ratings_under_the_same_name_are_another_data_set(tmp_path):
    data = run_info().data
    runs = [
        run_with(tmp_path / name, data=data.model_copy(update={"fingerprint": name * 32, "id": "mine"}))
        for name in ("a", "b")
    ]
    assert [each.name for each in differing(runs)] == ["Data set"]
