# SPDX-License-Identifier: Apache-2.0
"""A responder that ends while its connections are kept: what was on its way is sent again, to the next one."""
import concurrent.futures
import contextlib
import os
import socket
import subprocess
import threading

from tests.lib.fronts import FRONTS
from tests.lib.stack import poll, program

ROUNDS, AT_ONCE = 10, 8


def test_nothing_is_lost_when_a_responder_ends():
    """Two processes on one socket, as `spawn-fcgi -F 2` makes them, are replaced in turn while people join."""
    with contextlib.ExitStack() as ends:
        stack = FRONTS["nginx"]()
        ends.callback(stack.close)
        ann = stack.account("Ann")
        room = stack.room(ann)
        path = stack.dir / "run/join.sock"
        path.unlink()
        listener = ends.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(path))
        listener.listen(256)
        os.chmod(path, 0o666)
        running = []

        def start():
            running.append(subprocess.Popen([program("join.fcgi")], stdin=listener,
                                            env={"BEDRUD_CONFIG": str(stack.config), "PATH": os.environ["PATH"]}))
        ends.callback(lambda: [(p.terminate(), p.wait(20)) for p in running])
        start()
        start()
        over, answers = threading.Event(), []

        def join_on():
            while not over.is_set():
                reply = stack.http.post("/api/room/join", json={"roomName": room["name"]}, token=ann.token)
                answers.append(reply.status)

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            people = [pool.submit(join_on) for _ in range(AT_ONCE)]
            try:
                for _ in range(ROUNDS):
                    start()
                    old = running.pop(0)
                    old.terminate()
                    assert old.wait(20) == 0
                    some = len(answers) + 100
                    poll("others are served", lambda: len(answers) >= some)
            finally:
                over.set()
            for p in people:
                p.result(60)
        assert set(answers) == {200}
