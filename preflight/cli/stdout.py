"""Standard output, which may be full, closed, or read by somebody who has gone."""

from __future__ import annotations

import os
import sys

from preflight.model.errors import PreflightError


class UndeliverableError(PreflightError):
    """Standard output did not take the whole text."""


def say(text: str) -> None:
    """What the stream cannot encode is escaped: a text is never lost to an encoding. Raises `UndeliverableError`."""
    if sys.stdout is None:
        raise UndeliverableError("cannot write to standard output: it is closed")
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        # The interpreter must not find out again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UndeliverableError(f"cannot write to standard output: {error.strerror}") from None
