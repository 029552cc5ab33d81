"""What became of the commands that LangSmith will send, tried under keys of our own."""

from __future__ import annotations

from msgspec import Struct

from preflight.model.facts import Reply


class Occupancy(Struct, frozen=True, kw_only=True):
    """Whose keys are there, by a sample; of the keys only what stands before their first `:`."""

    prefixes: dict[str, int] = {}
    """How many of the sampled keys begin so; keys without a prefix count as ``."""
    own: int = 0
    """Keys of ours, from another run."""
    refusal: Reply = Reply()
    """The answer to SCAN where it is an error."""


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What LangSmith will send, tried under keys of our own that are gone afterwards."""

    write: Reply
    """SET with a time to live, then GET of the same value."""
    transaction: Reply
    """MULTI/EXEC within one hash slot."""
    cross_slot: Reply
    """MULTI/EXEC over the two hash slots in `slots`."""
    slots: tuple[int, int]
    script: Reply = Reply()
    """SCRIPT LOAD, then EVALSHA over two keys of one hash slot and one that it does not declare."""
    script_cross_slot: Reply = Reply()
    """EVALSHA over the two hash slots."""
    refused: dict[str, Reply] = {}
    """The other commands that were tried and refused, by name."""
    occupancy: Occupancy = Occupancy()
    clients_limit: int | None = None
    """maxclients by CONFIG, asked where INFO does not say it."""


class Exchange(Struct, frozen=True, kw_only=True):
    """What a second connection got of what the first one sent."""

    pop: str
    """The blocking command, as the queues choose it by the server's version."""
    blocking: Reply
    """It waited, and returned what was pushed."""
    channel: Reply
    """SUBSCRIBE, and the message that was published."""
    pattern: Reply
    """PSUBSCRIBE, and the same message."""


class Latency(Struct, frozen=True, kw_only=True):
    """Round trips of PING on an open connection, one after the other."""

    seconds: tuple[float, ...]
    seen_from: str = ""
    """The machine that measured."""


class Rights(Struct, frozen=True, kw_only=True):
    """Who we are on a node, and what its ACL lets us do; servers before Redis 6 have neither."""

    user: str = ""
    """By ACL WHOAMI; empty where the server does not say."""
    unnamed: Reply = Reply()
    """The answer to ACL WHOAMI where it is an error."""
    dry_run: bool = False
    """ACL DRYRUN answered."""
    denied: dict[str, str] = {}
    """Command -> the server's words, by ACL DRYRUN."""
