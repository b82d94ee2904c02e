"""Nordwind Outdoor, simulated: a shop that makes data, the mishaps it has, and the six pipelines that load it.

`examples/regenerate.py` runs it and keeps what the pipelines logged. Nothing of decom_nb is used here: this is the
client.
"""
