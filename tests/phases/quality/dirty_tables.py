# ruff: noqa: E501 - the rows of a table stay together
"""Made-up tables, clean and with known errors, always the same for a seed.

    python tests/phases/quality/dirty_tables.py FOLDER      writes FOLDER/<table>/clean.csv and dirty.csv

The errors are those that the cleaning literature names: typing errors, missing values and words for them, other formats and
units, values of a neighbouring column, values that break a dependency, outliers, case and spaces.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

Rows = list[dict[str, str]]

SYLLABLES = (
    "ba",
    "cor",
    "del",
    "fen",
    "gar",
    "hol",
    "jun",
    "kir",
    "lam",
    "mor",
    "nes",
    "pol",
    "quin",
    "ros",
    "sal",
    "tor",
    "vel",
    "wes",
)
STATES = ("AL", "CA", "CO", "FL", "GA", "IL", "MA", "NY", "OH", "TX", "WA")


def _word(rng: random.Random, least: int = 2, most: int = 4) -> str:
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(least, most))).capitalize()


def _words(rng: random.Random, count: int, least: int = 2, most: int = 4) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[_word(rng, least, most)] = None
    return list(found)


def customers(rng: random.Random, count: int = 1500) -> Rows:
    """People with addresses: zip determines city and state."""
    places = [(f"{rng.randint(1000, 99999):05d}", city, rng.choice(STATES)) for city in _words(rng, 60)]
    first, last = _words(rng, 120, 2, 2), _words(rng, 500, 2, 3)
    rows = []
    for at in range(count):
        zip_code, city, state = rng.choice(places)
        a, b = rng.choice(first), rng.choice(last)
        rows.append({
            "customer_id": str(10_000 + at), "first_name": a, "last_name": b, "email": f"{a.lower()}.{b.lower()}{at}@example.org",
            "phone": f"{rng.randint(200, 989)}-555-{rng.randint(0, 9999):04d}", "zip": zip_code, "city": city, "state": state,
            "birth_date": str(date(1940, 1, 1) + timedelta(days=rng.randint(0, 22_000))),
            "balance": f"{rng.lognormvariate(6, 1):.2f}", "segment": rng.choice(["retail", "business", "public"]),
        })  # fmt: skip
    return rows


def orders(rng: random.Random, count: int = 2000) -> Rows:
    """Orders of products: the code determines name, category and weight."""
    products = [
        (f"{rng.choice('ABCDEF')}{rng.choice('GHIJKL')}-{rng.randint(1000, 9999)}", f"{name} {_word(rng)}", rng.choice(["tools", "garden", "kitchen", "office"]), f"{rng.randint(1, 90) / 10:.1f} kg")
        for name in _words(rng, 80)
    ]  # fmt: skip
    rows = []
    for at in range(count):
        code, called, category, weight = rng.choice(products)
        ordered = datetime(2026, 1, 1) + timedelta(minutes=7 * at)
        rows.append({
            "order_id": str(500_000 + at), "product_code": code, "product_name": called, "category": category, "weight": weight,
            "quantity": str(rng.randint(1, 20)), "amount": f"{rng.lognormvariate(4, 0.6):.2f}", "currency": rng.choice(["EUR", "EUR", "USD", "GBP"]),
            "ordered_at": str(ordered), "shipped_at": str(ordered + timedelta(hours=rng.randint(2, 90))),
            "status": rng.choice(["placed", "paid", "shipped", "delivered", "returned"]),
        })  # fmt: skip
    return rows


def hospitals(rng: random.Random, count: int = 1200) -> Rows:
    """Measures of hospitals, all in small letters: the provider determines everything but the measure and its figures."""
    measures = [(f"{group}-{at}", f"{_word(rng)} {_word(rng)} given within {at} hours".lower(), condition)
                for group, condition in (("ami", "heart attack"), ("hf", "heart failure"), ("pn", "pneumonia"), ("scip", "surgery")) for at in range(1, 8)]  # fmt: skip
    providers = []
    for at in range(45):
        city = _word(rng, 2, 3).lower()
        providers.append({
            "provider_number": str(10_001 + 7 * at), "hospital_name": f"{city} {rng.choice(['medical center', 'regional hospital', 'general hospital'])}",
            "address": f"{rng.randint(100, 9999)} {_word(rng).lower()} {rng.choice(['street', 'drive', 'road'])}", "city": city,
            "state": rng.choice(["al", "al", "al", "ak"]), "zip": str(rng.randint(35_000, 36_999)), "county": _word(rng, 2, 3).lower(),
            "phone": str(2_050_000_000 + rng.randint(0, 9_999_999)), "owner": rng.choice(["government", "proprietary", "voluntary non-profit"]),
            "emergency": rng.choice(["yes", "yes", "yes", "no"]),
        })  # fmt: skip
    rows = []
    for at in range(count):
        code, called, condition = measures[at % len(measures)]
        rows.append({
            **providers[(at // len(measures)) % len(providers)], "condition": condition, "measure_code": code, "measure_name": called,
            "score": f"{rng.randint(40, 100)}%", "sample": f"{rng.randint(1, 400)} patients",
        })  # fmt: skip
    return rows


def articles(rng: random.Random, count: int = 1200) -> Rows:
    """Articles: the journal determines abbreviation and ISSN; titles are free text; gaps are natural."""
    journals = [
        (f"{name} {_word(rng)} Journal", f"{name[:4]} J", f"{rng.randint(1000, 9999)}-{rng.randint(1000, 9999)}")
        for name in _words(rng, 70)
    ]
    rows = []
    for at in range(count):
        journal, short, issn = rng.choice(journals)
        day = date(2009, 1, 1) + timedelta(days=rng.randint(0, 2500))
        first = rng.randint(1, 900)
        rows.append({
            "id": str(at + 1), "title": " ".join(_word(rng, 1, 3) for _ in range(rng.randint(3, 12))), "journal": journal, "abbreviation": short,
            "issn": issn, "volume": str(rng.randint(1, 60)), "issue": str(rng.randint(1, 12)) if rng.random() > 0.2 else "",
            "pages": f"{first}-{first + rng.randint(3, 30)}", "created": f"{day.month}/{day.day}/{day:%y}", "language": rng.choice(["eng", "eng", "eng", "ger", "fre"]),
        })  # fmt: skip
    return rows


def readings(rng: random.Random, count: int = 2500) -> Rows:
    """Readings of stations: heavy tails, natural gaps, negative temperatures."""
    stations = [
        (
            f"ST{at:03d}",
            f"{_word(rng)} {rng.choice(['North', 'South', 'Harbour'])}",
            rng.choice(["coast", "hills", "plain"]),
        )
        for at in range(40)
    ]
    rows = []
    for at in range(count):
        code, called, region = rng.choice(stations)
        rows.append({
            "reading_id": str(at + 1), "station": code, "station_name": called, "region": region,
            "measured_at": str(datetime(2026, 3, 1) + timedelta(minutes=11 * at)),
            "temperature": f"{rng.gauss(8, 9):.1f}", "humidity": str(min(100, max(5, round(rng.gauss(70, 15))))),
            "rain_mm": f"{rng.expovariate(0.6):.1f}" if rng.random() > 0.6 else "0.0", "wind_kmh": f"{rng.weibullvariate(15, 1.6):.1f}",
            "comment": " ".join(_word(rng, 1, 2).lower() for _ in range(rng.randint(2, 6))) if rng.random() > 0.7 else "",
        })  # fmt: skip
    return rows


# ── errors ──


@dataclass
class Errors:
    """Puts errors into a copy of rows; a cell is spoilt once."""

    rows: Rows
    rng: random.Random

    def each(self, column: str, share: float, change: Callable[[str], str]) -> None:
        """Change a share of the cells that have a value."""
        for row in self.rows:
            if row[column] and self.rng.random() < share:
                row[column] = change(row[column])

    def typo(self, value: str) -> str:
        """Replace, drop, double or exchange a letter."""
        at = self.rng.randrange(len(value))
        way = self.rng.randrange(4)
        if way == 0 or len(value) < 3:
            return value[:at] + self.rng.choice("xqz") + value[at + 1 :]
        if way == 1:
            return value[:at] + value[at + 1 :]
        if way == 2:
            return value[:at] + value[at] + value[at:]
        at = min(at, len(value) - 2)
        return value[:at] + value[at + 1] + value[at] + value[at + 2 :]

    def with_x(self, value: str) -> str:
        """Replace a character by an x, as the hospital set has it."""
        at = self.rng.randrange(len(value))
        return value[:at] + "x" + value[at + 1 :]

    def other(self, column: str) -> Callable[[str], str]:
        """Give a function that gives another value of the column."""
        values = sorted({row[column] for row in self.rows if row[column]})
        return lambda value: self.rng.choice([each for each in values if each != value])

    def exchange(self, first: str, second: str, share: float) -> None:
        """Exchange two columns in a share of the rows."""
        for row in self.rows:
            if self.rng.random() < share:
                row[first], row[second] = row[second], row[first]


def _dirty_customers(errors: Errors) -> None:
    errors.each("city", 0.03, errors.typo)
    errors.each("state", 0.02, errors.other("state"))
    errors.each("email", 0.02, lambda value: value.replace("@", " at "))
    errors.each("phone", 0.02, lambda value: f"({value[:3]}) {value[4:]}")
    errors.each("phone", 0.01, lambda value: "N/A")
    errors.each("segment", 0.01, str.upper)
    errors.each("birth_date", 0.02, lambda value: f"{value[8:10]}.{value[5:7]}.{value[:4]}")
    errors.each("balance", 0.004, lambda value: f"{float(value) * 100_000:.2f}")
    errors.each("zip", 0.01, lambda value: "")
    errors.exchange("city", "state", 0.01)


def _dirty_orders(errors: Errors) -> None:
    errors.each("product_name", 0.03, errors.typo)
    errors.each("category", 0.02, errors.other("category"))
    errors.each("weight", 0.05, lambda value: value.replace(" kg", " KG."))
    errors.each("quantity", 0.01, lambda value: "-1")
    errors.each("quantity", 0.004, lambda value: str(int(value) * 10_000))
    errors.each("amount", 0.03, lambda value: f"{value} EUR")
    errors.each("currency", 0.02, lambda value: "unknown")
    errors.each("status", 0.004, errors.typo)
    errors.each("product_code", 0.01, str.lower)
    errors.each("shipped_at", 0.01, lambda value: "")


def _dirty_hospitals(errors: Errors) -> None:
    for column in errors.rows[0]:
        errors.each(column, 0.03, errors.with_x)


def _dirty_articles(errors: Errors) -> None:
    errors.each("abbreviation", 0.03, errors.typo)
    errors.each("issn", 0.03, lambda value: value.replace("-", ""))
    errors.each("journal", 0.02, errors.typo)
    errors.each("created", 0.05, lambda value: "{2}-{0}-{1}".format(*value.split("/")))
    errors.each("pages", 0.03, lambda value: value.replace("-", " to "))
    errors.each("language", 0.02, lambda value: "-")
    errors.each("volume", 0.02, lambda value: f"vol. {value}")


def _dirty_readings(errors: Errors) -> None:
    errors.each("temperature", 0.01, lambda value: "-999")
    errors.each("humidity", 0.005, lambda value: str(int(value) * 100))
    errors.each("wind_kmh", 0.02, lambda value: f"{value} km/h")
    errors.each("region", 0.02, errors.other("region"))
    errors.each("station_name", 0.02, lambda value: f" {value}")
    errors.each("station", 0.01, errors.typo)


TABLES: dict[str, tuple[Callable[[random.Random], Rows], Callable[[Errors], None]]] = {
    "customers": (customers, _dirty_customers),
    "orders": (orders, _dirty_orders),
    "hospitals": (hospitals, _dirty_hospitals),
    "articles": (articles, _dirty_articles),
    "readings": (readings, _dirty_readings),
}


def made(table: str, seed: int = 7) -> tuple[Rows, Rows]:
    """Give the clean rows and the dirty ones, line by line the same."""
    make, spoil = TABLES[table]
    clean = make(random.Random(f"{table} {seed}"))
    errors = Errors([dict(row) for row in clean], random.Random(f"errors {table} {seed}"))
    spoil(errors)
    return clean, errors.rows


def write(rows: Rows, path: Path) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: Sequence[str]) -> None:
    """Write all tables into a folder."""
    for table in TABLES:
        folder = Path(arguments[0]) / table
        folder.mkdir(parents=True, exist_ok=True)
        clean, dirty = made(table, int(arguments[1]) if len(arguments) > 1 else 7)
        write(clean, folder / "clean.csv")
        write(dirty, folder / "dirty.csv")


if __name__ == "__main__":
    main(sys.argv[1:])
