"""The rehearsal keeps to keys of its own, tries two slots of one server, and cleans up when it is stopped."""

import asyncio

import pytest
from redis.crc import key_slot

from preflight.model.facts import Rehearsal, SlotRange
from preflight.probes.commands import far_tag, owner_of, rehearse, slot_of, tag_of
from preflight.probes.wire import Wire
from tests.integration.played import Played
from tests.probes.test_wire import over
from tests.servers.fixtures import ServerPool
from tests.servers.link import delaying_proxy
from tests.servers.loopback import Dialable
from tests.servers.scripted import scripted_server

RUN = "0123456789ab"
HALVES = (
    SlotRange(first=0, last=8191, primary="a:1"),
    SlotRange(first=8192, last=16383, primary="b:1"),
)
RUNS = [f"{number:012x}" for number in range(0, 2**24, 2**18)]


def _rehearsed(to: Dialable) -> Rehearsal:
    return over(to, lambda wire: rehearse(wire, RUN, far_tag(RUN, (), "")))


@pytest.mark.parametrize("ranges", [(), HALVES, HALVES[:1]], ids=["standalone", "two primaries", "half a map"])
def test_the_far_tag_is_another_slot_of_the_same_server(ranges: tuple[SlotRange, ...]) -> None:
    """Whatever the run's own slot is; where nobody owns a slot, any other will do."""
    for run in RUNS:
        home = slot_of(tag_of(run))
        far = slot_of(far_tag(run, ranges, owner_of(home, ranges)))
        assert far != home
        assert owner_of(far, ranges) in (owner_of(home, ranges), "")


def test_the_far_tag_is_not_of_a_server_whose_name_only_begins_alike() -> None:
    """Port 1 is not port 10: the other slot is looked for on the very same server."""
    # The next tag of a run is a quarter of the slots away from the first.
    alike = tuple(
        SlotRange(first=first, last=first + 4095, primary=primary)
        for first, primary in zip(range(0, 16384, 4096), ("a:1", "a:10", "a:1", "a:10"), strict=True)
    )
    for run in RUNS:
        owner = owner_of(slot_of(tag_of(run)), alike)
        assert owner_of(slot_of(far_tag(run, alike, owner)), alike) == owner


def test_the_far_tag_where_the_server_has_one_slot_only() -> None:
    """There is no other slot of the same server: it ends, and gives one of another, never the same again."""
    run = next(run for run in RUNS if slot_of(tag_of(run)) in {slot_of(tag_of(run, n)) for n in range(1, 4096)})
    home = slot_of(tag_of(run))
    ranges = (
        SlotRange(first=home, last=home, primary="mine"),
        SlotRange(first=0, last=home - 1, primary="theirs"),
        SlotRange(first=home + 1, last=16383, primary="theirs"),
    )
    assert slot_of(far_tag(run, ranges, "mine")) != home


def test_a_tag_is_a_hash_tag() -> None:
    """Keys of one tag share its slot, as the server counts it."""
    tag = tag_of(RUN)
    assert {key_slot(f"{tag}:{name}".encode()) for name in ("write", "near")} == {slot_of(tag)}


def test_only_keys_of_the_run_that_expire() -> None:
    """Everything written has our prefix and a time to live, and is deleted again."""
    server = Played(b"")
    with scripted_server(server) as script:
        seen = _rehearsed(script)
    assert (seen.write.ok, seen.transaction.ok, seen.cross_slot.ok) == (True, True, True)
    written = [command for command in script.commands if command[0] == b"SET"]
    assert len(written) == 4
    assert all(command[1].startswith(f"{{preflight:{RUN}:".encode()) for command in written)
    assert all(command[3:] == [b"EX", b"60"] for command in written)
    deleted = {command[1] for command in script.commands if command[0] == b"DEL"}
    assert deleted == {command[1] for command in written}


def test_two_round_trips(server_pool: ServerPool) -> None:
    """One to rehearse, one to delete; the slots are told."""
    server = server_pool.get("redis-7.0")
    with delaying_proxy(server.host, server.port, 0.01) as link:
        seen = _rehearsed(link)
    assert link.flights == [2]
    assert len(set(seen.slots)) == 2


def test_keys_are_deleted_when_it_is_cancelled(server_pool: ServerPool) -> None:
    """Cancelled at any time, it comes back only when its keys are gone."""
    server = server_pool.get("redis-7.0")

    async def talk(wire: Wire) -> None:
        work = asyncio.create_task(rehearse(wire, RUN, far_tag(RUN, (), "")))
        await asyncio.sleep(0.15)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    with delaying_proxy(server.host, server.port, 0.1) as link:
        over(link, talk)
    with server.client() as client:
        assert client.keys("{preflight:*") == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({b"GET": b"$5\r\nother\r\n"}, "LOST"),
        ({b"GET": b"$-1\r\n"}, "LOST"),
        ({b"SET": b"-OOM command not allowed\r\n"}, "OOM"),
    ],
    ids=["another value", "no value", "out of memory"],
)
def test_a_write_that_is_not_read_back(wrong: dict[bytes, bytes], code: str) -> None:
    """The server's OK is not enough: the value has to be there."""
    server = Played(b"")

    def replies(command: list[bytes]) -> bytes:
        answered = server(command)
        return wrong.get(command[0], answered) if server.queued is None else answered

    with scripted_server(replies) as script:
        assert _rehearsed(script).write.code == code


def test_a_transaction_that_is_not_carried_out() -> None:
    """EXEC with nothing in it is a refusal."""
    server = Played(b"")

    def replies(command: list[bytes]) -> bytes:
        answered = server(command)
        return b"*-1\r\n" if command[0] == b"EXEC" else answered

    with scripted_server(replies) as script:
        seen = _rehearsed(script)
    assert (seen.write.code, seen.transaction.code, seen.cross_slot.code) == ("", "ABORTED", "ABORTED")
