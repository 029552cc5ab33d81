"""How rules are given to an ACL user: by a command of the server, or in the way of the service that runs it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from preflight.model.acl import name_of
from preflight.model.facts import Product
from preflight.model.identity import AwsIam, AzureIam, GcpIam
from preflight.model.target import Target
from preflight.uri.offering import Service, offering_of


class Way(StrEnum):
    """A sentence or two, with the user and the rules to be filled in."""

    SERVER = (
        "{where}: `ACL SETUSER {user} {rules}`. Then make it last: ACL SAVE if the server has an `aclfile`, else "
        "CONFIG REWRITE."
    )
    ELASTICACHE = (
        "ElastiCache takes no ACL SETUSER: `aws elasticache modify-user --user-id <id of user {user}> "
        '--append-access-string "{rules}"`.'
    )
    MEMORYDB = (
        "MemoryDB takes no ACL SETUSER, and a new access string replaces the old one: `aws memorydb update-user "
        '--user-name {user} --access-string "<its access string> {rules}"`; `aws memorydb describe-users --user-name '
        "{user}` shows what it is."
    )
    MEMORYSTORE = (
        "There is nothing to grant: Memorystore says NOPERM to every command that this version of the service does not "
        "offer. Compare its list of supported commands, and take an instance that has {names}."
    )
    AZURE_CACHE = (
        "Assign the built-in data access policy Data Owner (Data Contributor leaves out INFO), or add the rules to the "
        "custom one: `az redis access-policy update --resource-group <group> --name <cache> --access-policy-name "
        '<policy> --permissions "<its permissions> {rules}"`.'
    )
    AZURE_MANAGED_REDIS = (
        "Add `{rules}` to the access string of the user's access policy assignment; an assignment without an access "
        "string allows everything."
    )
    REDIS_ENTERPRISE = (
        "Redis Enterprise takes no ACL SETUSER: add `{rules}` to the Redis ACL of the role that user {user} has on "
        "this database (Access Control in the Cluster Manager, Data Access Control in Redis Cloud)."
    )


_WAYS: Final[dict[Service, Way]] = {
    Service.ELASTICACHE: Way.ELASTICACHE,
    Service.ELASTICACHE_SERVERLESS: Way.ELASTICACHE,
    Service.MEMORYDB: Way.MEMORYDB,
    Service.AZURE_CACHE: Way.AZURE_CACHE,
    Service.AZURE_MANAGED_REDIS: Way.AZURE_MANAGED_REDIS,
    Service.AZURE_CACHE_ENTERPRISE: Way.REDIS_ENTERPRISE,
}


def way_of(target: Target, product: Product) -> Way:
    """By the endpoints' names, then by whose token we log in with, then by what the server calls itself."""
    for endpoint in target.endpoints:
        if offering := offering_of(endpoint.host):
            return _WAYS[offering.service]
    is_enterprise = product is Product.REDIS_ENTERPRISE
    match target.identity:
        case AwsIam(service=service):
            return Way.MEMORYDB if service == "memorydb" else Way.ELASTICACHE
        case GcpIam():
            return Way.MEMORYSTORE
        case AzureIam():
            return Way.AZURE_MANAGED_REDIS if is_enterprise else Way.AZURE_CACHE
        case None:
            return Way.REDIS_ENTERPRISE if is_enterprise else Way.SERVER


def grant(target: Target, product: Product, user: str, rules: Sequence[str], where: str) -> str:
    """What to do so that the user has these rules."""
    names = ", ".join(map(name_of, rules))
    return way_of(target, product).format(where=where, user=user, rules=" ".join(rules), names=names)
