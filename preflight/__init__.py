"""Can this LangSmith installation use this Redis or Valkey?

from preflight import check

report = check("redis://localhost:6379/0")
print(report.outcome, [finding.id for finding in report.findings])
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preflight.api import acheck, check
    from preflight.model.errors import InputError, PreflightError
    from preflight.model.finding import Finding, Outcome, Report, Verdict
    from preflight.model.identity import AwsIam, AzureIam, GcpIam
    from preflight.model.limits import Limits
    from preflight.model.secret import Secret
    from preflight.model.target import Endpoint, Mode, Password, Plan, Surroundings, Target, Tls
    from preflight.version import __version__

__all__ = [
    "AwsIam",
    "AzureIam",
    "Endpoint",
    "Finding",
    "GcpIam",
    "InputError",
    "Limits",
    "Mode",
    "Outcome",
    "Password",
    "Plan",
    "PreflightError",
    "Report",
    "Secret",
    "Surroundings",
    "Target",
    "Tls",
    "Verdict",
    "__version__",
    "acheck",
    "check",
]

_HOMES = {
    "preflight.api": ("acheck", "check"),
    "preflight.model.errors": ("InputError", "PreflightError"),
    "preflight.model.finding": ("Finding", "Outcome", "Report", "Verdict"),
    "preflight.model.identity": ("AwsIam", "AzureIam", "GcpIam"),
    "preflight.model.limits": ("Limits",),
    "preflight.model.secret": ("Secret",),
    "preflight.model.target": ("Endpoint", "Mode", "Password", "Plan", "Surroundings", "Target", "Tls"),
    "preflight.version": ("__version__",),
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `preflight --help` need not wait for asyncio."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    message = f"module 'preflight' has no attribute {name!r}"
    raise AttributeError(message)
