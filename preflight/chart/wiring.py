"""What a group of pods is told of one Redis, and the target that follows from it.

Values, manifests and an environment all end here, so that they cannot be read differently.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from preflight.chart.secrets import Found, Reference, Secrets
from preflight.model.installation import Feature, Purpose, SecretKey
from preflight.model.secret import Secret
from preflight.model.target import Declaration, File, Mode, Pem, Place, Surroundings, Target, Tls
from preflight.uri.cluster import target_from_list
from preflight.uri.standalone import target_from_url


class Said(Struct, frozen=True, kw_only=True):
    """A setting written out; `place` is where, as `redis.external.connectionUrl`, if not where the chart has it."""

    text: Secret
    place: str = ""


Setting: TypeAlias = Said | Reference
"""A setting's text, or the Secret's key that holds it."""

Material: TypeAlias = str | Reference
"""A certificate file: a path on this machine, or the Secret's key that is mounted as it."""


class Wiring(Struct, frozen=True, kw_only=True):
    name: str
    mode: Mode
    address: Setting
    """A URL, or the JSON array of node URIs."""
    password: Setting | None = None
    tls: bool = True
    """For a node list only."""
    switch: str = ""
    """The variable that says so, where it is no value of the chart."""
    safe_mode: bool = False
    iam: str = ""
    ca: Material | None = None
    client_cert: Material | None = None
    client_key: Material | None = None
    feature: Feature = Feature.LANGSMITH
    installation: str = ""
    used_by: tuple[str, ...] = ()
    switched_on: bool = True
    standing_by: SecretKey | None = None
    """A Secret in the cluster that an upgrade will find outdated."""

    @property
    def purpose(self) -> Purpose:
        """What the address is."""
        return Purpose.NODES if self.mode is Mode.CLUSTER else Purpose.URL


def resolved(wiring: Wiring, secrets: Secrets, given: Surroundings) -> Target:
    """The target, its Secrets looked up. What the command line says wins."""
    lookup = _Lookup(secrets)
    address = lookup.text(wiring.address, wiring.purpose)
    password = lookup.text(wiring.password, Purpose.PASSWORD) if wiring.password else None
    around = _around(wiring, given, password)
    read = target_from_list if wiring.mode is Mode.CLUSTER else target_from_url
    target = read(address.reveal() if address else "", around, wiring.name)
    if address is None:
        target = replace(target, declaration=Declaration(shown=f"({_said_at(wiring.address, secrets)})"))
    tls = _with_files(target.tls, wiring, lookup) if target.tls else None
    standing_by = (wiring.standing_by,) if wiring.standing_by else ()
    return replace(
        target,
        tls=tls,
        switched_on=wiring.switched_on,
        feature=wiring.feature,
        installation=wiring.installation,
        used_by=wiring.used_by,
        keys=(*lookup.keys, *standing_by),
        place=_place(wiring, secrets),
        secrets=(*target.secrets, *lookup.private),
    )


def _around(wiring: Wiring, given: Surroundings, password: Secret | None) -> Surroundings:
    is_clusters = wiring.iam and wiring.mode is Mode.CLUSTER
    return replace(
        given,
        password=given.password or password or None,
        # Beside files it is that of workload identity on a cluster, which a node list has no place for.
        username=given.username if is_clusters or not wiring.installation else None,
        tls=wiring.tls if given.tls is None else given.tls,
        safe_mode=given.safe_mode or wiring.safe_mode,
        iam=given.iam or wiring.iam,
    )


def _with_files(tls: Tls, wiring: Wiring, lookup: _Lookup) -> Tls:
    """Files named on the command line stand in for those of Secrets."""
    return Tls(
        ca_file=tls.ca_file or lookup.file(wiring.ca, Purpose.CA),
        client_cert=tls.client_cert or lookup.file(wiring.client_cert, Purpose.CERTIFICATE),
        client_key=tls.client_key or lookup.file(wiring.client_key, Purpose.KEY),
    )


class _Lookup:
    """Remembers which keys were looked up, and what of it must never leave."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self.keys: list[SecretKey] = []
        self.private: list[Secret] = []

    def text(self, setting: Setting, purpose: Purpose) -> Secret | None:
        return setting.text if isinstance(setting, Said) else self._found(setting, purpose).text

    def file(self, material: Material | None, purpose: Purpose) -> File | None:
        if not isinstance(material, Reference):
            return material
        found = self._found(material, purpose)
        if found.text is None:
            return None
        if purpose is Purpose.KEY:
            self.private.append(found.text)
        return Pem(text=found.text, origin=str(found.key))

    def _found(self, reference: Reference, purpose: Purpose) -> Found:
        found = self._secrets.look_up(reference, purpose)
        if found.key.flaw or not self._secrets.is_rendered(reference):
            self.keys.append(found.key)
        return found


def _place(wiring: Wiring, secrets: Secrets) -> Place:
    return Place(
        address=_said_at(wiring.address, secrets),
        password=_said_at(wiring.password, secrets) if wiring.password else "",
        switch=wiring.switch,
        helm=not (isinstance(wiring.address, Said) and wiring.address.place),
        inline=not _said_at(wiring.address, secrets),
    )


def _said_at(setting: Setting, secrets: Secrets) -> str:
    """Empty for what the chart's usual values say, by themselves or in the Secret that the chart makes of them."""
    if isinstance(setting, Said):
        return setting.place
    return f"key {setting.key} of Secret {setting.secret}" if _outside(setting, secrets) else ""


def _outside(setting: Setting, secrets: Secrets) -> bool:
    return isinstance(setting, Reference) and not secrets.is_rendered(setting)
