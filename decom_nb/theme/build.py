"""Makes what is generated here: `vega.js.gz`, the script that every face draws charts with, and decom.css's colours.

Run it when Altair moves to another Vega-Lite or a colour of palette.py changes: ``python decom_nb/theme/build.py``,
where zopfli is installed, whose gzip is smaller.
Tests tell when that is due.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import vl_convert as untyped_vl_convert
import zopfli.gzip as untyped_zopfli

from decom_nb import palette

convert: Any = untyped_vl_convert
zopfli: Any = untyped_zopfli

HERE = Path(__file__).parent
# Vega-Embed brings the expression interpreter, so that `ast: true` draws under a policy that forbids eval.
SNIPPET = "globalThis.decomVegaBundle = {vegaEmbed};"
# Vega-Lite warns of choices it makes by itself, such as fitting the width alone, which are wanted; errors stay errors.
QUIET = "{...globalThis.console, warn: () => {}}"


def colours_in(sheet: str) -> str:
    """Give the style sheet with the colours of palette.py between its two marks."""
    marked = re.compile(r"(/\* colours: made by build.py \*/\n).*?(/\* end of colours \*/)", re.DOTALL)
    return marked.sub(lambda found: found[1] + palette.css_variables() + found[2], sheet, count=1)


def main() -> None:
    """Write the colours, the bundle and which versions are in it."""
    sheet = HERE / "decom.css"
    sheet.write_text(colours_in(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    newest = convert.get_vegalite_versions()[-1]
    script = f"((console)=>{{{convert.javascript_bundle(SNIPPET, vl_version=newest)}}})({QUIET});\n"
    (HERE / "vega.js.gz").write_bytes(zopfli.compress(script.encode()))
    versions = {
        "vega": convert.get_vega_version(),
        "vega-lite": newest,
        "vega-embed": convert.get_vega_embed_version(),
        "made_with": f"vl-convert-python {convert.__version__}",
    }
    (HERE / "vega.json").write_text(json.dumps(versions, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
