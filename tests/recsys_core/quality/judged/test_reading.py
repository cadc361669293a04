"""Files of judged pairs: what each form means, and what is no such file."""

import pytest

from recsys_core.errors import DataError
from recsys_core.quality.judged.reading import MAX_BYTES, parse_judgements, read_judgements


def test_numbers_are_good_above_their_mean(tmp_path):
    (tmp_path / "numbers.csv").write_text("movie,other,judgement\n1,2,5\n1,3,1\n2,3,4\n", encoding="utf-8")
    assert read_judgements(tmp_path / "numbers.csv").is_good.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "must have the columns movie, other and either judgement or rank"),
        ("movie,other,judgement\n", "must have rows"),
        ("movie,other,judgement\n1,2,maybe\n", "must be yes, no or a number. Received: 'maybe' in row 1"),
        ("movie,other,judgement\n1,2,yes\n3,,no\n", "must name two movies. Received: .* in row 2"),
        ("movie,other,rank\n1,2,first\n", "Every rank must be a number. Received: 'first' in row 1"),
        ("movie,other,rank\n1,2,1\n3,2,1\n", "Ranks must be of several others for a movie"),
    ],
)
def test_what_is_no_file_of_judgements(text, message, tmp_path):
    (tmp_path / "odd.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_judgements(tmp_path / "odd.csv")
    with pytest.raises(DataError, match="can be read"):
        read_judgements(tmp_path / "none.csv")
    with pytest.raises(DataError, match="at most"):
        parse_judgements(b"x" * (MAX_BYTES + 1), "large.csv")
    with pytest.raises(DataError, match="in UTF-8"):
        parse_judgements(b"movie,other,judgement\n\xff,2,yes\n", "latin.csv")


def test_the_better_half_of_a_movie_s_ranks_is_yes():
    ranks = "Movie;Other;Rank\n1;2;1\n1;3;2\n1;4;3\n9;2;1\n5;2;2\n5;3;1\n"
    found = parse_judgements(ranks.encode(), "ranks.csv")
    # The middle one is no; movie 9 has one rank alone, which says nothing.
    assert found.pairs == (("1", "2"), ("1", "3"), ("1", "4"), ("5", "2"), ("5", "3"))
    assert found.is_good.tolist() == [True, False, False, False, True]
    assert found.n_alone == 1
