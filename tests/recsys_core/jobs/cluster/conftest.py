"""A real scheduler and real workers, each a process of its own on this machine."""

import pytest

from tests.dask_cluster import running_cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler, and workers that the module starts."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made
