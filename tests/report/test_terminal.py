"""The terminal: numbers that are right, lines that fit, scopes that are never added."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from carbonmeter.accounts import account, compare
from carbonmeter.examples import example
from carbonmeter.factors import FactorLibrary
from carbonmeter.methods import METHODS
from carbonmeter.report import terminal
from carbonmeter.report.numbers import with_u
from carbonmeter.tables import read_activity


@pytest.fixture(scope="module")
def shown(results):
    return lambda capsys, lang: (terminal.show_results(results, lang), capsys.readouterr().out)[1]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_line_fits_in_a_hundred_columns(shown, capsys, lang):
    text = shown(capsys, lang)
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    assert "\x1b" not in text
    assert "…" not in re.sub(r"2024-01 … 2024-12", "", text), "nothing is cut"


def row(text, heading, name):
    """The cells of the line `name` below the line `heading`."""
    below = text[text.index(f" {heading} ") :]
    line = next(x for x in below.splitlines()[1:] if x.strip().startswith(name))
    return [part.strip() for part in re.split(r"\s{2,}", line.strip())]


def test_the_numbers_are_those_of_the_account(results, shown, capsys):
    text = shown(capsys, "en")
    frame = results.accounts[0].account.total("entity").frame()
    own = frame[(frame["entity"] == "chiping-aluminium") & (frame["kind"] == "emission")]
    names = {"1": "scope 1", "2-location": "scope 2, location", "2-market": "scope 2, market"}
    for scope, name in names.items():
        total = own[own["scope"] == scope].iloc[0]
        cells = row(text, "Chiping Example Aluminium", name)
        assert tuple(cells[1:3]) == with_u(total["co2e"], total["U"])
    guide, first = (row(text, "All entities", n) for n in ("Total as the guide", "scope 1"))
    assert guide[1:4] == first[1:4]


def test_chinese_says_the_same(results, shown, capsys):
    text = shown(capsys, "zh")
    total = results.accounts[0].account.total().where(kind="emission", scope="1").iloc[0]
    assert tuple(row(text, "全部主体", "范围一")[1:3]) == with_u(total["co2e"], total["U"])
    assert "清除量单列，不抵减排放。" in text
    assert "融资碳" in text


def test_no_printed_number_adds_scopes(results, shown, capsys):
    """The sum of scope 1 and either scope 2 is nowhere, for no entity and no bank."""
    text = shown(capsys, "en")
    frame = results.accounts[0].account.total("entity").frame()
    emission = frame[frame["kind"] == "emission"].pivot(
        index="entity", columns="scope", values="co2e"
    )
    sums = [emission["1"] + emission["2-location"], emission["1"] + emission["2-market"]]
    lenders = results.financed.by("lender")
    sums.append(lenders["financed_scope_1"] + lenders["financed_scope_2"])
    printed = {re.sub(r"\D", "", n) for n in re.findall(r"[0-9][0-9,]+", text)}
    for value in [v for column in sums for v in column.dropna() if v > 1000]:
        assert f"{value:.0f}" not in printed


def test_banks_have_scopes_apart_and_reductions_on_their_own(results, shown, capsys):
    text = shown(capsys, "en")
    whole = results.financed.by().iloc[0]
    cells = row(text[text.index("Financed emissions of the banks") :], "Bank", "Whole book")
    assert cells[1] == f"{whole['outstanding_cny'] / 1e8:.2f}"
    for text_, line in zip(cells[3:5], ("financed_scope_1", "financed_scope_2"), strict=True):
        pair = with_u(whole[line], whole[f"U_{line}"])
        assert text_ == f"{pair.value} ± {pair.U}"
    avoided = with_u(whole["avoided"], whole["U_avoided"])
    assert cells[6] == f"{avoided.value} ± {avoided.U}"


def test_checks_show_the_difference(shown, capsys):
    text = shown(capsys, "en")
    assert "+20 %" in text
    assert "−10 %" in text


def test_markup_and_control_codes_are_only_text(hostile, capsys):
    terminal.show_results(hostile, "en")
    assert "<script>alert('x')</script>" in capsys.readouterr().out
    terminal.show_fields({"name": "[red]x[/red]\x1b[31m"})
    out = capsys.readouterr().out
    assert "[red]x[/red]" in out
    assert "\x1b" not in out


def test_two_guides_side_by_side(capsys):
    rows = read_activity(example().activity)
    library = FactorLibrary.open(example().measured).over(FactorLibrary.default())
    both = [account(rows, library, guide=guide) for guide in ("cets", "ndrc")]
    terminal.show_comparison(compare(*both, "entity"), "cets", "ndrc")
    text = capsys.readouterr().out
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    assert "cets" in text
    assert "ndrc" in text


def test_loans_borrowers_methods_and_files_are_listed(results, capsys, tmp_path):
    terminal.show_finance(results.financed, "loan", "zh")
    assert "L001" in capsys.readouterr().out
    terminal.show_finance(results.financed, "borrower", "en")
    text = capsys.readouterr().out
    assert "chiping-aluminium" in text
    assert "± includes what borrowers share" in text
    terminal.show_methods(list(METHODS.values()), "zh")
    text = capsys.readouterr().out
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    assert "林木生物量碳储量变化（库差法" in text
    file = tmp_path / "a.txt"
    file.write_bytes(b"x" * 12_345)
    terminal.show_written([Path(file)], "en")
    assert "12 kB" in capsys.readouterr().out
    records = FactorLibrary.shipped("gwp-ar5").records
    terminal.show_table(records.loc[records["subject"] == "CF4", ["id", "value"]])
    assert "6630.0" in capsys.readouterr().out


def test_progress_is_silent_where_nobody_looks(capsys):
    with terminal.progress() as step:
        step(1, 2, "lines")
    assert capsys.readouterr().err == ""
