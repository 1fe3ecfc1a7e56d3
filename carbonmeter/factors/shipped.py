"""Which libraries are installed with the package, one name a line, in the order of the stack."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from carbonmeter.errors import FactorTableError, Problem, near

# The stack that guides choose from, top first. Of two layers that could answer, a guide chooses by
# name.
DEFAULT = (
    "cets-2024",
    "cets-power-2022",
    "gbt-32151-34-2024",
    "ndrc-2013",
    "ndrc-steel-2013",
    "cn-common",
    "cn-grid",
    "ghgp-scope2",
    "cn-forest",
    "green-credit",
    "pcaf-2022",
    "ipcc-2006",
    "ipcc-2006-biomass",
    "gwp-ar6",
    "gwp-ar5",
    "gwp-ar4",
    "gwp-sar",
)
# Every library, the default ones on top: append others below.
SHIPPED = (
    *DEFAULT,
    "ember-2025",
    "ember-2026",
    "ifi-2021",
    "ghgp-xsector",
    "exiobase-2011",
    "useeio-1.2",
    "useeio-1.3",
    "gwp-tar",
    "gwp-ar5-ccf",
    "refrigerant-blends",
    "fang-2001",
    "ndrc-provincial-2011",
    "cn-biomass-equations",
    "cn-stand-growth",
    "cn-carbon-density",
    "canada-cbm",
    "ccer-14-001",
    "ar-cm-001",
    "lyt-2253-2014",
    "ar-tool14",
    "ar-tool12",
    "ar-tool16",
    "gold-standard-403",
    "winrock-sourcebook-2005",
    "rothc-2024",
    "cn-wetland-flux",
    "eu-cbm-hat",
    "ipcc-2019",
    "ipcc-2013-wetlands",
    "pcaf-2025",
    "pbc-carbon-accounting-2021",
    "pbc-cerf",
    "pbc-coal",
    "pbc-relend",
    "shandong-cerf",
    "pbc-gfe-2021",
    "pbc-gfe-2018",
    "chongqing-gfe-2023",
    "cn-gfc-2025",
    "cn-transition-finance",
    "qz-carbon-account",
    "cbirc-green-credit",
    "cn-grid-margins-2024",
    "jrt-0227-2021",
    "jrt-0244-2022",
    "finance-proposals",
    "normal-quantiles",
    "cets-power-2021",
    "ncsc-efdb-v2",
    "iai-2006",
    "cets-2024-draft",
    "ets-trial-2017",
    "eu-cbam",
    "constants",
    "cn-grid-old",
    "mee-allocation",
    "mee-allocation-draft",
    "cets-rules",
    "uk-desnz-2024",
    "us-epa-hub-2025",
    "us-epa-part98",
)  # fmt: skip


def folder_of(name: str) -> Path:
    """The folder of an installed library.

    Raises
    ------
    FactorTableError                 no library of this name is installed

    Examples
    --------
    >>> folder_of("cn-grid").name
    'cn-grid'
    """
    if name not in SHIPPED:
        hint = near(name, SHIPPED)
        cure = f"did you mean {hint}?" if hint else f"known: {', '.join(SHIPPED)}"
        problem = Problem("", None, "library", name, "no library of this name is shipped", cure)
        raise FactorTableError("no such library", [problem])
    return Path(str(resources.files("carbonmeter.data").joinpath(name)))
