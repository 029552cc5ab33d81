"""Keys of our own: one hash tag of the run, another in a second slot of the same server, and none is left."""

import time

import pytest
from redis.crc import key_slot

from preflight.model.cluster import SlotRange
from preflight.probes.keys import OWN, PATIENCE, delete, far_tag, owner_of, slot_of, tag_of
from preflight.probes.wire import Wire
from tests.probes.test_wire import over
from tests.servers.fixtures import ServerPool
from tests.servers.front import Ending, front
from tests.servers.scripted import scripted_server

RUN = "0123456789ab"
HALVES = (
    SlotRange(first=0, last=8191, primary="a:1"),
    SlotRange(first=8192, last=16383, primary="b:1"),
)
RUNS = [f"{number:012x}" for number in range(0, 2**24, 2**18)]


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
    """Keys of one tag share its slot, as the server counts it, and are known as ours."""
    tag = tag_of(RUN)
    assert {key_slot(f"{tag}:{name}".encode()) for name in ("write", "near")} == {slot_of(tag)}
    assert tag.encode().startswith(OWN)


@pytest.mark.parametrize(
    ("slot", "owner"),
    [(0, "a:1"), (8191, "a:1"), (8192, "b:1"), (16383, "b:1"), (16384, "")],
    ids=str,
)
def test_the_owner_of_a_slot(slot: int, owner: str) -> None:
    """The ends of a range belong to it; a slot in no range belongs to nobody."""
    assert owner_of(slot, HALVES) == owner


def test_each_key_is_deleted_by_itself() -> None:
    """One DEL over two slots would be an error on a cluster."""
    with scripted_server(lambda _: b":1\r\n") as script:
        over(script, lambda wire: delete(wire, ("{a}", "{b}"), PATIENCE))
    assert script.commands == [[b"DEL", b"{a}"], [b"DEL", b"{b}"]]


def test_deleting_is_refused() -> None:
    """What cannot be deleted is no error: it expires."""
    with scripted_server(lambda _: b"-NOPERM no\r\n") as script:
        over(script, lambda wire: delete(wire, ("{a}",), PATIENCE))
    assert script.commands == [[b"DEL", b"{a}"]]


@pytest.mark.parametrize("ending", Ending, ids=str)
def test_deleting_takes_no_longer_than_its_patience(server_pool: ServerPool, ending: Ending) -> None:
    """Also where the server hangs up at it or says nothing."""

    async def talk(wire: Wire) -> float:
        begun = time.monotonic()
        await delete(wire, ("{a}",), PATIENCE)
        return time.monotonic() - begun

    with front(server_pool.get("redis-7.0"), lambda: lambda words: ending if words[0] == b"DEL" else None) as before:
        seconds = over(before, talk)
    assert before.commands == [[b"DEL", b"{a}"]]
    assert seconds < PATIENCE + 1
