"""`report.html`: one self-contained page in Chinese and English, without a script or a network."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup

from carbonmeter.report import numbers, page_accounts, page_evidence, page_loans
from carbonmeter.report.bilingual import Both, both, component, labelled, reason, scope
from carbonmeter.report.flows import pictures
from carbonmeter.report.manifest import manifest
from carbonmeter.report.terminal import signed_percent

if TYPE_CHECKING:
    from jinja2 import Environment

    from carbonmeter.report.results import Results

RECEIPTS = 120


def html(results: Results, *, receipts: int = RECEIPTS, lang: str = "zh") -> str:
    """The report as one page.

    Parameters
    ----------
    results : Results
    receipts : int           receipts per account, see `summary.largest_lines`
    lang : 'zh' or 'en'      the language shown first; the reader can switch
    """
    accounts = [page_accounts.section(results, named) for named in results.accounts]
    template = _environment().get_template("report.html.j2")
    return template.render(
        results=results,
        lang=lang,
        accounts=accounts,
        cards=page_accounts.cards(results),
        pictures=pictures(results),
        loans=page_loans.section(results),
        checks=results.checks,
        groups=page_accounts.groups(results),
        receipts=[page_evidence.receipts(results, n, receipts) for n in results.accounts],
        sources=page_evidence.sources(results),
        evidence=page_evidence.evidenced(results),
        manifest=manifest(results),
        css=Markup(_read("report.css")),
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("carbonmeter.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        both=spans,
        label=lambda name: spans(labelled(name)),
        component=lambda name: spans(component(name)),
        percent=numbers.percent,
        signed=signed_percent,
        plain=numbers.plain,
        fixed=numbers.fixed,
    )
    made.globals.update(
        w=lambda key, **values: spans(both(key).format(**values) if values else both(key)),
        scope=lambda kind, name: spans(scope(kind, name)),
        reason=lambda name, meaning="": spans(reason(name, meaning)),
        with_u=numbers.with_u,
        percent_of=numbers.percent_of,
    )
    return made


def spans(text: Both) -> Markup:
    """A text in both languages, of which the page shows one; said once if they are equal."""
    if text.zh == text.en:
        return Markup("{}").format(text.zh)
    return Markup(
        '<span class="zh" lang="zh-CN">{}</span><span class="en" lang="en">{}</span>'
    ).format(text.zh, text.en)


def _read(name: str) -> str:
    return resources.files("carbonmeter.report").joinpath("templates", name).read_text("utf-8")
