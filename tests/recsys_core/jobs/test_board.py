"""The board: places in the queue, limits, stopping, failing, and an executor that outlives it all."""

import dataclasses
import shutil

import pytest

from recsys_core.data.catalog import BUILT_IN
from recsys_core.errors import ConfigError, DataError, JobError, RunError
from recsys_core.jobs import board
from recsys_core.jobs.board import MAX_QUEUED, MAX_QUEUED_PER_VISITOR, Board
from recsys_core.jobs.executors.local import LocalExecutor
from recsys_core.jobs.messages import EpochEnded, Failed, Preparing, Saved, SaveFailed, Task
from recsys_core.jobs.records import Records
from recsys_core.jobs.task import RunsFolder
from recsys_core.runs.store import find_run, list_runs
from recsys_core.settings.train_config import Phase
from tests.patient_executor import PatientExecutor
from tests.recsys_core.jobs.conftest import ENDLESS, QUICK, wait

SAVED = Saved(run_name="a", path="/a", kept_epoch=1, last_epoch=1, status="finished")


@pytest.fixture
def patient():
    return PatientExecutor()


@pytest.fixture
def quiet_board(patient):
    return Board(patient, RunsFolder())


def job_status(job_id, until):
    return wait(lambda: board.status(job_id), until)


def finished(job_id):
    return job_status(job_id, lambda status: status.is_over)


def test_jobs_wait_in_line_and_see_their_place(quiet_board, patient):
    first, second, third = (quiet_board.submit(Task(config=QUICK)) for _ in range(3))
    patient.emits[first](Preparing())
    assert [quiet_board.status(job_id).queue_place for job_id in (first, second, third)] == [0, 1, 2]
    assert [status.job_id for status in quiet_board.active()] == [first, second, third]
    quiet_board.stop(second)
    assert quiet_board.status(second).state == "stopped"
    assert quiet_board.status(third).queue_place == 1
    patient.emits[first](Failed(message="no"))
    assert quiet_board.status(third).queue_place == 0
    assert [status.job_id for status in quiet_board.active()] == [third]


def test_a_running_job_is_stopped_by_its_executor(quiet_board, patient):
    job_id = quiet_board.submit(Task(config=QUICK))
    patient.emits[job_id](Preparing())
    quiet_board.stop(job_id)
    assert patient.stopped == [job_id]
    assert quiet_board.status(job_id).state == "preparing"


def test_what_comes_after_a_stop_in_the_queue_is_not_heard(quiet_board, patient):
    job_id = quiet_board.submit(Task(config=QUICK))
    quiet_board.stop(job_id)
    patient.emits[job_id](Preparing())
    patient.emits[job_id](SAVED)
    assert quiet_board.status(job_id).state == "stopped"


def test_a_visitor_and_a_process_may_have_so_many_jobs_waiting(quiet_board, patient):
    jobs = [quiet_board.submit(Task(config=QUICK), "ann") for _ in range(MAX_QUEUED_PER_VISITOR)]
    with pytest.raises(JobError, match="of one visitor"):
        quiet_board.submit(Task(config=QUICK), "ann")
    for number in range(MAX_QUEUED - MAX_QUEUED_PER_VISITOR):
        quiet_board.submit(Task(config=QUICK), f"visitor {number}")
    with pytest.raises(JobError, match=f"At most {MAX_QUEUED} jobs"):
        quiet_board.submit(Task(config=QUICK), "ben")
    patient.emits[jobs[0]](Failed(message="no"))
    quiet_board.submit(Task(config=QUICK), "ann")


def test_jobs_of_the_same_second_have_names_of_their_own(quiet_board):
    names = [quiet_board.status(quiet_board.submit(Task(config=QUICK, run_name="mine"))).run_name for _ in range(3)]
    assert names == ["mine", "mine-2", "mine-3"]


def test_who_is_told_of_a_saved_run_is_told_before_the_job_is_over(patient):
    told = []
    listening = Board(patient, RunsFolder(), on_saved=lambda name: told.append((name, listening.active()[0].state)))
    job_id = listening.submit(Task(config=QUICK))
    patient.emits[job_id](Preparing())
    patient.emits[job_id](SAVED)
    assert told == [("a", "preparing")]
    assert listening.status(job_id).state == "done"


def test_a_listener_that_finds_no_run_harms_nothing(patient):
    def gone(name):
        raise RunError("It is gone.")

    listening = Board(patient, RunsFolder(), on_saved=gone)
    job_id = listening.submit(Task(config=QUICK))
    patient.emits[job_id](SAVED)
    assert listening.status(job_id).state == "done"


