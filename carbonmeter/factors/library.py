"""FactorLibrary: an immutable stack of factor tables that answers requests."""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib import resources
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import FactorTableError, Problem, near
from carbonmeter.factors.bounds import lenders, with_lent_bounds
from carbonmeter.factors.columns import Values
from carbonmeter.factors.finding.find import Found, find
from carbonmeter.factors.finding.haystack import Haystack
from carbonmeter.factors.finding.nearest import Named, named_like, nearest
from carbonmeter.factors.finding.stored_haystack import words_of
from carbonmeter.factors.layer import DATES, LENT, Layer
from carbonmeter.factors.record import ANY, FIELDS, SOURCES
from carbonmeter.factors.resolving.resolve import Answer, Index, Request, misfit, resolve
from carbonmeter.factors.resolving.sequences import in_turn
from carbonmeter.factors.shipped import DEFAULT, SHIPPED
from carbonmeter.factors.stored import open_package, problems_between

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.factors.identity import Nodes
    from carbonmeter.factors.resolving.resolve_columns import Day, Resolved, Text
    from carbonmeter.factors.resolving.timetable import Records, Timetable
    from carbonmeter.tables.columns import Coded
    from carbonmeter.tables.reading import Readable


@dataclass(frozen=True, eq=False, repr=False)
class FactorLibrary:
    """Factor tables stacked on each other, the most specific on top; never changed once made.

    Examples
    --------
    >>> library = FactorLibrary.shipped("cn-grid")
    >>> wanted = Request("grid_national_average", "", "CN-SD", "", date(2022, 1, 1),
    ...                  date(2023, 1, 1), "tCO2/MWh", ("default",))
    >>> library.resolve([wanted])[0].value
    0.5366
    """

    stack: tuple[Layer, ...]

    @classmethod
    def open(
        cls, source: Readable, *, name: str | None = None, sheet: str | None = None
    ) -> FactorLibrary:
        """The library in a package folder, a release, or a user's table of measured values.

        Parameters
        ----------
        source : path or DataFrame       a release (.zip, or the folder it was unpacked into), a
                                         folder with datapackage.json, or a .csv, .xlsx or
                                         .parquet file or a frame with at least parameter, subject,
                                         site, valid_from, valid_to, value, unit and source
        name : str, optional             of the layer; for a table the name of its file
        sheet : str, optional            of a workbook

        Raises
        ------
        FactorTableError                 every problem of the table or package
        ReleaseError                     every record and file that is not as released
        """
        from carbonmeter.factors.measured import measured_layer
        from carbonmeter.factors.releases.archive import is_release

        if isinstance(source, str | os.PathLike) and is_release(Path(source)):
            from carbonmeter.factors.releases.verify import read_release

            return _stacked(read_release(Path(source)))
        if isinstance(source, str | os.PathLike) and Path(source).is_dir():
            return cls((open_package(Path(source)),))
        return cls((measured_layer(source, name=name, sheet=sheet),))

    @classmethod
    def shipped(cls, *names: str) -> FactorLibrary:
        """The libraries installed with the package, the first on top; all if none is named."""
        unknown = [name for name in names if name not in SHIPPED]
        if unknown:
            raise _unknown(unknown, SHIPPED, "no library of this name is shipped")
        return _stacked([_shipped(name) for name in dict.fromkeys(names or SHIPPED)])

    @classmethod
    def default(cls) -> FactorLibrary:
        """The stack that guides choose from, in the documented order."""
        return cls.shipped(*DEFAULT)

    def over(self, other: FactorLibrary) -> FactorLibrary:
        """A new library with this one stacked on the other.

        What of this one was opened from a release takes the place of the installed library of
        the same name.

        Raises
        ------
        FactorTableError                 if both use one id, or one parameter in two dimensions
        """
        pinned = {layer.name for layer in self.stack if layer.shipped and layer.release}
        return _stacked(
            [*self.stack, *(x for x in other.stack if not (x.shipped and x.name in pinned))]
        )

    def beside(self, *others: FactorLibrary) -> FactorLibrary:
        """A new library in which none of these is above another, as tables of one user are.

        Raises
        ------
        FactorTableError                 if two of them answer the same question, or do not fit
        """
        from carbonmeter.factors.checks import conflicts

        layers = [layer for library in (self, *others) for layer in library.stack]
        if problems := conflicts(layers):
            raise FactorTableError("two tables give one value, and neither is above", problems)
        return _stacked(layers)

    def select(self, names: Sequence[str]) -> FactorLibrary:
        """A user's own layers, on the shipped layers named, the first on top."""
        held = {layer.name: layer for layer in self.stack if layer.shipped}
        unknown = [name for name in names if name not in held]
        if unknown:
            raise _unknown(unknown, tuple(held), "the library has no such layer; stack it over one")
        own = [layer for layer in self.stack if not layer.shipped]
        return FactorLibrary((*own, *(held[name] for name in dict.fromkeys(names))))

    def with_bounds_from(self, other: FactorLibrary) -> FactorLibrary:
        """A new library whose defaults without bounds take the relative ones of the other's.

        The lender has the same parameter and subject; its id stands in the column `bounds_from`.
        Measured and supplied values borrow nothing: the range of a default is not theirs.
        """
        by_key = lenders(other.stack)
        return FactorLibrary(tuple(with_lent_bounds(layer, by_key) for layer in self.stack))

    def resolve(self, requests: Sequence[Request], as_of: date | None = None) -> list[Answer]:
        """The record that answers each request, and its value in the unit wanted.

        Parameters
        ----------
        requests : sequence of Request   best distinct; the parameter may be a sequence of series
                                         (`grid_national_as_known`): the first that answers does
        as_of : date, optional           answer as on this day: records published later do not
                                         answer, records replaced later still do

        Raises
        ------
        UnitError                        naming each record whose unit does not fit
        """
        return in_turn(requests, lambda asked: resolve(self._index, asked, as_of))

    def resolve_columns(
        self,
        *,
        parameter: Text,
        subject: Text = "",
        region: Text = "",
        site: Text = "",
        start: Day,
        end: Day,
        unit: Text,
        tiers: Sequence[str] | Coded,
        latest: bool | NDArray[np.bool_] = False,
        as_of: date | None = None,
    ) -> Resolved:
        """As `resolve`, for very many requests in columns; each argument one value or a column.

        Parameters
        ----------
        parameter, subject, region, site, unit : str, Coded or sequence of str
        start, end : date or datetime64[n]    first day, and the day after the last
        tiers : sequence of str               of all requests, best first; or a Coded column whose
                                              labels hold them with commas between: measured,default
        latest : bool or bool[n]
        as_of : date, optional

        Returns
        -------
        Resolved                              record: int64[n], -1 if none; value: float64[n]

        Raises
        ------
        UnitError                             as `resolve`
        """
        from carbonmeter.factors.resolving.resolve_columns import requests_of, resolve_columns

        texts = (parameter, subject, region, site, unit)
        asked = requests_of(texts, (start, end), tiers, latest)
        if as_of not in self._timetables:
            self._timetables[as_of] = self._deciding.timetable(as_of)
        timetable = self._timetables[as_of]
        return resolve_columns(timetable, asked, lambda wrong: misfit(self._index, wrong))

    def find(self, text: str) -> pd.DataFrame:
        """The records that have every word of `text`, in Chinese or English, the best first.

        Words are those of a record, their labels, and those of its library and source; words for
        the same count too, though less: 电力 and `grid`. A year finds what is valid in it.
        """
        return self.records.iloc[self.found(text).records].copy()

    def found(self, text: str) -> Found:
        """As `find`, without pandas: numbers of records, what each counts, how words were taken."""
        return find(self._haystack, text)

    def like(self, word: str) -> list[Named]:
        """The subjects, parameters, regions and gases called most like a word, best first."""
        return named_like(self.stack, word, self._haystack.names)

    def near(self, request: Request) -> str:
        """What the library holds nearest to a request that nothing answers; empty if nothing is."""
        return nearest(self.stack, request)

    @property
    def records(self) -> pd.DataFrame:
        """Every record in the order of its number, with its `layer`, `file` and `row`."""
        return self._records.copy(deep=False)

    def place(self, record: int) -> tuple[Layer, int]:
        """The layer of a record, and its row there."""
        depth = bisect_right(self._offsets, record) - 1
        return self.stack[depth], record - self._offsets[depth]

    def nodes(self, records: NDArray[np.int64]) -> Nodes:
        """Records as nodes: ids, series, parents and common causes, as columns.

        Parameters
        ----------
        records : int64[n]               numbers of records, as `resolve` gives them
        """
        from carbonmeter.factors.identity import nodes

        return nodes(self.stack, records)

    @cached_property
    def series(self) -> Values:
        """Of each record what it is a value of: the same text in each year and edition."""
        from carbonmeter.factors.identity import series

        return np.concatenate([series(layer) for layer in self.stack])

    def column(self, name: str) -> Values:
        """One column of `records`, without pandas: texts as objects, numbers, or days."""
        return np.concatenate([layer.columns[name] for layer in self.stack])

    @property
    def sources(self) -> pd.DataFrame:
        """The documents that the packages of the stack name, with their `layer`."""
        import pandas as pd

        names = ["layer", *(field.name for field in SOURCES.fields)]
        rows = [{"layer": layer.name, **source} for layer in self.stack for source in layer.sources]
        return pd.DataFrame(rows, columns=names)

    @cached_property
    def version(self) -> str:
        """SHA-256 of the content of all layers in their order: the same hash, the same answers."""
        return hashlib.sha256("".join(layer.version for layer in self.stack).encode()).hexdigest()

    @property
    def releases(self) -> tuple[str, ...]:
        """The releases that layers were opened from, as name@hash."""
        return tuple(dict.fromkeys(layer.release for layer in self.stack if layer.release))

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, top first."""
        return tuple(layer.name for layer in self.stack)

    @cached_property
    def sites(self) -> frozenset[str]:
        """The sites that have values of their own."""
        named = {site for layer in self.stack for site in layer.columns["site"].tolist()}
        return frozenset(named - {ANY})

    @cached_property
    def _offsets(self) -> list[int]:
        return [0, *accumulate(len(layer) for layer in self.stack)]

    @cached_property
    def _index(self) -> Index:
        return Index(self.stack)

    @cached_property
    def _deciding(self) -> Records:
        from carbonmeter.factors.resolving.timetable import Records

        return Records.of(self.stack)

    @cached_property
    def _timetables(self) -> dict[date | None, Timetable]:
        return {}

    @cached_property
    def _haystack(self) -> Haystack:
        return words_of(self.stack)

    @cached_property
    def _records(self) -> pd.DataFrame:
        import pandas as pd

        columns: dict[str, object] = {
            "layer": np.repeat(np.array(self.layers, dtype=object), [len(x) for x in self.stack])
        }
        for name in (*(field.name for field in FIELDS), LENT):
            column = np.concatenate([layer.columns[name] for layer in self.stack])
            columns[name] = column.astype("M8[s]") if name in DATES else column
        columns["file"] = np.concatenate([layer.file for layer in self.stack])
        columns["row"] = np.concatenate([layer.row for layer in self.stack])
        return pd.DataFrame(columns)

    def __len__(self) -> int:
        return sum(len(layer) for layer in self.stack)

    def __repr__(self) -> str:
        names = " over ".join(f"{layer.name} ({len(layer)})" for layer in self.stack)
        return f"<FactorLibrary {names}; {len(self)} records, version {self.version[:12]}>"

    def _repr_html_(self) -> str:
        from carbonmeter.factors.finding.catalogue import view

        return view(self.stack, self.version)


@cache
def _shipped(name: str) -> Layer:
    return open_package(Path(str(resources.files("carbonmeter.data").joinpath(name))), shipped=True)


def _stacked(layers: Sequence[Layer]) -> FactorLibrary:
    problems = problems_between(layers)
    if problems:
        names = " over ".join(layer.name for layer in layers)
        raise FactorTableError(f"{names}: layers that do not fit on each other", problems)
    return FactorLibrary(tuple(layers))


def _unknown(names: Sequence[str], known: Sequence[str], rule: str) -> FactorTableError:
    problems = []
    for name in names:
        hint = near(name, known)
        cure = f"did you mean {hint}?" if hint else f"known: {', '.join(known) or 'none'}"
        problems.append(Problem("", None, "library", name, rule, cure))
    return FactorTableError("no such library", problems)
