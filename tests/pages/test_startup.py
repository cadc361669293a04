"""Opening the app must not load what takes seconds: checked by the list of modules, not by the clock."""

import os
import subprocess
import sys

from recsys_core.commands.app import FIRST_PAGE
from tests.pages import PAGES
from tests.pages.conftest import ROOT
from tests.pages.test_pages import open_page

SCRIPT = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=30).run()
assert not app.exception, app.exception
assert "Movies" in app.title[0].value
print(*sys.modules)
"""


def test_the_first_page_imports_nothing_that_takes_long(runs):
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    modules = set(ran.stdout.split())
    assert set(FIRST_PAGE) <= modules
    loaded = {name.partition(".")[0] for name in modules}
    assert not loaded & {"tensorflow", "keras", "umap", "numba", "sklearn", "scipy", "optuna", "dask"}


EACH = """
import sys
from streamlit.testing.v1 import AppTest
for page in sys.argv[1:]:
    app = AppTest.from_file("app.py", default_timeout=60)
    app.switch_page(f"pages/{page}.py")
    app.run()
    assert not app.exception, (page, app.exception)
print(*sys.modules)
"""


def test_no_page_but_judge_imports_what_takes_long_before_it_is_asked_for_something(runs):
    pages = [page for page in PAGES if page != "judge"]
    ran = subprocess.run(
        [sys.executable, "-c", EACH, *pages], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"RECSYS_WORK_AHEAD": "no"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    loaded = {name.partition(".")[0] for name in ran.stdout.split()}
    assert not loaded & {"tensorflow", "keras", "umap", "numba", "sklearn", "scipy", "dask"}


def test_a_page_that_begins_with_a_map_has_its_parts_sent_for_before_all_else(runs):
    def is_expected(page: str) -> bool:
        first = open_page(page).main.children[0]
        return "is_expected" in str(first.proto)

    assert {page: is_expected(page) for page in ("home", "map", "biases")} == {
        "home": True,
        "map": True,
        "biases": False,
    }
