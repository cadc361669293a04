"""Run in a process of its own, whose memory is limited and measured: bombs, and 7,000 files made by chance.

`python -m tests.recsys_core.data.fuzzing bombs|fuzz|imports FOLDER` prints one line of JSON. Anything but a `DataError`
or sound ratings ends it with a traceback.
"""

import collections
import faulthandler
import json
import os
import resource
import struct
import sys
import zipfile
import zlib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys_core.data.catalog import find_data_set, load_ratings
from recsys_core.errors import DataError
from tests.recsys_core.data.edits import edited, edits
from tests.recsys_core.data.files import MOVIES, RATINGS, check_ratings, folder_of, zipped
from tests.recsys_core.data.importing import fuzzing as importing

MEMORY_LIMIT = 6 << 30
"""Of addresses, not of memory: a defect must end this process and not the machine. What is used is measured."""
SECONDS_LIMIT = 280
EXAMPLES = 500
HEADER = b"userId,movieId,rating,timestamp\n"
GB, MB = 1 << 30, 1 << 20

outcomes: collections.Counter = collections.Counter()


def read(path: Path) -> str:
    """What came of it: "read", or the message."""
    try:
        loaded = load_ratings(find_data_set(path))
    except DataError as error:
        message = str(error)
        assert message.isprintable(), message
        assert len(message) <= 2_000, message
        outcomes["refused"] += 1
        return message
    check_ratings(loaded)
    outcomes["read"] += 1
    return "read"


# Bombs


def bomb_of(path: Path, name: str, head: bytes, block: bytes, n_blocks: int, packed_bytes: int | None = None) -> Path:
    """A zip in which `name` unpacks to head and n_blocks times `block`; it may lie about how much was packed."""
    packer = zlib.compressobj(1, wbits=-15)
    start, once = (packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH) for piece in (head, block))
    stream = start + once * n_blocks + packer.flush()
    files = {"ratings.csv": RATINGS, "movies.csv": MOVIES} | {name: stream}
    data = bytearray(zipped(path, files, zipfile.ZIP_STORED).read_bytes())
    sizes = struct.pack("<II", packed_bytes or len(stream), len(head) + n_blocks * len(block))
    # Of the local header and the one in the table of contents: where the method, the sizes and the name are.
    for signature, method_at, sizes_at, name_at in ((b"PK\x03\x04", 8, 18, 30), (b"PK\x01\x02", 10, 20, 46)):
        place = data.find(signature)
        while data[place + name_at : place + name_at + len(name)] != name.encode():
            place = data.find(signature, place + 1)
        data[place + method_at] = zipfile.ZIP_DEFLATED
        data[place + sizes_at : place + sizes_at + 8] = sizes
    path.write_bytes(data)
    return path


def sparse(path: Path, n_bytes: int) -> Path:
    with path.open("wb") as file:
        file.truncate(n_bytes)
    return path


def zip_with_directory(path: Path, n_bytes: int) -> Path:
    """A file that says it is a zip whose table of contents has so many bytes; it is sparse."""
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_534, 65_534, n_bytes, 0, 0)
    with sparse(path, n_bytes).open("ab") as file:
        file.write(end)
    return path


def many_entries(path: Path, n_entries: int) -> Path:
    with zipfile.ZipFile(path, "w") as whole:
        for i in range(n_entries):
            whole.writestr(f"{i}", b"")
    return path


