"""A scheduler that speaks to those alone who have a certificate, with certificates made as the README says."""

import subprocess

import pytest

from recsys_core.errors import JobError
from recsys_core.jobs.cluster import connection
from recsys_core.jobs.cluster.connection import Connection
from tests.dask_cluster import Cluster, free_port

COMMANDS = (
    "openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=mine -keyout ca.key -out ca.pem",
    "openssl req -newkey rsa:3072 -nodes -subj /CN=cluster -keyout key.pem -out request.pem",
    "openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -out cert.pem",
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    for command in COMMANDS:
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def guarded(certificates, tmp_path_factory):
    """A scheduler with TLS."""
    files = {"--tls-ca-file": "ca.pem", "--tls-cert": "cert.pem", "--tls-key": "key.pem"}
    security = tuple(part for flag, name in files.items() for part in (flag, str(certificates / name)))
    made = Cluster(tmp_path_factory.mktemp("guarded"), free_port(), security=security, scheme="tls")
    try:
        made.start_scheduler()
        yield made
    finally:
        made.end()


@pytest.fixture
def files(certificates, monkeypatch):
    monkeypatch.setenv("RECSYS_TLS_CA", str(certificates / "ca.pem"))
    monkeypatch.setenv("RECSYS_TLS_CERT", str(certificates / "cert.pem"))
    monkeypatch.setenv("RECSYS_TLS_KEY", str(certificates / "key.pem"))


def test_who_has_the_certificate_is_let_in(guarded, files):
    made = Connection(guarded.address, 20)
    assert made.is_up
    assert made.workers() == {}
    made.close()
    assert not made.is_up


def test_who_has_none_or_another_is_not(guarded, files, monkeypatch, tmp_path):
    for command in COMMANDS:
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    monkeypatch.setenv("RECSYS_TLS_CERT", str(tmp_path / "cert.pem"))
    monkeypatch.setenv("RECSYS_TLS_KEY", str(tmp_path / "key.pem"))
    with pytest.raises(JobError, match="must answer at tls://"):
        Connection(guarded.address, 2)
    with pytest.raises(JobError, match="must answer at tcp://"):
        Connection(guarded.address.replace("tls", "tcp"), 2)
    monkeypatch.delenv("RECSYS_TLS_KEY")
    with pytest.raises(JobError, match=r"`RECSYS_TLS_KEY` must name a PEM file that is there. Received: ''\."):
        Connection(guarded.address, 2)


def test_a_scheduler_of_another_version_is_refused_in_one_line(guarded, files, monkeypatch):
    monkeypatch.setattr(connection, "differences", lambda mine, theirs: "dask 1.0 where this app has 2.0")
    with pytest.raises(JobError, match=r"must have the versions of this app. Received: dask 1.0 where"):
        Connection(guarded.address, 20)
