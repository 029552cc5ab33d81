"""Writes examples/job.yaml, the Job for those without Helm, or with --check says whether it is out of date."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import helm_python
import yaml

ROOT = Path(__file__).parent.parent
JOB = ROOT / "examples" / "job.yaml"
VALUES = ROOT / "examples" / "values" / "standalone.yaml"
HEAD = """\
# preflight as a plain Job, made from chart/ by `make manifests` with examples/values/standalone.yaml. Change the names
# of the Secrets and the image, then:
#
#   kubectl delete -f job.yaml --ignore-not-found && kubectl apply -f job.yaml
#   kubectl wait -n langsmith --for=condition=Complete job/langsmith-preflight --timeout=240s
#   kubectl logs -n langsmith job/langsmith-preflight
"""
OF_HELM = ("helm.sh/chart", "app.kubernetes.io/managed-by")


def manifest() -> str:
    values: dict[str, Any] = yaml.safe_load(VALUES.read_text("utf-8")) | {"hook": False}
    with helm_python.Chart.load(ROOT / "chart") as chart:
        rendered = chart.render(values, name="langsmith", namespace="langsmith", is_install=True, is_upgrade=False)
    [job] = yaml.safe_load_all(rendered["langsmith-preflight/templates/job.yaml"])
    for metadata in (job["metadata"], job["spec"]["template"]["metadata"]):
        metadata["labels"] = {name: label for name, label in metadata["labels"].items() if name not in OF_HELM}
    return HEAD + yaml.safe_dump(job, sort_keys=False, width=120)


def main() -> int:
    if JOB.exists() and JOB.read_text("utf-8") == manifest():
        return 0
    if "--check" in sys.argv:
        sys.stderr.write(f"{JOB.relative_to(ROOT)} is out of date: run `make manifests`\n")
        return 1
    JOB.write_text(manifest(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
