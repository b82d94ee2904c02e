"""Data mesh: what is in place of its four principles, and whether it fits at all."""
