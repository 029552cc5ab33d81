"""The transport that google-auth is given: one attempt a request, and a memory of the last answer."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import google.auth.transport
import requests
from google.auth import exceptions as gcp

from preflight.model.evidence import Cause
from preflight.probes.token import Learn

LIMIT: Final = 3.0
"""Seconds a request; by itself google-auth waits two minutes for a key's token, and half of one for the metadata."""

_SECRET: Final = 100
"""Characters from which on a value of a form is no name: scopes and kinds of grants are shorter."""

_TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})


class Once(google.auth.transport.Request):
    """google-auth tries again, with pauses, whatever it takes for passing: so that is told as final."""

    def __init__(self, inner: Any, learn: Learn) -> None:  # noqa: ANN401 - untyped in google-auth
        self._inner, self._learn = inner, learn
        self.asked = ""
        """The last URL."""
        self.status = 0
        """The last answer's; 0 where there was none."""
        self.failure: Cause | None = None
        """Why there was none."""
        self.told: dict[str, Any] = {}
        """What the last answer says, if it is JSON."""
        self.clock_offset: float | None = None

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
        **more: Any,  # noqa: ANN401 - google-auth's own
    ) -> Any:  # noqa: ANN401 - google-auth's own
        self.asked, self.status, self.failure, self.told = url, 0, None, {}
        self._learn_request(body, headers or {})
        limit = min(timeout or LIMIT, LIMIT)
        try:
            answer = self._inner(url, method=method, body=body, headers=headers, timeout=limit, **more)
        except gcp.TransportError as error:
            self.failure = _failure(error)
            raise gcp.RefreshError(str(self.failure)) from None  # type: ignore[no-untyped-call]
        self._remember(answer)
        if answer.status in _TRANSIENT:
            raise gcp.RefreshError(f"HTTP {answer.status}")  # type: ignore[no-untyped-call]
        return answer

    def _remember(self, answer: Any) -> None:  # noqa: ANN401 - google-auth's own
        self.status = answer.status
        try:
            date = answer.headers.get("Date")
            self.clock_offset = round(parsedate_to_datetime(date).timestamp() - time.time(), 1) if date else None
        except ValueError:
            self.clock_offset = None
        try:
            told = json.loads(answer.data)
        except ValueError:
            return
        self.told = told if isinstance(told, dict) else {}
        for name in ("access_token", "accessToken"):
            self._learn(str(self.told.get(name, "")))

    def _learn_request(self, body: bytes | str | None, headers: Mapping[str, str]) -> None:
        """An assertion or a token of the way: an answer may quote it."""
        text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
        for _, value in parse_qsl(text):
            if len(value) >= _SECRET:
                self._learn(value)
        for name, value in headers.items():
            if name.lower() == "authorization":
                self._learn(value.rpartition(" ")[2])


def _failure(error: gcp.TransportError) -> Cause:
    """The kind of `requests`' exception that google-auth wraps."""
    inner = error.__cause__ or (error.args[0] if error.args else None)
    match inner:
        case requests.exceptions.SSLError():
            return Cause.ISSUER_UNTRUSTED
        case requests.exceptions.Timeout():
            return Cause.ISSUER_SILENT
        case _:
            # Half an answer and then silence is a lost connection to requests.
            return Cause.ISSUER_SILENT if "timed out" in str(inner) else Cause.ISSUER_UNREACHABLE
