"""A hint to the processor changes nothing, wherever it points."""

import numba
import numpy as np

from recsys_core.training.dot.prefetch import N_IN_LINE, prefetch


def test_it_compiles_to_a_hint_and_leaves_the_numbers_alone():
    @numba.njit
    def fetch(rows, row):  # pragma: no cover
        for k in range(np.uintp(0), np.uintp(rows.shape[1]), N_IN_LINE):
            prefetch(rows, np.uintp(row), k)  # pyright: ignore[reportCallIssue]

    rows = np.arange(120, dtype=np.float32).reshape(3, 40)
    before = rows.copy()
    fetch(rows, 2)
    np.testing.assert_array_equal(rows, before)
    assert "llvm.prefetch" in fetch.inspect_llvm(fetch.signatures[0])
