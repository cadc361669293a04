"""What differs between two installations, this project's own code among it."""

import shutil
from pathlib import Path

import recsys_core
from recsys_core.jobs.cluster.versions import PROJECT, code_digest, differences, own_versions


def test_what_differs_is_said_in_one_line():
    mine = {"movie-embeddings": "abc", "numpy": "2.4.6", "keras": "3.15"}
    assert differences(mine, {**mine, "more": "1"}) == ""
    assert differences(mine, {"movie-embeddings": "abc", "numpy": "2.3.1"}) == (
        "numpy 2.3.1 where this app has 2.4.6, keras missing where this app has 3.15"
    )


def test_all_that_messages_and_trainings_go_through_has_a_version():
    assert "" not in own_versions().values()


def test_an_edited_module_is_another_version_and_other_ends_of_lines_are_not(tmp_path):
    folder = shutil.copytree(Path(recsys_core.__file__).parent, tmp_path / "recsys_core")
    assert code_digest(folder) == own_versions()[PROJECT]
    file = folder / "errors.py"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    (folder / "resources" / "ui").mkdir()
    (folder / "resources" / "ui" / "page.py").write_text("installed beside it")
    assert code_digest(folder) == own_versions()[PROJECT]
    file.write_text(file.read_text() + "# edited\n")
    assert code_digest(folder) != own_versions()[PROJECT]
