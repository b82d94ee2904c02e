"""A model as a picture: facts on the left, the dimensions they share on the right, a line for each key. Rows in, SVG out.

Colours stand in the attributes for files and PDF; on a page the style sheet overrides them, so that they follow light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from decom_nb import palette
from decom_nb.escape import html
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.made.tables import attributes, is_date_dimension, scd_type
from decom_nb.wording import counted, listed

_WIDE: Final = 480
"""Width of the drawing: on a telephone its letters keep four fifths of their size, on a screen they grow by half."""
_BOX, _HIGH, _STEP, _EDGE, _TOP = 186, 52, 68, 1, 6
_LETTERS: Final = 23
"""How many letters of a name find room in a box."""
SHOWN: Final = 30
"""Tables of each kind that a page draws; the rows have them all."""

Row = dict[str, Any]


def star_rows(model: DimensionalModel) -> list[Row]:
    """Give a row for each key of each fact: fact, what its rows are, dimension, column, role, how changes are kept, shared by."""
    declared = {each.name: each for each in model.dimensions}
    users: dict[str, set[str]] = {}
    for fact in model.fact_tables:
        for key in fact.foreign_keys:
            users.setdefault(key.dimension, set()).add(fact.name)
    rows: list[Row] = []
    for fact in model.fact_tables:
        grain = fact.grain or ", ".join(fact.grain_columns)
        head = {"fact": fact.name, "grain": grain, "measures": len(fact.measures)}
        for key in fact.foreign_keys:
            dimension = declared.get(key.dimension)
            kept = "not in the model"
            if is_date_dimension(key.dimension, dimension):
                kept = "calendar"
            elif dimension:
                types = sorted({scd_type(dimension, each) for each in attributes(dimension, 1, 2, 3, 4, 6)})
                kept = (
                    ("type " if len(types) == 1 else "types ") + ", ".join(map(str, types))
                    if types
                    else "no attributes"
                )
            rows.append(
                {
                    **head, "dimension": key.dimension, "column": key.column, "role": key.role, "kept": kept,
                    "shared_by": len(users[key.dimension]),
                }
            )  # fmt: skip
        if not fact.foreign_keys:
            rows.append({**head, "dimension": "", "column": "", "role": "", "kept": "", "shared_by": 0})
    for name, dimension in declared.items():
        if name not in users:
            kept = f"{counted(len(dimension.attributes), 'attribute')}, no fact points here"
            rows.append(
                {
                    "fact": "",
                    "grain": "",
                    "measures": 0,
                    "dimension": name,
                    "column": "",
                    "role": "",
                    "kept": kept,
                    "shared_by": 0,
                }
            )
    return rows


def star(rows: Sequence[Row], shown: int = SHOWN) -> Markup:
    """Draw rows of `star_rows`: at most so many facts and dimensions, those that most facts share first."""
    facts = list(dict.fromkeys(row["fact"] for row in rows if row["fact"]))[:shown]
    dimensions = _dimensions(rows, facts)[:shown]
    high = _TOP * 2 + _STEP * max(len(facts), len(dimensions), 1) - (_STEP - _HIGH)
    at_fact = _places(facts, high)
    at_dimension = _places(dimensions, high)
    parts = []
    pairs = dict.fromkeys((row["fact"], row["dimension"]) for row in rows)
    for fact, dimension in pairs:
        if fact in at_fact and dimension in at_dimension:
            keys = [row for row in rows if (row["fact"], row["dimension"]) == (fact, dimension)]
            colour = palette.SERIES[facts.index(fact) % len(palette.SERIES)]
            parts.append(_line(keys, at_fact[fact], at_dimension[dimension], colour, facts.index(fact)))
    first = {row["fact"]: row for row in reversed(rows)}
    for fact, y in at_fact.items():
        row = first[fact]
        both = ", ".join(filter(None, (row["grain"], counted(row["measures"], "measure"))))
        told = both if len(both) <= _LETTERS + 1 else row["grain"]
        parts.append(_box(_EDGE, y, fact, told, "fact", facts.index(fact)))
    by_dimension = {row["dimension"]: row for row in reversed(rows)}
    for dimension, y in at_dimension.items():
        row = by_dimension[dimension]
        told = row["kept"] + (f"; in {row['shared_by']} facts" if row["shared_by"] > 1 else "")
        parts.append(_box(_WIDE - _BOX - _EDGE, y, dimension, told, "shared" if row["shared_by"] > 1 else "dimension"))
    return Markup(
        '<svg class="decom-star" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" aria-label="{said}" '
        'font-family="system-ui, sans-serif">{parts}</svg>'
    ).format(wide=_WIDE, high=high, said=html(said(rows)), parts=Markup("").join(parts))


def said(rows: Sequence[Row]) -> str:
    """Say in a sentence what the picture shows."""
    facts = list(dict.fromkeys(row["fact"] for row in rows if row["fact"]))
    shared = list(dict.fromkeys(row["dimension"] for row in rows if row["shared_by"] > 1))
    dimensions = {row["dimension"] for row in rows if row["dimension"]}
    told = f"{counted(len(facts), 'fact table', 'fact tables')} and {counted(len(dimensions), 'dimension')}"
    return told + (f"; shared: {listed(shared)}" if shared else "; none is shared")


def _dimensions(rows: Sequence[Row], facts: Sequence[str]) -> list[str]:
    """Give the dimensions in an order in which lines cross little: by where the facts that point to them stand."""
    at: dict[str, list[int]] = {}
    for row in rows:
        if row["dimension"]:
            at.setdefault(row["dimension"], []).extend([facts.index(row["fact"])] if row["fact"] in facts else [])
    return sorted(at, key=lambda name: (not at[name], sum(at[name]) / max(len(at[name]), 1)))


def _places(names: Sequence[str], high: int) -> dict[str, float]:
    """Give where each box begins, all of them in the middle of the height."""
    start = (high - (_STEP * len(names) - (_STEP - _HIGH))) / 2
    return {name: start + _STEP * at for at, name in enumerate(names)}


def _line(keys: Sequence[Row], left: float, right: float, colour: palette.Colour, at: int) -> Markup:
    x1, x2 = _EDGE + _BOX, _WIDE - _BOX - _EDGE
    y1, y2, half = left + _HIGH / 2, right + _HIGH / 2, (x1 + x2) / 2
    names = listed(row["column"] + (f" ({row['role']})" if row["role"] else "") for row in keys)
    return Markup(
        '<path class="decom-star-line decom-series-{at}" d="M{x1} {y1}C{half} {y1} {half} {y2} {x2} {y2}" fill="none" '
        'stroke="{colour}" stroke-width="{wide}"><title>{said}</title></path>'
    ).format(
        at=at % len(palette.SERIES), x1=x1, x2=x2, half=_n(half), y1=_n(y1), y2=_n(y2), colour=colour.light,
        wide="3" if len(keys) > 1 else "1.8", said=html(f"{keys[0]['fact']} to {keys[0]['dimension']}: {names}"),
    )  # fmt: skip


def _box(x: float, y: float, name: str, told: str, kind: str, at: int | None = None) -> Markup:
    fill = {"fact": palette.PANEL, "shared": palette.ACCENT_SOFT}.get(kind, palette.PAPER)
    mark = Markup()
    room = _LETTERS + (4 if at is None else 2)
    if at is not None:
        mark = Markup(
            '<rect class="decom-star-mark decom-series-{at}" x="{x}" y="{y}" width="5" height="{high}" fill="{colour}"/>'
        ).format(
            at=at % len(palette.SERIES), x=x + _BOX - 5, y=_n(y), high=_HIGH,
            colour=palette.SERIES[at % len(palette.SERIES)].light,
        )  # fmt: skip
    return Markup(
        '<g class="decom-star-{kind}"><title>{name}: {told}</title>'
        '<rect class="decom-star-box" x="{x}" y="{y}" width="{wide}" height="{high}" rx="4" fill="{fill}" stroke="{line}"/>{mark}'
        '<text class="decom-star-name" x="{tx}" y="{ty}" font-size="14" font-weight="600" fill="{ink}">{short}</text>'
        '<text class="decom-star-note" x="{tx}" y="{ny}" font-size="12" fill="{muted}">{note}</text></g>'
    ).format(
        kind=kind, name=html(name), told=html(told), x=x, y=_n(y), wide=_BOX, high=_HIGH, fill=fill.light,
        line=palette.LINE.light, mark=mark, tx=x + 10, ty=_n(y + 22), ny=_n(y + 40), ink=palette.INK.light,
        muted=palette.MUTED.light, short=html(_short(name, _LETTERS - 1)), note=html(_short(told, room)),
    )  # fmt: skip


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
