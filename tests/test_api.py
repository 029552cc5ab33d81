"""The library, as far as it goes without a network."""

from __future__ import annotations

import asyncio
from importlib import import_module

import pytest
from msgspec.structs import replace

import preflight
from preflight import InputError, Outcome, Plan, Report, Secret, Surroundings, acheck, check
from preflight.model.installation import Flaw
from preflight.model.target import Mode
from tests.checks.facts import cluster, held, installation, key, standalone

OF_FILES = {
    *("config.chart-version", "config.dedicated", "config.external", "config.fs-group", "config.iam"),
    *("config.safe-mode", "config.secret", "config.service-accounts", "config.values"),
}
"""What does not apply to a connection string that came without files."""


def outcomes(report: Report) -> dict[str, Outcome]:
    return {finding.id: finding.outcome for finding in report.findings}


def test_a_url() -> None:
    """A URL that leaves nothing to dial is a report: its own check fails, and everything else is blocked by it."""
    report = check("redis://:tops/3cret@cache:6379/0")
    assert report.outcome is Outcome.FAIL
    found = outcomes(report)
    assert found.pop("config.url") is Outcome.FAIL
    assert {name for name, outcome in found.items() if outcome is Outcome.NOT_APPLICABLE} == OF_FILES
    assert {outcome for name, outcome in found.items() if name not in OF_FILES} == {Outcome.BLOCKED}
    assert {finding.blocked_by for finding in report.findings} == {None, "config.url"}
    assert "3cret" not in repr(report)


def test_node_uris() -> None:
    """A sequence of texts is the node list of a cluster."""
    report = check(["redis://:7000"])
    assert report.targets[0].mode is Mode.CLUSTER
    assert outcomes(report)["config.nodes"] is Outcome.FAIL
    assert {finding.blocked_by for finding in report.findings} == {None, "config.nodes"}


def test_a_plan() -> None:
    """Several targets are one report, in their order."""
    report = check(Plan(targets=(standalone(""), replace(cluster("redis://:1"), name="nodes"))))
    assert [each.mode for each in report.targets] == [Mode.STANDALONE, Mode.CLUSTER]
    assert {"config.url", "config.nodes"} <= {finding.id for finding in report.findings}


def test_a_plan_with_installations() -> None:
    """What the files declare around a target is judged with it, and who uses it is in the report."""
    target = replace(standalone(""), installation="prod", used_by=("Deployment/langsmith-queue",), switched_on=False)
    report = check(Plan(targets=(target,), installations=(replace(installation(), name="prod"),)))
    assert outcomes(report)["config.external"] is Outcome.FAIL
    assert report.targets[0].used_by == ("Deployment/langsmith-queue",)


@pytest.mark.parametrize("flaw", [Flaw.NOT_GIVEN, Flaw.KEY_MISSING, Flaw.TWICE_BASE64])
def test_a_secret_that_does_not_give_it(flaw: Flaw) -> None:
    """Nothing is dialled, and the Secret is the root of all that follows."""
    report = check(Plan(targets=(replace(held(standalone("")), keys=(key(flaw),)),)))
    assert outcomes(report)["config.secret"] is Outcome.FAIL
    assert {finding.blocked_by for finding in report.findings} == {None, "config.secret"}
    assert [each.id for each in report.findings if each.outcome is Outcome.FAIL] == ["config.secret"]


def test_two_targets_of_one_name() -> None:
    """A report could not tell them apart."""
    with pytest.raises(InputError, match="same name"):
        Plan(targets=(standalone(""), standalone("")))


def test_an_empty_plan_is_an_error() -> None:
    """Nothing checked is not a pass."""
    assert check(Plan(targets=())).outcome is Outcome.ERROR


def test_in_a_running_loop() -> None:
    """The async twin is awaited where the plain one would need a loop of its own."""

    async def main() -> Report:
        return await acheck("")

    assert outcomes(asyncio.run(main()))["config.url"] is Outcome.FAIL


@pytest.mark.parametrize("what", ["rediss://:tops3cret@cache:6379/0", ["redis://cache:7000"]])
def test_what_is_said_beside_it(what: str | list[str]) -> None:
    """A CA bundle that is not there ends the run before anything is dialled, for a URL and for a node list."""
    report = check(what, around=Surroundings(ca_file="/no/such/ca.pem", password=Secret("hunter22")))
    found = outcomes(report)
    assert (report.outcome, found["files.ca"], found["dns.resolves"]) == (Outcome.FAIL, Outcome.FAIL, Outcome.BLOCKED)
    assert not [secret for secret in ("tops3cret", "hunter22") if secret in repr(report)]


def test_exported_names() -> None:
    """`__all__` is sorted, holds every public name, and each can be imported."""
    names = preflight.__all__
    assert names == sorted(names)
    assert all(getattr(preflight, name) is not None for name in names)
    homes = {name: home for home, held in preflight._HOMES.items() for name in held}  # noqa: SLF001 - its own table
    assert sorted(homes) == names
    assert all(hasattr(import_module(home), name) for name, home in homes.items())


def test_a_name_that_does_not_exist() -> None:
    """The lazy module answers as any other would."""
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = preflight.no_such_name


@pytest.mark.parametrize(
    ("what", "iam"),
    [
        ("redis://app@127.0.0.1:1/0", "aws"),
        ("rediss://127.0.0.1:1/0", "aws"),
        ("redis://app@127.0.0.1:1/0", "azure"),
        ("rediss://app@127.0.0.1:1/0", "AWS"),
        (["redis://127.0.0.1:1"], "gcp "),
    ],
)
def test_workload_identity_that_nobody_can_have(what: str | list[str], iam: str) -> None:
    """No token is asked for: what hinders it is a failure of the configuration, and the port is tried all the same."""
    report = check(what, around=Surroundings(iam=iam))
    found = outcomes(report)
    assert (found["config.iam"], found["tcp.connects"]) == (Outcome.FAIL, Outcome.FAIL)
    blocked = {finding.id: finding.blocked_by for finding in report.findings if finding.id.startswith("token.")}
    assert blocked == dict.fromkeys(("token.obtained", "token.clock", "token.identity", "token.lifetime"), "config.iam")


def test_workload_identity_without_an_address() -> None:
    """A URL that cannot be read is the root, and not the token that nobody asked for."""
    report = check("rediss://", around=Surroundings(iam="gcp"))
    blocked = {finding.blocked_by for finding in report.findings if finding.id.startswith(("token.", "auth."))}
    assert blocked == {"config.url"}
