"""One target: its files, its endpoints, the cluster behind them, and the rehearsal on the right node."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from preflight.model.cluster import Member, Topology
from preflight.model.evidence import Cause, Failed, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Files
from preflight.model.installation import Feature
from preflight.model.limits import Limits
from preflight.model.secret import Secret
from preflight.model.target import Endpoint, Mode, Target
from preflight.model.token import Token
from preflight.probes.errors import diagnose
from preflight.probes.files import Trust, contexts_of
from preflight.probes.keys import far_tag, owner_of, slot_of, tag_of, tags_of
from preflight.probes.node import Climb, Observer, unclimbed
from preflight.probes.observe import observe
from preflight.probes.rehearsing import Rehearsing, Tags
from preflight.probes.survey import Inquiry
from preflight.probes.token import TokenSource
from preflight.probes.topology import UNKNOWN_HOST, united

UNUSABLE: Final = {Mode.STANDALONE: Cause.URL_UNUSABLE, Mode.CLUSTER: Cause.NODES_UNUSABLE}

DIALLABLE: Final = range(1, 65536)


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
        self._maps: dict[str, tuple[Member, ...]] = {}
        self._topology: Observed[Topology] | None = None
        self._rehearsing: Rehearsing | None = None
        self._home, self._tags = "", dict[str, str]()
        self._unrehearsed: Unreached | None = None
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
        lost = self._beyond(self._topology) or self._stalled()
        await asyncio.gather(*(climb.renew(lost) for climb in self._seeds + self._advertised))
        if self._tokens:
            await self._tokens.first()

    async def _climb_nodes(self, contexts: Trust) -> None:
        self._seeds = [self._climber(each, contexts) for each in self.target.endpoints]
        await self._climb_all(self._seeds, keep=True)
        asked = self._asked()
        self._topology = self._united(asked) if asked else None
        if asked is None or not isinstance(self._topology, Seen):
            return
        topology = self._topology.fact
        self._home = owner_of(slot_of(tag_of(self._run)), topology.ranges) or str(asked.endpoint)
        if self.target.mode is Mode.CLUSTER or (self._is_juicefs and topology.cluster_enabled):
            self._tags = tags_of(self._run, topology.ranges)
            self._chart_advertised(topology, contexts)
        others = [each for each in self._advertised if str(each.endpoint) != self._home]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._climb_all(others))
            for seed in self._seeds:
                group.create_task(self._write(seed))
            group.create_task(self._rehearse(asked, topology))

    def evidence(self, stopped_by: Cause | None) -> TargetEvidence:
        rest = self._rest(stopped_by)
        return TargetEvidence(
            target=self.target,
            files=self._files or rest,
            nodes=self._nodes(stopped_by),
            token=self._token(stopped_by),
            topology=self._topology or self._bug or rest,
            maps=self._maps,
            rehearsed_on=self._home,
            **self._rehearsed(rest),
        )

    def _rehearsed(self, rest: Unreached) -> dict[str, Observed[Any]]:
        """Each step, or what it was broken by: the step before, or what kept all of them from being tried."""
        steps = ("rehearsal", "latency", "exchange")
        lost = self._unrehearsed or self._beyond(self._topology) or self._bug or rest
        seen = [getattr(self._rehearsing, step, None) for step in steps]
        broken = next((self._beyond(each) for each in seen if isinstance(each, Failed)), None)
        return {step: each or broken or lost for step, each in zip(steps, seen, strict=True)}

    def _stalled(self) -> Unreached | None:
        """Why the wire of the rehearsal may be of no more use."""
        work = self._rehearsing
        seen = (work.rehearsal, work.latency, work.exchange) if work else ()
        return next((self._beyond(each) for each in seen if isinstance(each, Failed)), None)

    async def _read_files(self) -> Trust | None:
        seen = await observe(Stage.FILES, self._limits.step, contexts_of(self.target))
        if not isinstance(seen, Seen):
            self._files = seen
            return None
        files, contexts = seen.fact
        self._files = Seen(fact=files, seconds=seen.seconds)
        return contexts

    def _climber(self, endpoint: Endpoint, contexts: Trust) -> Climb:
        context = contexts[endpoint.check_hostname]
        is_seed = endpoint in self.target.endpoints
        views = self.target.mode is Mode.CLUSTER or self._is_juicefs
        rehearses = self.target.mode is Mode.STANDALONE or str(endpoint) == self._home
        inquiry = Inquiry(tag_of(self._run), charts=is_seed, views=views, rehearses=rehearses, maps=self._maps)
        return Climb(self.target, endpoint, context, self._limits, self._observer, inquiry=inquiry, tokens=self._tokens)

    async def _climb_all(self, climbs: list[Climb], *, keep: bool = False) -> None:
        async def one(climb: Climb) -> None:
            async with self._room:
                await climb.climb()
                if not keep:
                    await self._write(climb)
                    await climb.renew()
                    await climb.close()

        async with asyncio.TaskGroup() as group:
            for climb in climbs:
                group.create_task(one(climb))

    def _asked(self) -> Climb | None:
        """The first endpoint that answers; as cluster clients do, the first that belongs to a cluster."""
        charted = [seed for seed in self._seeds if seed.topology]
        if self.target.mode is Mode.CLUSTER:
            charted.sort(key=lambda seed: not (seed.server and seed.server.cluster_enabled))
        return next(iter(charted), None)

    def _united(self, asked: Climb) -> Observed[Topology] | None:
        seen = asked.topology
        if not isinstance(seen, Seen):
            return seen
        maps = [seed.topology.fact for seed in self._seeds if isinstance(seed.topology, Seen)]
        return Seen(fact=united(seen.fact, maps), seconds=seen.seconds)

    def _chart_advertised(self, topology: Topology, contexts: Trust) -> None:
        known = {str(seed.endpoint) for seed in self._seeds}
        named = all(seed.endpoint.check_hostname for seed in self._seeds)
        for name in dict.fromkeys(topology.members()):
            host, _, port = name.rpartition(":")
            if host == UNKNOWN_HOST or int(port) not in DIALLABLE:
                self._undiallable.append(name)
            elif name not in known:
                endpoint = Endpoint(host=host.strip("[]"), port=int(port), check_hostname=named)
                self._advertised.append(self._climber(endpoint, contexts))

    async def _write(self, climb: Climb) -> None:
        """Each primary may refuse for reasons of its own; one of them is rehearsed on in full."""
        name = str(climb.endpoint)
        if name in self._tags and name != self._home:
            await climb.write(self._tags[name])

    async def _rehearse(self, asked: Climb, topology: Topology) -> None:
        """While the other nodes are climbed."""
        climbs = (*self._seeds, *self._advertised)
        owner = next((climb for climb in climbs if str(climb.endpoint) == self._home), asked)
        if owner in self._advertised:
            await self._climb_all([owner], keep=True)
        server, wire = owner.server, owner.wire
        if server is None or wire is None or not wire.in_step:
            self._unrehearsed = owner.broken(None)
            return
        # On a cluster JuiceFS makes a prefix of the number, and selects none.
        if not server.database.ok and not (self._is_juicefs and server.cluster_enabled):
            self._unrehearsed = Unreached(stage=Stage.CAPACITY, cause=Cause.NO_SUCH_DATABASE)
            return
        self._observer(self.target.name, Stage.COMMANDS, self._home)
        tags = Tags(tag_of(self._run), far_tag(self._run, topology.ranges, self._home))
        self._rehearsing = Rehearsing(owner, tags, self._limits.step)
        await self._rehearsing.run()

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
