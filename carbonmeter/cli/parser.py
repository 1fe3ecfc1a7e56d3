"""The verbs and their options; nothing heavy is imported before a verb runs."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import carbonmeter
from carbonmeter.cli import library_options
from carbonmeter.cli.lazily import language, lazy

GUIDE = "a guide (ndrc, gbt-32151, cets, ipcc-2006, green-credit) or one edition of it"
EPILOG = """\
first steps:
  carbonmeter run                               the embedded prefecture, end to end
  carbonmeter template --guide cets -o mine.xlsx    a workbook to fill in
  carbonmeter account mine.xlsx --guide cets    the account of what you filled in
  carbonmeter explain mine.xlsx --guide cets --row 2    the receipt of one row
exit status: 0 done, 1 your data, 2 usage, 70 a bug"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="carbonmeter",
        description="Carbon metrology: factors, accounts, sinks, loans; a receipt for each tonne.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument(
        "--version", action="version", version=f"carbonmeter {carbonmeter.__version__}"
    )
    verbs = top.add_subparsers(metavar="VERB", required=True)
    _run(verbs)
    _account(verbs)
    _explain(verbs)
    library_options.add(verbs)
    _rules(verbs)
    _template(verbs)
    _finance(verbs)
    selftest = verbs.add_parser("selftest", help="recompute published results; PASS, NOTE or DIFF")
    language(selftest)
    selftest.set_defaults(verb=lazy("selftest", "selftest"))
    return top


def _pair(text: str) -> tuple[str, str]:
    name, sign, series = text.partition("=")
    if not (name and sign and series):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=SERIES")
    return name, series


def _counting(to: argparse.ArgumentParser, guide_required: bool) -> None:
    to.add_argument("--guide", required=guide_required, help=GUIDE)
    to.add_argument(
        "--measured",
        type=Path,
        nargs="*",
        default=[],
        metavar="FILE",
        help="your measured values, stacked over the shipped libraries",
    )
    to.add_argument(
        "--series",
        type=_pair,
        nargs="*",
        default=[],
        metavar="NAME=SERIES",
        help="another published series than the guide's, e.g."
        " grid_emission_factor=grid_provincial_average",
    )
    to.add_argument(
        "--gwp", choices=["SAR", "AR4", "AR5", "AR6"], help="instead of the guide's set"
    )
    to.add_argument(
        "--as-of",
        type=date.fromisoformat,
        metavar="DATE",
        help="answer as the libraries stood on that day",
    )
    to.add_argument(
        "--bounds-from",
        metavar="LIBRARY",
        help="records without bounds borrow the relative bounds of this library",
    )
    to.add_argument(
        "--missing",
        choices=["raise", "exclude"],
        default="raise",
        help="exclude: leave rows without a value out and list them",
    )
    to.add_argument("--sheet", help="the sheet of a workbook")


