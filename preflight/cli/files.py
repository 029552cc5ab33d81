"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Final

_IMMOVABLE: Final = {errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS}
"""A file that may be written to and not replaced, as one that is mounted into a container."""


def write_whole(path: Path, text: str) -> None:
    """Readable by all, in place of what was there. Raises `OSError`, and then leaves the folder as it was.

    What cannot be replaced is written to as it is: a pipe, /dev/stderr, a file that is a mount of its own.
    """
    data = text.encode(errors="backslashreplace")
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    path = path.resolve()  # a link stays, and what it leads to is replaced
    try:
        _replace(path, data)
    except OSError as error:
        if error.errno not in _IMMOVABLE or not path.is_file():
            raise
        path.write_bytes(data)


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
