"""Node URIs one by one, as an array, or in a file."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.inputs.nodes import NODE, NODES, read
from preflight.model.errors import InputError
from preflight.model.target import Mode, Target
from tests.inputs.requests import request

ARRAY = '["redis://a:7000", "redis://b:7000"]'


def target_of(*nodes: str, together: str | None = None, **around: Any) -> Target:
    options = {NODE.key: nodes} if nodes else {}
    files = {"nodes.json": ARRAY, "-": ARRAY}
    plan = read(
        request(options=options | ({NODES.key: (together,)} if together is not None else {}), files=files, **around)
    )
    assert plan
    [target] = plan.targets
    return target


def names(target: Target) -> list[str]:
    return [str(each) for each in target.endpoints]


def test_not_mentioned() -> None:
    """Without nodes this source has nothing to say."""
    assert read(request(environ={"REDIS_CLUSTER_DATABASE_URIS": ARRAY})) is None


def test_one_by_one() -> None:
    """Each `--node` is a node, in its order."""
    target = target_of("redis://b:7000", "redis://a:7000", tls=False)
    assert (target.mode, names(target), target.tls) == (Mode.CLUSTER, ["b:7000", "a:7000"], None)


@pytest.mark.parametrize("together", [ARRAY, f"  {ARRAY}\n", "nodes.json", "-"])
def test_together(together: str) -> None:
    """An array as it is, in a file, or on standard input."""
    assert names(target_of(together=together)) == ["a:7000", "b:7000"]


@pytest.mark.parametrize(
    "together", ["", "redis://a:7000", "redis://a:7000,redis://b:7000", '{"a": 1}', '"x"', "[", " "]
)
def test_what_no_file_is_named_like_is_a_finding(together: str) -> None:
    """A URL or half an array in place of the array is told as such."""
    assert target_of(together=together).declaration.fatal


def test_no_such_file() -> None:
    """A file that cannot be read is unusable input, and its name, which may be a password, is not quoted."""
    with pytest.raises(InputError) as caught:
        target_of(together=":tops3cret@cache:6379")
    assert "--nodes" in str(caught.value)
    assert "tops3cret" not in str(caught.value)


def test_both() -> None:
    """Two lists are one too many."""
    with pytest.raises(InputError, match="--node or by --nodes"):
        target_of("redis://a:7000", together=ARRAY)
