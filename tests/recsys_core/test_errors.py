"""What messages look like, whatever was received."""

from pathlib import Path

import numpy as np
import pytest

from recsys_core.errors import MAX_MESSAGE, DataError, quoted


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("good", "'good'"),
        (1.5, "1.5"),
        (np.float32(1.5), "1.5"),
        (None, "None"),
        (Path("a b"), "'a b'"),
        ([1, 2], "[1, 2]"),
        ("two\nlines\x00", r"'two\nlines\x00'"),
        ("left\u202eright", r"'left\u202eright'"),
        ("caf\udce9", r"'caf\udce9'"),
    ],
)
def test_what_was_received_is_quoted_in_one_line(value, shown):
    assert quoted(value) == shown


@pytest.mark.parametrize(
    "value",
    ["x" * 10**7, "\U0001f600" * 300, "\x00" * 300, list(range(10**6)), {"a": "b" * 10**6}, b"x" * 10**6],
    ids=["text", "emoji", "NUL", "list", "dict", "bytes"],
)
def test_a_long_value_is_cut(value):
    assert 20 < len(quoted(value)) <= 200


def test_an_integer_that_python_will_not_write_out_is_called_one():
    assert quoted(10**10_000) == "a value of type int"


def test_both_ends_of_a_long_path_are_told():
    shown = quoted(Path("/home") / ("x" * 300) / "ratings.csv")
    assert shown.startswith("'/home")
    assert shown.endswith("ratings.csv'")


def test_a_message_is_one_line_that_can_be_written_anywhere():
    assert str(DataError("a\r\nb\x1b[31m\u2028c\udcff")) == "a b [31m c\\udcff"
    assert len(str(DataError("x" * 10**7))) == MAX_MESSAGE