def _run(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = verbs.add_parser("run", help="account a folder with carbonmeter.toml, end to end")
    run.add_argument("folder", type=Path, nargs="?", help="without one: the embedded prefecture")
    run.add_argument("--out", type=Path, default=Path("carbonmeter-out"), help="where files go")
    language(run)
    run.set_defaults(verb=lazy("run", "run"))


def _account(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    account = verbs.add_parser("account", help="account activity by one guide")
    account.add_argument(
        "file",
        type=Path,
        nargs="+",
        help="CSV, Excel or Parquet; several Parquet files are accounted as one table, in blocks",
    )
    _counting(account, guide_required=True)
    account.add_argument("--by", default="entity", help="labels, with commas: entity,site,gas …")
    account.add_argument(
        "--compare", metavar="GUIDE", help="the same rows by another guide beside it"
    )
    account.add_argument(
        "--restate",
        metavar="LIBRARY",
        help="what moves by another library (name, folder, release) or GWP set, and why",
    )
    account.add_argument(
        "--as-of-was",
        type=date.fromisoformat,
        metavar="DATE",
        help="what moved since that day, and why",
    )
    account.add_argument(
        "--draws", type=int, metavar="N", help="95 %% intervals by N Monte Carlo draws beside U"
    )
    account.add_argument("--seed", type=int, metavar="N", help="of the draws (default: 1)")
    account.add_argument(
        "--budget", action="store_true", help="what makes up U, and which better value lowers it"
    )
    account.add_argument(
        "--target",
        type=float,
        metavar="PERCENT",
        help="as --budget, with what each value must have for a U of so much",
    )
    account.add_argument(
        "--out",
        type=Path,
        help="write the lines: .parquet, .csv or .nc; in blocks, the totals: .parquet or .csv",
    )
    _blocks(account)
    language(account)
    account.set_defaults(verb=lazy("accounting", "account"))


def _blocks(to: argparse.ArgumentParser) -> None:
    blocks = to.add_argument_group(
        "blocks", "Parquet larger than memory: any of these reads it in blocks, to the same bits"
    )
    blocks.add_argument(
        "--engine", choices=["inline", "threads", "dask"], help="who computes (default: threads)"
    )
    blocks.add_argument("--workers", type=int, metavar="N", help="default: as many as cores")
    blocks.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of dask: threads, processes, or a cluster's, e.g. tcp://10.0.0.1:8786",
    )
    blocks.add_argument(
        "--memory", type=_bytes, metavar="SIZE", help="refuse to start if it takes more, e.g. 2GB"
    )
    blocks.add_argument(
        "--batch-rows", type=int, metavar="N", help="rows in memory at once, for each worker"
    )


def _bytes(text: str) -> int:
    number = text.strip().rstrip("BbiKkMmGgTt ")
    unit = text.strip()[len(number) :].strip().lower().removesuffix("b")
    powers = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
    powers |= {"ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40}
    if unit not in powers or not number.replace(".", "", 1).isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write 2GB, 500MB or 1.5GiB")
    return int(float(number) * powers[unit])


def _explain(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    explain = verbs.add_parser("explain", help="the receipt of one line")
    explain.add_argument(
        "source",
        type=Path,
        nargs="?",
        help="an activity file or a run folder; without one: the prefecture",
    )
    which = explain.add_mutually_exclusive_group(required=True)
    which.add_argument("--line", type=int, help="number of the line, from 0")
    which.add_argument("--row", type=int, help="row of the activity file, as a spreadsheet counts")
    explain.add_argument("--account", help="which account of a run folder (default: the first)")
    _counting(explain, guide_required=False)
    language(explain)
    explain.set_defaults(verb=lazy("accounting", "explain"))


def _rules(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    methods = verbs.add_parser("methods", help="the formulas, their clauses and inputs")
    methods.add_argument("name", nargs="?", help="one method in full")
    methods.add_argument("--guide", help=GUIDE)
    language(methods)
    methods.set_defaults(verb=lazy("rules", "methods"))
    guides = verbs.add_parser("guides", help="the rule books, their editions and boundaries")
    guides.add_argument("--gaps", action="store_true", help="what of each text was not read")
    language(guides)
    guides.set_defaults(verb=lazy("rules", "guides"))


def _template(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    template = verbs.add_parser("template", help="an Excel workbook to fill in")
    template.add_argument("--guide", required=True, help=GUIDE)
    template.add_argument(
        "--activity",
        nargs="*",
        default=[],
        metavar="NAME",
        help="only these kinds of activity (default: all of the guide)",
    )
    template.add_argument("-o", "--out", type=Path, default=Path("carbonmeter-template.xlsx"))
    language(template, default="zh")
    template.set_defaults(verb=lazy("rules", "template"))


def _finance(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    finance = verbs.add_parser(
        "finance", help="the loans of a run folder, loan by loan or by label"
    )
    finance.add_argument("folder", type=Path, nargs="?", help="without one: the prefecture")
    finance.add_argument("--by", choices=["loan", "lender", "borrower"], default="lender")
    finance.add_argument("--out", type=Path, help="write the loans: .parquet or .csv")
    language(finance)
    finance.set_defaults(verb=lazy("accounting", "finance"))
