"""Time in data: how late rows come after their event, and by which clock columns without a zone are written."""
