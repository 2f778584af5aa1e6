# SPDX-License-Identifier: Apache-2.0
"""Fixtures of all Python tests. BEDRUD_BUILD or BEDRUD_PREFIX says where the programs are, LIVEKIT_SERVER the media
server."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from lib import egress  # noqa: E402
from lib.leaks import witness  # noqa: E402
from lib.stack import Stack  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also what takes minutes")


def pytest_collection_modifyitems(items):
    """The search for secrets comes last: it reads what all others left in logs."""
    items.sort(key=lambda i: "test_secrets" in i.nodeid or "test_leaks" in i.nodeid)


@pytest.fixture(scope="session")
def stack():
    """The whole house, with limits that no test meets by accident."""
    s = Stack()
    s.seen = witness(s)
    yield s
    s.close()


@pytest.fixture(scope="session")
def http(stack):
    return stack.http


@pytest.fixture(scope="session")
def ann(stack):
    """An account that tests only read with."""
    return stack.account("Ann Example")


@pytest.fixture(scope="session")
def ben(stack):
    return stack.account("Ben Example")


@pytest.fixture(scope="session")
def egress_program(tmp_path_factory):
    return egress.build(tmp_path_factory.mktemp("go"))


@pytest.fixture
def egress_worker(egress_program, tmp_path):
    """Starts an egress worker for a Redis and a LiveKit, or with a configuration of its own (a path)."""
    made = []

    def one(redis_port=0, livekit_port=0, key="", secret="", config=None):
        folder = tmp_path / f"egress{len(made)}"
        folder.mkdir()
        made.append(egress.Worker(folder, egress_program, config or {
            "redis": {"address": f"127.0.0.1:{redis_port}"}, "api_key": key, "api_secret": secret,
            "ws_url": f"ws://127.0.0.1:{livekit_port}"}))
        return made[-1]
    yield one
    for w in made:
        w.close()


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    server = egress.S3(tmp_path_factory.mktemp("s3"))
    yield server
    server.close()


@pytest.fixture(autouse=True)
def show_logs(request):
    """What the programs said while a test failed stands below the failure."""
    before = None
    if "stack" in request.fixturenames:
        stack = request.getfixturevalue("stack")
        before = {f: f.stat().st_size for f in (stack.dir / "log").iterdir()}
    yield
    report = getattr(request.node, "call_report", None)
    if before is not None and report is not None and report.failed:
        for f in sorted((stack.dir / "log").iterdir()):
            with open(f, "rb") as r:
                r.seek(before.get(f, 0))
                text = r.read().decode("utf-8", "replace")
            if text.strip():
                print(f"--- {f.name} during this test\n{text[-5000:]}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call":
        item.call_report = report
