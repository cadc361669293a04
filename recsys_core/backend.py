"""TensorFlow and Keras, imported when first needed and set up in one place."""

from __future__ import annotations

import os
import threading
from typing import Any

_lock = threading.Lock()
_modules: tuple[Any, Any] | None = None

THREADS = 1
"""Threads inside one operation. Embedding steps are so small that a second thread costs more than it brings: see
benchmarks/threads.py."""


def tensorflow() -> tuple[Any, Any]:
    """The modules `(tensorflow, keras)`, configured for the compiled training loop. The first call takes seconds."""
    global _modules
    with _lock:
        if _modules is None:
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
            os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
            os.environ["KERAS_BACKEND"] = "tensorflow"
            import keras
            import tensorflow as tf

            try:
                tf.config.threading.set_intra_op_parallelism_threads(THREADS)
                tf.config.threading.set_inter_op_parallelism_threads(THREADS)
                for gpu in tf.config.list_physical_devices("GPU"):
                    tf.config.experimental.set_memory_growth(gpu, True)
            except RuntimeError:
                pass  # somebody else has started TensorFlow already: their settings stand
            _modules = tf, keras
        return _modules
