"""Memory that threads leave: looked at in a process of its own, for a process that has many arenas keeps them."""

import platform
import subprocess
import sys

import pytest

from recsys_core.jobs.threads.arenas import N_ARENAS
from recsys_core.resources import FOLDER

COUNT = """
import ctypes, re, sys, tempfile, threading
if sys.argv[1] == "shared":
    from recsys_core.jobs.threads.arenas import share_arenas
    assert share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
barrier = threading.Barrier(16)
def allocate():
    barrier.wait()
    for _ in range(2000):
        libc.free(ctypes.c_void_p(libc.malloc(1000)))
    barrier.wait()
threads = [threading.Thread(target=allocate) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(len(re.findall(r"<heap nr", open(file.name).read())))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="has no arenas")
def test_sixteen_threads_share_a_few_arenas():
    def count(how: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", COUNT, how], cwd=FOLDER, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert count("shared") <= N_ARENAS < count("each its own")
