"""The rooms of the book, one per phase of the methodology, in the order in which they are read."""

PHASES = (
    "decom_nb.phases.architecture",
    "decom_nb.phases.modeling",
    "decom_nb.phases.pipelines",
    "decom_nb.phases.quality",
    "decom_nb.phases.monitoring",
    "decom_nb.phases.testing",
    "decom_nb.phases.cost",
    "decom_nb.phases.patterns",
    "decom_nb.phases.rubric",
)
"""The table of contents. Rooms of other packages join through the entry point group ``decom_nb.phases``."""
