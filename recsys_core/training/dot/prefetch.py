"""Telling the processor which row is needed soon, so that it need not wait for memory then. Imports Numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

N_IN_LINE = np.uintp(16)
"""float32 numbers in a line of the processor's cache, 64 bytes."""
_READ, _INTO_ALL_CACHES, _DATA = 0, 3, 1
"""Arguments of LLVM's `llvm.prefetch`."""


@intrinsic
def prefetch(typing_context: Any, rows: Any, row: Any, column: Any) -> Any:
    """Begin to fetch the cache line in which the number at `row` and `column` of the array `rows` is.

    A hint: nothing is read, and nothing waits. Numba has no function of its own for it.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type = signature.args[0]
        array = context.make_array(array_type)(context, builder, arguments[0])
        place = cgutils.get_item_pointer(context, builder, array_type, array, arguments[1:])
        number, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        told = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, told, "llvm.prefetch.p0")
        hints = [number(hint) for hint in (_READ, _INTO_ALL_CACHES, _DATA)]
        builder.call(function, [builder.bitcast(place, pointer), *hints])
        return context.get_dummy_value()

    return types.void(rows, types.uintp, types.uintp), code
