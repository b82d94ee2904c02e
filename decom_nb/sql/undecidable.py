"""What is raised when a check cannot be decided on a table whatever its rows are. `needs`, `guard` and `violations` raise it."""

from __future__ import annotations

from decom_nb.errors import DecomError


class Undecidable(DecomError):  # noqa: N818 - reads as what it says: the check is undecidable
    """The check cannot be decided on this table: a column is missing, or of a type for which the question means nothing.

    The message is one sentence for a person; engines turn it into a `Checked` whose verdict is ``error``.
    """

    exit_code = 2
