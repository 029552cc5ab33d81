"""AUTH: whether the server takes commands with these credentials, and which of the reasons if not."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace
from redis.exceptions import RedisError

from preflight.model.evidence import Cause, Failed, Observed, Unreached
from preflight.model.facts import Reply, Session
from preflight.model.identity import Provider
from preflight.model.target import Password
from preflight.model.token import Renewal
from preflight.probes.errors import ProbeError, of_reply
from preflight.probes.wire import Wire


async def authenticate(wire: Wire, login: Password | None) -> Session:
    """Raises `ProbeError` with the cause where the server refuses."""
    if login is None:
        await _ping(wire)
        return Session()
    [answer] = await wire.ask(_auth(login))
    if isinstance(answer, Reply):
        raise ProbeError(await _refusal(wire, login, answer), answer.message)
    return Session(username=login.username or "default", password=True)


_REFUSED: Final[dict[str, Cause]] = {
    Provider.AWS: Cause.AWS_TOKEN_REFUSED,
    Provider.GCP: Cause.GCP_TOKEN_REFUSED,
    Provider.AZURE: Cause.AZURE_TOKEN_REFUSED,
}


async def present(wire: Wire, login: Password, provider: str) -> Session:
    """AUTH with a token of workload identity. Raises `ProbeError` with the cause where the server refuses.

    Nothing more is tried with a token that was refused: it is nobody else's password.
    """
    [answer] = await wire.ask(_auth(login))
    if isinstance(answer, Reply):
        raise ProbeError(_token_refusal(answer, provider), answer.message)
    return Session(username=login.username or "default", password=True)


async def renew(wire: Wire, login: Password, *, fresh: bool) -> Renewal:
    """AUTH once more on the open connection, and a command after it. Raises `ProbeError`."""
    try:
        # Whatever it says, it is still there after the login.
        answer, after = await wire.ask(_auth(login), ("PING",))
    except (RedisError, OSError):
        raise ProbeError(Cause.RENEWAL_REFUSED, "the connection was closed") from None
    locked_out = isinstance(after, Reply) and after.code == "NOAUTH"
    if refusal := answer if isinstance(answer, Reply) else after if locked_out else None:
        raise ProbeError(Cause.RENEWAL_REFUSED, refusal.message)
    return Renewal(fresh=fresh)


def renewed(seen: Observed[Renewal]) -> Observed[Renewal]:
    """Silence, too, is a refusal: the first login has been accepted, and is not to blame."""
    if isinstance(seen, Failed) and seen.cause is Cause.SILENT:
        return replace(seen, cause=Cause.RENEWAL_REFUSED, message="no answer")
    return seen


def words_of(lost: Failed | Unreached) -> str:
    return f"{lost.cause}: {lost.message}" if isinstance(lost, Failed) and lost.message else str(lost.cause)


def _auth(login: Password) -> tuple[str, ...]:
    user = (login.username,) if login.username else ()
    return ("AUTH", *user, login.password.reveal())


def _token_refusal(answer: Reply, provider: str) -> Cause:
    text = answer.message.lower()
    if "wrong number of arguments" in text:
        return Cause.TOKENS_UNSUPPORTED
    if _is_unexpected(text):
        return Cause.TOKEN_UNEXPECTED
    if "err_iam_" in text:
        return Cause.IAM_BACKEND_BUSY
    # Redis 5 answers a lone password so.
    refused = answer.code in {"WRONGPASS", "NOAUTH"} or "invalid password" in text
    return _REFUSED[provider] if refused else of_reply(answer)


def _is_unexpected(text: str) -> bool:
    return "no password is set" in text or "without any password configured" in text


async def _ping(wire: Wire) -> None:
    [answer] = await wire.ask(("PING",))
    # Any other error (NOPERM, LOADING) comes from a server that has let us in.
    if isinstance(answer, Reply) and (answer.code in {"NOAUTH", "DENIED"} or "max number" in answer.message):
        raise ProbeError(of_reply(answer), answer.message)


async def _refusal(wire: Wire, login: Password, answer: Reply) -> Cause:
    """Servers of every version word this differently; the code comes first, then what each version says."""
    text = answer.message.lower()
    if "wrong number of arguments" in text:
        return Cause.USERS_UNSUPPORTED
    if _is_unexpected(text):
        return Cause.PASSWORD_UNEXPECTED
    if answer.code == "WRONGPASS" or "invalid password" in text:
        named = login.username not in (None, "default")
        return await _of_user(wire, login) if named else Cause.PASSWORD_WRONG
    return of_reply(answer)


async def _of_user(wire: Wire, login: Password) -> Cause:
    """WRONGPASS does not say whether the user exists; the default user may be able to look.

    It is who we are where it has no password, and who we become where this is its password: `user:password`
    with the password of a server that has no users is a common slip.
    """
    look = ("ACL", "GETUSER", login.username or "")
    [found] = await wire.ask(look)
    if isinstance(found, Reply):
        _, found = await wire.ask(("AUTH", login.password.reveal()), look)
    match found:
        case None:
            return Cause.USER_UNKNOWN
        case [b"flags", [*flags], *_] if b"off" in flags:
            return Cause.USER_DISABLED
        case list():
            return Cause.PASSWORD_WRONG
        case _:
            return Cause.USER_REFUSED
