"""TensorFlow is set up once, and only its own thread may clear Keras' session."""

import threading

from recsys_core.training.backend import tensorflow


def on_another_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def test_another_thread_does_not_clear_the_session():
    """Streamlit does, after every run of a page: names would be given out twice within one model."""
    _, keras = tensorflow()
    keras.backend.clear_session()
    first = keras.layers.Dense(1).name
    on_another_thread(lambda: keras.backend.clear_session())
    second = keras.layers.Dense(1).name
    keras.backend.clear_session()
    again = keras.layers.Dense(1).name
    assert first == again == "dense"
    assert second == "dense_1"
