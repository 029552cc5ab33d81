"""`python -m preflight`."""

import sys

from preflight.cli.main import main

sys.exit(main())
