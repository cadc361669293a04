"""Opening the app must not load what takes seconds: checked by the list of modules, not by the clock."""

import subprocess
import sys

from tests.pages.conftest import ROOT

SCRIPT = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=30).run()
assert not app.exception, app.exception
assert "Movies" in app.title[0].value
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_the_first_page_imports_nothing_that_takes_long(runs):
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stdout.split())
    assert "recsys_core" in loaded
    assert not loaded & {"tensorflow", "keras", "umap", "numba", "sklearn", "scipy", "optuna", "dask"}
