"""Files that somebody made wrong, by mistake or on purpose: read right, or one clear line; never more than fits."""

import gzip
import io
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tarfile
import zipfile

import pytest

from recsys_core.cli import main
from recsys_core.data.catalog import find_data_set, load_ratings
from recsys_core.errors import MAX_MESSAGE, DataError
from tests.recsys_core.data.files import MOVIES, RATINGS, check_ratings, folder_of, zipped

HEADER = b"userId,movieId,rating,timestamp\n"
MOVIE_HEADER = b"movieId,title,genres\n"
GOOD = {"ratings.csv": RATINGS, "movies.csv": MOVIES}


def ratings(content):
    return lambda tmp: folder_of(tmp, content, MOVIES)


def rows(text):
    """RATINGS with another row in front."""
    return ratings(HEADER + text + b"\n" + RATINGS.removeprefix(HEADER))


def movies(content):
    return lambda tmp: folder_of(tmp, RATINGS, content)


def movie_rows(text):
    return movies(MOVIE_HEADER + text + b"\n" + MOVIES.removeprefix(MOVIE_HEADER))


def archive(files, method=zipfile.ZIP_DEFLATED):
    return lambda tmp: zipped(tmp / "ml.zip", files, method)


def raw_zip(change, files=GOOD, method=zipfile.ZIP_DEFLATED):
    """A zip whose bytes are changed."""

    def make(tmp):
        path = zipped(tmp / "ml.zip", files, method)
        path.write_bytes(change(bytearray(path.read_bytes())))
        return path

    return make


def named(name, content=b""):
    def make(tmp):
        (tmp / name).write_bytes(content)
        return tmp / name

    return make


def in_folder(act):
    """A good folder that something is done to."""

    def make(tmp):
        folder = folder_of(tmp, RATINGS, MOVIES)
        act(folder)
        return folder

    return make


def instead_of_ratings(make_it):
    def act(folder):
        (folder / "ratings.csv").unlink()
        make_it(folder / "ratings.csv")

    return in_folder(act)


def linked(target):
    return lambda path: path.symlink_to(target)


def socket_at(path):
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(".", os.O_RDONLY)
        try:
            # The path of a socket may only have a hundred characters.
            os.chdir(path.parent)
            server.bind(path.name)
        finally:
            os.fchdir(here)
            os.close(here)


def repeated_names(tmp):
    path = tmp / "ml.zip"
    with zipfile.ZipFile(path, "w") as whole:
        for name, content in GOOD.items():
            whole.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            whole.writestr("ratings.csv", RATINGS)
    return path


def set_everywhere(signatures, at, value):
    """Change two bytes at an offset of every header with one of the signatures: (signature, offset) pairs."""

    def change(data):
        for signature, offset in zip(signatures, at, strict=True):
            for found in re.finditer(re.escape(signature), bytes(data)):
                data[found.start() + offset : found.start() + offset + len(value)] = value
        return data

    return change


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def method_number(number):
    return raw_zip(set_everywhere((LOCAL, CENTRAL), (8, 10), struct.pack("<H", number)))


def in_headers(local, central, value):
    return raw_zip(set_everywhere((LOCAL, CENTRAL), (local, central), value))


def in_directory(offset, value):
    return raw_zip(set_everywhere((CENTRAL,), (offset,), value))


def at_end(offset, value):
    return raw_zip(set_everywhere((END,), (offset,), value))


def nested(tmp):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as whole:
        for name, content in GOOD.items():
            whole.writestr(name, content)
    return zipped(tmp / "ml.zip", {"ml.zip": inner.getvalue()})


def tar(tmp):
    with tarfile.open(tmp / "ml.zip", "w") as whole:
        whole.add(folder_of(tmp, RATINGS, MOVIES), "ml")
    return tmp / "ml.zip"