def test_what_could_not_be_saved_can_be_saved_again_while_it_is_kept(quiet_board, patient):
    job_id = quiet_board.submit(Task(config=QUICK))
    patient.emits[job_id](SaveFailed(message="No space left on device"))
    status = quiet_board.status(job_id)
    assert (status.state, status.message, status.is_over) == ("unsaved", "No space left on device", True)
    assert not quiet_board.can_save_again(job_id)
    with pytest.raises(JobError):
        quiet_board.save_again(job_id)
    patient.kept.add(job_id)
    assert quiet_board.can_save_again(job_id)
    for _ in range(2):
        quiet_board.save_again(job_id)
    assert patient.asked_to_save == [job_id]
    assert quiet_board.status(job_id).state == "saving"
    patient.emits[job_id](SAVED)
    quiet_board.save_again(job_id)
    assert patient.asked_to_save == [job_id]
    assert quiet_board.status(job_id).saved_as == "a"


def test_records_tell_a_new_board_what_was_interrupted(patient, runs_dir):
    before = Board(patient, RunsFolder(), records=Records(lambda: runs_dir))
    going, over = (before.submit(Task(config=QUICK)) for _ in range(2))
    patient.emits[going](Preparing())
    patient.emits[over](Failed(message="no"))
    records = Records(lambda: runs_dir)
    assert {record.job_id: record.state for record in records.all()} == {going: "preparing", over: "failed"}
    # Its process ends: the system closes the file that it held locked.
    for _, lock in before._records._held.values():
        lock.close()
    after = Board(patient, RunsFolder(), records=Records(lambda: runs_dir))
    assert [record.job_id for record in after.interrupted()] == [going]
    after.dismiss(going)
    assert after.interrupted() == []


def test_epochs_are_not_written_to_the_disk_one_by_one(patient, runs_dir):
    written = Board(patient, RunsFolder(), records=Records(lambda: runs_dir))
    job_id = written.submit(Task(config=QUICK))
    patient.emits[job_id](Preparing())
    file = runs_dir / ".jobs" / f"{job_id}.json"
    before = file.stat().st_mtime_ns
    patient.emits[job_id](
        EpochEnded(epoch=1, learning_rate=1, train_mse=1, train_mae=1, val_mse=1, val_mae=1, seconds=1)
    )
    assert file.stat().st_mtime_ns == before


def test_what_can_be_seen_to_be_wrong_is_refused_at_once(quiet_board):
    with pytest.raises(ConfigError, match="must equal"):
        quiet_board.submit(Task(config=dataclasses.replace(QUICK, movie_embedding_size=5)))
    with pytest.raises(RunError, match="nobody"):
        quiet_board.submit(Task(config=QUICK, continue_run="nobody"))
    with pytest.raises(RunError, match="name must be"):
        quiet_board.submit(Task(config=QUICK, run_name="../outside"))
    for ask in (quiet_board.status, quiet_board.stop, quiet_board.save_again):
        with pytest.raises(JobError, match="job-0"):
            ask("job-0")
    assert quiet_board.active() == []


