"""`python -m preflight`, and the command: nothing is imported before an interruption would be met."""

import sys
import warnings


def main() -> int:
    try:
        from preflight.cli.signals import Terminated, heed  # noqa: PLC0415 - see above

        heed()
        try:
            return _run()
        except Terminated:
            return _ended("terminated", 143)
    except KeyboardInterrupt:
        return _ended("interrupted", 130)


def _ended(how: str, status: int) -> int:
    sys.stderr.write(f"preflight: {how}\n")
    return status


def _run() -> int:
    if not sys.warnoptions:
        # What a cloud's package thinks of its own ways is not for the reader of a report.
        warnings.simplefilter("ignore")
    from preflight.cli.main import main as run  # noqa: PLC0415 - see above

    return run()


if __name__ == "__main__":
    sys.exit(main())
