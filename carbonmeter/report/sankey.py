"""A flow picture as inline SVG: nodes in columns, ribbons as wide as what flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from carbonmeter.report.bilingual import Both

WIDTH = 1080
COLUMNS = (300.0, 540.0, 770.0)
NODE = 12.0
LABEL, GAP = 19.0, 5.0
HAIRLINE = 0.6
TOP = 26.0


@dataclass(frozen=True)
class Node:
    """A box of a column: its label, the amount beside it, and the name of its colour."""

    key: str
    label: Both
    amount: Both
    colour: str


@dataclass(frozen=True)
class Flow:
    """An amount that goes from a node to a node of the next column."""

    source: str
    target: str
    value: float
    colour: str


@dataclass
class _Box:
    node: Node
    x: float
    y: float
    height: float
    used: dict[str, float] = field(default_factory=lambda: {"in": 0.0, "out": 0.0})


def picture(
    columns: Sequence[Sequence[Node]],
    flows: Sequence[Flow],
    scale: float,
    headings: Sequence[Both],
    title: Both,
) -> Markup:
    """The picture; every ribbon is `scale` times its amount wide, in units of the picture.

    Parameters
    ----------
    columns : nodes of two or three columns, from the top down
    flows : what goes from one column to the next
    scale : units of the picture per tonne; the picture is 1080 units wide
    headings : one for each column
    title : for readers who cannot see the picture
    """
    boxes, height = _placed(columns, flows, scale)
    parts = [
        _heading(x, i, text) for i, (x, text) in enumerate(zip(COLUMNS, headings, strict=False))
    ]
    order = {key: at for at, key in enumerate(boxes)}
    for flow in sorted(flows, key=lambda f: (order[f.source], order[f.target])):
        parts.append(_ribbon(boxes[flow.source], boxes[flow.target], flow, scale))
    last = len(columns) - 1
    for at, column in enumerate(columns):
        side = "left" if at == 0 else "right" if at == last else "middle"
        parts += [_box(boxes[node.key], side) for node in column]
    return Markup(
        '<svg class="flow" viewBox="0 0 {w} {h:.0f}" role="img" aria-label="{title}">{body}</svg>'
    ).format(w=WIDTH, h=height, title=title.to("both"), body=Markup("").join(parts))


def _placed(
    columns: Sequence[Sequence[Node]], flows: Sequence[Flow], scale: float
) -> tuple[Mapping[str, _Box], float]:
    """Boxes with their places; a column that is lower than the highest stands in its middle."""
    into: dict[str, float] = {}
    out: dict[str, float] = {}
    for flow in flows:
        out[flow.source] = out.get(flow.source, 0.0) + flow.value
        into[flow.target] = into.get(flow.target, 0.0) + flow.value
    size = {
        node.key: max(into.get(node.key, 0.0), out.get(node.key, 0.0)) * scale
        for column in columns
        for node in column
    }
    slots = [[max(size[node.key], LABEL) + GAP for node in column] for column in columns]
    tallest = max((sum(column) for column in slots), default=0.0)
    boxes: dict[str, _Box] = {}
    for x, column, slot in zip(COLUMNS, columns, slots, strict=False):
        y = TOP + (tallest - sum(slot)) / 2.0
        for node, room in zip(column, slot, strict=True):
            height = size[node.key]
            boxes[node.key] = _Box(node, x, y + (room - GAP - height) / 2.0, height)
            y += room
    return boxes, TOP + tallest


def _ribbon(source: _Box, target: _Box, flow: Flow, scale: float) -> Markup:
    width = flow.value * scale
    x0, x1 = source.x + NODE, target.x
    y0, y1 = source.y + source.used["out"], target.y + target.used["in"]
    source.used["out"] += width
    target.used["in"] += width
    drawn = max(width, HAIRLINE)
    bend = (x1 - x0) / 2.0
    path = (
        f"M{x0:.1f} {y0:.2f}C{x0 + bend:.1f} {y0:.2f} {x1 - bend:.1f} {y1:.2f} {x1:.1f} {y1:.2f}"
        f"V{y1 + drawn:.2f}"
        f"C{x1 - bend:.1f} {y1 + drawn:.2f} {x0 + bend:.1f} {y0 + drawn:.2f}"
        f" {x0:.1f} {y0 + drawn:.2f}Z"
    )
    text = Both(
        f"{source.node.label.zh} → {target.node.label.zh}",
        f"{source.node.label.en} → {target.node.label.en}",
    )
    return Markup(
        '<path class="ribbon {colour}" d="{path}"><title>{text}: {value:,.0f} t</title></path>'
    ).format(colour=flow.colour, path=path, text=text.to("both"), value=flow.value)


def _box(box: _Box, side: str) -> Markup:
    height = max(box.height, HAIRLINE)
    middle = box.y + height / 2.0 + 4.0
    x, anchor = {
        "left": (box.x - 8.0, "end"),
        "right": (box.x + NODE + 8.0, "start"),
        "middle": (box.x + NODE + 6.0, "start"),
    }[side]
    rect = Markup(
        '<rect class="node {c}" x="{x:.1f}" y="{y:.2f}" width="{w:.0f}" height="{h:.2f}"/>'
    ).format(c=box.node.colour, x=box.x, y=box.y, w=NODE, h=height)
    return rect + _text(x, middle, anchor, box.node.label, box.node.amount)


def _heading(x: float, at: int, text: Both) -> Markup:
    place, anchor = (x + NODE, "end") if at == 0 else (x, "start")
    return Markup("").join(
        Markup(
            '<text class="{lang} head" lang="{lang}" x="{x:.1f}" y="12"'
            ' text-anchor="{a}">{t}</text>'
        ).format(lang=lang, x=place, a=anchor, t=text.to(lang))
        for lang in ("zh", "en")
    )


def _text(x: float, y: float, anchor: str, label: Both, amount: Both) -> Markup:
    return Markup("").join(
        Markup(
            '<text class="{lang}" lang="{lang}" x="{x:.1f}" y="{y:.1f}" text-anchor="{a}">{t}'
            '<tspan class="amount" dx="7">{n}</tspan></text>'
        ).format(lang=lang, x=x, y=y, a=anchor, t=escape(label.to(lang)), n=amount.to(lang))
        for lang in ("zh", "en")
    )
