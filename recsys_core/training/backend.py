"""TensorFlow and Keras, imported when first needed and set up in one place."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import Any

from recsys_core.training.compiling.programs import keep_programs

_lock = threading.Lock()
_modules: tuple[Any, Any] | None = None

THREADS = min(2, os.cpu_count() or 1)
"""Threads inside one operation. Large steps, full batches above all, gain from a second one, and small ones lose
little: see benchmarks/threads.py. More would be taken from the pages."""


def tensorflow(n_threads: int | None = None) -> tuple[Any, Any]:
    """The modules `(tensorflow, keras)`, configured for the compiled training loop. The first call takes seconds.

    n_threads: inside one operation, instead of `THREADS`. It is the first call that counts.
    """
    global _modules
    with _lock:
        if _modules is None:
            n_threads = THREADS if n_threads is None else n_threads
            # Above errors: XLA reports one whenever it finds a program that it has kept, as it first takes it for text.
            # What goes wrong comes as an exception all the same.
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
            os.environ.setdefault("XLA_FLAGS", "--xla_cpu_prefer_vector_width=512")
            os.environ["KERAS_BACKEND"] = "tensorflow"
            keep_programs(n_threads)
            # Keras' wrappers for it, which nobody uses here, would take a fifth of the import's time.
            with _not_found("sklearn"):
                import keras
                import tensorflow as tf

            try:
                tf.config.threading.set_intra_op_parallelism_threads(n_threads)
                tf.config.threading.set_inter_op_parallelism_threads(n_threads)
                for gpu in tf.config.list_physical_devices("GPU"):
                    tf.config.experimental.set_memory_growth(gpu, True)
            except RuntimeError:
                pass  # somebody else has started TensorFlow already: their settings stand
            keras.backend.clear_session = _for_this_thread_only(keras.backend.clear_session)
            _modules = tf, keras
        return _modules


@contextmanager
def _not_found(package: str) -> Iterator[None]:
    """To what this thread imports meanwhile, `package` is not installed, unless it has been imported before."""
    owner = threading.get_ident()

    class Finder(MetaPathFinder):
        def find_spec(self, name: str, *_: Any) -> None:
            if name == package and threading.get_ident() == owner:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _for_this_thread_only(clear_session: Callable[..., None]) -> Callable[..., None]:
    """`clear_session` that does nothing on other threads than the one that first imported TensorFlow here.

    Streamlit clears the Keras session after every run of a page, from the page's thread. Keras' session is global: that
    forgets the names of a model being built on the worker thread, drops TensorFlow's kernels and collects garbage for
    half a second, so that training in the app became thirty times slower than outside it.
    """
    owner = threading.get_ident()

    def clear_own_session(*args: Any, **kwargs: Any) -> None:
        if threading.get_ident() == owner:
            clear_session(*args, **kwargs)

    return clear_own_session
