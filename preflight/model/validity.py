"""Dates of certificates, judged at the moment when they were seen."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from preflight.model.facts import Certificate

_DAY: Final = 86_400


def days_left(certificate: Certificate, at: str) -> float:
    """Until it ends; below 0 it has."""
    return (_moment(certificate.not_after) - _moment(at)).total_seconds() / _DAY


def days_until(certificate: Certificate, at: str) -> float:
    """Until it begins; below 0 it has."""
    return (_moment(certificate.not_before) - _moment(at)).total_seconds() / _DAY


def day(moment: str) -> str:
    return moment.partition("T")[0]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
