from recsys_core.command_line import main

raise SystemExit(main())
