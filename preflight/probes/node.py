"""One node on its way up the ladder: dns, tcp, tls, auth, server."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from preflight.model.cluster import Topology
from preflight.model.evidence import Cause, Failed, Node, Observed, Seen, Stage, Unreached
from preflight.model.facts import Addresses, Channel, Connected, Reply, Server, Session
from preflight.model.limits import Limits
from preflight.model.target import Endpoint, Target
from preflight.model.token import Renewal
from preflight.probes.auth import authenticate, present, renew, renewed, words_of
from preflight.probes.commands import write
from preflight.probes.dns import resolve
from preflight.probes.observe import observe, placed
from preflight.probes.other_way import ask_in_plaintext, ask_in_tls, either_way
from preflight.probes.second import Peer, another
from preflight.probes.server import identify
from preflight.probes.survey import Inquiry, Survey, survey
from preflight.probes.tcp import connect
from preflight.probes.tls import Look, secure
from preflight.probes.token import Issued, TokenSource
from preflight.probes.wire import Wire

RUNGS: Final = ("dns", "tcp", "tls", "auth", "server")

Observer = Callable[[str, Stage, str], None]
"""Told what is in work: target, stage, node."""


class Climb:
    """Goes up until a rung breaks, and remembers what it saw on each, so that it can be stopped at any time."""

    def __init__(
        self,
        target: Target,
        endpoint: Endpoint,
        context: ssl.SSLContext | None,
        limits: Limits,
        observer: Observer,
        *,
        inquiry: Inquiry,
        tokens: TokenSource | None = None,
    ) -> None:
        self.target, self.endpoint, self.limits = target, endpoint, limits
        self._inquiry, self._tokens = inquiry, tokens
        self._survey: Observed[Survey] | None = None
        self._write: Observed[Reply] | None = None
        self._second: asyncio.Task[Observed[Wire]] | None = None
        self._issued: Issued | None = None
        self._renewal: Observed[Renewal] | None = None
        self.wire: Wire | None = None
        self._context, self._observer = context, observer
        self._seen: dict[str, Observed[Any]] = {}
        self._broken: Unreached | None = None
        self._addresses: Addresses | None = None
        self._socket: socket.socket | None = None
        self._peer = ("", 0)
        self._look = Look(presents=bool(target.tls and target.tls.client_cert))

    @property
    def server(self) -> Server | None:
        """The server's facts, if the climb has got there."""
        seen = self._seen.get("server")
        return seen.fact if isinstance(seen, Seen) else None

    @property
    def topology(self) -> Observed[Topology] | None:
        """The map as this endpoint gives it, if it was asked for one."""
        match self._survey:
            case Seen(fact=Survey(topology=Topology() as charted), seconds=seconds):
                return Seen(fact=charted, seconds=seconds)
            case Failed() as failed:
                return failed
            case _:
                return None

    async def climb(self) -> None:
        steps = (self._resolve, self._connect, self._secure, self._login, self._identify)
        for rung, step in zip(RUNGS, steps, strict=True):
            stage = Stage(rung)
            if stage is Stage.AUTH and not await self._can_log_in():
                return
            self._observer(self.target.name, stage, str(self.endpoint))
            seen = await observe(stage, self.limits.step, step())
            self._seen[rung] = seen
            if not isinstance(seen, Seen):
                self._broken = Unreached(stage=seen.stage, cause=seen.cause)
                return
            if stage is Stage.AUTH and self._inquiry.rehearses:
                self.second()  # on a slow link it is the longest way
        await self._be_surveyed()

    async def _be_surveyed(self) -> None:
        assert self.wire  # noqa: S101 - the rungs below
        self._observer(self.target.name, Stage.TOPOLOGY, str(self.endpoint))
        self._survey = placed(await observe(Stage.TOPOLOGY, self.limits.step, self._ask()), self.wire)
        if not isinstance(self._survey, Seen):
            self._broken = Unreached(stage=self._survey.stage, cause=self._survey.cause)

    def second(self) -> asyncio.Task[Observed[Wire]]:
        """Another connection to the same address, on its way from the first time that it is asked for."""
        if self._second is None:
            peer = Peer(*self._peer, self._context, self.endpoint.host, self.target.db)
            step = another(peer, self._enter, self.limits.step)
            self._second = asyncio.create_task(observe(Stage.COMMANDS, self.limits.step, step))
        return self._second

    async def write(self, tag: str) -> None:
        """A key of its own slots, where it is a primary that has let us in."""
        if self.wire and self.wire.in_step and self.server and isinstance(self._survey, Seen):
            step = write(self.wire, f"{tag}:write")
            self._write = await observe(Stage.COMMANDS, self.limits.step, step)

    async def renew(self, lost: Unreached | None = None) -> None:
        """Log in once more on the open connection, as the clients must before a token expires.

        `lost` is what broke it on the way, if something did.
        """
        tokens, first, wire = self._tokens, self._issued, self.wire
        if tokens is None or first is None or wire is None:
            return
        if self._renewal or not self.server:
            return
        if not wire.in_step:
            self._renewal = lost or Unreached(stage=Stage.COMMANDS, cause=Cause.CLOSED)
            return
        second = await tokens.second()
        if isinstance(second, Seen):
            issued = second.fact
            step = renew(wire, issued.login, fresh=issued.text != first.text)
            self._renewal = renewed(await observe(Stage.AUTH, self.limits.step, step))
        else:
            self._renewal = Failed(stage=Stage.AUTH, cause=Cause.RENEWAL_WITHOUT_TOKEN, message=words_of(second))

    async def close(self) -> None:
        if self._second:
            self._second.cancel()
            with suppress(asyncio.CancelledError):
                opened = await self._second
                if isinstance(opened, Seen):
                    await opened.fact.close()
        if self.wire:
            await self.wire.close()
        elif self._socket:
            self._socket.close()

    def broken(self, stopped_by: Cause | None) -> Unreached:
        """Why whatever lies above was not reached."""
        here = Stage(RUNGS[min(len(self._seen), len(RUNGS) - 1)])
        return self._broken or Unreached(stage=here, cause=stopped_by or Cause.NOT_ASKED)

    def node(self, stopped_by: Cause | None, advertised_by: str = "", slots: str = "") -> Node:
        rest = self.broken(stopped_by)
        facts = {rung: self._seen.get(rung, rest) for rung in RUNGS}
        shown, asked = self._look.shown, self._look.asked
        return Node(
            name=str(self.endpoint),
            advertised_by=advertised_by,
            slots=slots,
            shown=Seen(fact=shown) if shown else rest,
            asked=Seen(fact=asked) if asked else rest,
            renewal=self._renewal or rest,
            write=self._write or Unreached(stage=Stage.COMMANDS, cause=Cause.NOT_ASKED),
            **facts | self._beside(rest),
        )

    def _beside(self, rest: Unreached) -> dict[str, Observed[Any]]:
        """What the survey brought."""
        match self._survey:
            case Seen(fact=Survey(view=view, rights=rights), seconds=seconds):
                unasked = Unreached(stage=Stage.TOPOLOGY, cause=Cause.NOT_ASKED)
                return {"view": Seen(fact=view) if view else unasked, "rights": Seen(fact=rights, seconds=seconds)}
            case Failed() as failed:
                # Of an endpoint it is told as the lack of a map.
                lost = Unreached(stage=failed.stage, cause=failed.cause)
                unasked = Unreached(stage=Stage.AUTH, cause=Cause.NOT_ASKED)
                return {"view": failed, "rights": lost if self._inquiry.charts else unasked}
            case _:
                return {"view": rest, "rights": rest}

    async def _can_log_in(self) -> bool:
        """A token takes its own time, whatever it is: that of the issuer, not of this node."""
        if not self.target.iam:
            return True
        if self._tokens is None:
            self._broken = Unreached(stage=Stage.CONFIG, cause=Cause.IAM_UNUSABLE)
            return False
        first = await self._tokens.first()
        if isinstance(first, Seen):
            self._issued = first.fact
            return True
        self._broken = Unreached(stage=first.stage, cause=first.cause)
        return False

    async def _resolve(self) -> Addresses:
        self._addresses = await resolve(self.endpoint.host, self.endpoint.port)
        return self._addresses

    async def _connect(self) -> Connected:
        assert self._addresses  # noqa: S101 - the rung below
        found, self._socket = await connect(self._addresses, self.endpoint.port, self.limits.step)
        self._peer = (found.address, self.endpoint.port)
        return found

    async def _secure(self) -> Channel:
        assert self._socket  # noqa: S101 - the rung below
        host, limit = self.endpoint.host, self.limits.step
        step = secure(self._socket, self._peer, self._context, host, limit, look=self._look)
        if self._context:
            ask = partial(ask_in_plaintext, self._peer)
            step = either_way(step, Stage.TLS, limit, ask, Cause.TLS_PLAINTEXT)
        channel, self.wire = await step
        return channel

    async def _login(self) -> Session:
        assert self.wire  # noqa: S101 - the rung below
        step = self._enter(self.wire)
        if self._context is None:
            ask = partial(ask_in_tls, self._peer, self.endpoint.host)
            step = either_way(step, Stage.AUTH, self.limits.step, ask, Cause.TLS_SPOKEN)
        return await step

    async def _enter(self, wire: Wire) -> Session:
        if self._issued:
            return await present(wire, self._issued.login, self.target.iam)
        return await authenticate(wire, self.target.login)

    async def _ask(self) -> Survey:
        session = self._seen["auth"]
        assert self.wire and self.server and isinstance(session, Seen)  # noqa: S101, PT018 - the rungs below
        return await survey(self.wire, self.endpoint, self.server, session.fact.username, self._inquiry)

    async def _identify(self) -> Server:
        assert self.wire  # noqa: S101 - the rung below
        return await identify(self.wire, self.target.db)


def unclimbed(name: str, stage: Stage, cause: Cause, advertised_by: str = "", slots: str = "") -> Node:
    """A node that there was no way to dial."""
    rest = Unreached(stage=stage, cause=cause)
    facts = dict.fromkeys((*RUNGS, "shown", "asked", "renewal", "view", "rights"), rest)
    return Node(name=name, advertised_by=advertised_by, slots=slots, **facts)
