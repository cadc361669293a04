"""Commands of the command line, a module each: `add(subparsers)` declares one, and a function runs it."""
