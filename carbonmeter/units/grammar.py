"""The unit grammar: what a unit text may look like, decided before any unit library sees it.

A text is a product of named factors: `name` or `name^power`, joined by `*` or `·`, then divided
by further ones with `/`, each `/` taking the one factor behind it. `1` is a pure number. A name
may be counted in 万 or 亿, also printed as `10^4 `, `1e4 ` or `10⁴`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from carbonmeter.errors import near
from carbonmeter.units.definitions import OFFSETS, PRINTED_MYRIADS, SPELLINGS, Refusal
from carbonmeter.units.names import defined, refused, seldom_like

MAX_LENGTH = 64
MAX_FACTORS = 8
MAX_POWER = 6


class Term(NamedTuple):
    """One factor of a unit: a defined name, counted in 万 or 亿 or singly, to a power."""

    name: str
    myriad: str
    power: int


def _either(spellings: tuple[str, ...]) -> str:
    return "|".join(re.escape(s) + ("" if s in PRINTED_MYRIADS else " ?") for s in spellings)


_FACTOR = re.compile(
    rf"(?:(?P<wan>{_either(PRINTED_MYRIADS['万'])})|(?P<yi>{_either(PRINTED_MYRIADS['亿'])}))?"
    r"(?P<name>[^\s^*/·()+]+)(?:\^(?P<power>-?[0-9]+))?"
)


def terms_of(text: str) -> tuple[Term, ...] | Refusal:
    """The factors of a unit text, or why it is refused and what to write.

    Examples
    --------
    >>> terms_of("GJ/万Nm3")
    (Term(name='GJ', myriad='', power=1), Term(name='Nm3', myriad='万', power=-1))
    >>> terms_of("MWH")
    Refusal(rule='unknown unit', cure='did you mean MWh?')
    """
    read = _read(text)
    if isinstance(read, Refusal) and len(text) <= MAX_LENGTH:
        rewritten = _rewritten(text)
        if rewritten:
            return Refusal(read.rule, f"write {rewritten}")
    return read


def _read(text: str) -> tuple[Term, ...] | Refusal:
    if len(text) > MAX_LENGTH:
        return Refusal(
            f"unit text of {len(text)} characters; at most {MAX_LENGTH} are read",
            "write a unit such as t, GJ/t or 万Nm3",
        )
    if not text.strip():
        return Refusal("empty unit", "fill it in; write 1 for a pure number")
    if "**" in text:
        return Refusal("'**' is not read", "write a power as m^2, or by its name as m2")
    if "(" in text or ")" in text:
        return Refusal("parentheses are not read", "write kJ/kg/K for kJ/(kg*K)")
    pieces = re.split(r"([*·/])", text)
    if len(pieces) // 2 + 1 > MAX_FACTORS:
        return Refusal(f"more than {MAX_FACTORS} factors in a unit", "write a simpler unit")
    terms: list[Term] = []
    divided = False
    for i, piece in enumerate(pieces[::2]):
        joint = pieces[2 * i - 1] if i else "*"
        if divided and joint != "/":
            return Refusal(
                f"'{joint}' after '/' can be read in two ways",
                "write all products first, then one / before each divisor: kgCF4*d/t/min",
            )
        divided = joint == "/"
        if piece == "1" and i == 0:
            continue
        term = _term(piece, alone=piece == text)
        if isinstance(term, Refusal):
            return term
        terms.append(term._replace(power=-term.power) if divided else term)
    return _standing_alone(tuple(terms))


def _term(piece: str, alone: bool) -> Term | Refusal:
    what = "unknown unit" if alone else f"unknown unit {piece!r}"
    if not piece:
        return Refusal("a factor is missing beside an operator", "write a unit such as GJ/t")
    if refusal := refused(piece):
        return refusal
    match = _FACTOR.fullmatch(piece)
    if match is None:
        return Refusal(what, "write a unit such as t, GJ/t or 万Nm3, without spaces")
    myriad = "万" if match["wan"] else "亿" if match["yi"] else ""
    spelling = match["name"]
    power = int(match["power"] or 1)
    if refusal := refused(spelling):
        return refusal
    definition = defined(spelling)
    if definition is None:
        if spelling[0] in "0123456789":
            return Refusal(
                "a number inside a unit; only 1, 10^4 and 10^8 are read",
                "move the number to the quantity",
            )
        return Refusal(what, _nearest(spelling, myriad))
    if not 1 <= abs(power) <= MAX_POWER:
        return Refusal(
            f"power {power} of {spelling}; powers from 1 to {MAX_POWER} are read",
            "write a power such as m^2",
        )
    if myriad and not definition.counts:
        return Refusal(f"{spelling} is not counted in {myriad}", f"write {spelling}")
    return Term(definition.name, myriad, power)


def _standing_alone(terms: tuple[Term, ...]) -> tuple[Term, ...] | Refusal:
    scales = [term for term in terms if term.name in OFFSETS]
    if scales and (len(terms) > 1 or terms[0].power != 1):
        return Refusal(
            f"{scales[0].name} is a point on a scale and cannot be multiplied or divided",
            "write K for a difference of temperatures, as in kJ/kg/K",
        )
    return terms


def _nearest(spelling: str, myriad: str) -> str:
    seldom = seldom_like(spelling)
    same_letters = [s for s in (*SPELLINGS, *seldom) if s.casefold() == spelling.casefold()]
    found = (
        ", ".join(myriad + s for s in same_letters)
        or near(spelling, list(SPELLINGS))
        or near(spelling, seldom)
    )
    if found:
        return f"did you mean {found}?"
    return "write a unit of the list, such as t, GJ, MWh, 万Nm3, ha or CNY"


def _rewritten(text: str) -> str:
    """The same text in accepted spelling, where only its typing is at fault; else empty."""
    powers = text.translate({ord("²"): "^2", ord("³"): "^3"})
    plain = unicodedata.normalize("NFKC", text).strip()
    together = plain.replace(" ", "")
    candidates = (
        plain,
        together,
        powers,
        together.replace("**", "^"),
        together.replace("×", "*").replace("⋅", "*").replace("∙", "*").replace("∕", "/"),
        re.sub(r"(?<=[A-Za-z0-9])-(?=[A-Za-z0-9])", "", together),
        re.sub(r"(N2O|CO2|CH4)-([NC])(?![A-Za-z0-9])", r"\1_\2", together),
        together.replace("CO2eq", "CO2e").replace("CO2-eq", "CO2e"),
    )
    for candidate in candidates:
        if candidate != text and not isinstance(_read(candidate), Refusal):
            return candidate
    return ""
