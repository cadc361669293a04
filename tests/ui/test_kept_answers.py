"""What waits to be sent when a page begins to run."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from ui.kept_answers import keep_answers


@pytest.fixture
def queue(monkeypatch) -> ForwardMsgQueue:
    """Of a session, with an answer and a part of the page that are not sent yet."""
    # What is replaced in it is put back afterwards.
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    keep_answers()
    keep_answers()
    queue = ForwardMsgQueue()
    part, answer = ForwardMsg(), ForwardMsg()
    part.delta.new_element.markdown.body = "an old part"
    answer.backend_operation_response.request_id = "the file"
    queue.enqueue(part)
    queue.enqueue(answer)
    return queue


def kinds(queue: ForwardMsgQueue) -> list[str | None]:
    return [message.WhichOneof("type") for message in queue.flush()]


def test_an_answer_is_sent_though_the_page_begins_to_run(queue):
    queue.clear(retain_lifecycle_msgs=True)
    assert kinds(queue) == ["backend_operation_response"]


def test_also_where_a_part_of_it_does_and_then_once(queue):
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["progress"])
    assert kinds(queue).count("backend_operation_response") == 1
