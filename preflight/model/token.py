"""What is known of a token of workload identity: everything but its text."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

LONGEST: Final = 16384
"""Bytes that Redis takes as one argument of a client that has not logged in (networking.c, since 5.0.14)."""


class Token(Struct, frozen=True, kw_only=True):
    """Whose it is, what it is for, and how long it lives; times are UTC, ISO 8601."""

    username: str
    """The user that it logs in."""
    length: int
    """Characters."""
    principal: str = ""
    """The role's or user's ARN, the service account, the object id; empty where nobody says."""
    source: str = ""
    """Where the SDK found the credentials, by its own name for it."""
    claims: dict[str, str] = {}
    """What it is signed or issued for: region, cache and service on AWS, the JWT's claims on Azure."""
    obtained_at: str = ""
    expires_at: str = ""
    """Empty where the issuer does not say."""
    shadowed: str = ""
    """A workload identity that the environment offers too, and that these credentials stand before."""
    clock_offset: float | None = None
    """Seconds by which the issuer's clock is ahead of the local one, known to a second; None where it says none."""


class Renewal(Struct, frozen=True, kw_only=True):
    """A second token was presented on the open connection, and accepted."""

    fresh: bool
    """It was another text than the first."""
