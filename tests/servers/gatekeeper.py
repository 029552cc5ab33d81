"""A front before a real server that lets in who shows a token that it has verified, as managed services do."""

import contextlib
import itertools
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.servers.certificates import Certificate
from tests.servers.front import Answer, Ending, Instead, Rule, Words, front
from tests.servers.loopback import Dialable
from tests.servers.terminator import server_context

Admit = Callable[[str, str], bool]
"""Whether this user may come in with this token."""

WRONGPASS = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
NOAUTH = b"-NOAUTH Authentication required.\r\n"


@dataclass(slots=True)
class Gate:
    """Where to dial, and who came: user and token of every AUTH, by the number of the connection."""

    host: str
    port: int
    shown: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def kept(self) -> list[tuple[int, str, str]]:
        """By the connection that came first, and lasts as long as the run."""
        return [each for each in self.shown if each[0] == 0]


@contextlib.contextmanager
def gatekeeper(
    server: Dialable,
    admit: Admit,
    *,
    certificate: Certificate | None = None,
    renews: bool = True,
    refusal: bytes = WRONGPASS,
    ports: Mapping[int, int] | None = None,
) -> Iterator[Gate]:
    """Forward commands to the server once `admit` said yes; with `renews` off, a second AUTH ends the connection.

    `ports` maps the ports that the server's own answers name to those to dial instead, as in a map of slots.
    """
    gate = Gate("", 0)
    numbers = itertools.count()

    def rule() -> Rule:
        return _Guard(gate, admit, next(numbers), renews=renews, refusal=refusal, ports=ports or {})

    context: ssl.SSLContext | None = server_context(certificate) if certificate else None
    with front(server, rule, tls=context) as address:
        gate.host, gate.port = address.host, address.port
        yield gate


@dataclass(slots=True, kw_only=True)
class _Guard:
    """The rule of one connection."""

    gate: Gate = field(kw_only=False)
    admit: Admit = field(kw_only=False)
    number: int = field(kw_only=False)
    renews: bool
    refusal: bytes
    ports: Mapping[int, int]
    inside: bool = False

    def __call__(self, words: Words) -> Answer:
        if words[0].upper() == b"AUTH":
            return self._login(words)
        return Instead(words, self._moved) if self.inside else NOAUTH

    def _login(self, words: Words) -> Answer:
        user, token = words[-2].decode() if len(words) > 2 else "default", words[-1].decode()
        self.gate.shown.append((self.number, user, token))
        if self.inside and not self.renews:
            return Ending.CLOSED
        accepted = self.admit(user, token)
        self.inside = self.inside or accepted
        return b"+OK\r\n" if accepted else self.refusal

    def _moved(self, reply: bytes) -> bytes:
        for own, dialled in self.ports.items():
            reply = reply.replace(b":%d\r\n" % own, b":%d\r\n" % dialled)
        return reply
