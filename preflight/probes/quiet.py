"""Keeps what the cloud SDKs log to themselves: at their debug level that is signed requests and tokens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_threads: set[int] = set()


@contextmanager
def quiet() -> Iterator[None]:
    """What this thread logs says nothing, and is below every handler's level; other threads log as ever.

    A filter would have to stand on each logger of each SDK, also on those that are made later.
    """
    _install()
    _threads.add(threading.get_ident())
    try:
        yield
    finally:
        _threads.discard(threading.get_ident())


_BELOW = logging.NOTSET - 1
"""Handlers without a level of their own take whatever is not below 0."""


def _install() -> None:
    """For good: a thread that was given up must stay quiet as well. Again where an application has set its own."""
    make = logging.getLogRecordFactory()
    if getattr(make, "is_quiet", False):
        return

    def make_quietly(name: str, level: int, path: str, line: int, *rest: Any, **more: Any) -> logging.LogRecord:  # noqa: ANN401 - logging's own
        if threading.get_ident() in _threads:
            return make(name, _BELOW, path, line, "", (), None)
        return make(name, level, path, line, *rest, **more)

    make_quietly.is_quiet = True  # type: ignore[attr-defined] # how it is known again
    logging.setLogRecordFactory(make_quietly)
