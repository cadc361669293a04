"""Changes of a file's bytes by chance, for those who fuzz."""

from hypothesis import strategies as st

edits = st.lists(
    st.tuples(
        st.sampled_from(("set", "insert", "delete", "cut", "swap")), st.floats(0, 1, exclude_max=True),
        st.one_of(st.binary(min_size=1, max_size=4), st.sampled_from([
            b"1", b"7", b"3", b"\0", b'"', b",", b"\n", b"\r", b"\xff", b"PK\x01\x02", b"nan", b"-", b"9" * 30,
        ])),
    ),
    min_size=1, max_size=3,
)  # fmt: skip
"""Changes of bytes by chance: what is done, where (0 to 1), and the bytes of it."""


def edited(content: bytes, changes: list) -> bytes:
    data = bytearray(content)
    for kind, where, piece in changes:
        at = int(where * len(data))
        if kind == "set":
            data[at : at + len(piece)] = piece
        elif kind == "insert":
            data[at:at] = piece
        elif kind == "delete":
            del data[at : at + 1 + piece[0] % 16]
        elif kind == "cut":
            del data[at:]
        else:
            data = data[at:] + data[:at]
    return bytes(data)
