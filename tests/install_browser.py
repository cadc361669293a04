"""Make sure that there is a Chromium or Chrome for the browser tests; install one where there is none.

The headless shell is preferred: it draws pages alone, without the windows of a browser around them, and takes a fifth
less of the processor.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
NAMES = (*SHELLS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_APT = ("apt-get", "-qq", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=5")


def find_browser() -> str | None:
    """Path of an installed browser: the system's first, then Playwright's own."""
    found = next(filter(None, map(shutil.which, NAMES)), None) or next(filter(os.path.exists, MAC_APPS), None)
    if found:
        return found
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:  # CI looks before the tests' packages are installed
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Install Chromium by the system's package manager where it can, by Playwright elsewhere."""
    if _has_apt():
        # Where there is no package of the shell alone, the browser does.
        if not _install_package(SHELLS[0]):
            subprocess.run([*_APT, "install", "-y", "chromium"], check=True, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> int:
    found = find_browser()
    if found and (Path(found).name in SHELLS or not _has_apt()):
        return 0
    if found:
        print("Installing Chromium's headless shell for the browser tests, which are slower without it.")
        _install_package(SHELLS[0])
        return 0
    print("No Chromium or Chrome found: installing one for the browser tests.")
    try:
        install()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"error: a browser must be installed for the tests. Installing one failed: {error}", file=sys.stderr)
        return 1
    if not find_browser():
        print("error: a browser was installed but is still not found.", file=sys.stderr)
        return 1
    return 0


def _has_apt() -> bool:
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def _install_package(name: str) -> bool:
    """Whether it is installed now."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*_APT, "update"], check=False, **silent)
    return subprocess.run([*_APT, "install", "-y", name], check=False, **silent).returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