READ = None
CASES = {
    # Paths
    "nothing there": (lambda tmp: tmp / "nowhere", "does not exist"),
    "below a file": (lambda tmp: named("file")(tmp) / "ml", "Not a directory|does not exist"),
    "a name of 300 characters": (lambda tmp: tmp / ("x" * 300 + ".zip"), "File name too long"),
    "a path of 10,000 characters": (lambda tmp: tmp / ("x/" * 5000), "File name too long"),
    "a NUL in the path": (lambda tmp: f"{tmp}/a\0b.zip", "without odd characters"),
    "a path that is no text": (lambda tmp: f"{tmp}/\udcff.zip", "without odd characters"),
    "an empty path": (lambda tmp: "", "`data`|without ratings"),
    "a line break in the path": (lambda tmp: f"{tmp}/a\nb", r"a\\nb', which does not exist"),
    "a text file": (named("ml.txt", b"hello"), r"folder or a \.zip"),
    "ratings.csv itself": (named("ratings.csv", RATINGS), r"folder or a \.zip"),
    "a device": (lambda tmp: "/dev/zero", "a device"),
    "a device under a zip's name": (lambda tmp: (linked("/dev/zero")(tmp / "a.zip"), tmp / "a.zip")[1], "a device"),
    "an empty device": (lambda tmp: (linked("/dev/null")(tmp / "a.zip"), tmp / "a.zip")[1], "a device"),
    "a pipe": (lambda tmp: (os.mkfifo(tmp / "a.zip"), tmp / "a.zip")[1], "a pipe"),
    "a socket": (lambda tmp: (socket_at(tmp / "a.zip"), tmp / "a.zip")[1], "No such device"),
    "a link to itself": (lambda tmp: (linked("a.zip")(tmp / "a.zip"), tmp / "a.zip")[1], "symbolic links"),
    "a folder called .zip": (lambda tmp: folder_of(tmp, RATINGS, MOVIES).rename(tmp / "ml.zip"), READ),
    # Folders
    "an empty folder": (lambda tmp: tmp, r"without ratings\.csv"),
    "no movies": (in_folder(lambda folder: (folder / "movies.csv").unlink()), r"without movies\.csv"),
    "a folder in the folder": (lambda tmp: folder_of(tmp, RATINGS, MOVIES).parent, r"without ratings\.csv"),
    "a folder called ratings.csv": (instead_of_ratings(lambda path: path.mkdir()), "ratings.csv must be a"),
    "a pipe called ratings.csv": (instead_of_ratings(os.mkfifo), "a pipe"),
    "a socket called ratings.csv": (instead_of_ratings(socket_at), "No such device"),
    "a device as ratings.csv": (instead_of_ratings(linked("/dev/zero")), "a device"),
    "a link that leads nowhere": (instead_of_ratings(linked("nowhere")), r"without ratings\.csv"),
    "a ring of links": (instead_of_ratings(linked("ratings.csv")), "symbolic links"),
    "a link to the real file": (
        lambda tmp: instead_of_ratings(linked(named("real.csv", RATINGS)(tmp)))(tmp),
        READ,
    ),
    "a file of the kernel": (instead_of_ratings(linked("/proc/self/maps")), "must have the columns|must be"),
    # Zips
    "a whole zip": (archive(GOOD), READ),
    "stored, not compressed": (archive(GOOD, zipfile.ZIP_STORED), READ),
    "an empty file called .zip": (named("a.zip"), "which is damaged"),
    "a zip of nothing": (archive({}), r"without ratings\.csv"),
    "text called .zip": (named("a.zip", b"hello" * 100), "which is damaged"),
    "gzip called .zip": (named("a.zip", gzip.compress(RATINGS)), "which is damaged"),
    "tar called .zip": (tar, "which is damaged"),
    "a zip in the zip": (nested, r"without ratings\.csv"),
    "no movies in the zip": (archive({"ratings.csv": RATINGS}), r"without movies\.csv"),
    "names in capitals": (archive({"RATINGS.CSV": b"", "movies.csv": MOVIES}), r"without ratings\.csv"),
    "names that only end alike": (archive({"my-ratings.csv": b"", "movies.csv": MOVIES}), r"without ratings\.csv"),
    "a folder entry, ratings.csv": (archive({"ratings.csv/": b"", "movies.csv": MOVIES}), r"without ratings\.csv"),
    "two ratings.csv": (archive(GOOD | {"old/ratings.csv": RATINGS}), r"one ratings\.csv.*'old/ratings\.csv'"),
    "one name twice": (repeated_names, r"one ratings\.csv"),
    "what a Mac adds": (archive({f"ml/{n}": c for n, c in GOOD.items()} | {"__MACOSX/ml/._ratings.csv": b"\0"}), READ),
    "absolute names": (archive({f"/etc/{name}": content for name, content in GOOD.items()}), READ),
    "names that climb out": (archive({f"../../{name}": content for name, content in GOOD.items()}), READ),
    "Windows' separators": (archive({f"ml\\{name}": content for name, content in GOOD.items()}), READ),
    "something before the zip": (raw_zip(lambda data: b"#!/bin/sh\n" * 20 + data), READ),
    "something after the zip": (raw_zip(lambda data: data + b"x" * 100), READ),
    "much after the zip": (raw_zip(lambda data: data + b"x" * 70_000), "which is damaged"),
    "cut after 10 bytes": (raw_zip(lambda data: data[:10]), "which is damaged"),
    "cut in the middle": (raw_zip(lambda data: data[: len(data) // 2]), "which is damaged"),
    "cut before its end": (raw_zip(lambda data: data[:-10]), "which is damaged"),
    "without its first bytes": (raw_zip(lambda data: data[40:]), "which is damaged"),
    "zeros in the data": (raw_zip(lambda data: data[:50] + bytes(60) + data[110:]), "which is damaged"),
    "encrypted": (in_headers(6, 8, b"\x01\x00"), "without a password. Received: movies.csv, encrypted"),
    "strongly encrypted": (in_headers(6, 8, b"\x41\x00"), "without a password"),
    "patched data": (in_headers(6, 8, b"\x20\x00"), "which is damaged.*compressed patched"),
    "made for a later version": (in_headers(4, 6, struct.pack("<H", 99)), "which is damaged.*version"),
    **{
        f"compression method {number}": (method_number(number), rf"stored or deflated.*method number {number}\b")
        for number in (1, 6, 9, 12, 14, 93, 95, 98, 99, 65_535)
    },
    "deflated, said to be stored": (method_number(0), "which is damaged|must"),
    "a wrong checksum": (in_headers(14, 16, b"\1\2\3\4"), "which is damaged.*Bad CRC"),
    "a packed size too small": (in_headers(18, 20, struct.pack("<I", 5)), "which is damaged|must"),
    "a packed size too large": (in_headers(18, 20, struct.pack("<I", 2**31)), READ),
    "a size too small": (in_headers(22, 24, struct.pack("<I", 30)), "which is damaged|must"),
    "a size of 4 GB": (in_headers(22, 24, struct.pack("<I", 2**32 - 2)), "at most 268,435,456 bytes"),
    "files at the end of the world": (in_directory(42, struct.pack("<I", 2**32 - 2)), "which is damaged"),
    "files where others are": (in_directory(42, struct.pack("<I", 7)), "which is damaged"),
    "names longer than the zip": (in_directory(28, struct.pack("<H", 65_535)), "which is damaged|without"),
    "a directory before the file": (at_end(16, struct.pack("<I", 2**32 - 2)), "which is damaged"),
    "a directory of 4 GB": (at_end(12, struct.pack("<I", 2**32 - 2)), "which is damaged"),
    "a directory of no length": (at_end(12, struct.pack("<I", 0)), "which is damaged|without"),
    "several disks": (at_end(4, struct.pack("<H", 3)), "READ or refused"),
    "names that are no text": (in_headers(30, 46, b"\xff\xfe"), r"without (ratings|movies)\.csv|which is damaged"),
    "names with a NUL": (in_headers(32, 48, b"\0"), r"without (ratings|movies)\.csv|which is damaged"),
    # ratings.csv
    "no bytes": (ratings(b""), "ratings.csv must have a header and rows. Received: an empty file"),
    "blanks alone": (ratings(b"  \n \n\n"), "an empty file"),
    "a BOM alone": (ratings(b"\xef\xbb\xbf"), "an empty file"),
    "the header alone": (ratings(HEADER), "at least one rating"),
    "the header without its end": (ratings(HEADER.strip()), "at least one rating"),
    "no header": (ratings(RATINGS.removeprefix(HEADER)), "missing: userId, movieId, rating"),
    "a blank line first": (ratings(b"\n" + RATINGS), "Received: none"),
    "blank lines between": (ratings(RATINGS.replace(b"\n", b"\n\n")), READ),
    "other names": (ratings(RATINGS.replace(b"userId", b"user")), "missing: userId"),
    "names in another case": (ratings(RATINGS.replace(b"userId", b"USERID")), "missing: userId"),
    "one column twice": (ratings(RATINGS.replace(b"timestamp", b"rating")), "each column once. Received: rating"),
    "times twice": (ratings(b"userId,movieId,rating,timestamp,timestamp\n1,1,1,1,2"), "Received: timestamp more than"),
    "other columns twice": (ratings(b"a,a,userId,movieId,rating\n0,0,1,1,3\n0,0,2,2,4\n"), READ),
    "a thousand columns": (ratings(HEADER.strip() + b",x" * 1000), "at most 1,000 columns"),
    "tabs": (ratings(RATINGS.replace(b",", b"\t")), "missing: userId"),
    "semicolons": (ratings(RATINGS.replace(b",", b";")), "missing: userId"),
    "UTF-16": (ratings(RATINGS.decode().encode("utf-16")), "UTF-16"),
    "UTF-16 without its mark": (ratings(RATINGS.decode().encode("utf-16-be")), "UTF-16"),
    "UTF-32": (ratings(RATINGS.decode().encode("utf-32")), "UTF-16"),
    "a BOM": (ratings(b"\xef\xbb\xbf" + RATINGS), READ),
    "CRLF": (ratings(RATINGS.replace(b"\n", b"\r\n")), READ),
    "CR alone": (ratings(RATINGS.replace(b"\n", b"\r")), READ),
    "mixed line ends": (ratings(RATINGS.replace(b"\n", b"\r\n", 3)), READ),
    "no line end at the end": (ratings(RATINGS.rstrip()), READ),
    "quoted numbers": (rows(b'"7","2","1.5","3"'), READ),
    "blanks around numbers": (rows(b"7, 2, 1.5, 3 "), READ),
    "an id as a decimal": (rows(b"7.0,2,1.5,3"), READ),
    "an id as a power": (rows(b"7e0,2,1.5,3"), READ),
    "a note with a comma and a line break": (ratings(b'userId,movieId,rating,n\n1,1,3,"a,\nb"\n2,2,3,"""c"\n'), READ),
    "binary": (ratings(bytes(range(256)) * 20), "UTF-16 text, or no text"),
    "NULs for a header": (ratings(bytes(5000)), "UTF-16 text, or no text"),
    "NULs for rows": (ratings(HEADER + bytes(5000)), "UTF-16 text, or no text|as many fields"),
    "a NUL in a number": (rows(b"7\x00,2,1.5,3"), "UTF-16 text, or no text"),
    "a NUL far below": (ratings(RATINGS + b"8,1,3,4\n" * 500 + b"9\x00,2,1.5,3\n"), "Every userId must be"),
    "bytes that are not UTF-8": (rows(b"7\xff,2,1.5,3"), "Every userId must be .* in row 1"),
    "an unclosed quote": (rows(b'"7,2,1.5,3'), "as many fields as the header|quotes closed"),
    "an unclosed quote at the end": (ratings(RATINGS + b'9,1,3.5,"4'), READ),
    "a quote in the middle": (rows(b'7,2,1"5,3'), "Every rating must be"),
    "one field more": (rows(b"7,2,1.5,3,9"), "as many fields as the header, 4. Received: 5 in row 1, '7,2,1.5,3,9'"),
    "one field more in every row": (ratings(HEADER + b"1,1,3,4,\n2,2,3,4,\n"), "Received: 5 in row 1"),
    "one field less": (rows(b"7,2,1.5"), "Received: 3 in row 1"),
    "one field": (rows(b"7"), "Received: 1 in row 1"),
    "a thousand fields": (rows(b"7" + b",2" * 999), "Received: 1000 in row 1"),
    "an empty id": (rows(b",2,1.5,3"), "Every userId must be .* Received: '' in row 1"),
    "an empty rating": (rows(b"7,2,,3"), "Every rating must be"),
    "words": (rows(b"seven,2,1.5,3"), "Received: 'seven'"),
    "a long word": (rows(b"x" * 5000 + b",2,1.5,3"), "Every userId must be"),
    "NaN": (rows(b"7,2,nan,3"), "finite|number from"),
    "infinity": (rows(b"7,2,-inf,3"), "finite|number from"),
    "1e999": (rows(b"7,2,1e999,3"), "finite|number from"),
    "1e39": (rows(b"7,2,1e39,3"), "finite|number from"),
    "a rating of a billion": (rows(b"7,2,1000000000,3"), "from -1,000,000 to 1,000,000"),
    "a rating of True": (rows(b"7,2,True,3"), "Every rating must be"),
    "a decimal comma": (rows(b'7,2,"1,5",3'), "Every rating must be"),
    "half an id": (rows(b"7.5,2,1.5,3"), "Every userId must be a whole number"),
    "an id of 2³¹": (rows(b"2147483648,2,1.5,3"), "Every userId must be a whole number from -2147483648"),
    "an id of 2⁶⁴": (rows(b"7,18446744073709551616,1.5,3"), "Every movieId must be"),
    "an id of 400 digits": (rows(b"9" * 400 + b",2,1.5,3"), "Every userId must be"),
    "a time of 2⁶³": (rows(b"7,2,1.5,9223372036854775808"), "Every timestamp must be"),
    "a rating of 400 digits": (rows(b"7,2,1." + b"5" * 400 + b",3"), READ),
    "Arabic digits": (rows("٧,2,1.5,3".encode()), "READ or refused"),
    "a comment": (rows(b"# made by hand"), "as many fields"),
    "HTML": (ratings(b"<!doctype html><html><body>404</body></html>"), "missing: userId"),
    "negative ids": (rows(b"-7,-2,1.5,-3"), READ),
    "negative ratings": (rows(b"7,2,-1.5,3"), READ),
    "all ratings equal": (ratings(re.sub(rb",[0-9.]+,(\d+\n)", rb",3,\1", RATINGS)), READ),
    "one user": (ratings(HEADER + b"1,1,3,4\n1,2,3,4\n"), "at least 2 users"),
    "one movie": (ratings(HEADER + b"1,1,3,4\n2,1,3,4\n"), "at least 2 movies"),
    "everything repeated": (ratings(RATINGS + RATINGS.removeprefix(HEADER)), READ),
    # movies.csv
    "movies: no bytes": (movies(b""), "movies.csv must have a header and rows. Received: an empty file"),
    "movies: the header alone": (movies(MOVIE_HEADER), READ),
    "movies: no titles": (movies(b"movieId,genres\n1,Drama\n"), "missing: title"),
    "movies: one column twice": (movies(b"movieId,title,genres,title\n1,a,b,c"), "Received: title more than once"),
    "movies: UTF-16": (movies(MOVIES.decode().encode("utf-16")), "movies.csv must be UTF-8 text. Received: UTF-16"),
    "movies: Latin-1": (movie_rows("1,Amélie (2001),Drama".encode("latin-1")), r"UTF-8.*line 2, 'Am\\udce9lie"),
    "movies: Latin-1 far below": (movies(MOVIES * 1 + b"9,x,y\n" * 20_000 + b"8,\xe9,z\n"), r"in line 20,\d+"),
    "movies: CRLF": (movies(MOVIES.replace(b"\n", b"\r\n")), READ),
    "movies: CR alone": (movies(MOVIES.replace(b"\n", b"\r")), READ),
    "movies: a BOM": (movies(b"\xef\xbb\xbf" + MOVIES), READ),
    "movies: an unclosed quote": (movie_rows(b'1,"Toy Story (1995),Comedy'), r"quotes closed.*at line \d"),
    "movies: an unclosed quote that a later one closes": (
        movies(MOVIE_HEADER + b'1,"One,Drama\n2,Two,Drama\n3,"Three",Drama\n'), "quotes closed.*at line 4"
    ),
    "movies: swallowed whole": (
        movies(MOVIE_HEADER + b'1,"One,Drama\n2,Two,Drama\n3,Three",Drama\n'), "lines, the first from line 2"
    ),
    "movies: text after a quote": (movie_rows(b'1,"Toy" Story,Comedy'), "quotes closed.*at line 2"),
    "movies: a comma not quoted": (movie_rows(b"1,Story, Toy,Comedy"), "Received: 4 in line 2, '1,Story, Toy,Comedy'"),
    "movies: one field less": (movie_rows(b"1,Toy Story"), "Received: 2 in line 2"),
    "movies: an id that is none": (movie_rows(b"one,Toy Story,Comedy"), "Every movieId must be"),
    "movies: an id of 2⁶⁴": (movie_rows(b"18446744073709551616,Toy Story,Comedy"), "Every movieId must be"),
    "movies: a field of 200,000 characters": (movie_rows(b"1," + b"x" * 200_000 + b",Drama"), r"field limit.*line 2"),
    "movies: NULs in a title": (movie_rows(b"1,Toy\x00Story,Comedy"), "UTF-16 text, or no text"),
    "movies: NULs far below": (movies(MOVIES + b"9,x,y\n" * 500 + b"8,a\x00b,z\n"), READ),
    "movies: escapes of a terminal": (movie_rows(b"1,\x1b[31mred\x07,Comedy"), READ),
    "movies: every one twice": (movies(MOVIES + MOVIES.removeprefix(MOVIE_HEADER)), READ),
    "movies: none that is rated": (movies(MOVIE_HEADER + b"999,Other,Drama\n"), READ),
    "movies: 100 genres": (movie_rows(b"1,Many," + b"|".join(b"g%d" % i for i in range(100))), READ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_read_right_or_refused_in_one_line(tmp_path, name):
    make, said = CASES[name]
    path = make(tmp_path)
    try:
        loaded = load_ratings(find_data_set(path))
    except DataError as error:
        message = str(error)
        assert said is not READ, message
        assert said == "READ or refused" or re.search(said, message), message
        assert message.isprintable()
        assert len(message) <= MAX_MESSAGE
        assert all(len(quote) <= 202 for quote in re.findall(r"'[^']*'", message))
    else:
        check_ratings(loaded)
        if said is not READ and said != "READ or refused":
            assert re.search(said, " ".join(loaded.notices)), "it was read"


def test_there_are_enough_cases():
    assert len(CASES) >= 150


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    folder = folder_of(tmp_path, RATINGS, MOVIES)
    (folder / "ratings.csv").chmod(0)
    with pytest.raises(DataError, match="Permission denied"):
        find_data_set(folder)


def in_a_child(kind, folder):
    """What `fuzzing` found, in a process whose memory is limited and measured."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.recsys_core.data.fuzzing", kind, str(folder)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-4000:]
    assert child.stderr == ""
    return json.loads(child.stdout)


def test_bombs_are_refused_in_little_memory(tmp_path):
    report = in_a_child("bombs", tmp_path)
    assert report["outcomes"] == {"refused": 20}, report["found"]
    assert report["grown_mb"] < 250
    for name, said in {
        "1 GB of rows": "at most 100 times its packed size",
        "a lying zip": "at most 100 times its packed size",
        "a line of 50 MB in ratings": "A line of ratings.csv must have at most 1,048,576 bytes",
        "a quote of 50 MB in movies": "field larger than field limit",
        "a sparse zip of 5 GB": "at most 4,294,967,296 bytes",
        "a table of contents of 3 GB": "table of contents must have at most 8,388,608 bytes",
        "20,000 files": "at most 10,000 files",
    }.items():
        assert said in report["found"][name]


def test_files_made_by_chance_are_read_right_or_refused_in_one_line(tmp_path):
    report = in_a_child("fuzz", tmp_path)
    assert report["found"]["examples"] >= 2_000
    assert report["outcomes"]["read"] > 100
    assert report["outcomes"]["refused"] > 1_000
    assert report["grown_mb"] < 150


def test_files_made_by_chance_are_imported_right_or_refused_in_one_line(tmp_path):
    report = in_a_child("imports", tmp_path)
    assert report["found"]["examples"] >= 5_000
    assert report["outcomes"]["read"] > 1_200
    assert report["outcomes"]["refused"] > 2_000
    assert report["grown_mb"] < 300


@pytest.mark.parametrize(
    "name",
    [
        "nothing there", "a name of 300 characters", "a pipe", "a device under a zip's name",
        "a folder called ratings.csv", "encrypted", "compression method 12", "files at the end of the world",
        "a wrong checksum", "UTF-16", "bytes that are not UTF-8", "an unclosed quote", "one field more", "NaN",
        "movies: Latin-1", "movies: an unclosed quote",
    ],
)  # fmt: skip
def test_the_command_says_it_in_one_line_and_ends_with_2(tmp_path, capsys, name):
    make, said = CASES[name]
    out = tmp_path / "run"
    assert main(train_on(make(tmp_path), out)) == 2
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 1
    assert printed.err.startswith("error: ")
    assert re.search(said, printed.err)
    assert printed.out == ""
    assert not out.exists()


def test_the_command_as_a_process_of_its_own(tmp_path):
    path = CASES["encrypted"][0](tmp_path)
    command = [sys.executable, "-m", "recsys_core", *train_on(path, tmp_path / "run")]
    child = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (child.returncode, child.stdout) == (2, "")
    assert child.stderr == (
        "error: A MovieLens zip must be readable without a password. Received: movies.csv, encrypted.\n"
    )


def train_on(path, out):
    return ["train", "--data", str(path), "--preset", "recommender-v2", "--epochs", "1", "--run-dir", str(out)]
