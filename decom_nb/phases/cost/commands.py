"""Verbs of the cost room: ``decom cost allocate``, ``flags``, ``levers``, ``forecast`` and ``backlog``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.phases.cost.allocation import Allocation
    from decom_nb.supply import Supply

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _cost() -> None:
    """Work with what the platform costs."""


@app.command(epilog="Example: decom cost allocate acme --month 2026-10")
def allocate(
    context: typer.Context,
    folder: Dir,
    month: Annotated[str, typer.Option(help="the month; left out, the newest whole one", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Say what each pipeline costs in a month, and what of the bill belongs to none, with the reason."""
    from decom_nb.phases.cost.measures import template_row
    from decom_nb.phases.cost.money import per_million, written

    allocation = _allocation(_supply(context, folder))
    out = Out(as_json)
    told = []
    for currency in allocation.bill.currencies:
        own = [each.month for each in allocation.bill.months if each.currency == currency]
        newest = allocation.bill.newest(currency)
        asked = month or (newest.month if newest else "")
        if month and month not in own:
            hint = f"in {currency} it has {', '.join(own)}"
            raise InputError(Mistake("", 0, "--month", f"the bill has no {month}", hint))
        rows = allocation.by_pipeline(currency, asked)
        told += [template_row(row) for row in rows]
        out.line(f"{asked}, {allocation.document.amount} cost in {currency}", "bold")
        out.table(
            ("pipeline", "compute", "storage", "egress", "other", "total", "per million rows", "worth it"),
            [
                (
                    row.pipeline or f"– {row.reason}",
                    *(f"{row.parts[name]:,.2f}" for name in ("compute", "storage", "egress", "other")),
                    f"{row.total:,.2f}",
                    "" if row.per_row is None else per_million(row.per_row),
                    {True: "yes", False: "no", None: "not stated" if row.pipeline else ""}[row.roi_justified],
                )
                for row in rows
            ],
            right=("compute", "storage", "egress", "other", "total", "per million rows"),
        )
        whole, allocated, aside = allocation.shares(currency, asked)
        left = f"{written(aside, currency)} is left aside"
        out.line(f"{written(allocated, currency)} of {written(whole, currency)} is allocated; {left}.")
        out.line()
    for note in allocation.notes:
        out.line(note, "yellow")
    out.data({"amount": allocation.document.amount, "rows": told, "notes": list(allocation.notes)})


