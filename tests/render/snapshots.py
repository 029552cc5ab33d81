"""What the console shows of each report, kept in files: `python -m tests.render.snapshots` writes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from preflight.model.style import Style
from preflight.render.console import render
from tests.render.reports import ALL

FOLDER: Final = Path(__file__).with_name("snapshots")
STYLES: Final = {
    "80": Style(width=80),
    "120": Style(width=120),
    "200": Style(width=200),
    "color": Style(width=80, color=True),
    "ascii": Style(width=80, unicode=False),
    "quiet": Style(width=80, verbosity=-1),
    "verbose": Style(width=80, verbosity=1),
}
CASES: Final = [
    *(("healthy", style) for style in ("80", "ascii", "quiet", "verbose")),
    *(("failing", style) for style in STYLES),
    *(("mixed", style) for style in ("80", "120", "200", "ascii", "color")),
    *(("skipped", style) for style in ("80", "verbose")),
    *(("values", style) for style in ("80", "quiet", "verbose")),
    ("unusable", "80"),
]


def shown(report: str, style: str) -> str:
    return render(ALL[report], STYLES[style])


def kept(report: str, style: str) -> Path:
    return FOLDER / f"{report}.{style}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        kept(*case).write_text(shown(*case), encoding="utf-8")
