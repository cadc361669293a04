"""Opening the app must not load what takes seconds: checked by the list of modules, not by the clock."""

import subprocess
import sys

from recsys_core.commands.app import FIRST_PAGE
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


def test_a_page_that_begins_with_a_map_has_its_parts_sent_for_before_all_else(runs):
    def is_expected(page: str) -> bool:
        first = open_page(page).main.children[0]
        return "is_expected" in str(first.proto)

    assert {page: is_expected(page) for page in ("home", "map", "biases")} == {
        "home": True,
        "map": True,
        "biases": False,
    }
