"""How many stores of memory the threads of a server have.

glibc gives threads that allocate at the same time a store each (an arena), up to eight for each processor, and what is
freed in one of them serves no other thread and seldom goes back to the system. A server runs every visitor's page on a
thread of its own: it grew by what is left in these stores.
"""

from __future__ import annotations

import ctypes
import functools
import platform

_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
N_ARENAS = 2


@functools.cache
def share_arenas() -> bool:
    """Have the threads of this process share `N_ARENAS`, those that it has already where there are more. False where
    the system has no such stores. https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html"""
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, N_ARENAS))
