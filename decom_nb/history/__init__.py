"""History: what ran, when, how it ended and what it read and wrote, from all sources in one shape.

Run logs, schedulers, lineage events and dbt each tell of runs in their own way; `history` gives them as one, and says of each row
where it is from. Rooms ask for it under the name ``history``.
"""

from decom_nb.history.history import History, PipelineHistory
from decom_nb.history.incident import Incident, same_dataset
from decom_nb.history.relations import RELATIONS
from decom_nb.history.told import WORDS

__all__ = ["RELATIONS", "WORDS", "History", "Incident", "PipelineHistory", "same_dataset"]
