"""Runs of the command against nodes that take the tokens of one local issuer, and what their reports must say."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.clouds.environment import hermetic, run, run_here, told_nothing_of
from tests.servers.certificates import Authority
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.gatekeeper import Admit, Gate, gatekeeper
from tests.servers.loopback import Dialable
from tests.servers.process import Server

SERVER = "redis-7.0"

QUICK = ("--token-timeout", "2")
"""For an issuer that hangs."""

LATEST = 8.0
"""Seconds that no run may take, whatever hangs."""


class Issuer(Protocol):
    """A cloud on the loopback."""

    def admit(self, user: str, token: str) -> bool: ...
    @property
    def secrets(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One issuer, real servers behind gates that ask for its tokens, and an empty folder that is HOME."""

    provider: str
    issuer: Issuer
    servers: ServerPool
    clusters: ClusterPool
    ca: Authority
    home: Path
    files: Path
    """For the files of a test."""

    @property
    def server(self) -> Server:
        """What is behind a gate; it asks for no password itself."""
        return self.servers.get(SERVER)

    @contextlib.contextmanager
    def gate(self, admit: Admit | None = None, **options: Any) -> Iterator[Gate]:
        """A server with TLS that lets in who has a token of the issuer."""
        with gatekeeper(self.server, admit or self.issuer.admit, certificate=self.ca.server(), **options) as gate:
            yield gate

    @contextlib.contextmanager
    def gates(self) -> Iterator[list[Gate]]:
        """The same before each of three nodes of a cluster; the map of slots names the gates."""
        nodes, certificate, ports = self.clusters.get(SERVER).nodes, self.ca.server(), dict[int, int]()
        with contextlib.ExitStack() as stack:
            before = [gatekeeper(node, self.issuer.admit, certificate=certificate, ports=ports) for node in nodes]
            gates = [stack.enter_context(each) for each in before]
            ports |= {node.port: gate.port for node, gate in zip(nodes, gates, strict=True)}
            yield gates

    def by_url(self, env: Mapping[str, str], gate: Dialable, *options: str, user: str = "", here: bool = False) -> Any:
        """The document of a run with the URL of this gate."""
        return self.run(env, f"rediss://{user and user + '@'}{gate.host}:{gate.port}/0", *options, here=here)

    def by_node(self, env: Mapping[str, str], gate: Dialable, *options: str, here: bool = False) -> Any:
        """The document of a run with this one node."""
        return self.run(env, "--node", f"redis://{gate.host}:{gate.port}", *options, here=here)

    def run(self, env: Mapping[str, str], *arguments: str, here: bool = False) -> Any:
        """The document of a run; nothing secret is on either stream.

        It is a process of its own, or `here` where nothing hangs and the package reads the environment as it is used.
        """
        line = ["check", *arguments, "--iam", self.provider, "--ca-file", str(self.ca.ca_file), "-o", "json"]
        ended = (run_here if here else run)(line, hermetic(self.home, **env))
        told = told_nothing_of(ended, *self.issuer.secrets)
        assert told["seconds"] < LATEST
        assert ended.returncode == (1 if ids(told, "fail") else 0)
        return told


@contextlib.contextmanager
def empty_folders(folder: Path) -> Iterator[tuple[Path, Path]]:
    """HOME, and the folder for files."""
    home, files = folder / "home", folder / "files"
    home.mkdir()
    files.mkdir()
    yield home, files


def ids(told: Any, outcome: str) -> list[str]:
    """The checks with this outcome, once for each of their findings."""
    return [each["id"] for each in told["findings"] if each["outcome"] == outcome]


def finding(told: Any, check: str) -> Any:
    [found] = [each for each in told["findings"] if each["id"] == check]
    return found


def assert_passes(told: Any) -> None:
    assert [ids(told, each) for each in ("fail", "warn", "blocked", "error")] == [[], [], [], []]
    assert finding(told, "commands.write")["outcome"] == "pass"


def assert_fails_only(told: Any, check: str, cause: str | None) -> Any:
    """The one finding that failed; whatever else is not in order is blocked by it."""
    [failed] = [each for each in told["findings"] if each["outcome"] == "fail"]
    assert (failed["id"], failed["cause"]) == (check, cause), failed
    assert failed["remedy"]
    assert "{" not in failed["remedy"]
    assert ids(told, "warn") + ids(told, "error") == []
    assert {each["blocked_by"] for each in told["findings"] if each["outcome"] == "blocked"} == {check}
    return failed


def assert_nothing_blocked_by(told: Any, check: str) -> Any:
    """The one finding that failed; all else is in order, up to the commands."""
    assert [ids(told, each) for each in ("fail", "warn", "blocked", "error")] == [[check], [], [], []]
    assert finding(told, "commands.write")["outcome"] == "pass"
    return finding(told, check)


def assert_in_with(told: Any, gates: list[Gate], user: str, tokens: Mapping[str, float]) -> None:
    """Every node let the user in, and once more on the same connection with another token of the issuer."""
    for gate in gates:
        [(first, before, token), (again, after, renewed)] = gate.kept
        assert {shown for number, _, shown in gate.shown if number != first} <= {token}
        assert (before, after, first) == (user, user, again)
        assert token != renewed
        assert {token, renewed} == tokens.keys()
    renewals = [each["outcome"] for each in told["findings"] if each["id"] == "auth.renewal"]
    assert renewals == ["pass"] * len(gates)
