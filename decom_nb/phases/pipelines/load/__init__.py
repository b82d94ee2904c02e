"""A pipeline's load as SQL that can be run again: what is read, what stops it, how it is written, one strategy per file."""
