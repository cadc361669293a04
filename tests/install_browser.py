"""Make sure that there is a Chromium or Chrome for the browser tests; install one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_browser() -> str | None:
    """Path of an installed browser: the system's first, then Playwright's own."""
    found = next(filter(None, map(shutil.which, NAMES)), None) or next(filter(os.path.exists, MAC_APPS), None)
    if found:
        return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Install Chromium by the system's package manager where it can, by Playwright elsewhere."""
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> int:
    if find_browser():
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


if __name__ == "__main__":
    raise SystemExit(main())
