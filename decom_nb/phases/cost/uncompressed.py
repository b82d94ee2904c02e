"""A red flag: data that lies in object storage as text, or otherwise without compression."""

from __future__ import annotations

from decimal import Decimal

from decom_nb.phases.cost.flag import Flag, Looked, dear_first, rounded
from decom_nb.phases.cost.money import ZERO
from decom_nb.wording import percent


def storage_is_compressed(looked: Looked, *, share: float) -> Flag:
    """Look for objects that are not compressed and could be, more than a share of all bytes listed."""
    storage = looked.category("storage") if looked.allocation else None
    if looked.objects is None:
        return Flag("not_known", "This cannot be told without a listing of the objects in storage.", at_most=storage)
    if not looked.objects.bytes:
        return Flag("not_applicable", "The listing has no object with a size.", money=ZERO)
    whole = looked.objects.bytes
    folders = looked.objects.uncompressed
    loose = sum(folder.bytes for folder in folders)
    silent = sum(each.bytes for each in looked.objects.stock if not each.compression)
    price = looked.byte_price
    money = None if price is None else price * loose
    hidden = None if price is None else price * silent
    rest = f" Of {percent(silent / whole)} more the name does not tell whether it is." if silent else ""
    if loose <= share * whole:
        if silent > share * whole:
            text = f"{percent(loose / whole)} of {whole / 1e9:,.1f} GB is seen to be uncompressed.{rest}"
            return Flag("not_known", text, at_most=hidden if hidden is not None else storage)
        text = f"{percent(1 - loose / whole)} of {whole / 1e9:,.1f} GB in object storage is compressed.{rest}"
        return Flag("true", text, money=money if money is not None else ZERO, at_most=hidden)
    rows = [
        {
            "bucket": folder.bucket,
            "folder": folder.prefix,
            "format": folder.format,
            "objects": folder.objects,
            "gigabytes": round(folder.bytes / 1e9, 3),
            "storage cost": rounded(None if price is None else price * Decimal(folder.bytes)),
            "currency": looked.currency,
        }
        for folder in folders
    ]
    text = (
        f"{percent(loose / whole)} of {whole / 1e9:,.1f} GB in object storage is not compressed. "
        f"{looked.costs('keeping it', money)}{rest}"
    )
    return Flag(
        "false",
        text,
        dear_first(rows, "gigabytes"),
        met=1 - loose / whole,
        money=money,
        at_most=hidden if money is not None else storage,
    )
