"""Whether the instance metadata service of a cloud's machines answers here; the SDKs are silent about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

PATIENCE: Final = 1.0
"""Seconds; as long as the SDKs of AWS and Azure wait."""

ADDRESS: Final = "http://169.254.169.254"
"""The same link-local address on all three clouds."""


class Metadata(StrEnum):
    """What came of asking."""

    ANSWERS = "the instance metadata answers, and gives no credentials"
    SILENT = "the instance metadata did not answer"
    ABSENT = "there is no instance metadata"


def look(endpoint: str, method: str, path: str, headers: Mapping[str, str]) -> Metadata:
    """Ask once, of our own. What it answers is not read: on AWS that is a session's token."""
    where = urlsplit(endpoint)
    try:
        connection = HTTPConnection(where.hostname or "", where.port or 80, timeout=PATIENCE)
    except ValueError:
        return Metadata.ABSENT
    try:
        connection.request(method, path, headers=dict(headers))
        connection.getresponse()
    except TimeoutError:
        return Metadata.SILENT
    except (OSError, HTTPException, ValueError):
        return Metadata.ABSENT
    finally:
        connection.close()
    return Metadata.ANSWERS
