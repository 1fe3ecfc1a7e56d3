"""Evidence: whether the files that rows name exist and are the files that were named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import Problem
from carbonmeter.tables.cells import Wrong
from carbonmeter.tables.checked import Checked

if TYPE_CHECKING:
    import pandas as pd

_SHA256 = re.compile("[0-9a-fA-F]{64}")


def check(activity: Checked, folder: Path | str) -> tuple[Problem, ...]:
    """A problem for each row whose evidence is absent from the folder or is another file.

    Parameters
    ----------
    activity : Checked
    folder : path            where the file names in `evidence` begin; nothing outside is opened
    """
    root = Path(folder).resolve()
    pairs, codes = _pairs(activity)
    verdicts = [_verdict(root, file, sha256) for file, sha256 in pairs]
    return tuple(_problems(activity, pairs, codes, verdicts))


def summary(activity: Checked, folder: Path | str | None = None) -> pd.DataFrame:
    """How many rows of each activity have evidence: `activity`, `rows`, `evidenced`, `missing`.

    A row is evidenced if it names a file with its hash; with a folder, if the file also agrees.
    """
    import pandas as pd

    pairs, codes = _pairs(activity)
    if folder is None:
        good = [bool(file) and bool(_SHA256.fullmatch(sha256)) for file, sha256 in pairs]
    else:
        root = Path(folder).resolve()
        good = [bool(file) and _verdict(root, file, sha256) is None for file, sha256 in pairs]
    kinds = activity.text("activity")
    evidenced = np.array([*good, False])[codes]
    rows = np.bincount(kinds.codes, minlength=len(kinds.labels))
    proven = np.bincount(kinds.codes[evidenced], minlength=len(kinds.labels))
    frame = pd.DataFrame(
        {"activity": kinds.labels, "rows": rows, "evidenced": proven, "missing": rows - proven}
    )
    return frame[frame["rows"] > 0].sort_values("activity", ignore_index=True)


def _pairs(activity: Checked) -> tuple[list[tuple[str, str]], NDArray[np.int64]]:
    """The distinct (file, hash) of the table and which of them each row has."""
    file, sha256 = activity.text("evidence"), activity.text("evidence_sha256")
    width = len(sha256.labels)
    found, codes = np.unique(
        file.codes.astype(np.int64) * width + sha256.codes, return_inverse=True
    )
    pairs = [(file.labels[at // width], sha256.labels[at % width]) for at in found.tolist()]
    return pairs, codes


def _verdict(root: Path, file: str, sha256: str) -> Wrong | None:
    if not file:
        return Wrong("a hash without a file", "name the file in evidence") if sha256 else None
    if "://" in file or PurePosixPath(file).is_absolute() or PureWindowsPath(file).drive:
        return Wrong("not a file inside the folder", "copy it there and write its name")
    path = (root / file.replace("\\", "/")).resolve()
    if not path.is_relative_to(root):
        return Wrong("a path that leaves the folder", "copy the file there and write its name")
    if not path.is_file():
        return Wrong("the file does not exist", f"put it into {root.name} or correct the name")
    if not sha256:
        return Wrong("no hash", f"write {_hash(path)} in evidence_sha256")
    if not _SHA256.fullmatch(sha256):
        return Wrong("the hash is not 64 hexadecimal digits", f"write {_hash(path)}")
    if _hash(path) != sha256.lower():
        return Wrong("the file is not the one whose hash was noted", "find the file that was noted")
    return None


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _problems(
    activity: Checked,
    pairs: list[tuple[str, str]],
    codes: NDArray[np.int64],
    verdicts: list[Wrong | None],
) -> Iterator[Problem]:
    wrong = np.array([verdict is not None for verdict in verdicts] + [False])
    for at in np.flatnonzero(wrong[codes]).tolist():
        verdict = verdicts[codes[at]]
        if verdict is not None:
            file, sha256 = pairs[codes[at]]
            column = "evidence" if file else "evidence_sha256"
            yield Problem(
                activity.source.name, int(activity.row[at]), column, file or sha256, *verdict
            )
