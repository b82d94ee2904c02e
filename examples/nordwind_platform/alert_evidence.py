"""What Nordwind's two data people have of alerting: a few rules, a mail to both, one dashboard, and what was mailed.

The wrapper around each cron job leaves its exit code, duration and rows where the node exporter finds them; a Prometheus of
their own looks at that every minute. Four of the six jobs have a rule. That it fires is not written here: it follows from how
the runs ended, as the log tells it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

RULES = """\
# Written after the spring incident. Mails go to the two of us.
groups:
  - name: nightly
    rules:
      - alert: LoadFailed
        expr: nordwind_job_success{pipeline=~"load_shop_orders|load_payments|load_erp_products"} == 0
        labels:
          severity: critical
        annotations:
          summary: "{{ $labels.pipeline }} failed, start it again"
      - alert: MartsFailed
        expr: nordwind_job_success{pipeline="build_sales_marts"} == 0
        labels:
          severity: critical
        annotations:
          summary: the sales marts were not built
      - alert: MartsNotBuilt
        expr: time() - nordwind_job_last_success_unixtime{pipeline="build_sales_marts"} > 26 * 3600
        for: 10m
        labels:
          severity: critical
        annotations:
          summary: the sales marts are from yesterday
  - name: machine
    rules:
      - alert: DiskAlmostFull
        expr: predict_linear(node_filesystem_avail_bytes{mountpoint="/data"}[6h], 24 * 3600) < 0
        for: 30m
        labels:
          severity: warning
"""
ROUTES = """\
global:
  smtp_smarthost: mail.nordwind.example:587
  smtp_from: alerts@nordwind.example
route:
  receiver: the-two-of-us
  group_by: [alertname, pipeline]
  group_wait: 30s
  repeat_interval: 12h
receivers:
  - name: the-two-of-us
    email_configs:
      - to: data@nordwind.example
        send_resolved: true
"""
RULE_OF = {
    "load_shop_orders": ("LoadFailed", "load_shop_orders failed, start it again"),
    "load_payments": ("LoadFailed", "load_payments failed, start it again"),
    "load_erp_products": ("LoadFailed", "load_erp_products failed, start it again"),
    "build_sales_marts": ("MartsFailed", "the sales marts were not built"),
}
"""The rule that watches a pipeline, and what it says; the other two pipelines have none."""

DOWN = (datetime(2026, 9, 12, 21, 40, tzinfo=UTC), datetime(2026, 9, 13, 8, 15, tzinfo=UTC))
"""When Prometheus was down: its host was patched on the Saturday evening, and nobody looked whether it came up again."""

EVERY = timedelta(minutes=1)
LOOKS_AT_SECOND = 20
"""How often it looks, and at which second of the minute."""


def make(runs: Path, folder: Path) -> None:
    """Write it all, from the run logs in `runs` to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yml").write_text(RULES, encoding="utf-8")
    (folder / "alertmanager.yml").write_text(ROUTES, encoding="utf-8")
    (folder / "nightly-loads.json").write_text(json.dumps(_dashboard(), indent=2) + "\n", encoding="utf-8")
    messages = sorted(_messages(_runs(runs)), key=lambda each: (str(each["at"]), json.dumps(each)))
    lines = [json.dumps({name: value for name, value in each.items() if name != "at"}) for each in messages]
    (folder / "mailed.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _runs(folder: Path) -> list[dict[str, str]]:
    """Read the runs that can be read, in the order in which they ended."""
    found = []
    for file in sorted(folder.iterdir()):
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for line in data.decode().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return sorted(found, key=lambda run: (run["completed_at"], run["run_id"]))


def _messages(runs: Iterable[dict[str, str]]) -> Iterator[dict[str, object]]:
    """Give what Alertmanager sent: a message when an alert began to stand, and one when it ended."""
    since: dict[str, datetime] = {}
    for run in runs:
        name = run["pipeline_name"]
        if name not in RULE_OF:
            continue
        at = _seen(datetime.fromisoformat(run["completed_at"]))
        if run["status"] == "failed":
            since.setdefault(name, at)
        elif name in since and (started := since.pop(name)) < at:
            yield _message(name, started, None)
            yield _message(name, started, at)
    for name, started in since.items():
        yield _message(name, started, None)


def _seen(at: datetime) -> datetime:
    """Say when Prometheus next looks; what it finds then is what the last run has left."""
    at = DOWN[1] if DOWN[0] <= at < DOWN[1] else at
    look = at.replace(second=LOOKS_AT_SECOND, microsecond=0)
    return look if look >= at else look + EVERY


def _message(pipeline: str, started: datetime, ended: datetime | None) -> dict[str, object]:
    rule, says = RULE_OF[pipeline]
    alert = {
        "status": "resolved" if ended else "firing",
        "labels": {"alertname": rule, "pipeline": pipeline, "severity": "critical"},
        "annotations": {"summary": says},
        "startsAt": _moment(started),
        "endsAt": _moment(ended) if ended else "0001-01-01T00:00:00Z",
    }
    return {
        "at": _moment(ended or started),
        "version": "4",
        "status": alert["status"],
        "receiver": "the-two-of-us",
        "alerts": [alert],
    }


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _dashboard() -> dict[str, object]:
    panels = (
        ("stat", "Last night", "nordwind_job_success"),
        ("timeseries", "How long the loads take", "nordwind_job_duration_seconds / 60"),
        ("timeseries", "Rows per night", "nordwind_job_rows_loaded"),
        ("gauge", "Disk", '100 * node_filesystem_avail_bytes{mountpoint="/data"} / node_filesystem_size_bytes'),
    )
    return {
        "title": "Nightly loads",
        "uid": "nightly-loads",
        "schemaVersion": 39,
        "editable": True,
        "timezone": "utc",
        "time": {"from": "now-14d", "to": "now"},
        "panels": [
            {
                "id": number,
                "type": kind,
                "title": title,
                "gridPos": {"h": 8, "w": 12, "x": 12 * ((number - 1) % 2), "y": 8 * ((number - 1) // 2)},
                "datasource": {"type": "prometheus", "uid": "prometheus"},
                "targets": [{"refId": "A", "expr": expression, "legendFormat": "{{ pipeline }}"}],
            }
            for number, (kind, title, expression) in enumerate(panels, 1)
        ],
    }
