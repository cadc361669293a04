"""The command `app`: what it refuses, and what it does while a browser loads. `test_installed` opens it."""

import gc
import subprocess
import sys

import pytest

from recsys_core.cli import main
from recsys_core.commands import app
from recsys_core.resources import FOLDER

WANTED_FIRST = "import sys; from recsys_core.cli import main; main(['app', '--port', '0']); print(*sys.modules)"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "0"], "`port` must be between 1 and 65535. Received: 0."),
        (["--scheduler", "box:8786"], "`--scheduler` must be tcp://HOST:PORT"),
    ],
)
def test_bad_input_is_one_line(options, said, capsys):
    assert main(["app", *options]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_opening_the_app_needs_none_of_what_other_commands_import():
    ran = subprocess.run([sys.executable, "-c", WANTED_FIRST], cwd=FOLDER, capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "recsys_core.commands.train"} & set(ran.stdout.split())


def test_once_the_server_answers_the_first_page_is_imported(monkeypatch):
    done = []
    answers = iter([False, False, True])
    monkeypatch.setattr(app, "_answers", lambda: done.append("asked") or next(answers))
    monkeypatch.setattr(app.importlib, "import_module", done.append)
    gc.disable()
    app._import_first_page()
    assert done == [*3 * ["asked"], *app.FIRST_PAGE]
    assert gc.isenabled()
