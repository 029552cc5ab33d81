"""What OpenSSL's verdict on a server's certificates means, with the chain that it was passed on."""

from __future__ import annotations

from typing import Final

from preflight.model.evidence import Cause
from preflight.model.facts import Shown

# X509_V_ERR_* of OpenSSL 3.
_CAUSES: Final = {
    9: Cause.CERTIFICATE_NOT_YET_VALID,
    10: Cause.CERTIFICATE_EXPIRED,
    18: Cause.SELF_SIGNED,
    62: Cause.HOSTNAME_MISMATCH,
    64: Cause.HOSTNAME_MISMATCH,
    66: Cause.CERTIFICATE_WEAK,
    67: Cause.CERTIFICATE_WEAK,
    68: Cause.CERTIFICATE_WEAK,
}

_NO_ISSUER: Final = {2, 20, 21}


def cause_of_code(code: int) -> Cause:
    return _CAUSES.get(code, Cause.UNTRUSTED)


def cause_of(shown: Shown) -> Cause | None:
    """None where the verification succeeded.

    Without the issuer's certificate, a missing intermediate looks like an unknown CA; it belongs to the organisation
    of a root that is trusted.
    """
    if not shown.code:
        return None
    return Cause.CHAIN_INCOMPLETE if shown.code in _NO_ISSUER and shown.akin else cause_of_code(shown.code)
