"""How a record follows from others: a small grammar of arithmetic, read without running it.

    [fuel.ncv] * [fuel.cc] * [fuel.ox] * 44/12        1 - [anode.ash]        [direct] + [upstream]

A formula is made of ids in brackets, numbers, + - * / and parentheses. Units go along with the
values, so it contains no conversion; a number has no unit. `44/12` and its like also turn one
substance into another, as the ratio of their molar masses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.units.definitions import Refusal
from carbonmeter.units.exact import Dimension

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Number = NDArray[Any]  # float64 or complex128

MOST_LETTERS, MOST_PARENTS, DEEPEST = 1000, 32, 16
STEP = 1e-30  # relative; the complex step has no rounding, however small
# Ratios of integer molar masses: of what over per what. The element may be weighed as such or as
# that of the gas (N2O_N: nitrogen in nitrous oxide), so a ratio turns in one of two ways.
Turns = tuple[tuple[str, str], ...]
RATIOS: Mapping[tuple[str, str], Turns] = {
    ("44", "12"): (("CO2", "C"), ("CO2", "CO2_C")),
    ("12", "44"): (("C", "CO2"), ("CO2_C", "CO2")),
    ("16", "12"): (("CH4", "CH4_C"), ("CH4", "C")),
    ("12", "16"): (("CH4_C", "CH4"), ("C", "CH4")),
    ("44", "28"): (("N2O", "N2O_N"), ("N2O", "N")),
    ("28", "44"): (("N2O_N", "N2O"), ("N", "N2O")),
}
WAYS = (0, 1, None)  # which way ratios turn; None: they are plain numbers
CURE = "write ids in brackets, numbers, + - * / and parentheses: [a.ncv] * [a.cc] * 44/12"

_ID = re.compile(r"\[([^\[\]]*)\]")
_TOKEN = re.compile(
    r"\s*(?:\[(?P<parent>[0-9]+)\]|(?P<number>[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]{1,2})?)|(?P<sign>[-+*/()]))"
)
_INTEGER_BEHIND = re.compile(r"\s*/\s*([0-9]+)(?![0-9.e])")


class Step(NamedTuple):
    """One step of a formula in postfix order; `what` is parent, number, ratio, - alone, or a sign.

    `number` is the value of a number or ratio, or the place of a parent.
    """

    what: str
    number: float = 0.0
    turns: Turns = ()


class Form(NamedTuple):
    """A formula apart from which records it names; `n_parents` of them."""

    steps: tuple[Step, ...]
    n_parents: int

    def value(self, parents: Sequence[Number]) -> Number:
        """The formula at values of the parents in base units, one column for each."""
        stack: list[Any] = []
        with np.errstate(divide="ignore", invalid="ignore"):
            for step in self.steps:
                if step.what == "parent":
                    stack.append(parents[int(step.number)])
                elif step.what in ("number", "ratio"):
                    stack.append(step.number)
                elif step.what == "negative":
                    stack.append(-stack.pop())
                else:
                    right, left = stack.pop(), stack.pop()
                    stack.append(_arithmetic(step.what, left, right))
        return np.asarray(stack[0])

    def slopes(self, parents: Sequence[Column]) -> list[Column]:
        """What the value moves by per unit of each parent, all in base units; exact."""
        found = []
        for k, column in enumerate(parents):
            size = np.where(column == 0.0, 1.0, np.abs(column)) * STEP
            bent: list[Number] = [np.asarray(p) for p in parents]
            bent[k] = column + 1j * size
            moved = np.imag(self.value(bent)) / size
            found.append(np.asarray(np.broadcast_to(moved, column.shape), np.float64))
        return found

    def dimension(
        self, parents: Sequence[Dimension], way: int | None = 0
    ) -> dict[str, int] | Refusal:
        """The dimension of the result from those of the parents, or why there is none.

        Parameters
        ----------
        way : int, optional    in which of their ways 44/12 and its like turn a substance; None:
                               they are plain numbers
        """
        stack: list[dict[str, int]] = []
        for step in self.steps:
            if step.what == "parent":
                stack.append(dict(parents[int(step.number)]))
            elif step.what == "ratio" and way is not None:
                over, under = step.turns[way]
                stack.append({f"mass_of_{over}": 1, f"mass_of_{under}": -1})
            elif step.what in ("number", "ratio"):
                stack.append({})
            elif step.what != "negative":
                right, left = stack.pop(), stack.pop()
                if step.what in "+-" and left != right:
                    cure = "only values of one kind are added; write the factor between them"
                    return Refusal(f"adds {_kind(left)} and {_kind(right)}", cure)
                sign = {"*": 1, "/": -1}.get(step.what, 0)
                stack.append(_product(left, right, sign))
        return stack[0]


class Derivation(NamedTuple):
    """A formula with the ids of the records it names, each once."""

    form: Form
    parents: tuple[str, ...]


@lru_cache(maxsize=65536)
def derivation(text: str) -> Derivation | Refusal:
    """The formula in a text, or why it is refused and what to write.

    Examples
    --------
    >>> found = derivation("[coal.ncv] * [coal.cc] * 44/12")
    >>> found.parents, float(found.form.value([np.float64(20.0), np.float64(0.03)]))
    (('coal.ncv', 'coal.cc'), 2.1999999999999997)
    >>> derivation("[a] ** 2")  # doctest: +ELLIPSIS
    Refusal(rule='a value is missing before `*`', cure='write ids in brackets, ...)
    """
    if len(text) > MOST_LETTERS:
        return Refusal(f"a formula of {len(text)} letters; at most {MOST_LETTERS} are read", CURE)
    place: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        return f"[{place.setdefault(found[1].strip(), len(place))}]"

    form = _form(_ID.sub(numbered, text))
    if isinstance(form, Refusal):
        return form
    if "" in place:
        return Refusal("empty brackets", "write the id of a record in them")
    if not 1 <= len(place) <= MOST_PARENTS:
        rule = f"names {len(place)} records; from 1 to {MOST_PARENTS} are read"
        return Refusal(rule, "name the records that the value was computed from")
    return Derivation(form._replace(n_parents=len(place)), tuple(place))


@lru_cache(maxsize=4096)
def _form(text: str) -> Form | Refusal:
    """The steps of a formula whose records are numbered: [0] * [1]."""
    tokens = _tokens(text)
    if isinstance(tokens, Refusal):
        return tokens
    reader = _Reader(tokens)
    wrong = reader.sum(0)
    if wrong is None and reader.at < len(tokens):
        wrong = Refusal(f"{_called(tokens[reader.at])} stands where nothing can", CURE)
    return wrong or Form(tuple(reader.steps), 0)


def _called(token: Step) -> str:
    """A token in a message."""
    return f"`{token.what}`" if token.what in "+-*/()" else "another value"


def _tokens(text: str) -> list[Step] | Refusal:
    found: list[Step] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            return Refusal(f"`{text[at:].strip()[:12]}` cannot be read", CURE)
        at = match.end()
        if match["parent"]:
            found.append(Step("parent", float(match["parent"])))
        elif match["number"]:
            behind = _INTEGER_BEHIND.match(text, at)
            turns = RATIOS.get((match["number"], behind[1])) if behind else None
            if behind and turns and not (found and found[-1].what == "/"):
                ratio = float(match["number"]) / float(behind[1])
                found.append(Step("ratio", ratio, turns))
                at = behind.end()
            else:
                found.append(Step("number", float(match["number"])))
        else:
            found.append(Step(match["sign"]))
    return found


class _Reader:
    """Puts tokens into postfix order: products before sums, from left to right."""

    def __init__(self, tokens: list[Step]) -> None:
        self.tokens, self.at = tokens, 0
        self.steps: list[Step] = []

    def sum(self, depth: int) -> Refusal | None:
        if depth > DEEPEST:
            return Refusal(f"parentheses deeper than {DEEPEST}", "write a simpler formula")
        return self._chain("+-", lambda: self._chain("*/", lambda: self._one(depth)))

    def _chain(self, signs: str, part: Callable[[], Refusal | None]) -> Refusal | None:
        wrong = part()
        while wrong is None and (sign := self._next()) and sign in signs:
            self.at += 1
            wrong = part()
            self.steps.append(Step(sign))
        return wrong

    def _one(self, depth: int) -> Refusal | None:
        what = self._next()
        if what in ("parent", "number", "ratio"):
            self.steps.append(self.tokens[self.at])
            self.at += 1
            return None
        if what == "(":
            self.at += 1
            wrong = self.sum(depth + 1)
            if wrong is None and self._next() != ")":
                wrong = Refusal("a parenthesis is not closed", CURE)
            self.at += 1
            return wrong
        if what == "-" and depth <= DEEPEST:
            self.at += 1
            wrong = self._one(depth + 1)
            self.steps.append(Step("negative"))
            return wrong
        where = f"before `{what}`" if what else "at the end"
        return Refusal(f"a value is missing {where}", CURE)

    def _next(self) -> str:
        return self.tokens[self.at].what if self.at < len(self.tokens) else ""


class Derived(NamedTuple):
    """Derived records of one form: their places, and those of their parents, one row for each."""

    at: Index
    form: Form
    parents: Index


def derived_records(
    texts: Mapping[int, str], place: Mapping[str, int]
) -> tuple[list[Derived], dict[int, Refusal], dict[int, list[str]]]:
    """Records by the form of their formula.

    Parameters
    ----------
    texts : place of a record -> its formula
    place : id -> place of a record

    Returns
    -------
    the derived records whose parents are all there; of the others, why the text cannot be read, and
    which ids are not there
    """
    members: dict[Form, list[tuple[int, list[int]]]] = {}
    refused: dict[int, Refusal] = {}
    missing: dict[int, list[str]] = {}
    for at, text in texts.items():
        read = derivation(text)
        if isinstance(read, Refusal):
            refused[at] = read
            continue
        absent = [id_ for id_ in read.parents if id_ not in place]
        if absent:
            missing[at] = absent
        else:
            parents = [place[id_] for id_ in read.parents]
            members.setdefault(read.form, []).append((at, parents))
    found = [
        Derived(
            np.array([at for at, _ in each], dtype=np.int64),
            form,
            np.array([parents for _, parents in each], dtype=np.int64).T,
        )
        for form, each in members.items()
    ]
    return found, refused, missing


class Recomputed(NamedTuple):
    """What derived records come to, and how far they move with each parent, in their own units."""

    value: Column
    slopes: Column
    """float64[parents, records]"""


def recomputed(derived: Derived, values: Column, factors: Column) -> Recomputed:
    """Values and slopes of derived records from those of their parents.

    Parameters
    ----------
    values, factors : float64[record]    of all records: the value, and how many base units its
                                         unit is
    """
    parents = derived.parents
    base = [values[row] * factors[row] for row in parents]
    own = factors[derived.at]
    value = np.broadcast_to(derived.form.value(base), own.shape) / own
    slopes = np.stack(derived.form.slopes(base)) * factors[parents] / own
    return Recomputed(np.asarray(value, np.float64), slopes)


def half_digits(values: Column) -> Column:
    """Half a unit of the last digit of each number in its shortest form; of whole ones, 0.5.

    Examples
    --------
    >>> half_digits(np.array([26.7, 0.0153, 98300.0])).tolist()
    [0.05, 5e-05, 0.5]
    """
    exponents = [
        0 if value.is_integer() else int(Decimal(repr(value)).as_tuple().exponent)
        for value in values.tolist()
    ]
    return np.array([float(f"5e{exponent - 1}") for exponent in exponents], dtype=np.float64)


def _arithmetic(sign: str, left: Any, right: Any) -> Any:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    return left * right if sign == "*" else np.asarray(left) / right


def _product(left: dict[str, int], right: dict[str, int], sign: int) -> dict[str, int]:
    found = dict(left)
    for base, power in right.items() if sign else ():
        found[base] = found.get(base, 0) + sign * power
    return {base: power for base, power in found.items() if power}


def _kind(dimension: dict[str, int]) -> str:
    """A dimension in words, for a message."""
    over = [_named(base, power) for base, power in sorted(dimension.items()) if power > 0]
    under = [_named(base, -power) for base, power in sorted(dimension.items()) if power < 0]
    return "/".join(["*".join(over) or "1", *under]) if dimension else "a pure number"


def _named(base: str, power: int) -> str:
    name = base.replace("mass_of_", "mass of ").replace("_", " ")
    return name if power == 1 else f"{name}^{power}"


def kind(dimension: Dimension) -> str:
    """A dimension in words, for a message.

    Examples
    --------
    >>> kind((("mass_of_C", 1), ("normal_volume", -1)))
    'mass of C/normal volume'
    """
    return _kind(dict(dimension))
