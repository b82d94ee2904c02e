"""Evidence: typed facts read from outside sources, with where and when they came from.

`collect` recognises files by their content and gives an `Evidence`. A new source is a module with a collector, and a
line in `collect.COLLECTORS`.
"""

from decom_nb.evidence.check_runs import CheckRuns
from decom_nb.evidence.collect import COLLECTORS, KINDS, collect
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.mutation_runs import MutationRuns
from decom_nb.evidence.runs import Runs
from decom_nb.evidence.source import UNRECOGNISED, Evidence, Pointer, Problem, Source, SourceFile

__all__ = [
    "COLLECTORS",
    "KINDS",
    "UNRECOGNISED",
    "CheckRuns",
    "Dbt",
    "Evidence",
    "MutationRuns",
    "Pointer",
    "Problem",
    "Runs",
    "Source",
    "SourceFile",
    "collect",
]
