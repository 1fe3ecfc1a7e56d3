"""Libraries in and out: import by a declared mapping, export in any format."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.output import say
from carbonmeter.errors import GuideError, WriteError, near

if TYPE_CHECKING:
    from carbonmeter.factors.exchange.content import Content
    from carbonmeter.factors.exchange.licences import Passed

TEXTS = {
    "en": {
        "records": "{n} records",
        "asks": "  {n} under {licence}: {asks}",
        "held": "  {n} under {licence}: values, units, ids and citations only; its texts are left"
        " out",
        "rejected": "rows not taken: {n} → {path}",
        "unused": "columns not used: {columns}",
        "blank": "not stated",
        "name": {},
    },
    "zh": {
        "records": "{n} 条记录",
        "asks": "  {n} 条，许可 {licence}：{asks}",
        "held": "  {n} 条，许可 {licence}：只含数值、单位、编号和引用，不含来源文字",
        "rejected": "{n} 行未导入 → {path}",
        "unused": "未使用的列：{columns}",
        "blank": "未说明",
        "name": {
            "name the source": "须注明来源",
            "name the source; share under the same licence": "须注明来源，并以相同许可共享",
            "name the source and the licence": "须注明来源和许可",
            "keep the licence text": "须保留许可文本",
            "cite the source": "须引用来源",
        },
    },
}


def export(options: Namespace) -> None:
    """Write a library in a format of others."""
    from carbonmeter.report import exchange

    content = _content(options.library, options.licence)
    let, paths = exchange.export(
        content, options.format, options.out, facts_only=options.facts_only, lang=options.lang
    )
    shown = paths[0].parent if options.out.is_dir() else paths[0]
    words = TEXTS[options.lang]
    layer = let.content.layer
    counted = str(words["records"]).format(n=len(layer))
    say(f"→ {shown}  {layer.name}: {counted}; {layer.version[:12]}")
    _licences(let, options.lang)


def _licences(let: Passed, lang: str) -> None:
    words = TEXTS[lang]
    names = words["name"]
    assert isinstance(names, dict)
    for licence, (n, asks) in let.asked.items():
        say(str(words["asks"]).format(n=n, licence=licence, asks=names.get(asks, asks)))
    for licence, n in let.withheld.items():
        say(str(words["held"]).format(n=n, licence=licence or words["blank"]))


def _content(named: str, licence: str | None) -> Content:
    """The library of a name, in a package folder, or in a table of one's own."""
    from importlib import resources

    from carbonmeter.factors import SHIPPED, FactorLibrary
    from carbonmeter.factors.exchange.content import Content, content_of
    from carbonmeter.factors.exchange.formats import is_ours, read_library
    from carbonmeter.report.exchange import of_own

    path = Path(named)
    if named in SHIPPED and not path.exists():
        return content_of(Path(str(resources.files("carbonmeter.data") / named)), shipped=True)
    if not path.exists():
        hint = near(named, SHIPPED) or ", ".join(SHIPPED)
        raise GuideError(f"E302: no library, file or folder {named!r}; did you mean: {hint}?")
    if path.is_dir() or is_ours(path):
        content = read_library(path)
        return (
            Content(content.layer, (*content.about, ("licence", licence))) if licence else content
        )
    return of_own(Content(FactorLibrary.open(path).stack[0]), licence or "")


def take_in(options: Namespace) -> None:
    """Make a package folder of a table of anybody's, or of a library in another format."""
    from carbonmeter.factors.exchange.formats import read_library
    from carbonmeter.factors.exchange.importing import import_table
    from carbonmeter.report import exchange

    words = TEXTS[options.lang]
    if options.mapping is None:
        if options.rejects is not None:
            raise WriteError(
                "E502: --rejects goes with --mapping; without one all is taken or none"
            )
        content = read_library(options.table)
        unused: tuple[str, ...] = ()
    else:
        taken = import_table(options.table, options.mapping, keep_going=options.rejects is not None)
        content, unused = taken.content, taken.unused
    if options.rejects is not None:
        # First: a library without the list of what it lacks would be the worse half.
        exchange.write_rejects(options.rejects, taken.rejects)
    layer = exchange.write_package(content, options.out)
    counted = str(words["records"]).format(n=len(layer))
    say(f"→ {options.out}  {layer.name}: {counted}; {layer.version[:12]}")
    if options.rejects is not None:
        rows = len({each.row for each in taken.rejects})
        say(str(words["rejected"]).format(n=rows, path=options.rejects))
    if unused:
        say(str(words["unused"]).format(columns=", ".join(unused)))
