"""First order against two judges, GTC and uncertainties, on a thousand random formulas.

The judges share no code with us nor with each other. Half of the formulas have inputs of finite
degrees of freedom, a quarter has correlated inputs.
"""

from __future__ import annotations

import math
import random
from typing import Any, NamedTuple

import GTC
import numpy as np
import pytest
from uncertainties import correlated_values, covariance_matrix, ufloat, umath

from carbonmeter.uncertainty import Uncertain, combine, combine_lines, correlated, covariance
from tests.trust.expressions import FLOATS, Node, formula

N, INPUTS, JOINT = 1000, 24, 6
OURS = {"exp": Uncertain.exp, "log": Uncertain.log, "sqrt": Uncertain.sqrt}
ERRORS = {"exp": umath.exp, "log": umath.log, "sqrt": umath.sqrt}
TREES = {"exp": GTC.exp, "log": GTC.log, "sqrt": GTC.sqrt}
MANY = 1e6  # GTC takes more degrees of freedom than these for infinite


class World(NamedTuple):
    """The same inputs as four kinds of number."""

    values: list[float]
    u: list[float]
    ours: list[Any]
    errors: list[Any]
    trees: list[Any]


def independent(rng: random.Random, finite: bool) -> World:
    values = [rng.choice((1, 1, 1, -1)) * math.exp(rng.uniform(-1.0, 1.6)) for _ in range(INPUTS)]
    u = [abs(value) * 10.0 ** rng.uniform(-3.0, -1.0) for value in values]
    dof = [rng.choice((2.0, 3.0, 9.5, 30.0, math.inf)) if finite else math.inf for _ in values]
    each = list(zip(values, u, dof, strict=True))
    return World(
        values,
        u,
        [Uncertain(*one) for one in each],
        [ufloat(value, spread) for value, spread, _ in each],
        [GTC.ureal(*one) for one in each],
    )


def with_correlations(rng: random.Random) -> World:
    """The first inputs have a full correlation matrix, made of three hidden causes."""
    world = independent(rng, finite=False)
    loads = np.array([[rng.uniform(-1.0, 1.0) for _ in range(3)] for _ in range(JOINT)])
    matrix = loads @ loads.T + np.diag([rng.uniform(0.05, 0.5) for _ in range(JOINT)])
    scale = np.sqrt(np.diag(matrix))
    r = matrix / np.outer(scale, scale)
    np.fill_diagonal(r, 1.0)
    values, u = world.values[:JOINT], world.u[:JOINT]
    trees = [GTC.ureal(v, s, independent=False) for v, s in zip(values, u, strict=True)]
    for i in range(JOINT):
        for j in range(i):
            GTC.set_correlation(r[i, j], trees[i], trees[j])
    return World(
        world.values,
        world.u,
        [*correlated(values, u, r), *world.ours[JOINT:]],
        [*correlated_values(values, r * np.outer(u, u)), *world.errors[JOINT:]],
        [*trees, *world.trees[JOINT:]],
    )


class Found(NamedTuple):
    """One formula and what it gives as each kind of number."""

    node: Node
    value: float
    ours: Any
    errors: Any
    trees: Any


def worked(world: World, rng: random.Random, count: int) -> list[Found]:
    found = []
    while len(found) < count:
        node = formula(rng, world.values, rng.choice((3, 4, 5, 6)))
        found.append(
            Found(
                node,
                node.worked(world.values, FLOATS),
                node.worked(world.ours, OURS),
                node.worked(world.errors, ERRORS),
                node.worked(world.trees, TREES),
            )
        )
    return found


