"""What a dbt model's SQL reads without telling dbt, by the text of the model alone. `dbt_manifest.py` calls it.

Tables that a model names outright, or takes from a variable, are no part of dbt's lineage. They are found as
dbt-project-evaluator documents it: whatever follows ``from`` or ``join`` and is a name of two or three parts, a single name in
quotes, or a ``var``. Jinja comments count, since they are often code that somebody means to bring back; SQL comments do not.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"--.*")
_NAME = r"""[\[`"']?\w+-?\w*[\]`"']?"""
_READ = re.compile(
    rf"""
    (?<!distinct\s)  (?:from|join)\s+  (?:
        ( {{{{ \s*var\s*\(\s* ['"]?[^)'"]+['"]?\s*  (?: ,\s* ['"]?[^)'"]+['"]?\s* )?  \)\s* }}}} )
      | ( {_NAME} \. {_NAME} (?: \. {_NAME} )? ) (?=\s|$)
      | ( [\[`"'] \w+-?\w+ [\]`"'] ) (?=\s|$)
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def hard_coded(sql: str) -> tuple[str, ...]:
    """Give the tables that SQL with Jinja reads by name, each once, in alphabetical order, as they are written.

    >>> hard_coded("select * from raw.orders -- from old.orders")
    ('raw.orders',)
    >>> hard_coded("select * from {{ ref('orders') }} join {{ var('rates') }} on true")
    ("{{ var('rates') }}",)
    """
    found = (match[match.lastindex or 0] for match in _READ.finditer(_COMMENT.sub("", sql)))
    return tuple(sorted({name.strip() for name in found}))
