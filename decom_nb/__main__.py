"""``python -m decom_nb`` is ``decom``."""

from decom_nb.cli import main

main()