@pytest.fixture(scope="module")
def parts() -> dict[str, tuple[World, list[Found]]]:
    rng = random.Random(20080930)
    worlds = {
        "exact": (independent(rng, finite=False), N // 4),
        "finite": (independent(rng, finite=True), N // 2),
        "joint": (with_correlations(rng), N // 4),
    }
    return {name: (world, worked(world, rng, n)) for name, (world, n) in worlds.items()}


def test_the_formulas_are_worth_judging(parts) -> None:
    found = [one for _, each in parts.values() for one in each]
    assert len(found) == N
    assert sum(len(one.node.uses()) >= 3 for one in found) > 0.7 * N
    text = "".join(str(one.node) for one in found)
    assert all(text.count(f"'{op}'") > 100 for op in ("+", "-", "*", "/", "**", "exp", "log"))


def test_values_and_u_are_those_of_both_judges(parts) -> None:
    for _, found in parts.values():
        for one in found:
            assert one.ours.value == pytest.approx(one.value, rel=1e-13)
            assert one.ours.u == pytest.approx(one.errors.std_dev, rel=1e-10), one.node
            assert one.ours.u == pytest.approx(GTC.uncertainty(one.trees), rel=1e-10), one.node


def test_degrees_of_freedom_are_those_of_gtc(parts) -> None:
    finite = 0
    for name in ("exact", "finite"):
        for one in parts[name][1]:
            wanted = GTC.dof(one.trees)
            if one.ours.u == 0.0:
                assert math.isnan(wanted)  # what is certain has no degrees of freedom to compare
            elif math.isinf(wanted):
                assert one.ours.dof > MANY
            else:
                finite += 1
                assert one.ours.dof == pytest.approx(wanted, rel=1e-8), one.node
    assert finite > 400


def test_degrees_of_freedom_of_correlated_inputs_are_not_made_up(parts) -> None:
    for one in parts["joint"][1]:
        if one.node.uses() & set(range(JOINT)) and any(s.dof is None for s in one.ours.parts):
            assert one.ours.dof is None


def test_covariances_between_results_are_those_of_both_judges(parts) -> None:
    for _, found in parts.values():
        for one, other in zip(found[::2], found[1::2], strict=True):
            matrix = np.array(covariance_matrix([one.errors, other.errors]))
            scale = one.ours.u * other.ours.u
            ours = covariance(one.ours, other.ours)
            assert ours == pytest.approx(matrix[0, 1], rel=1e-10, abs=1e-10 * scale)
            tree = GTC.get_covariance(one.trees, other.trees)
            assert ours == pytest.approx(tree, rel=1e-10, abs=1e-10 * scale)


@pytest.mark.parametrize("name", ["exact", "finite"])
def test_the_batch_engine_gives_the_u_of_both_judges(parts, name) -> None:
    """Every formula a group, every input a record; each slope cut into several lines."""
    world, found = parts[name]
    place = {id(variable): at for at, variable in enumerate(world.errors)}
    rng = random.Random(7)
    table = np.zeros((len(found), INPUTS))
    lines: list[tuple[float, int, int]] = []
    for group, one in enumerate(found):
        for variable, slope in one.errors.derivatives.items():
            record = place[id(variable)]
            table[group, record] = slope
            cut = [rng.uniform(-2.0, 2.0) * slope for _ in range(3)]
            lines += [(part, record, group) for part in (*cut, slope - math.fsum(cut))]
    rng.shuffle(lines)
    slopes, record, group = (np.array(column) for column in zip(*lines, strict=True))
    u = np.array(world.u)
    judged = np.array([one.errors.std_dev for one in found])
    np.testing.assert_allclose(combine(table, u).u, judged, rtol=1e-10)
    by_line = combine_lines(slopes, record, group, u, len(found))
    np.testing.assert_allclose(by_line.u, judged, rtol=1e-10)
    trees = [GTC.uncertainty(one.trees) for one in found]
    np.testing.assert_allclose(by_line.u, trees, rtol=1e-10)


def test_the_contribution_of_each_input_is_that_of_gtc(parts) -> None:
    world, found = parts["finite"]
    for one in found[:100]:
        components = [GTC.rp.u_component(one.trees, x) for x in world.trees]
        ours = [one.ours.parts.get(next(iter(x.parts)), 0.0) for x in world.ours]
        np.testing.assert_allclose(ours, components, rtol=1e-9, atol=1e-12 * one.ours.u)
        budget = combine(np.array([components]) / np.array(world.u), np.array(world.u))
        assert budget.u[0] == pytest.approx(one.ours.u, rel=1e-10)
        order = np.argsort(-np.abs(components), kind="stable")[: budget.record.size]
        assert budget.record.tolist() == order.tolist()
        np.testing.assert_allclose(budget.contribution, np.array(components)[order], rtol=1e-12)
