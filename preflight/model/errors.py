"""What can go wrong before there is a report.

PreflightError
└── InputError      the arguments or a source cannot be used; nothing was contacted (exit status 2)
"""


class PreflightError(Exception):
    """Its message is for the person who runs preflight, and quotes nothing secret."""


class InputError(PreflightError):
    """The arguments or a source cannot be used; nothing was contacted."""
