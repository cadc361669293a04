"""TensorFlow is set up once, and only its own thread may clear Keras' session."""

import subprocess
import sys

NAMES_GIVEN_OUT = """
import threading
from recsys_core.training.backend import tensorflow

_, keras = tensorflow()
names = [keras.layers.Dense(1).name]
thread = threading.Thread(target=lambda: keras.backend.clear_session())
thread.start()
thread.join()
names.append(keras.layers.Dense(1).name)
keras.backend.clear_session()
names.append(keras.layers.Dense(1).name)
print(*names)
"""


def test_another_thread_does_not_clear_the_session():
    """Streamlit does, after every run of a page: names would be given out twice within one model.

    In a process of its own: which thread may clear the session is settled when TensorFlow is first asked for.
    """
    done = subprocess.run([sys.executable, "-c", NAMES_GIVEN_OUT], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["dense", "dense_1", "dense"]
