"""Writes the generated pages, or with --check says which are out of date."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from preflight import run, saved
from preflight.cli import compare
from preflight.cli.explain import as_markdown
from preflight.model.style import Style
from preflight.render import console
from preflight.render.json import schema

ROOT = Path(__file__).parent.parent
WIDTH = 96
HELP = re.compile(r"(?<=<!-- help -->\n```text\n).*?(?=```\n<!-- /help -->)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    readme = ROOT / "README.md"
    return {
        ROOT / "docs" / "checks.md": as_markdown(),
        ROOT / "docs" / "report.schema.json": schema(),
        ROOT / "docs" / "comparison.schema.json": schema(compare.Document),
        ROOT / "docs" / "report.svg": picture(),
        ROOT / "preflight" / "report.schema.json": schema(),
        readme: HELP.sub(lambda _: help_text(), readme.read_text()),
    }


def picture() -> str:
    """The recorded run as a terminal shows it; it asks nobody for a font."""
    report = run.judge(saved.decode((ROOT / "docs" / "recorded.json").read_text()))
    screen = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    screen.print(Text.from_ansi(console.render(report, Style(width=WIDTH, color=True)).rstrip()))
    drawn = screen.export_svg(title="preflight check", unique_id="preflight")
    return re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL).replace("Fira Code, ", "")


def help_text() -> str:
    """`preflight check --help` as a terminal of 100 columns shows it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PREFLIGHT_")}
    command = [sys.executable, "-m", "preflight", "check", "--help"]
    shown = subprocess.run(command, env=environ | {"COLUMNS": "100"}, capture_output=True, text=True, check=True)
    return shown.stdout


def main() -> int:
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is out of date: run `make docs`\n")
        return bool(stale)
    for path in stale:
        path.write_text(pages()[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
