"""`python -m preflight`, and the command: nothing is imported before an interruption would be met."""

import sys


def main() -> int:
    try:
        from preflight.cli.main import main as run  # noqa: PLC0415 - see above

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
