"""A data lake as its listing shows it: datasets, the size of their files, their table format, whose they are."""