@app.command(epilog="Example: decom cost flags acme --json")
def flags(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """Look for the methodology's seven red flags, each with its rows, money per month and remedy."""
    from decom_nb.phases.cost.red_flag import rule_texts

    red_flags = _supply(context, folder).get("red_flags")
    texts = rule_texts()
    out = Out(as_json)
    rows = [
        {
            "flag": name,
            "outcome": flag.outcome,
            "message": flag.message,
            "money_per_month": None if flag.money is None else float(flag.money),
            "may_hide": None if flag.at_most is None else float(flag.at_most),
            "currency": red_flags.looked.currency,
            "remedy": texts[name].remedy,
            "rows": list(flag.rows),
        }
        for name, flag in red_flags.all.items()
    ]
    out.data(rows)
    words = {"false": "red flag", "true": "fine", "not_known": "not known", "not_applicable": "does not apply"}
    out.table(
        ("red flag", "", "what was found"),
        [(row["flag"], words[row["outcome"]], row["message"]) for row in rows],
        whole=("red flag",),
    )
    for row in rows:
        if row["outcome"] == "false":
            out.line()
            out.line(f"{row['flag']}: {row['remedy']}", "bold")
            shown = row["rows"][:10]
            if shown:
                out.table(tuple(shown[0]), [tuple(_cell(value) for value in each.values()) for each in shown])
            if len(row["rows"]) > len(shown):
                out.line(f"… and {len(row['rows']) - len(shown)} more; all with --json")


@app.command(epilog="Example: decom cost levers acme")
def levers(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """Apply the methodology's eight ways to save, one after the other, to what they touch here."""
    from decom_nb.phases.cost.measures import savings_rows
    from decom_nb.phases.cost.money import written

    supply = _supply(context, folder)
    _allocation(supply)
    savings = supply.get("lever_savings")
    out = Out(as_json)
    rows = savings_rows(savings)
    out.data(rows)
    out.table(
        ("lever", "", "touches", "saves", "effort", "why"),
        [
            (
                row["title"],
                row["standing"].replace("_", " "),
                f"{row['touches']:,.2f}" if row["saves_middle"] is not None else "",
                "" if row["saves_middle"] is None else f"{row['saves_low']:,.2f} – {row['saves_high']:,.2f}",
                row["effort"],
                " ".join(filter(None, (row["why"], _range(row)))),
            )
            for row in rows["levers"]
        ],
        right=("touches", "saves"),
    )
    low, middle, high = (written(each, savings.currency) for each in savings.total)
    out.line()
    spend = written(savings.spend, savings.currency)
    out.line(f"Together {low} to {high} a month with a chance of 9 in 10, {middle} in the middle, of {spend}.")
    out.line("Ranges are the methodology's rules of thumb; each lever acts on what those above it leave.", "dim")


@app.command(epilog="Example: decom cost forecast acme")
def forecast(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """Say how spend goes on, with a band, and whether it stays within the budget."""
    from decom_nb.phases.cost.measures import outlook_row
    from decom_nb.phases.cost.money import written

    supply = _supply(context, folder)
    _allocation(supply)
    out = Out(as_json)
    rows = [outlook_row(each) for each in supply.get("spend_outlook")]
    out.data(rows)
    for row in rows:
        currency = row["currency"]
        out.line(f"{currency}: budget {written(row['budget'], currency)}", "bold")
        months = [
            (each["month"], f"{each['spend']:,.2f}", "", "" if each["complete"] else "not complete")
            for each in row["past"]
        ]
        months += [
            (
                each["month"],
                f"{each['middle']:,.2f}",
                f"{each['low']:,.2f} – {each['high']:,.2f}",
                _chance(each["chance_above_budget"]),
            )
            for each in row["ahead"]
        ]
        out.table(("month", "spend", "9 of 10 within", ""), months, right=("spend", "9 of 10 within"))
        made_of = row["made_of"] and f"Forecast from {row['made_of']}."
        for note in (made_of, row["left_aside"], row["why_not"], row["budget_why_not"]):
            if note:
                out.line(note)
        out.line()


@app.command(epilog="Example: decom cost backlog acme --write")
def backlog(
    context: typer.Context,
    folder: Dir,
    write: Annotated[bool, typer.Option("--write", help="write it to deliverables, as CSV and as YAML")] = False,
    as_json: Json = False,
) -> None:
    """Rank what to do about cost, and write it down with the cost of each pipeline in the methodology's template."""
    from decom_nb import atomic
    from decom_nb.phases.cost.backlog import backlog as ranked
    from decom_nb.phases.cost.deliverables import BACKLOG, TRACKING, backlog_csv, backlog_rows, cost_tracking

    book = context.obj(folder)  # the command line hands every room the way to open a book
    supply = book.supply(datetime.now(UTC).date())
    allocation = _allocation(supply)
    red_flags = supply.get("red_flags")
    items = ranked(supply.get("lever_savings"), red_flags)
    month = red_flags.looked.month
    out = Out(as_json)
    rows = backlog_rows(items, red_flags.looked.currency)
    files: list[str] = []
    if write and month:
        home = book.engagement.deliverables_path
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"the folder of deliverables cannot be made: {error.strerror or error}"
            hint = "make room for it, or move what stands in its place"
            raise InputError(Mistake(str(home), 0, "", what, hint)) from error
        for name, data in (
            (TRACKING, cost_tracking(allocation, month, items).encode()),
            (BACKLOG, backlog_csv(items, month.currency)),
        ):
            atomic.write(home / name, data)
            files.append(str(home / name))
    out.data({"rows": rows, "files": files})
    out.table(
        ("", "what to do", "saves a month", "effort", "state"),
        [
            (
                row["priority"],
                row["description"],
                "not known"
                if row["saves middle"] is None
                else f"{row['saves low']:,.2f} – {row['saves high']:,.2f} {row['currency']}",
                row["effort"],
                row["state"],
            )
            for row in rows
        ],
        right=("", "saves a month"),
    )
    if not rows:
        out.line("Nothing applies here, as far as the evidence tells.")
    for file in files:
        out.line(f"Written: {file}")


def _supply(context: typer.Context, folder: Path) -> Supply:
    supply: Supply = context.obj(folder).supply(datetime.now(UTC).date())
    return supply


def _allocation(supply: Supply) -> Allocation:
    """Give the allocation; without a bill there is nothing that these verbs could say."""
    allocation: Allocation | None = supply.get("allocation")
    for name in ("monthly_bill", "allocation"):
        if name in supply.failures:
            raise supply.failures[name]
    if allocation is None or not allocation.bill.months:
        what, hint = (
            "the evidence has no bill",
            "put a bill in the FOCUS format into evidence/; decom evidence DIR tells what was read",
        )
        raise InputError(Mistake("evidence", 0, "", what, hint))
    return allocation


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _range(row: Mapping[str, Any]) -> str:
    """Say which part a lever saves, and of what, where those before it leave less than it touches."""
    said = row["left_said"]
    part = "Saves" if row["of"] == "all" else f"Saves {row['percent_low']:g}–{row['percent_high']:g} %"
    return f"{part} {said}." if said else ""


def _chance(share: float | None) -> str:
    from decom_nb.phases.cost.money import chance

    return "" if share is None else f"above the budget with a chance of {chance(share)}"
