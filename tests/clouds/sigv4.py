"""A managed cache's own look at a token: the signature computed anew, by AWS's description and none of its code."""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_LIFE = 900
FUTURE = 300
"""Seconds by which a signature may be ahead of the server's clock."""


class Keys(NamedTuple):
    """What an identity signs with; keys of a person or a machine have no session."""

    access: str
    secret: str
    session: str = ""


Lookup = Callable[[str], Keys | None]
"""The keys with this access key id, if AWS has given out such."""


class Token(NamedTuple):
    """A token taken apart."""

    host: str
    query: dict[str, str]

    @property
    def scope(self) -> list[str]:
        """Access key id, day, region, service and a fixed end."""
        return self.query["X-Amz-Credential"].split("/")

    @property
    def signed_at(self) -> float:
        return datetime.strptime(self.query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def taken_apart(token: str) -> Token:
    host, slash, query = token.partition("/?")
    assert slash, "a token is a URL without its scheme"
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), "no name comes twice"
    return Token(host, dict(pairs))


def signature(token: Token, secret: str) -> str:
    """Of a GET of the root with nothing but the host signed beside the query."""
    _access, *scope = token.scope
    unsigned = sorted((_quoted(name), _quoted(text)) for name, text in token.query.items() if name != "X-Amz-Signature")
    query = "&".join(f"{name}={text}" for name, text in unsigned)
    request = "\n".join(["GET", "/", query, f"host:{token.host}", "", "host", _digest("")])
    text = "\n".join([ALGORITHM, token.query["X-Amz-Date"], "/".join(scope), _digest(request)])
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = _mac(key, part)
    return _mac(key, text).hex()


@dataclass
class Cache:
    """What a cache knows of itself and of who may come in; `ahead` are the seconds by which its clock is."""

    known: Lookup
    name: str = "my-cache"
    user: str = "langsmith"
    region: str = "eu-west-1"
    service: str = "elasticache"
    serverless: bool = False
    ahead: float = 0.0
    refusals: list[str] = field(default_factory=list)
    """Why, one for each token that was refused: what no server tells."""

    def admit(self, user: str, text: str) -> bool:
        """Usable as the `admit` of a gatekeeper."""
        wrong = self._wrong(user, text)
        self.refusals += [wrong] if wrong else []
        return not wrong

    def _wrong(self, user: str, text: str) -> str:
        token = taken_apart(text)
        access, day, region, service, end = token.scope
        keys = self.known(access)
        age = time.time() + self.ahead - token.signed_at
        expected = {
            "query": (token.query.keys(), self._names(keys)),
            "user": ({user, token.query.get("User")}, {self.user}),
            "host": (token.host, self.name),
            "region": (region, self.region),
            "service": (service, self.service),
            "scope": ((day, end), (token.query["X-Amz-Date"][:8], "aws4_request")),
            "action": (token.query.get("Action"), "connect"),
            "resource": (token.query.get("ResourceType", ""), "ServerlessCache" if self.serverless else ""),
            "algorithm": (token.query["X-Amz-Algorithm"], ALGORITHM),
            "headers": (token.query["X-Amz-SignedHeaders"], "host"),
            "session": (token.query.get("X-Amz-Security-Token", ""), keys.session if keys else None),
            "life": (0 < int(token.query["X-Amz-Expires"]) <= LONGEST_LIFE, True),
            "age": (-FUTURE <= age <= int(token.query["X-Amz-Expires"]), True),
            "signature": (token.query["X-Amz-Signature"], signature(token, keys.secret) if keys else ""),
        }
        return ", ".join(name for name, (told, right) in expected.items() if told != right)

    def _names(self, keys: Keys | None) -> set[str]:
        names = {"Action", "User"} | {
            f"X-Amz-{each}" for each in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
        }
        names |= {"ResourceType"} if self.serverless else set()
        return names | ({"X-Amz-Security-Token"} if keys and keys.session else set())


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