def test_a_job_leaves_a_run(small_data):
    status = finished(board.submit(Task(config=QUICK, data_set=small_data)))
    assert status.state == "done"
    assert status.progress == 1.0
    assert status.history["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert status.live_map.epoch == 5
    assert status.live_map.coordinates.shape == (len(status.live_map.movies), 2)
    run = find_run(status.run_name)
    assert run.info.status == "finished"
    assert run.history["val_mse"].tolist() == pytest.approx(status.history["val_mse"].tolist())


def test_a_job_tells_of_an_epoch_before_it_is_over():
    sizes = {"user_embedding_size": 128, "movie_embedding_size": 128}
    slow = dataclasses.replace(QUICK, n_ratings=None, batch_size=8, **sizes)
    job_id = board.submit(Task(config=slow.with_epochs(1000)))
    status = job_status(job_id, lambda status: status.so_far is not None)
    assert status.so_far.epoch == status.epoch == len(status.history) + 1
    # The running mean error of an epoch is between nothing and the widest error there can be.
    assert 0 < status.so_far.train_mse < 25
    assert 0 < status.so_far.train_mae < 5
    later = board.status(job_id)
    assert later.seconds > status.seconds > 0
    board.stop(job_id)
    over = finished(job_id)
    assert over.state == "stopped"
    assert over.so_far is None
    assert board.status(job_id).seconds == over.seconds > later.seconds
    assert find_run(over.run_name).info.status == "stopped"


def test_a_stopped_queue_leaves_only_what_ran(small_data):
    config = ENDLESS
    first, second = (board.submit(Task(config=config, data_set=small_data)) for _ in range(2))
    job_status(first, lambda status: len(status.history) > 0)
    board.stop(second)
    board.stop(first)
    assert finished(first).state == "stopped"
    assert finished(board.submit(Task(config=QUICK, data_set=small_data, run_name="next"))).state == "done"
    names = {run.name for run in list_runs()}
    assert {board.status(first).run_name, "next"} <= names
    assert board.status(second).run_name not in names


def test_a_stopped_run_can_be_continued(small_data):
    first = finished(board.submit(Task(config=QUICK, data_set=small_data)))
    config = dataclasses.replace(QUICK, phases=(Phase(1e-4, 2),))
    second = finished(board.submit(Task(config=config, data_set=small_data, continue_run=first.run_name)))
    history = find_run(second.run_name).history
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert history["learning_rate"].tolist() == [1e-3] * 5 + [1e-4] * 2


def test_continuing_takes_the_ratings_of_the_run_and_no_others(small_data, tmp_path):
    folder = shutil.copytree(small_data.removeprefix("path:"), tmp_path / "mine")
    first = finished(board.submit(Task(config=QUICK, data_set=str(folder))))
    about = find_run(first.run_name).info.data
    assert (about.id, about.name, len(about.fingerprint)) == (f"path:{folder}", "mine", 32)

    second = finished(board.submit(Task(config=QUICK, continue_run=first.run_name)))
    assert second.state == "done"
    assert find_run(second.run_name).info.data == about
    moved = folder.rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="does not exist"):
        board.submit(Task(config=QUICK, continue_run=first.run_name))
    assert finished(board.submit(Task(config=QUICK, continue_run=first.run_name, data_set=str(moved)))).state == "done"

    moved.rename(folder)
    with (folder / "ratings.csv").open("a") as file:
        file.write("1,2,0.5,1\n")
    with pytest.raises(DataError, match=r"'mine' as they were .* which has changed since"):
        board.submit(Task(config=QUICK, continue_run=first.run_name))
    with pytest.raises(DataError, match=f"fingerprint {about.fingerprint} to continue run '{first.run_name}'"):
        board.submit(Task(config=QUICK, continue_run=first.run_name, data_set=BUILT_IN))


def test_a_failed_job_says_why_and_the_next_one_runs(small_data):
    config = dataclasses.replace(QUICK, exact_genres=("Nothing",))
    missing = finished(board.submit(Task(config=config, data_set=small_data)))
    assert missing.state == "failed"
    assert "Received: 'Nothing'" in missing.message
    assert finished(board.submit(Task(config=QUICK, data_set=small_data))).state == "done"
    assert [run.name for run in list_runs() if run.name == missing.run_name] == []


def test_a_training_that_diverges_is_kept_and_marked(small_data):
    config = dataclasses.replace(QUICK, optimizer="sgd", phases=(Phase(100.0, 3),))
    status = finished(board.submit(Task(config=config, data_set=small_data)))
    assert status.state == "diverged"
    assert find_run(status.saved_as).info.status == "diverged"
    assert not (status.history["train_mse"] < 100).iloc[-1]


def test_a_full_disk_costs_no_training(small_data, runs_dir):
    """Mended, it is saved by asking again."""
    local = Board(LocalExecutor(RunsFolder()), RunsFolder(), records=Records(lambda: runs_dir.parent))
    job_id = local.submit(Task(config=ENDLESS, data_set=small_data, run_name="mine"))
    wait(lambda: local.status(job_id), lambda status: len(status.history) > 0)
    # The folder is taken away in the middle of the training, and something else put in its place.
    runs_dir.write_text("not a folder")
    local.stop(job_id)
    status = wait(lambda: local.status(job_id), lambda status: status.is_over)
    assert status.state == "unsaved"
    assert "could not be saved" in status.message
    assert local.can_save_again(job_id)
    runs_dir.unlink()
    local.save_again(job_id)
    assert wait(lambda: local.status(job_id), lambda status: status.state == "stopped").saved_as == "mine"
    assert find_run("mine").history["epoch"].tolist() == status.history["epoch"].tolist()
    assert not local.can_save_again(job_id)


def test_a_search_suggests_a_rate(small_data):
    status = finished(board.submit(Task(kind="find_learning_rate", config=QUICK, data_set=small_data)))
    assert status.state == "done"
    assert f"{status.found.suggested:.2g}" in status.message


def test_a_summary_counts_every_parameter():
    summary = board.summarize(QUICK).result(timeout=60)
    assert summary.n_parameters == summary.layers["parameters"].sum()
