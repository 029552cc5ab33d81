"""SIGTERM as an exception, from the first moment on: the first process of a container would not hear it otherwise."""

from __future__ import annotations

import signal
from types import FrameType


class Terminated(BaseException):
    """What KeyboardInterrupt is for SIGINT."""


def heed() -> None:
    signal.signal(signal.SIGTERM, _raise)


def _raise(_: int, __: FrameType | None) -> None:
    raise Terminated
