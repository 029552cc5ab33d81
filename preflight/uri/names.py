"""Host names as certificates list them."""

from __future__ import annotations

from ipaddress import ip_address


def is_address(host: str) -> bool:
    """With the brackets that IPv6 has in a URL, or without."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def covers(listed: str, host: str) -> bool:
    """Whether a listed name stands for this host: RFC 6125, a wildcard for one whole label, the leftmost."""
    if is_address(host):
        return "[" not in listed and is_address(listed) and ip_address(listed) == ip_address(host.strip("[]"))
    name, wanted = listed.lower(), host.lower()
    if not name.startswith("*."):
        return name == wanted
    label, _, rest = wanted.partition(".")
    return bool(label) and rest == name[2:] and "." in rest
