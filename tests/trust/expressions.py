"""Random formulas over shared inputs, that any kind of number can work out."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

# Arithmetic that all kinds of numbers share; exp, log and sqrt differ in spelling.
Functions = Mapping[str, Callable[[Any], Any]]
FLOATS: Functions = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt}
LARGEST = 1e4


class Node(NamedTuple):
    """An input (by position), a constant, or an operation on other nodes."""

    operation: str
    of: tuple[Any, ...]

    def worked(self, inputs: Sequence[Any], functions: Functions) -> Any:
        """The value of the formula for these inputs."""
        if self.operation == "input":
            return inputs[self.of[0]]
        if self.operation == "constant":
            return self.of[0]
        parts = [node.worked(inputs, functions) for node in self.of]
        if self.operation in functions:
            return functions[self.operation](parts[0])
        a, b = parts
        match self.operation:
            case "+":
                return a + b
            case "-":
                return a - b
            case "*":
                return a * b
            case "/":
                return a / b
        return a**b

    def uses(self) -> set[int]:
        """Positions of the inputs in it."""
        if self.operation == "input":
            return {self.of[0]}
        if self.operation == "constant":
            return set()
        return set().union(*(node.uses() for node in self.of))


def formula(rng: random.Random, values: Sequence[float], depth: int) -> Node:
    """A formula of at least one input, whose every step stays where it is defined and sizeable."""
    while True:
        node = _grown(rng, values, depth)
        if node.uses():
            return node


def _grown(rng: random.Random, values: Sequence[float], depth: int) -> Node:
    if depth == 0 or rng.random() < 0.08:
        if rng.random() < 0.12:
            return Node("constant", (round(rng.uniform(0.5, 4.0), 3),))
        return Node("input", (rng.randrange(len(values)),))
    while True:
        left, right = _grown(rng, values, depth - 1), _grown(rng, values, depth - 1)
        a = left.worked(values, FLOATS)
        b = right.worked(values, FLOATS)
        allowed = ["+", "-", "*"]
        allowed += ["/"] if abs(b) > 0.05 else []
        allowed += ["**"] if 0.05 < a < 20.0 and abs(b) < 3.0 and right.uses() else []
        if left.uses():
            allowed += ["log", "sqrt"] if a > 0.05 else []
            allowed += ["exp"] if abs(a) < 4.0 else []
        chosen = rng.choice(allowed)
        node = Node(chosen, (left,) if chosen in FLOATS else (left, right))
        if 1e-3 < abs(node.worked(values, FLOATS)) < LARGEST:
            return node
