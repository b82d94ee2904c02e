"""History: what ran, when, how it ended and what it read and wrote, from all sources in one shape.

Run logs, schedulers, lineage events and dbt each tell of runs in their own way; `history` gives them as one, and says of each row
where it is from. Rooms ask for it under the name ``history``.
"""
