"""The parts of `decom serve`: who may look, what there is to see, the kernels, the pages, and the server of it all.

`decom_nb.serve` is the way in. Only `server`, `dashboard` and `pool` import Voila.
"""
