"""The page: whole, self-contained, in two languages, and deaf to what users write."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from carbonmeter.report.page import html
from carbonmeter.report.results import Results

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Checker(HTMLParser):
    """Every tag closed in order; collects tags, attributes and text by language."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.tags, self.attributes = [], [], [], []
        self.text = {"zh": [], "en": []}

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1][0] != tag:
            self.faults.append((tag, self.getpos()))
        else:
            self.open.pop()

    def handle_data(self, data):
        for lang in self.text:
            if any(lang in (a.get("class") or "").split() for _, a in self.open):
                self.text[lang].append(data)


def checked(text):
    checker = Checker()
    checker.feed(text)
    checker.close()
    return checker


@pytest.fixture(scope="module")
def page(results):
    return html(results)


def test_every_tag_is_closed(page):
    checker = checked(page)
    assert checker.faults == []
    assert checker.open == []


def test_nothing_comes_from_elsewhere_and_nothing_runs(page):
    checker = checked(page)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(checker.tags)
    names = {name for _, name, _ in checker.attributes}
    assert not [name for name in names if name.startswith("on")]
    assert all(value.startswith("#") for _, name, value in checker.attributes if name == "href")
    assert "src" not in names
    assert "url(" not in page
    assert "@import" not in page
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert ("meta", "content", policy) in checker.attributes


def test_links_lead_to_sections(page):
    checker = checked(page)
    ids = [value for _, name, value in checker.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = {value[1:] for _, name, value in checker.attributes if name == "href"}
    assert links <= set(ids)
    assert {"flow", "loans", "checks", "groups", "receipts", "sources", "manifest"} <= links


def test_both_languages_stand_in_the_page(page):
    checker = checked(page)
    assert page.count('class="zh"') == page.count('class="en"') > 500
    han = re.compile("[\u4e00-\u9fff]")
    zh, en = "".join(checker.text["zh"]), "".join(checker.text["en"])
    assert len(han.findall(zh)) > 2000
    # What is said in English holds Chinese only where a source's or a user's own text does.
    assert len(han.findall(en)) < 0.01 * len(en)
    for text in ("茌平示例铝业", "范围一", "来源与许可", "融资碳"):
        assert text in zh
    for text in ("Chiping Example Aluminium", "scope 1", "Sources and licences", "Financed"):
        assert text in en


def test_the_reader_switches_without_a_script(page, results):
    assert re.search(r'id="show-zh" checked', page)
    assert re.search(r'id="show-en" checked', html(results, lang="en"))
    assert 'label for="show-en"' in page
    assert "#show-zh:checked ~ .page .en" in page


def test_numbers_of_the_account_stand_in_the_page(page, results):
    total = results.accounts[0].account.total().where(kind="emission", scope="1").iloc[0]
    from carbonmeter.report.numbers import with_u

    shown = with_u(total["co2e"], total["U"])
    assert f">{shown.value}</td>" in page
    assert f"± {shown.U} (k = 2)" in page
    whole = results.financed.by().iloc[0]
    financed = with_u(whole["financed_scope_1"], whole["U_financed_scope_1"])
    assert f"{financed.value} <span" in page
    assert "± includes what borrowers share" in page
    assert "U at most" not in page
    apart = replace(results.financed, components=[None] * 3)
    alone = html(replace(results, financed=apart))
    assert "± takes borrowers as independent; “U at most”" in alone
    assert "± includes what borrowers share" not in alone
    assert "+20 %" in page
    assert "−10 %" in page


def test_receipts_are_as_many_as_asked(results):
    few = html(results, receipts=5)
    lines = sum(min(5, len(named.account)) for named in results.accounts)
    assert few.count('class="receipt"') == lines
    account = results.accounts[0].account
    assert f"共 {len(account):,} 条，此处列出 5 条" in few


def test_the_same_run_gives_the_same_page(page, results):
    assert html(results) == page


def test_every_label_may_be_hostile(hostile):
    page = html(hostile)
    checker = checked(page)
    assert checker.faults == []
    assert "script" not in checker.tags
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 30
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(svg)


def test_pictures_are_well_formed(page):
    found = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(found) == 2
    for svg in found:
        tree = ElementTree.fromstring(svg)
        assert tree.attrib["viewBox"].startswith("0 0 1080 ")


def test_a_run_without_loans_names_or_checks_has_a_page(results):
    bare = Results("", "Bare", results.folder, results.accounts[:1])
    page = html(bare)
    assert checked(page).faults == []
    assert 'id="loans"' not in page
    assert "chiping-aluminium" in page
