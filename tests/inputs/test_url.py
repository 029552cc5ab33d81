"""A URL from the command line or standard input."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.inputs.url import SOURCE, read
from preflight.model.errors import InputError
from preflight.model.secret import Secret
from preflight.model.target import Mode, Plan
from tests.inputs.requests import request


def plan_of(given: str, stdin: str = "", **around: Any) -> Plan:
    plan = read(request(options={"url": (given,)}, files={"-": stdin}, **around))
    assert plan
    return plan


def test_not_mentioned() -> None:
    """Without a URL this source has nothing to say, whatever the environment."""
    assert read(request(environ={"REDIS_DATABASE_URI": "redis://cache"})) is None
    assert not SOURCE.fallback


def test_a_url() -> None:
    """One standalone target, with what is said beside it."""
    [target] = plan_of("redis://cache:6380/1", password=Secret("tops3cret"), safe_mode=True).targets
    assert (target.mode, target.name, target.db, target.safe_mode) == (Mode.STANDALONE, "langsmith", 1, True)
    assert [str(each) for each in target.endpoints] == ["cache:6380"]
    assert target.login
    assert target.login.password == Secret("tops3cret")


@pytest.mark.parametrize("stdin", ["redis://cache:6379/0", "redis://cache:6379/0\n", "redis://cache:6379/0\r\n"])
def test_standard_input(stdin: str) -> None:
    """`-` reads it there, without the line break that every editor adds."""
    [target] = plan_of("-", stdin).targets
    assert [str(each) for each in target.endpoints] == ["cache:6379"]
    assert not target.declaration.mistakes


@pytest.mark.parametrize("stdin", ["redis://cache\n\nredis://other\n", " redis://cache", "\n"])
def test_standard_input_that_is_no_url(stdin: str) -> None:
    """Whatever else stands there is a mistake in the URL, not an exception."""
    assert plan_of("-", stdin).targets[0].declaration.fatal


def test_a_bad_url_is_a_plan() -> None:
    """What is wrong with it is a finding, so that every format reports it."""
    assert plan_of("cache:6379").targets[0].declaration.fatal


@pytest.mark.parametrize("tls", [True, False])
def test_tls_is_the_scheme_s(tls: bool) -> None:
    """An option that would contradict the scheme is refused."""
    with pytest.raises(InputError, match="scheme"):
        plan_of("redis://cache", tls=tls)
