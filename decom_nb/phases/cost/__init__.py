"""Phase 9: what the platform costs, by what, and what of it can be saved."""