def bombs(folder: Path) -> dict[str, str]:
    def mine(name: str) -> Path:
        place = folder / name
        place.mkdir()
        return place

    def long_line(name: str, ratings: bytes, movies: bytes) -> Path:
        return folder_of(mine(name), ratings, movies)

    rows = b"1,1,3,4\n" * (MB // 8)
    makers = {
        "1 GB of zeros": lambda: bomb_of(folder / "a.zip", "ratings.csv", HEADER, bytes(MB), 1024),
        "1 GB of spaces": lambda: bomb_of(folder / "aa.zip", "ratings.csv", HEADER, b" " * MB, 1024),
        "1 GB of zeros as movies": lambda: bomb_of(folder / "b.zip", "movies.csv", MOVIES, bytes(MB), 1024),
        "1 GB of rows": lambda: bomb_of(folder / "c.zip", "ratings.csv", HEADER, rows, 1024),
        "1 GB of blank lines": lambda: bomb_of(folder / "cc.zip", "ratings.csv", HEADER, b"\n" * MB, 1024),
        "200 MB of movies": lambda: bomb_of(folder / "d.zip", "movies.csv", MOVIES, b"1,a,b\n" * (MB // 6), 200),
        "200 MB of blank lines": lambda: bomb_of(folder / "dd.zip", "movies.csv", MOVIES, b"\n" * MB, 200),
        "a lying zip": lambda: bomb_of(folder / "e.zip", "ratings.csv", HEADER, rows, 400, 2**31),
        "a line of 50 MB in ratings": lambda: long_line("f", HEADER + b"1" * (50 * MB), MOVIES),
        "a line of 50 MB in movies": lambda: long_line("g", RATINGS, b"movieId,title,genres\n1," + b"x" * (50 * MB)),
        "a header of 50 MB": lambda: long_line("h", b"x" * (50 * MB), MOVIES),
        "a quote of 50 MB in ratings": lambda: long_line("i", HEADER + b'"' + b"1,1,3,4\n" * (6 * MB), MOVIES),
        "a quote of 50 MB in movies": lambda: long_line(
            "j", RATINGS, b'movieId,title,genres\n1,"' + b"x\n" * (25 * MB)
        ),
        "a line of a million fields": lambda: long_line("k", HEADER + b"," * (MB - 10), MOVIES),
        "a million movies": lambda: long_line("l", RATINGS, b"movieId,title,genres\n" + b"1,,\n" * 1_000_001),
        "a sparse zip of 5 GB": lambda: sparse(folder / "m.zip", 5 * GB),
        "a sparse zip of 3 GB": lambda: sparse(folder / "n.zip", 3 * GB),
        "sparse ratings of 5 GB": lambda: sparse(long_line("o", RATINGS, MOVIES) / "ratings.csv", 5 * GB).parent,
        "a table of contents of 3 GB": lambda: zip_with_directory(folder / "p.zip", 3 * GB),
        "20,000 files": lambda: many_entries(folder / "q.zip", 20_000),
    }
    found = {}
    for name, make in makers.items():
        path = make()
        found[name] = read(path)
    return found


# Files made by chance

fields = st.one_of(
    st.integers(-(2**70), 2**70).map(str), st.floats().map(str), st.integers(0, 9).map(str), st.text(max_size=6),
    st.sampled_from(["", "nan", "inf", "True", "1e5", '"', '""', '"a,b"', '"a\nb"', "\ufeff", "0x1F", "1_0", "١"]),
)  # fmt: skip
numbers = st.integers(0, 99).map(str)
lines = st.lists(
    st.one_of(
        st.lists(numbers, min_size=4, max_size=4).map(",".join),
        st.lists(numbers, min_size=3, max_size=3).map(",".join),
        st.lists(fields, min_size=1, max_size=6).map(",".join),
    ),
    max_size=8,
)
ends = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])


def fuzz(folder: Path) -> dict[str, int]:
    base = zipped(folder / "base.zip", {"ml/ratings.csv": RATINGS, "ml/movies.csv": MOVIES}).read_bytes()
    place = folder_of(folder, RATINGS, MOVIES)
    chance = settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    count = 0

    def try_one(ratings: bytes = RATINGS, movies: bytes = MOVIES, whole: bytes | None = None) -> None:
        nonlocal count
        count += 1
        if whole is not None:
            (folder / "fuzzed.zip").write_bytes(whole)
            read(folder / "fuzzed.zip")
            return
        (place / "ratings.csv").write_bytes(ratings)
        (place / "movies.csv").write_bytes(movies)
        read(place)

    @chance
    @given(edits)
    def zips(changes: list) -> None:
        try_one(whole=edited(base, changes))

    @chance
    @given(edits, st.booleans())
    def tables(changes: list, of_ratings: bool) -> None:
        if of_ratings:
            try_one(ratings=edited(RATINGS, changes))
        else:
            try_one(movies=edited(MOVIES, changes))

    @chance
    @given(lines, ends, st.booleans())
    def rows(made: list[str], end: str, of_ratings: bool) -> None:
        text = end.join(made).encode("utf-8", "surrogatepass")
        if of_ratings:
            try_one(ratings=HEADER + text + end.encode() + RATINGS.removeprefix(HEADER))
        else:
            try_one(movies=b"movieId,title,genres" + end.encode() + text)

    @chance
    @given(st.binary(max_size=300), st.sampled_from(["zip", "ratings", "movies"]))
    def bytes_alone(content: bytes, where: str) -> None:
        if where == "zip":
            try_one(whole=content)
        elif where == "ratings":
            try_one(ratings=content)
        else:
            try_one(movies=content)

    for each in (zips, tables, rows, bytes_alone):
        each()
    return {"examples": count}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def main() -> None:
    kind, folder = sys.argv[1], Path(sys.argv[2])
    faulthandler.dump_traceback_later(SECONDS_LIMIT, exit=True)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    warm = folder / "warm"
    warm.mkdir()
    read(folder_of(warm, RATINGS, MOVIES))
    read(zipped(warm / "ml.zip", {"ratings.csv": RATINGS.replace(b"5", b"x"), "movies.csv": MOVIES}))
    outcomes.clear()
    before = peak_mb()
    kinds = {"bombs": bombs, "fuzz": fuzz, "imports": lambda folder: importing.fuzz(folder, outcomes)}
    found = kinds[kind](folder)
    print(json.dumps({"found": found, "outcomes": outcomes, "grown_mb": peak_mb() - before}), flush=True)
    # Arrow's threads are of no interest any more.
    os._exit(0)


if __name__ == "__main__":
    main()
