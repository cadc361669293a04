"""What people say of a run is read as data, whoever wrote the file."""

import json

import pytest

from recsys_core.errors import RunError
from recsys_core.runs.marks import MARKS_FILE, Marks, checked_marks, read_marks


def test_texts_are_trimmed_and_a_name_is_one_line():
    marks = checked_marks(Marks(label=" my\n  run ", note=" first\nsecond \n"))
    assert (marks.label, marks.note) == ("my run", "first\nsecond")


@pytest.mark.parametrize("marks", [Marks(label="x" * 201), Marks(note="x" * 2001), Marks(label="\ud800")], ids=repr)
def test_what_is_too_long_or_cannot_be_written_is_refused(marks):
    with pytest.raises(RunError, match=r"must have at most [\d,]+ characters that can be written") as caught:
        checked_marks(marks)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "content",
    ["", "[1]", "null", "[" * 10_000, '{"label": 3}', json.dumps({"label": "x" * 70_000}), '{"is_starred": 1}'],
)
def test_a_file_that_cannot_be_read_says_nothing(tmp_path, content):
    (tmp_path / MARKS_FILE).write_text(content)
    assert read_marks(tmp_path) == Marks()


def test_what_later_versions_add_is_passed_over(tmp_path):
    (tmp_path / MARKS_FILE).write_text('{"label": "mine", "color": "red"}')
    assert read_marks(tmp_path) == Marks(label="mine")
    assert read_marks(tmp_path / "nowhere") == Marks()
