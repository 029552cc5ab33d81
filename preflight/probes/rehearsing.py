"""The rehearsal on one node: the commands, the latency, and what a second connection gets; then all is put away."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from preflight.model.evidence import Cause, Observed, Seen, Stage, Unreached
from preflight.model.facts import Product
from preflight.model.rehearsal import Exchange, Latency, Rehearsal
from preflight.model.required import pop_of
from preflight.probes import commands, exchange
from preflight.probes.keys import HASTE, PATIENCE, delete
from preflight.probes.latency import measure
from preflight.probes.node import Climb
from preflight.probes.observe import observe, placed
from preflight.probes.wire import Wire

_NEWER = frozenset({Product.VALKEY, Product.DRAGONFLY, Product.GARNET})
"""They tell old clients a `redis_version` of 7 and more."""


class Tags(NamedTuple):
    """Two hash tags of one server, in slots of their own."""

    here: str
    far: str


class Rehearsing:
    """Remembers what it has seen, so that it can be stopped at any time."""

    def __init__(self, climb: Climb, tags: Tags, limit: float) -> None:
        assert climb.wire and climb.server  # noqa: S101, PT018 - it has got there
        self._climb, self._tags, self._limit = climb, tags, limit
        self._wire, self._server = climb.wire, climb.server
        self.rehearsal: Observed[Rehearsal] | None = None
        self.latency: Observed[Latency] | None = None
        self.exchange: Observed[Exchange] | None = None

    @property
    def _keys(self) -> tuple[str, ...]:
        return (*commands.keys_of(*self._tags), *exchange.keys_of(self._tags.here))

    async def run(self) -> None:
        """Three round trips and more, while a second connection is opened."""
        try:
            await self._rehearse()
        except BaseException:
            await asyncio.shield(asyncio.ensure_future(self._put_away(HASTE)))
            raise
        await asyncio.shield(asyncio.ensure_future(self._put_away(PATIENCE)))

    async def _rehearse(self) -> None:
        here, far = self._tags
        second = self._climb.second()
        unknown = self._server.info.ok and self._server.load.clients_limit is None
        step = commands.rehearse(self._wire, here, far, limit_unknown=unknown)
        self.rehearsal = placed(await observe(Stage.COMMANDS, self._limit, step), self._wire)
        if not isinstance(self.rehearsal, Seen):
            return
        self.latency = await observe(Stage.COMMANDS, 2 * self._limit, measure(self._wire, second))
        if _would_stay(self.rehearsal.fact):
            self.exchange = Unreached(stage=Stage.AUTH, cause=Cause.UNDELETABLE)
        elif isinstance(self.latency, Seen):
            self.exchange = await self._exchanged(await second)

    async def _exchanged(self, second: Observed[Wire]) -> Observed[Exchange]:
        if not isinstance(second, Seen):
            return second
        pop = pop_of(self._server.version, is_newer=self._server.product in _NEWER)
        last = tuple(("DEL", key) for key in self._keys)
        step = exchange.exchange(self._wire, second.fact, self._tags.here, pop, last)
        # The server itself is given time to wait.
        limit = self._limit + 2 * exchange.PATIENCE
        return placed(await observe(Stage.COMMANDS, limit, step), second.fact, self._wire)

    async def _put_away(self, patience: float) -> None:
        """On the other connection where the first one is lost."""
        if isinstance(self.exchange, Seen):
            return
        await delete(self._wire, self._keys, patience)
        if self._wire.in_step or self.exchange is not None:
            return
        second = self._climb.second()
        await asyncio.wait({second}, timeout=patience)
        opened = second.result() if second.done() and not second.cancelled() else None
        if isinstance(opened, Seen):
            await delete(opened.fact, self._keys, patience)


def _would_stay(rehearsal: Rehearsal) -> bool:
    """A list could be filled, and could neither be deleted nor given a time to live, alone or in a transaction."""
    denied = {name for name, reply in rehearsal.refused.items() if reply.code == "NOPERM"}
    return rehearsal.transaction.code == "NOPERM" and {"DEL", "EXPIRE"} <= denied and "RPUSH" not in denied
