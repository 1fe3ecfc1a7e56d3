"""The words that the factor libraries are shown with, in Chinese and English."""

from __future__ import annotations

WORDS = {
    "library": ("因子库", "library"),
    "records": ("记录", "records"),
    "record": ("记录", "record"),
    "primary": ("原文", "primary"),
    "secondary": ("转录", "secondary"),
    "memory": ("记忆", "memory"),
    "conflicting": ("冲突", "conflict"),
    "licence": ("许可", "licence"),
    "hash": ("哈希", "hash"),
    "title": ("名称", "title"),
    "family": ("系列与版次", "family, edition"),
    "series": ("时间序列", "series"),
    "value": ("数值", "value"),
    "unit": ("单位", "unit"),
    "U (k=2)": ("U (k=2)", "U (k=2)"),
    "bounds": ("界限", "bounds"),
    "valid": ("有效期", "valid"),
    "published": ("发布", "published"),
    "confidence": ("可信度", "confidence"),
    "source": ("来源", "source"),
    "reason": ("原因", "reason"),
    "in_words": ("文字", "words"),
    "confidences": ("可信度 %", "confidence %"),
    "confidences_are": (
        "可信度：已读原文/转录/记忆/各转录互相矛盾",
        "confidence: text read/read in a transcription/from memory/transcriptions disagree",
    ),
    "codes": ("分类代码", "codes"),
    "any_time": ("不限", "any time"),
    "normal": ("正态", "normal"),
    "uniform": ("均匀", "uniform"),
    "triangular": ("三角", "triangular"),
    "lognormal": ("对数正态", "lognormal"),
    "not_stated": ("含义未说明", "meaning not stated"),
    "new data year": ("新数据年份", "new data year"),
    "method": ("方法", "method"),
    "GWP set": ("GWP 版本", "GWP set"),
    "correction": ("更正", "correction"),
    "boundary": ("边界", "boundary"),
    "retraction": ("撤回", "retraction"),
    "older": ("它取代的记录", "It replaced"),
    "newer": ("取代它的记录", "It was replaced by"),
    "values": ("同一序列的其他年份与版次", "The same series in other years and editions"),
    "parents": ("由下列记录算得", "Computed from"),
    "derived": ("下列记录由它算得", "Others are computed from it"),
    "said": ("文字规定", "In words"),
    "more": ("以及另外 {n} 条", "and {n} more"),
    "earlier": ("以及更早的 {n} 条", "and {n} earlier ones"),
    "total": (
        "共 {libraries} 个因子库、{records} 条记录（{shares}）；全库版本 {version}",
        "{libraries} libraries, {records} records ({shares}); version of all {version}",
    ),
    "statements": ("文字：另有 {n} 条文字规定", "words: {n} prescriptions in words beside them"),
    "asked": (
        "* 指南默认使用；其余按名选用。查找：carbonmeter factors find 无烟煤",
        "* guides choose from these; others are asked for by name. carbonmeter factors find WORDS",
    ),
    "found": (
        "显示 {shown} 条，共找到 {found} 条（全库 {records} 条，版本 {version}）",
        "{shown} shown of {found} found among {records} records; version {version}",
    ),
    "instead": ("没有“{word}”；按“{instead}”查找", "no record has {word!r}; looked for {instead}"),
    "nowhere": (
        "没有“{word}”，也没有相近的词；见 carbonmeter factors near",
        "no record has {word!r}, and no word is like it; try carbonmeter factors near",
    ),
    "not_together": (
        "没有一条记录同时含有各词（各词条数：{counts}）",
        "no record has all of the words (each by itself: {counts})",
    ),
    "nothing_like": ("没有与“{word}”相近的词", "nothing is like {word!r}"),
}


def word(key: str, lang: str) -> str:
    """One of the words in a language; what is not among them is itself."""
    found = WORDS.get(key)
    return found[0 if lang == "zh" else 1] if found else key
