"""The score as a picture: a gauge for the whole, a bar for each dimension, as SVG that screen, print and PDF draw.

What is proven is solid, what may still turn out either way is striped, what people claim is a marker. Display is
floored: a number never looks better than it is. Colours stand in the attributes for PDF; on a page the style sheet
overrides them, so that they follow light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from decom_nb import palette
from decom_nb.escape import html
from decom_nb.score import shown
from decom_nb.wording import points, points_between

_CENTRE: Final = 110.0
_RADIUS: Final = 88.0
_START: Final = 150.0
_SWEEP: Final = 240.0


def interval(low: float, high: float) -> str:
    """Give an interval for display; both ends alike are one number.

    >>> interval(41.2, 73.9), interval(50, 50.4)
    ('41–73', '50')
    """
    first, last = shown(low), shown(high)
    return str(first) if first == last else f"{first}–{last}"


def gauge(
    low: float, high: float, claimed: float | None, band: str, *, claim: str = "", bounds: Sequence[float] = ()
) -> Markup:
    """Draw the score: solid up to `low`, striped to `high`, a marker at `claimed`, a tick at each of `bounds`.

    `claim` says under it what is claimed; without it the number at the marker is said.
    """
    claim = claim or (f"claimed {shown(claimed)}" if claimed is not None else "")
    said = f"Score {interval(low, high)} of 100"
    said += f", {claim}" if claim else ""
    said += f": {band}" if band else ""
    parts = [_arc("track", 0, 100), _arc("proven", 0, low), _arc("open", low, high)]
    parts += [_tick(bound) for bound in bounds if 0 < bound < 100]
    if claimed is not None:
        parts.append(_marker(claimed))
    number = interval(low, high)
    size = 50 if len(number) <= 3 else 40
    texts = Markup(
        '<text class="decom-gauge-number" x="110" y="118" text-anchor="middle" font-size="{size}" font-weight="650" '
        'fill="{ink}">{number}</text>'
        '<text class="decom-gauge-of" x="110" y="142" text-anchor="middle" font-size="14" fill="{muted}">of 100</text>'
    ).format(size=size, ink=palette.INK.light, muted=palette.MUTED.light, number=number)
    picture = Markup(
        '<svg class="decom-gauge" viewBox="0 0 220 178" width="220" height="178" role="img" aria-label="{}">{}{}</svg>'
    ).format(html(said), Markup("").join(parts), texts)
    return Markup('<div class="decom-gauge-box">{}{}</div>').format(picture, _below(claim, band))


def bar(
    low: float,
    high: float,
    claimed: float | None = None,
    *,
    maximum: float = 100,
    label: str = "",
    target: float | None = None,
) -> Markup:
    """Draw one dimension: solid up to `low`, striped to `high`, markers at `claimed` and at `target`, out of `maximum`."""
    said = f"{label}: " if label else ""
    said += f"{points_between(low, high)} of {points(maximum)}"
    said += f", claimed {points(claimed)}" if claimed is not None else ""
    said += f", aimed for {points(target)}" if target is not None else ""
    left, right = (100 * max(0.0, min(value / maximum if maximum else 0.0, 1.0)) for value in (low, high))
    marker = Markup()
    if claimed is not None:
        at = 100 * max(0.0, min(claimed / maximum if maximum else 0.0, 1.0))
        marker = Markup(
            '<rect class="decom-bar-claimed" x="{at}%" y="0" width="3" height="20" rx="1.5" '
            'transform="translate(-1.5)" fill="{ink}"/>'
        ).format(at=_number(at), ink=palette.INK.light)
    if target is not None:
        at = 100 * max(0.0, min(target / maximum if maximum else 0.0, 1.0))
        marker += Markup(
            '<svg class="decom-bar-target" x="{at}%" y="0" overflow="visible"><path d="M-5 0H5L0 6Z" fill="{ink}"/></svg>'
        ).format(at=_number(at), ink=palette.INK.light)
    return Markup(
        '<svg class="decom-bar" width="100%" height="20" role="img" aria-label="{said}">'
        '<rect class="decom-bar-track" x="0" y="4" width="100%" height="12" rx="3" fill="{line}"/>'
        '<rect class="decom-bar-proven" x="0" y="4" width="{left}%" height="12" rx="3" fill="{accent}"/>'
        '<line class="decom-bar-open" x1="{left}%" x2="{right}%" y1="10" y2="10" stroke="{accent}" stroke-width="12" '
        'stroke-dasharray="2 3" stroke-opacity="0.75"/>{marker}</svg>'
    ).format(
        said=html(said),
        left=_number(left),
        right=_number(right),
        line=palette.LINE.light,
        accent=palette.ACCENT.light,
        marker=marker,
    )


def key(claimed: bool = True, target: bool = False) -> Markup:
    """Draw what solid, striped and marker mean, once beside the bars."""
    entries = [("proven", "shown by evidence"), ("open", "not known yet")]
    entries += [("claimed", "claimed")] if claimed else []
    entries += [("target", "aimed for")] if target else []
    return Markup('<p class="decom-key">{}</p>').format(
        Markup(" ").join(Markup('<span data-kind="{}">{}</span>').format(kind, words) for kind, words in entries)
    )


def trend(
    ends: Sequence[tuple[float, float, float]],
    *,
    maximum: float = 100,
    label: str = "",
    bounds: Sequence[float] = (),
    height: int = 72,
) -> Markup:
    """Draw how an interval went: (place from 0 to 1, low, high) in the order of time, the lower end as a line.

    The space up to the upper end is striped, as what is not known is everywhere; `bounds` are drawn across.
    """
    width, top, bottom = 300.0, 6.0, height - 6.0

    def x(place: float) -> str:
        return _number(8 + place * (width - 16))

    def y(value: float) -> str:
        share = max(0.0, min(value / maximum if maximum else 0.0, 1.0))
        return _number(bottom - share * (bottom - top))

    low = [f"{x(place)} {y(least)}" for place, least, _ in ends]
    high = [f"{x(place)} {y(most)}" for place, _, most in ends]
    lines = Markup("").join(
        Markup('<path class="decom-trend-bound" d="M0 {y}H{w}" fill="none" stroke="{line}" stroke-width="1"/>').format(
            y=y(bound), w=_number(width), line=palette.LINE.light
        )
        for bound in bounds
    )
    dots = Markup("").join(
        Markup('<circle class="decom-trend-dot" cx="{}" cy="{}" r="{}" fill="{}"/>').format(
            x(place), y(least), "4.5" if at == len(ends) - 1 else "2.5", palette.ACCENT.light
        )
        for at, (place, least, _) in enumerate(ends)
    )
    return Markup(
        '<svg class="decom-trend" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        'preserveAspectRatio="xMinYMid meet" role="img" aria-label="{said}">{lines}'
        '<path class="decom-trend-open" d="M{area}Z" fill="{accent}" fill-opacity="0.16"/>'
        '<path class="decom-trend-low" d="M{low}" fill="none" stroke="{accent}" stroke-width="2.5" '
        'stroke-linejoin="round" stroke-linecap="round"/>{dots}</svg>'
    ).format(
        w=_number(width),
        h=height,
        said=html(label),
        lines=lines,
        area="L".join([*low, *reversed(high)]),
        low="L".join(low),
        accent=palette.ACCENT.light,
        dots=dots,
    )


def _below(claim: str, band: str) -> Markup:
    named = Markup('<p class="decom-gauge-band">{}</p>').format(html(band)) if band else Markup()
    said = Markup('<p class="decom-gauge-claim">{}</p>').format(html(claim)) if claim else Markup()
    return named + said


def _point(value: float, radius: float) -> tuple[str, str]:
    angle = math.radians(_START + _SWEEP * max(0.0, min(value, 100.0)) / 100)
    return _number(_CENTRE + radius * math.cos(angle)), _number(_CENTRE + radius * math.sin(angle))


def _arc(kind: str, start: float, end: float) -> Markup:
    if end - start < 0.01:
        return Markup()
    (x1, y1), (x2, y2) = _point(start, _RADIUS), _point(end, _RADIUS)
    large = int((end - start) / 100 * _SWEEP > 180)
    colour = palette.LINE.light if kind == "track" else palette.ACCENT.light
    stripes = Markup(' stroke-dasharray="2.5 3.5"') if kind == "open" else Markup()
    return Markup(
        '<path class="decom-gauge-{}" d="M{} {}A{r} {r} 0 {} 1 {} {}" fill="none" stroke="{}" stroke-width="18"{}/>'
    ).format(kind, x1, y1, large, x2, y2, colour, stripes, r=_number(_RADIUS))


def _tick(value: float) -> Markup:
    (x1, y1), (x2, y2) = _point(value, _RADIUS - 9), _point(value, _RADIUS + 9)
    return Markup(
        '<path class="decom-gauge-tick" d="M{} {}L{} {}" fill="none" stroke="{}" stroke-width="2.5"/>'
    ).format(x1, y1, x2, y2, palette.PAPER.light)


def _marker(value: float) -> Markup:
    (x1, y1), (x2, y2) = _point(value, _RADIUS - 13), _point(value, _RADIUS + 13)
    return Markup(
        '<path class="decom-gauge-claimed" d="M{} {}L{} {}" fill="none" stroke="{}" stroke-width="4" '
        'stroke-linecap="round"/>'
    ).format(x1, y1, x2, y2, palette.INK.light)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
