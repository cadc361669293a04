"""`python -m recsys_core`: the command line."""

from recsys_core.cli import main

raise SystemExit(main())
