"""A process that saves runs, for tests of several at once and of what a killed one leaves:
`python -m tests.recsys_core.runs.saver SOURCE TARGET COUNT [wait]`.

It waits for a line, then saves copies of the folder SOURCE as TARGET, and prints the name of each when it is saved.
With `wait` it stops amid each, with all files but one written, until another line comes.
"""

import shutil
import sys
from pathlib import Path

from recsys_core.runs.atomic import write_folder


def main() -> None:
    source, target, count, waits = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:] == ["wait"]

    def fill(folder: Path) -> None:
        *most, last = sorted(file for file in source.iterdir() if file.is_file())
        for file in most:
            shutil.copy(file, folder)
        if waits:
            print("waiting", flush=True)
            sys.stdin.readline()
        shutil.copy(last, folder)

    sys.stdin.readline()
    for _ in range(count):
        print(write_folder(target, fill).name, flush=True)


if __name__ == "__main__":
    main()
