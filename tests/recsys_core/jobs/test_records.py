"""What is left of jobs after a restart: records that no other process's jobs suffer from."""

import dataclasses
import json
import os
import signal
import subprocess
import sys

import pytest

from recsys_core.jobs import records
from recsys_core.jobs.messages import Failed, Preparing, Queued, Task
from recsys_core.jobs.records import MAX_RECORDS, Records
from tests.recsys_core.jobs.conftest import QUICK, status_of

OTHER_PROCESS = """
import sys
from recsys_core.jobs.messages import Preparing, Queued, Task
from recsys_core.jobs.records import Records
from recsys_core.jobs.status import fold, new_status
from recsys_core.runs.store import runs_dir
from recsys_core.settings.train_config import TrainConfig
status = new_status("theirs", Task(config=TrainConfig(), run_name="their-run"))
for event in (Queued(), Preparing()):
    status = fold(status, event)
records = Records(runs_dir)
records.write(status)
print("written", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_process(runs_dir):
    """Another app on the same folder, in the middle of a training."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS],
        env={**os.environ, "RECSYS_RUNS_DIR": str(runs_dir)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "written\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def status(job_id, *events, at=1000.0):
    task = Task(config=QUICK, run_name=f"run-{job_id}")
    return dataclasses.replace(status_of(task, [Queued(at=at), *events]), job_id=job_id)


def states(found):
    return {record.job_id: record.state for record in found}


def test_what_was_under_way_is_interrupted_once_its_process_is_dead(other_process, runs_dir):
    # While it lives, its training is its own, however often others look.
    assert states(Records(lambda: runs_dir).all()) == {"theirs": "preparing"}
    assert states(Records(lambda: runs_dir).all()) == {"theirs": "preparing"}
    other_process.send_signal(signal.SIGKILL)
    other_process.wait()
    after = Records(lambda: runs_dir)
    (record,) = after.interrupted()
    assert (record.job_id, record.run_name, record.task.run_name) == ("theirs", "their-run", "their-run")
    assert "Interrupted" in record.message
    assert list((runs_dir / ".jobs").glob("*.lock")) == []
    after.dismiss("theirs")
    assert after.interrupted() == []
    assert Records(lambda: runs_dir).interrupted() == []
    assert states(Records(lambda: runs_dir).all()) == {"theirs": "interrupted"}


def test_ones_own_jobs_and_those_that_are_over_stay_as_they_are(runs_dir):
    mine = Records(lambda: runs_dir)
    mine.write(status("a", Preparing()))
    mine.write(status("b", Failed(message="no"), at=2000.0))
    assert [(record.job_id, record.state) for record in mine.all()] == [("b", "failed"), ("a", "preparing")]
    mine.write(status("a", Failed(message="no")))
    assert states(Records(lambda: runs_dir).all()) == {"a": "failed", "b": "failed"}
    assert mine.interrupted() == []


def test_there_are_never_too_many(runs_dir):
    mine = Records(lambda: runs_dir)
    for number in range(MAX_RECORDS + 5):
        mine.write(status(f"job{number}", Failed(message="no"), at=number))
        os.utime(runs_dir / ".jobs" / f"job{number}.json", (number + 1, number + 1))
    found = mine.all()
    assert len(found) == MAX_RECORDS
    assert found[-1].job_id == "job5"


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff", b'{"job_id": 3}', b"[" * 100_000])
def test_a_damaged_record_hides_no_other(runs_dir, content):
    mine = Records(lambda: runs_dir)
    mine.write(status("a", Failed(message="no")))
    (runs_dir / ".jobs" / "damaged.json").write_bytes(content)
    assert states(mine.all()) == {"a": "failed"}
    assert states(Records(lambda: runs_dir).all()) == {"a": "failed"}


def test_wrong_settings_in_a_record_hide_no_other(runs_dir):
    mine = Records(lambda: runs_dir)
    mine.write(status("a", Failed(message="no")))
    file = runs_dir / ".jobs" / "a.json"
    content = json.loads(file.read_text())
    content["task"]["config"]["seed"] = -1
    (runs_dir / ".jobs" / "b.json").write_text(json.dumps(content))
    assert states(mine.all()) == {"a": "failed"}


def test_a_folder_that_cannot_be_written_fails_no_job(tmp_path, caplog):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    mine = Records(lambda: in_the_way)
    mine.write(status("a", Preparing()))
    assert "could not be written" in caplog.text
    assert mine.all() == []
    mine.dismiss("a")


def test_where_nothing_can_be_locked_nobody_is_declared_dead(runs_dir, monkeypatch):
    monkeypatch.setattr(records, "_try_lock", lambda file: False)
    Records(lambda: runs_dir).write(status("a", Preparing()))
    assert states(Records(lambda: runs_dir).all()) == {"a": "preparing"}
    monkeypatch.undo()
    assert states(Records(lambda: runs_dir).all()) == {"a": "preparing"}
