"""One setting for all tests: repeatable, offline, with compiled kernels."""

from __future__ import annotations

import logging
import socket
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no fault of the code
)
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def offline():
    """No test reaches beyond this machine; workers of a cluster on it may be spoken to."""
    connect = socket.socket.connect

    def refused(self, address):
        inet = self.family in (socket.AF_INET, socket.AF_INET6)
        if inet and not (address[0].startswith("127.") or address[0] == "::1"):
            raise RuntimeError(f"a test tried to reach {address}")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refused)
        yield


@pytest.fixture(scope="session")
def client(offline):
    """A client of a real cluster of two processes on this machine."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as found,
    ):
        yield found


@pytest.fixture(scope="session", autouse=True)
def warm_kernels(request):
    """Kernels are compiled before the first test that could use them is timed."""
    folders = {item.path.parent.name for item in request.session.items}
    if folders <= {"tests", "units", "tables"} or find_spec("carbonmeter.kernels") is None:
        return
    from carbonmeter.kernels import COMPILED_FROM, segment_sum, weighted_segment_sum

    values, index = np.ones(COMPILED_FROM), np.zeros(COMPILED_FROM, dtype=np.int64)
    segment_sum(values, index, 1)
    weighted_segment_sum(values, np.ones(1), index, index, 1)
