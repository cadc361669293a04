"""What is an address of a scheduler, and what is refused in one line."""

import pytest

from recsys_core.errors import ConfigError
from recsys_core.jobs.cluster.address import SCHEDULER, scheduler_address
from recsys_core.jobs.cluster.executor import DaskExecutor
from recsys_core.jobs.executors import cluster, executor, use_scheduler
from recsys_core.jobs.executors.local import LocalExecutor
from recsys_core.jobs.messages import Task
from recsys_core.jobs.task import RunsFolder, checked
from tests.recsys_core.jobs.conftest import QUICK, wait


@pytest.fixture
def nobody(monkeypatch):
    """No scheduler is named, and the executor of the process is made anew."""
    monkeypatch.setenv(SCHEDULER, "")
    executor.cache_clear()
    yield
    executor.cache_clear()


def test_an_address_is_given_or_in_the_environment(nobody, monkeypatch):
    assert scheduler_address() is None
    monkeypatch.setenv(SCHEDULER, " tls://box-1.example.org:8786 ")
    assert scheduler_address() == "tls://box-1.example.org:8786"
    assert scheduler_address("tcp://[::1]:1") == "tcp://[::1]:1"


@pytest.mark.parametrize(
    "given", ["localhost", "localhost:8786", "http://localhost:8786", "tcp://a:0", "tcp://a:99999", "tcp://a b:1", "-"]
)
def test_anything_else_is_refused_and_named(nobody, monkeypatch, given):
    with pytest.raises(ConfigError, match=r"`--scheduler` must be tcp://HOST:PORT or tls://HOST:PORT. Received: "):
        scheduler_address(given)
    monkeypatch.setenv(SCHEDULER, given)
    with pytest.raises(ConfigError, match=r"`RECSYS_SCHEDULER` must be"):
        scheduler_address()


def test_the_executor_of_the_process_is_what_the_environment_says(nobody):
    assert isinstance(executor(), LocalExecutor)
    assert cluster() is None
    use_scheduler(None)
    assert isinstance(executor(), LocalExecutor)
    use_scheduler("tcp://127.0.0.1:9")
    assert isinstance(executor(), DaskExecutor)
    assert executor() is executor()
    assert cluster().address == "tcp://127.0.0.1:9"
    with pytest.raises(ConfigError):
        use_scheduler("here")


@pytest.mark.parametrize(
    ("address", "said"), [("tcp://127.0.0.1:9", "A Dask scheduler must answer at"), ("box", "must be tcp://HOST:PORT")]
)
def test_where_nobody_answers_a_job_says_so_and_waits(nobody, monkeypatch, small_data, address, said):
    monkeypatch.setenv(SCHEDULER, address)
    events = []
    executor().start("a", checked(Task(config=QUICK, data_set=small_data), RunsFolder()), events.append)
    told = wait(lambda: [event.message for event in events if said in event.message], lambda seen: seen)
    assert told[0].endswith("Trying again.")
    executor().stop("a")
    assert wait(lambda: events[-1], lambda event: event.kind == "stopped").message.endswith("nothing was kept.")
    executor().close()
