"""Tokens of workload identity: fetched as the pods do, off the event loop, and never kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

from preflight.model.evidence import Cause, Observed, Stage
from preflight.model.identity import AwsIam, AzureIam, GcpIam, Identity
from preflight.model.secret import MASK, Secret
from preflight.model.target import Password, Target
from preflight.model.token import LONGEST, Token
from preflight.probes.dns import off_loop
from preflight.probes.errors import ProbeError
from preflight.probes.observe import observe
from preflight.probes.quiet import quiet

Learn: TypeAlias = Callable[[str], None]
"""Told every text on the way that must never leave: session credentials, files of identity, the token."""


class Issued(NamedTuple):
    """A token's text and what is known of it."""

    text: str
    token: Token

    @property
    def login(self) -> Password:
        return Password(username=self.token.username, password=Secret(self.text))


_LONGEST: Final = 200
"""Characters of an issuer's words that are evidence enough."""

_TELLING: Final = 16
"""Characters that a secret and a text have in common by no chance."""

_SIGNED_BY_THE_SECOND: Final = 1.0
"""Seconds after which a signature is a new one."""


class TokenSource:
    """The token of one target: one for all its nodes, and a second for the renewal."""

    def __init__(self, target: Target, limit: float) -> None:
        self._target, self._limit = target, limit
        self._first: asyncio.Task[Observed[Issued]] | None = None
        self._second: asyncio.Task[Observed[Issued]] | None = None
        self.learned: list[Secret] = []

    def start(self) -> None:
        """Fetch it while the nodes are dialled."""
        self._first = self._first or asyncio.create_task(self._fetch())

    async def first(self) -> Observed[Issued]:
        self.start()
        assert self._first  # noqa: S101 - just started
        return await self._first

    async def second(self) -> Observed[Issued]:
        """Another one, as the clients get when the first is about to expire."""
        self._second = self._second or asyncio.create_task(self._fetch(_pause(self._target.identity)))
        return await self._second

    def cancel(self) -> None:
        """Nobody waits any more; a thread that hangs is left behind."""
        for task in (self._first, self._second):
            if task:
                task.cancel()

    def seen(self) -> Observed[Issued] | None:
        """The first one, if it is there."""
        done = self._first is not None and self._first.done() and not self._first.cancelled()
        return self._first.result() if self._first and done else None

    async def _fetch(self, pause: float = 0.0) -> Observed[Issued]:
        await asyncio.sleep(pause)
        return await observe(Stage.TOKEN, self._limit, off_loop(self._issue))

    def _issue(self) -> Issued:
        def learn(text: str) -> None:
            self.learned.append(Secret(text))

        identity = self._target.identity
        assert identity  # noqa: S101 - a target without one is not asked for a token
        try:
            with quiet():
                issued = _issue(identity, self._target.username, learn)
        except ProbeError as error:
            raise ProbeError(error.cause, self._harmless(error.message), stage=Stage.TOKEN) from None
        learn(issued.text)
        return _usable(issued)

    def _harmless(self, message: str) -> str:
        """Short, and without what was learned: cut in the middle, a secret would be known to nobody as one."""
        texts = [secret.reveal() for secret in self.learned if secret]
        for text in texts:
            message = message.replace(text, MASK)
        encoded = any(text[:_TELLING] in message for text in texts if len(text) > _TELLING)
        return "(not shown: it quotes a secret)" if encoded else message[:_LONGEST]


def _pause(identity: Identity | None) -> float:
    return _SIGNED_BY_THE_SECOND if isinstance(identity, AwsIam) else 0.0


def _issue(identity: Identity, username: str, learn: Learn) -> Issued:
    """Imports the one SDK that it takes: each costs more than all else together."""
    try:
        match identity:
            case AwsIam():
                from preflight.probes import token_aws  # noqa: PLC0415

                return token_aws.issue(identity, username, learn)
            case GcpIam():
                from preflight.probes import token_gcp  # noqa: PLC0415

                return token_gcp.issue(learn)
            case AzureIam():
                from preflight.probes import token_azure  # noqa: PLC0415

                return token_azure.issue(identity, username, learn)
    except ImportError as error:
        raise ProbeError(Cause.SDK_MISSING, f"no module named {error.name}", stage=Stage.TOKEN) from None


def _usable(issued: Issued) -> Issued:
    if not issued.text:
        raise ProbeError(Cause.TOKEN_EMPTY, stage=Stage.TOKEN)
    if not issued.text.isascii():
        raise ProbeError(Cause.ISSUER_BROKEN, "a token that is no text", stage=Stage.TOKEN)
    if issued.token.length > LONGEST:
        raise ProbeError(Cause.TOKEN_OVERSIZED, f"{issued.token.length:,} bytes", stage=Stage.TOKEN)
    return issued


def stamp(seconds: float | None) -> str:
    """Unix time as the records hold it; empty for None, and for what is no time."""
    try:
        return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return ""


def now() -> str:
    return stamp(time.time())
