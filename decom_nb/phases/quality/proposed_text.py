"""What is proposed for the values of a text column: forms, types, spellings, lists. Called by `suggest`.

Each function names one fault that text has, and gives a check that finds it. The techniques are those of the cleaning
literature: the form of the majority (Potter's Wheel, VLDB 2001), disguised missing values (Pearson, SIGKDD Explorations
2006), rare values near frequent ones (Kukich, ACM Computing Surveys 1992).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from decom_nb.check import AcceptedValues, Castable, Expression, Length, Regex
from decom_nb.phases.quality.candidate import Candidate, Case, Texts
from decom_nb.phases.quality.written_form import Meant, form, forms, is_number, meant, measure, plain_unit, runs
from decom_nb.profile import Cast, ColumnProfile
from decom_nb.profile.words import words
from decom_nb.sql.quantity import Uncastable
from decom_nb.sql.text import name, string

_ODD = re.compile(r"[*^~\\{}<>`\x00-\x1f]")
_BROKEN = re.compile("�|Ã[\x80-\xbf]|Â[\x80-\xbf]|â€")
_BROKEN_RE2 = r"\x{FFFD}|[\x{C2}\x{C3}][\x{80}-\x{BF}]|\x{E2}\x{20AC}"
_EMAIL = next(row.form for row in words().personal if row.kind == "email")


def texts(case: Case) -> Iterator[Candidate]:
    """Propose for every text column."""
    for column in case.profile.columns:
        if column.family == "text" and column.filled:
            yield from _nothing(case, column)
            values = case.texts(column)
            if values.rows:
                yield from _of(case, column, values)


def _of(case: Case, column: ColumnProfile, values: Texts) -> Iterator[Candidate]:
    """Propose a type, else a form, else spellings."""
    yield from _spaces(case, column)
    typed = list(_type(case, column, values))
    yield from typed
    if typed:
        return
    shaped = list(_form(case, column, values))
    yield from shaped
    yield from _marks(case, column, values)
    listed = list(_spellings(case, column, values))
    yield from listed
    whole = list(_list(case, column, values, wrong={word for each in listed for word in _named(each)}))
    yield from whole
    if not shaped and not whole:
        yield from _length(case, column)


def real(column: ColumnProfile) -> str:
    """Give the condition that a row has a value and no word for nothing; empty if there are no such words."""
    what = name(column.name)
    listed = sorted({each.value.strip().lower() for each in column.placeholders})
    parts = [f"lower(trim({what})) NOT IN ({', '.join(map(string, listed))})"] if listed else []
    return " AND ".join([*parts, f"trim({what}) <> ''"] if column.blanks else parts)


def _named(candidate: Candidate) -> set[str]:
    """Give the values that a spelling check names as wrong."""
    text = getattr(candidate.check, "expression", "")
    return {each.replace("''", "'") for each in re.findall(r"'((?:[^']|'')*)'", text)}


def _nothing(case: Case, column: ColumnProfile) -> Iterator[Candidate]:
    """Words for nothing, unless all values look like that: NA among two-letter codes is one of them."""
    what = name(column.name)
    values = case.texts(column)
    found = []
    for each in column.placeholders:
        word = each.value.strip()
        alike = sum(n for v, n in values.values if len(v.strip()) == len(word) and v.strip().isalpha())
        if word.isalpha() and word.isupper() and values.rows and alike >= case.setting("dominant") * values.rows:
            continue
        found.append(each)
    if found:
        listed = sorted({each.value.strip().lower() for each in found})
        rows = sum(each.count for each in found)
        yield Candidate(
            Expression(
                expression=f"lower(trim({what})) NOT IN ({', '.join(map(string, listed))})",
                dimension="completeness",
                name=f"no_placeholder_{column.name}",
            ),
            case.say("placeholder", words=", ".join(f"“{each}”" for each in listed[:4]), rows=case.about(rows)),
            (column.name,),
            expected=True,
        )
    if column.blanks:
        yield Candidate(
            Expression(expression=f"trim({what}) <> ''", dimension="completeness", name=f"not_blank_{column.name}"),
            case.say("blank", rows=case.about(column.blanks)),
            (column.name,),
            expected=True,
        )


def _spaces(case: Case, column: ColumnProfile) -> Iterator[Candidate]:
    if column.padded and column.padded < case.setting("mixed") * column.filled:
        what = name(column.name)
        yield Candidate(
            Expression(expression=f"{what} = trim({what})", name=f"not_padded_{column.name}", severity="P3"),
            case.say("padded", rows=case.about(column.padded)),
            (column.name,),
            expected=True,
        )


# ── another type ──


def _type(case: Case, column: ColumnProfile, values: Texts) -> Iterator[Candidate]:
    """Text that is a number or a date, but for some rows; numbers that are written with units in several ways."""
    best = column.casts[0] if column.casts else None
    rest = [(v, n) for v, n in values.values if not is_number(v)]
    if best is not None and best.share >= 1:
        yield Candidate(
            Castable(column=column.name, type=best.type, format=best.format, where=real(column)),
            case.say("castable_holds", type=_shown(best)), (column.name,),
        )  # fmt: skip
        yield from _fixed_length(case, column, values)
    elif best is not None and best.share >= case.setting("dominant"):
        if not best.format and _second_kind(case, best, values):
            return
        wrong = _unreadable(case, column, best)
        rows = case.about(max(0, round(best.count / best.share) - best.count))
        yield Candidate(
            Castable(column=column.name, type=best.type, format=best.format, where=real(column)),
            case.say(
                "castable", share=best.share, type=_shown(best), rows=rows, examples=case.examples(column.name, wrong)
            ),
            (column.name,),
            expected=True,
        )
    elif best is not None and best.type in ("BIGINT", "DOUBLE") and rest:
        in_units = sum(n for v, n in rest if measure(v))
        if in_units >= case.setting("dominant") * sum(n for _, n in rest) and not _separated(values):
            yield _mix(case, column, values, [v for v, _ in rest], sum(n for _, n in rest))
    elif best is not None and best.format:
        rest = [(v, n) for v, n in values.values if len(re.findall(r"\d+", v)) < 2 and not v.strip().isdecimal()]
        rows = values.rows - round(best.share * values.rows)
        if (
            sum(n for _, n in rest) <= (1 - case.setting("dominant")) * rows
        ):  # the rest are dates too, in other notations
            wrong = _unreadable(case, column, best)
            yield Candidate(
                Castable(column=column.name, type=best.type, format=best.format, where=real(column)),
                case.say("castable", share=best.share, type=_shown(best), rows=case.about(rows),
                         examples=case.examples(column.name, wrong)),
                (column.name,), expected=True,
            )  # fmt: skip
    elif best is None and _spelled_units(case, values):
        yield _mix(case, column, values, [v for v, _ in values.values], values.rows)


def _second_kind(case: Case, best: Cast, values: Texts) -> bool:
    """Tell whether the exceptions are another kind of value: not that rare, and repeated again and again."""
    rest = [(v, n) for v, n in values.values if not is_number(v) and not measure(v)]
    rows = sum(n for _, n in rest)
    exceptional = 1 - best.share >= case.setting("own_form")
    return exceptional and bool(rest) and rows >= case.setting("repeated") * len(rest)


def _shown(cast: Cast) -> str:
    return f"{cast.type} ({cast.format})" if cast.format else cast.type


def _unreadable(case: Case, column: ColumnProfile, cast: Cast) -> list[str]:
    """Give some values that cannot be read so."""
    wrong = Uncastable(column=column.name, as_type=cast.type, format=cast.format).sql
    also = f" AND ({real(column)})" if real(column) else ""
    what = f"CAST({name(column.name)} AS VARCHAR)"
    return [
        row[0]
        for row in case.asked(
            f"SELECT DISTINCT {what} FROM {case.sample.source} WHERE {wrong}{also} ORDER BY 1 LIMIT 3"
        )
    ]


def _separated(values: Texts) -> bool:
    """Tell whether separators between thousands are used throughout: then the column has one notation."""
    with_marks = sum(n for v, n in values.values if re.search(r"\d,\d{3}", v))
    without = sum(n for v, n in values.values if re.search(r"\d{4}", v))
    return with_marks > 0 and without == 0


def _spelled_units(case: Case, values: Texts) -> bool:
    """Tell whether the values are numbers with one unit in several spellings."""
    units: Counter[str] = Counter()
    for value, n in values.values:
        cut = measure(value)
        if cut is None:
            continue
        units[cut[0] + cut[2]] += n
    if sum(units.values()) < case.setting("dominant") * values.rows or len(units) > case.setting("few_values"):
        return False
    if max(units.values()) >= case.setting("dominant") * values.rows:
        return False  # one spelling was meant, and the form tells which rows have another
    spellings: dict[str, set[str]] = defaultdict(set)
    rows: Counter[str] = Counter()
    for unit, n in units.items():
        spellings[plain_unit(unit)].add(unit)
        rows[plain_unit(unit)] += n
    return any(len(group) > 1 and rows[key] >= case.setting("mixed") * values.rows for key, group in spellings.items())


def _mix(case: Case, column: ColumnProfile, values: Texts, wrong: Sequence[str], rows: int) -> Candidate:
    kinds = list(dict.fromkeys((measure(v) or ("", "", v))[2] for v in [*wrong, *(v for v, _ in values.values)]))
    shown = [next(v for v, _ in values.values if (measure(v) or ("", "", v))[2] == kind) for kind in kinds[:4]]
    return Candidate(
        Castable(column=column.name, type="DOUBLE", where=real(column), name=f"one_notation_{column.name}"),
        case.say("unit_mix", examples=case.examples(column.name, shown, 4), rows=case.about(rows)),
        (column.name,),
        expected=True,
    )


def _fixed_length(case: Case, column: ColumnProfile, values: Texts) -> Iterator[Candidate]:
    """Codes of digits: one length, and zeros in front."""
    if not all(v.isdecimal() for v, _ in values.values):
        return
    lengths: Counter[int] = Counter()
    for v, n in values.values:
        lengths[len(v)] += n
    length, rows = lengths.most_common(1)[0]
    zeros = any(v.startswith("0") and len(v) > 1 for v, _ in values.values)
    if length < 3 or rows < case.setting("fixed_length" if not zeros else "dominant") * values.rows:
        return
    wrong = [v for v, _ in values.values if len(v) != length]
    if wrong and not zeros and length < 5:
        return
    yield Candidate(
        Length(column=column.name, min=length, max=length, where=real(column)),
        case.say("length", share=rows / values.rows, length=length, rows=case.about(values.rows - rows),
                 examples=case.examples(column.name, wrong) or "none"),
        (column.name,), expected=bool(wrong),
    )  # fmt: skip


# ── a form ──


def _form(case: Case, column: ColumnProfile, values: Texts) -> Iterator[Candidate]:
    mails = sum(n for v, n in values.values if re.match(_EMAIL, v.strip()))
    if mails >= case.setting("dominant") * values.rows:
        yield Candidate(
            Regex(column=column.name, pattern=_EMAIL, where=real(column)),
            case.say("known_form", share=mails / values.rows, form="e-mail address", rows=case.about(values.rows - mails)),
            (column.name,), expected=mails < values.rows,
        )  # fmt: skip
        return
    found = meant(
        values.values,
        dominant=case.setting("dominant"),
        own=case.setting("own_form"),
        most=int(case.setting("most_forms")),
    )
    if found is None:
        return
    matching = re.compile(
        found.pattern.replace(r"\p{Lu}", r"[^\W\d_]").replace(r"\p{Ll}", r"[^\W\d_]").replace(r"\p{L}", r"[^\W\d_]")
    )
    wrong = [(v, n) for v, n in values.values if not matching.match(v)]
    rows = sum(n for _, n in wrong)
    if rows > (1 - case.setting("dominant")) * values.rows or not _worth(found):
        return
    if not wrong:
        reason = case.say("form_holds", forms=found.shown)
    else:
        reason = case.say(
            "form", share=1 - rows / values.rows, forms=found.shown, rows=case.about(rows),
            examples=case.examples(column.name, [v for v, _ in wrong]),
        )  # fmt: skip
    yield Candidate(
        Regex(column=column.name, pattern=found.pattern, where=real(column)),
        reason,
        (column.name,),
        expected=bool(wrong),
    )


def _worth(found: Meant) -> bool:
    """Tell whether a form says more than that there are letters: it has digits, marks, or a fixed length."""
    return any(not each.isalpha() and each != " " for each in "".join(found.forms)) or "{" in found.pattern


def _marks(case: Case, column: ColumnProfile, values: Texts) -> Iterator[Candidate]:
    """Marks that hardly a value has, and characters that a wrong encoding left."""
    what = name(column.name)
    broken = [(v, n) for v, n in values.values if _BROKEN.search(v)]
    if broken:
        yield Candidate(
            Expression(
                expression=f"NOT regexp_matches({what}, {string(_BROKEN_RE2)})",
                name=f"encoded_{column.name}",
            ),
            case.say("broken", rows=case.about(sum(n for _, n in broken)),
                     examples=case.examples(column.name, [v for v, _ in broken])),
            (column.name,), expected=True,
        )  # fmt: skip
    seen: Counter[str] = Counter()
    for v, n in values.values:
        for mark in set(_ODD.findall(v)):
            seen[mark] += n
    odd = sorted(mark for mark, n in seen.items() if n < case.setting("odd_marks") * values.rows)
    if not odd or sum(seen[mark] for mark in odd) >= case.setting("odd_marks") * values.rows:
        return
    found = [(v, n) for v, n in values.values if any(mark in v for mark in odd)]
    listed = "".join(f"\\x{{{ord(mark):02X}}}" for mark in odd)
    yield Candidate(
        Expression(expression=f"NOT regexp_matches({what}, '[{listed}]')", name=f"no_odd_marks_{column.name}", severity="P3"),
        case.say("marks", rows=case.about(sum(n for _, n in found)), examples=case.examples(column.name, [v for v, _ in found])),
        (column.name,), expected=True,
    )  # fmt: skip


# ── spellings ──


def _same(value: str) -> str:
    """Give a value without case, marks at its ends and doubled spaces."""
    return " ".join(value.casefold().split())


def _spellings(case: Case, column: ColumnProfile, values: Texts) -> Iterator[Candidate]:
    """Rare values that are a letter or two from a frequent one, or differ in case or spaces only."""
    counted = dict(values.values)
    if len(counted) < 2 or len(counted) > 0.9 * values.rows:
        return
    variants = list(_variants(case, values))
    yield from _listed(case, column, "variant", variants, counted)
    known = {wrong for wrong, _ in variants}
    slips = [each for each in _slips(case, values) if each[0] not in known]
    yield from _listed(case, column, "typo", slips, counted)


def _listed(
    case: Case, column: ColumnProfile, key: str, found: Sequence[tuple[str, str]], counted: dict[str, int]
) -> Iterator[Candidate]:
    if not found:
        return
    found = sorted(found, key=lambda each: (-counted[each[0]], each[0]))
    rows = sum(counted[wrong] for wrong, _ in found)
    shown = case.examples(column.name, [f"{wrong} → {right}" for wrong, right in found])
    yield Candidate(
        Expression(
            expression=f"{name(column.name)} NOT IN ({', '.join(string(wrong) for wrong, _ in found)})",
            name=f"{'spelled_as_usual' if key == 'variant' else 'no_slip'}_{column.name}",
            severity="P3",
        ),
        case.say(key, rows=case.about(rows), examples=shown),
        (column.name,),
        expected=True,
    )


def _variants(case: Case, values: Texts) -> Iterator[tuple[str, str]]:
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for value, n in values.values:
        groups[_same(value)].append((value, n))
    for group in groups.values():
        if len(group) < 2:
            continue
        right, most = max(group, key=lambda each: (each[1], each[0]))
        for wrong, n in group:
            if wrong != right and most >= 3 * n and most >= case.setting("near_frequent"):
                yield wrong, right


def _slips(case: Case, values: Texts) -> Iterator[tuple[str, str]]:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    least, gap, shortest = case.setting("near_frequent"), case.setting("gap"), int(case.setting("near_length"))
    frequent = [v for v, n in values.values if n >= least and len(v) >= shortest][:2000]
    rare = [
        (v, n)
        for v, n in values.values
        if len(v) >= shortest - 1 and n <= max(case.setting("rare_rows"), case.setting("rare_share") * values.rows)
    ]
    rare = rare[:4000]
    if not frequent or not rare:
        return
    counted = dict(values.values)

    def near(value: str, most: int) -> str | None:
        allowed = 1 if len(value) < 8 else 2
        hits = process.extract(value, frequent, scorer=OSA.distance, score_cutoff=allowed, limit=3)
        return next(
            (hit for hit, _, _ in hits if hit != value and counted[hit] >= gap * most and _a_slip(value, hit)), None
        )

    natural = sum(1 for v in frequent if near(v, 0)) / len(frequent)
    if natural > case.setting("near_natural"):
        return
    common = {each for each, n in forms(values.values) if n >= case.setting("own_form") * values.rows}

    def a_code(value: str) -> bool:
        """Tell whether a value is a code of a usual form: those are a letter apart by nature."""
        return any(each.isdecimal() for each in value) and form(value) in common

    found = [
        (value, right)
        for value, n in rare
        if (right := near(value, n)) and (not a_code(value) or form(value) == form(right))
    ]
    if sum(counted[value] for value, _ in found) <= case.setting("near_most") * values.rows:
        yield from found


def _a_slip(wrong: str, right: str) -> bool:
    """Tell a slip from another number: Highway 1 and Highway 2 are two."""
    digits = [run for run in runs(wrong) if run[0].isdecimal()], [run for run in runs(right) if run[0].isdecimal()]
    if digits[0] != digits[1] and digits[1]:
        return len("".join(digits[0])) < len("".join(digits[1])) and any(each.isalpha() for each in wrong)
    return _same(wrong) != _same(right)


# ── a list ──


def _list(case: Case, column: ColumnProfile, values: Texts, wrong: set[str]) -> Iterator[Candidate]:
    """A list of values: all there are, or all but some that hardly occur beside frequent ones."""
    good = [(v, n) for v, n in values.values if v not in wrong]
    if (
        not values.complete
        or not good
        or len(good) > 2 * case.setting("few_values")
        or values.rows < case.setting("listed_rows") * len(good)
    ):
        return
    least = max(case.setting("rare_rows"), case.setting("rare_share") * values.rows)
    rare = [(v, n) for v, n in good if n <= least]
    kept = [(v, n) for v, n in good if n > least]
    gap = len(kept) > 1 and rare and min(n for _, n in kept) >= case.setting("gap") * max(n for _, n in rare)
    slips = bool(gap) and sum(n for _, n in rare) <= case.setting("outliers_most") * values.rows
    listed = kept if slips else good
    if len(listed) > case.setting("few_values") or len(listed) < 1 or case.personal(column.name):
        return
    every = tuple(sorted(v for v, _ in listed))
    if slips:
        reason = case.say(
            "accepted",
            count=len(every),
            rows=case.about(sum(n for _, n in rare)),
            examples=case.examples(column.name, [v for v, _ in rare]),
        )
    else:
        reason = case.say("accepted_holds", count=len(every), rows=case.about(sum(n for _, n in listed)))
    where = " AND ".join(
        filter(
            None,
            [real(column), f"{name(column.name)} NOT IN ({', '.join(map(string, sorted(wrong)))})" if wrong else ""],
        )
    )
    yield Candidate(
        AcceptedValues(column=column.name, values=every, where=where), reason, (column.name,), expected=slips
    )


def _length(case: Case, column: ColumnProfile) -> Iterator[Candidate]:
    if column.max_length:
        most = max(column.max_length + 1, round(column.max_length * (1 + case.setting("slack"))))
        yield Candidate(
            Length(column=column.name, max=most, severity="P3"),
            case.say("length_holds", length=column.max_length),
            (column.name,),
        )
