"""Looking into the factor libraries: find, show."""

from __future__ import annotations

from argparse import Namespace

from carbonmeter.cli.output import say
from carbonmeter.errors import GuideError, near

SHOWN = ("id", "value", "unit", "region", "valid_from", "confidence")


def find(options: Namespace) -> None:
    """Records whose words match, best first."""
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.report import terminal

    library = FactorLibrary.default()
    found = library.find(" ".join(options.words))
    terminal.show_table(found[list(SHOWN)].head(options.limit), options.lang)
    say(f"{len(found)} records of {len(library.records)}; library {library.version[:12]}")


def show(options: Namespace) -> None:
    """One record, field by field, with its source."""
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.report import terminal

    library = FactorLibrary.default()
    records = library.records
    found = records[records["id"] == options.record]
    if found.empty:
        hint = near(options.record, records["id"].tolist())
        raise GuideError(
            f"E302: no record {options.record!r}; did you mean: {hint or 'none near'}?"
        )
    record = found.iloc[0]
    sources = library.sources
    terminal.show_fields(record.to_dict(), options.lang)
    for source in sources[sources["source"] == record["source"]].to_dict("records"):
        terminal.show_fields({str(k): v for k, v in source.items()}, options.lang)
