"""Phase 4, data quality: what must hold of the client's tables, whether it does, and how bad it is where it does not."""
