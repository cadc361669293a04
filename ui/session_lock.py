"""A session's state has one lock, whoever touches it.

Streamlit 1.67 gives each run of a script a lock of its own. A visitor's click stops the run before at its next call of
Streamlit, and begins the new one at once: for a moment both use the state of the session, each under its own lock, and
one that lists the state while the other adds to it ends in an error box ("dictionary changed size during iteration").
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

_LOCK = "_lock_of_session"
_creating = threading.Lock()


def share_session_locks() -> None:
    """Have every session of this server do so, from now on. Doing it again changes nothing."""
    of_streamlit = SafeSessionState.__init__
    if of_streamlit.__module__ == __name__:
        return

    def __init__(self: SafeSessionState, state: SessionState, yield_callback: Callable[[], None]) -> None:
        of_streamlit(self, state, yield_callback)
        # The state itself has no room for another attribute; its query parameters are as old as it is.
        with _creating:
            object.__setattr__(self, "_lock", vars(state.query_params).setdefault(_LOCK, self._lock))

    SafeSessionState.__init__ = __init__
