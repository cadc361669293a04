"""What a browser has asked the server for it gets, whatever the page does meanwhile.

A download whose file is made when it is clicked asks for it beside the page's own messages. Streamlit 1.67 throws away
what it has not sent yet when the page begins to run, the answer with it: the button then turns for good.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue


def keep_answers() -> None:
    """Have every session of this server do so, from now on. Doing it again changes nothing."""
    of_streamlit = ForwardMsgQueue.clear
    if of_streamlit.__module__ == __name__:
        return

    def clear(self: ForwardMsgQueue, *args: Any, **kwargs: Any) -> None:
        answers = [each for each in self._queue if each.WhichOneof("type") == "backend_operation_response"]
        of_streamlit(self, *args, **kwargs)
        # They have no place on the page, so that their order among the others does not matter.
        self._queue += [each for each in answers if each not in self._queue]

    ForwardMsgQueue.clear = clear
