"""Every engine gives the same result, the first error, and no more than it was asked for."""

from __future__ import annotations

import threading
import time

import pytest

from carbonmeter.engine import Dask, InLine, Threads, run
from carbonmeter.errors import EngineError, TableError
from tests.engine.reductions import Dying, Failing, Interrupted, Sum

BLOCKS = [[n, n * n] for n in range(40)]
RESULT = (sum(map(sum, BLOCKS)), 40)


@pytest.fixture(params=["inline", "threads", "dask threads", "dask processes", "client", "address"])
def engine(request):
    made = {
        "inline": InLine,
        "threads": lambda: Threads(3),
        "dask threads": lambda: Dask("threads", 3),
        "dask processes": lambda: Dask("processes", 2),
    }
    if request.param in made:
        return made[request.param]()
    found = request.getfixturevalue("client")
    return Dask(found if request.param == "client" else found.scheduler.address)


def test_each_engine_gives_the_result_and_reports_each_block_once(engine):
    reports = []
    result = run(BLOCKS, Sum(), engine, lambda *report: reports.append(report))
    assert result == RESULT
    assert sorted(reports) == [(n, 40, "blocks") for n in range(1, 41)]


def test_the_first_error_is_raised_as_it_is_and_ends_the_run(engine, tmp_path):
    with pytest.raises(TableError) as found:
        run(([n] for n in range(400)), Failing(tmp_path, at=5), engine)
    assert type(found.value) is TableError
    assert found.value.problems[0].row == 7
    assert len(list(tmp_path.iterdir())) < 200


def test_no_block_is_no_result(engine):
    with pytest.raises(EngineError, match="E504: there is no block"):
        run([], Sum(), engine)


@pytest.mark.parametrize("on", [InLine(), Threads(2), Dask("threads", 2)], ids=str)
def test_an_interruption_ends_a_run_and_leaves_no_thread(on):
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run(BLOCKS, Interrupted(), on)
    assert threading.active_count() <= before


class Counting(Sum):
    """How many states are alive at most."""

    def __init__(self):
        self.alive = self.most = 0
        self.lock = threading.Lock()

    def partial(self, block):
        with self.lock:
            self.alive += 1
            self.most = max(self.most, self.alive)
        time.sleep(0.0005)
        return super().partial(block)

    def merge(self, one, other):
        with self.lock:
            self.alive -= 1
        return super().merge(one, other)


@pytest.mark.parametrize("on", [InLine(), Threads(3), Dask("threads", 3)], ids=str)
def test_only_a_few_states_are_alive_at_a_time(on):
    counting = Counting()
    assert run(([n] for n in range(300)), counting, on)[1] == 300
    assert counting.most <= 10 * on.workers  # log2(300 blocks) and one in work


def test_blocks_are_taken_as_workers_become_free():
    taken = []

    def blocks():
        for n in range(50):
            taken.append(n)
            yield [n]

    class Watching(Sum):
        ended = 0

        def partial(self, block):
            assert len(taken) <= self.ended + 2
            time.sleep(0.001)
            Watching.ended += 1
            return super().partial(block)

    run(blocks(), Watching(), Threads(2))


def test_a_killed_process_is_replaced_and_the_result_is_the_same(tmp_path):
    assert run(BLOCKS, Dying(tmp_path, at=20), Dask("processes", 2)) == RESULT
    assert (tmp_path / "died-0").exists()


def test_processes_that_die_again_and_again_are_one_clear_error(tmp_path):
    with pytest.raises(EngineError, match=r"E504: a worker process was lost 3 times.*memory"):
        run(BLOCKS[:4], Dying(tmp_path, at=1, times=99), Dask("processes", 1))


def test_a_killed_worker_of_a_cluster_is_replaced_and_the_result_is_the_same(client, tmp_path):
    assert run(BLOCKS, Dying(tmp_path, at=20), Dask(client)) == RESULT
    assert (tmp_path / "died-0").exists()


def test_nobody_at_the_address_is_said_so(monkeypatch):
    monkeypatch.setattr("carbonmeter.engine.dask_cluster.PATIENCE", "1s")
    with pytest.raises(
        EngineError, match=r"no scheduler answers at tcp://127.0.0.1:9.*dask worker"
    ):
        run(BLOCKS, Sum(), Dask("tcp://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Dask("thread"), "no scheduler 'thread'; write threads, processes or the address"),
        (lambda: Dask("threads", 0), "0 workers"),
        (lambda: Dask("tcp://127.0.0.1:9", 3), "has the workers that it has"),
        (lambda: run(BLOCKS, Sum(), Threads(0)), "0 workers"),
    ],
)
def test_what_cannot_be_meant_is_refused(make, says):
    with pytest.raises(EngineError, match=f"E504: .*{says}"):
        make()
