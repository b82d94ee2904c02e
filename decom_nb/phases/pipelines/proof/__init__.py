"""The run-twice proof of pipelines' loads: what is proven, how it is kept as evidence, what still holds, what the page shows."""
