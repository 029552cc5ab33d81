"""Everything of a target that anyone may see."""

from __future__ import annotations

import msgspec

from preflight.model.secret import Secret
from preflight.model.target import Target


def visible(target: Target) -> str:
    """All of its fields as text, at any depth, the secrets as they show themselves."""

    def masked(value: object) -> str:
        assert isinstance(value, Secret)
        return str(value)

    return repr(msgspec.to_builtins(target, enc_hook=masked))
