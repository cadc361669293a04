"""The tour of docs/design.md names every file there is, in its own words."""

from docs.tour import DESIGN, TREES, first_sentence, with_tour
from tests.browsing import ROOT


def test_the_tour_is_that_of_the_files_as_they_are():
    text = DESIGN.read_text(encoding="utf-8")
    assert text == with_tour(text), "write it anew: python -m docs.tour"


def test_every_module_opens_with_a_sentence_that_says_what_it_is_for():
    modules = [path for tree in TREES for path in (ROOT / tree).rglob("*.py")]
    assert [str(path) for path in modules if path.name != "__init__.py" and len(first_sentence(path)) < 20] == []
