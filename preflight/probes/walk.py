"""One target: its files, its endpoints, the cluster behind them, and the rehearsal on the right node."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from preflight.model.evidence import Cause, Failed, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Files, Rehearsal, Topology
from preflight.model.installation import Feature
from preflight.model.limits import Limits
from preflight.model.secret import Secret
from preflight.model.target import Endpoint, Mode, Target
from preflight.model.token import Token
from preflight.probes.commands import far_tag, owner_of, rehearse, slot_of, tag_of
from preflight.probes.errors import diagnose
from preflight.probes.files import trust
from preflight.probes.node import Climb, Observer, unclimbed
from preflight.probes.observe import observe
from preflight.probes.token import TokenSource
from preflight.probes.topology import UNKNOWN_HOST, chart

UNUSABLE: Final = {Mode.STANDALONE: Cause.URL_UNUSABLE, Mode.CLUSTER: Cause.NODES_UNUSABLE}

DIALLABLE: Final = range(1, 65536)

Trust: TypeAlias = Mapping[bool, ssl.SSLContext | None]
"""How to verify, by whether the host name is checked; None for plaintext."""


class Walk:
    """Remembers what it has seen, so that `evidence` can be asked for at any time, also after a cancellation."""

    def __init__(self, target: Target, run: str, limits: Limits, observer: Observer) -> None:
        self.target = target
        self._run, self._limits, self._observer = run, limits, observer
        self._room = asyncio.Semaphore(limits.concurrency)
        self._files: Observed[Files] | None = None
        self._seeds: list[Climb] = []
        self._advertised: list[Climb] = []
        self._undiallable: list[str] = []
        self._topology: Observed[Topology] | None = None
        self._rehearsal: Observed[Rehearsal] | None = None
        self._bug: Failed | None = None
        usable = target.identity and not (target.tokenless or target.withheld) and target.endpoints
        self._tokens = TokenSource(target, limits.token) if usable else None
        # It finds out by itself whether the server is a cluster.
        self._is_juicefs = target.feature is Feature.JUICEFS

    async def walk(self) -> None:
        try:
            await self._walk()
        except Exception as error:  # noqa: BLE001 - a fault of ours on one target must not cost the others
            cause, message = diagnose(error, Stage.FILES)
            self._bug = Failed(stage=Stage.FILES, cause=cause, message=message)
        finally:
            await asyncio.gather(*(climb.close() for climb in self._seeds + self._advertised))
            if self._tokens:
                self._tokens.cancel()

    @property
    def learned(self) -> list[Secret]:
        """What it got to know on the way and must never leave."""
        return self._tokens.learned if self._tokens else []

    async def _walk(self) -> None:
        contexts = await self._read_files() if self.target.endpoints and not self.target.withheld else None
        if contexts is None:
            return
        if self._tokens:
            self._tokens.start()
        await self._climb_nodes(contexts)
        lost = self._beyond(self._topology) or self._beyond(self._rehearsal)
        await asyncio.gather(*(climb.renew(lost) for climb in self._seeds + self._advertised))
        if self._tokens:
            await self._tokens.first()

    async def _climb_nodes(self, contexts: Trust) -> None:
        self._seeds = [self._climber(each, contexts) for each in self.target.endpoints]
        await self._climb_all(self._seeds)
        asked = next((seed for seed in self._seeds if seed.server), None)
        topology = await self._chart(asked) if asked else None
        if asked is None or topology is None:
            return
        if self.target.mode is Mode.CLUSTER or (self._is_juicefs and topology.cluster_enabled):
            await self._climb_advertised(topology, contexts)
        await self._rehearse(asked, topology)

    def evidence(self, stopped_by: Cause | None) -> TargetEvidence:
        rest = self._rest(stopped_by)
        return TargetEvidence(
            target=self.target,
            files=self._files or rest,
            nodes=self._nodes(stopped_by),
            token=self._token(stopped_by),
            topology=self._topology or self._bug or rest,
            rehearsal=self._rehearsal or self._beyond(self._topology) or self._bug or rest,
        )

    async def _read_files(self) -> Trust | None:
        seen = await observe(Stage.FILES, self._limits.step, self._trust())
        if not isinstance(seen, Seen):
            self._files = seen
            return None
        files, contexts = seen.fact
        self._files = Seen(fact=files, seconds=seen.seconds)
        return contexts

    async def _trust(self) -> tuple[Files, Trust]:
        tls = self.target.tls
        if tls is None:
            return Files(), {True: None, False: None}
        checks = {endpoint.check_hostname for endpoint in self.target.endpoints}
        trusted = {check: trust(tls, check_hostname=check) for check in checks}
        return next(iter(trusted.values()))[0], {check: context for check, (_, context) in trusted.items()}

    def _climber(self, endpoint: Endpoint, contexts: Trust) -> Climb:
        context = contexts[endpoint.check_hostname]
        return Climb(self.target, endpoint, context, self._limits, self._observer, tokens=self._tokens)

    async def _climb_all(self, climbs: list[Climb], keep: str | None = None) -> None:
        async def one(climb: Climb) -> None:
            async with self._room:
                await climb.climb()
                if keep is not None and str(climb.endpoint) != keep:
                    await climb.renew()
                    await climb.close()

        async with asyncio.TaskGroup() as group:
            for climb in climbs:
                group.create_task(one(climb))

    async def _chart(self, asked: Climb) -> Topology | None:
        self._observer(self.target.name, Stage.TOPOLOGY, str(asked.endpoint))
        assert asked.wire and asked.server  # noqa: S101, PT018 - its server was seen
        step = chart(asked.wire, asked.endpoint, asked.server)
        self._topology = await observe(Stage.TOPOLOGY, self._limits.step, step)
        return self._topology.fact if isinstance(self._topology, Seen) else None

    async def _climb_advertised(self, topology: Topology, contexts: Trust) -> None:
        known = {str(seed.endpoint) for seed in self._seeds}
        named = all(seed.endpoint.check_hostname for seed in self._seeds)
        for name in dict.fromkeys(topology.members()):
            host, _, port = name.rpartition(":")
            if host == UNKNOWN_HOST or int(port) not in DIALLABLE:
                self._undiallable.append(name)
            elif name not in known:
                endpoint = Endpoint(host=host.strip("[]"), port=int(port), check_hostname=named)
                self._advertised.append(self._climber(endpoint, contexts))
        await self._climb_all(self._advertised, keep=self._home(topology))

    def _home(self, topology: Topology) -> str:
        return owner_of(slot_of(tag_of(self._run)), topology.ranges)

    async def _rehearse(self, asked: Climb, topology: Topology) -> None:
        home = self._home(topology) or str(asked.endpoint)
        climbs = (*self._seeds, *self._advertised)
        owner = next((climb for climb in climbs if str(climb.endpoint) == home), asked)
        server, wire = owner.server, owner.wire
        if server is None or wire is None:
            self._rehearsal = owner.broken(None)
            return
        # On a cluster JuiceFS makes a prefix of the number, and selects none.
        if not server.database.ok and not (self._is_juicefs and server.cluster_enabled):
            self._rehearsal = Unreached(stage=Stage.CAPACITY, cause=Cause.NO_SUCH_DATABASE)
            return
        self._observer(self.target.name, Stage.COMMANDS, home)
        step = rehearse(wire, self._run, far_tag(self._run, topology.ranges, home))
        self._rehearsal = await observe(Stage.COMMANDS, self._limits.step, step)

    def _token(self, stopped_by: Cause | None) -> Observed[Token]:
        if self._tokens is None:
            declared = self.target.endpoints and not self.target.withheld
            return Unreached(stage=Stage.CONFIG, cause=Cause.IAM_UNUSABLE) if declared else self._rest(stopped_by)
        seen = self._tokens.seen()
        if isinstance(seen, Seen):
            return Seen(fact=seen.fact.token, seconds=seen.seconds)
        return seen or self._beyond(self._files) or Unreached(stage=Stage.TOKEN, cause=stopped_by or Cause.NOT_ASKED)

    def _nodes(self, stopped_by: Cause | None) -> tuple[Node, ...]:
        seen = self._topology
        topology = seen.fact if isinstance(seen, Seen) else None
        if topology is None:
            nodes = [climb.node(stopped_by) for climb in self._seeds]
            return tuple(nodes) or self._unclimbed(stopped_by)
        slots = topology.slots_of
        seeds = [climb.node(stopped_by, slots=slots(str(climb.endpoint))) for climb in self._seeds]
        others = [climb.node(stopped_by, topology.asked, slots(str(climb.endpoint))) for climb in self._advertised]
        lost = [
            unclimbed(name, Stage.TOPOLOGY, Cause.UNDIALLABLE, topology.asked, slots(name))
            for name in self._undiallable
        ]
        return (*seeds, *others, *lost)

    def _unclimbed(self, stopped_by: Cause | None) -> tuple[Node, ...]:
        rest = self._rest(stopped_by)
        names = [str(endpoint) for endpoint in self.target.endpoints] or [""]
        return tuple(unclimbed(name, rest.stage, rest.cause) for name in names)

    def _rest(self, stopped_by: Cause | None) -> Unreached:
        """Why the target as a whole got no further: the first thing that broke."""
        if self.target.withheld:
            return Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)
        if not self.target.endpoints:
            return Unreached(stage=Stage.CONFIG, cause=UNUSABLE[self.target.mode])
        return (
            self._beyond(self._files)
            or next((climb.broken(stopped_by) for climb in self._seeds), None)
            or Unreached(stage=Stage.FILES, cause=stopped_by or Cause.NOT_ASKED)
        )

    @staticmethod
    def _beyond(seen: Observed[Any] | None) -> Unreached | None:
        return Unreached(stage=seen.stage, cause=seen.cause) if isinstance(seen, Failed) else None
