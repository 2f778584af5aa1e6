#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speed and memory, as ratios measured side by side in one run.

usage: bench.py [--seconds N] [--json FILE]

Join through lighttpd and join.fcgi (session, room, membership, bans, token) with 1, 16 and 64 connections, beside a Node server that only mints
a token with livekit-server-sdk; memory of all responders, idle and after 100,000 requests; time from exec to the first answer. Needs wrk, node with
npm, lighttpd, BEDRUD_BUILD or BEDRUD_PREFIX, LIVEKIT_SERVER. Ends with the gates; exit 1 when one is missed.
"""
import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.lib.fcgi import Pending, variables  # noqa: E402
from tests.lib.http import encode  # noqa: E402
from tests.lib.stack import RESPONDERS, Stack, free_port, poll, program  # noqa: E402

CONNECTIONS = (1, 16, 64)
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time of processes that live, their threads included."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def descendants(pid):
    found, todo = [], [pid]
    while todo:
        p = todo.pop()
        found.append(p)
        for task in pathlib.Path(f"/proc/{p}/task").iterdir():
            todo += [int(c) for c in (task / "children").read_text().split()]
    return found


def private_dirty_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise RuntimeError(f"no Private_Dirty for {pid}")


def responders(lighttpd):
    """pid of each responder process → its name."""
    names = {}
    for pid in descendants(lighttpd):
        name = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
        if name.endswith(".fcgi"):
            names[pid] = name
    return names


def load(port, path, connections, seconds, token, body, pids):
    env = dict(os.environ, BENCH_TOKEN=token, BENCH_BODY=json.dumps(body))
    before, start = cpu_seconds(pids), time.monotonic()
    p = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "10", "-s", HERE / "post.lua",
                        f"http://127.0.0.1:{port}{path}"], env=env, capture_output=True, text=True, timeout=seconds + 60)
    lines = [x for x in p.stdout.splitlines() if x.startswith("JSON ")]
    if p.returncode or not lines:
        raise RuntimeError(f"wrk: {p.stdout}{p.stderr}")
    r = json.loads(lines[0][5:])
    r["rate"] = r["requests"] / r["seconds"]
    r["cpu_us"] = (cpu_seconds(pids) - before) / max(r["requests"], 1) * 1e6
    r["took"] = time.monotonic() - start
    return r


class Node:
    def __init__(self, key, secret):
        cache = pathlib.Path(os.environ.get("BEDRUD_CACHE", "/tmp/bedrud-bench-node")) / "bench-node"
        cache.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", "server.mjs"):
            if (HERE / "node" / name).exists():
                (cache / name).write_bytes((HERE / "node" / name).read_bytes())
        if not (cache / "node_modules/livekit-server-sdk").exists():
            subprocess.run(["npm", "ci", "--silent"], cwd=cache, check=True)
        self.port = free_port()
        self.process = subprocess.Popen(["node", "server.mjs"], cwd=cache,
                                        env=dict(os.environ, PEER_PORT=str(self.port), PEER_KEY=key, PEER_SECRET=secret))
        poll("the Node peer", lambda: socket.create_connection(("127.0.0.1", self.port), 1))

    def close(self):
        self.process.terminate()
        self.process.wait(10)


def first_answer_ms(name, config, method, path, json=None, token=None, runs=40):
    """From exec of a responder to the whole of its first answer; the listening socket is there already, as with any web server."""
    times = []
    where = f"/tmp/bench-{os.getpid()}.sock"
    headers, body = encode(json, None, None, token, None, None)
    for _ in range(runs):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(where)
            listener.listen(16)
            start = time.monotonic()
            p = subprocess.Popen([program(name)], stdin=listener, env={"BEDRUD_CONFIG": str(config)})
            Pending(where, name, variables(method, path, headers, body), body or b"", False).finish().must(200)
            times.append((time.monotonic() - start) * 1000)
            p.terminate()
            p.wait(10)
        os.unlink(where)
    return statistics.median(times), max(times)


def measure(stack, seconds):
    out = {"join": {}, "node": {}}
    owner = stack.account("Bench Owner")
    room = stack.room(owner)
    lighttpd = stack.processes["lighttpd"].pid
    names = responders(lighttpd)
    assert sorted(set(names.values())) == sorted(f"{r}.fcgi" for r in RESPONDERS), names
    # Each responder has answered once by now or does so here, so that "idle" means ready, not asleep.
    out["processes"] = len(names)
    out["idle_mib"] = sum(map(private_dirty_kib, names)) / 1024
    body = {"roomName": room["name"]}
    stack.join(owner, room).must(200)
    peer = Node(stack.key, stack.secrets["livekit"])
    try:
        for c in CONNECTIONS:
            pids = descendants(lighttpd)
            out["join"][c] = load(stack.port, "/api/room/join", c, seconds, owner.token, body, pids)
            out["node"][c] = load(peer.port, "/", c, seconds, "", body, [peer.process.pid])
    finally:
        peer.close()
    done = sum(r["requests"] for r in out["join"].values())
    while done < 100000:
        done += load(stack.port, "/api/room/join", 16, seconds, owner.token, body, [lighttpd])["requests"]
    out["loaded_requests"] = done
    by_name = {}
    for pid, name in responders(lighttpd).items():
        by_name.setdefault(name, []).append(private_dirty_kib(pid) / 1024)
    out["loaded_mib"] = sum(map(sum, by_name.values()))
    out["loaded_by_name"] = by_name
    out["start_health_ms"] = first_answer_ms("health.fcgi", stack.config, "GET", "/api/health")
    out["start_join_ms"] = first_answer_ms("join.fcgi", stack.config, "POST", "/api/room/join", body, owner.token)
    return out


def report(r):
    print(f"\n{'':30}{'conn':>5}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'worst ms':>10}{'CPU us/req':>12}{'failed':>8}")
    for c in CONNECTIONS:
        for key, name in (("join", "join, lighttpd + join.fcgi"), ("node", "token only, Node")):
            x = r[key][c]
            print(f"{name:30}{c:5}{x['rate']:9.0f}{x['p50']:9.2f}{x['p99']:9.2f}{x['max']:10.1f}{x['cpu_us']:12.1f}{x['failed']:8}")
    print(f"\nresponders: {r['processes']} processes, Private_Dirty {r['idle_mib']:.1f} MiB idle, {r['loaded_mib']:.1f} MiB after "
          f"{r['loaded_requests']} requests")
    for name, sizes in sorted(r["loaded_by_name"].items()):
        print(f"  {name:14} {', '.join(f'{s:.2f}' for s in sizes)} MiB")
    for key, name in (("start_health_ms", "health"), ("start_join_ms", "join")):
        print(f"exec to first answer, {name}: {r[key][0]:.1f} ms (worst {r[key][1]:.1f})")


def gates(r):
    ratio = {c: r["join"][c]["rate"] / r["node"][c]["rate"] for c in CONNECTIONS}
    failed = sum(x["failed"] for x in r["join"].values())
    checks = [(f"join / Node at {c} connections >= 1.0", ratio[c] >= 1.0, f"{ratio[c]:.2f}") for c in (16, 64)]
    checks += [
        ("no join failed", failed == 0, str(failed)),
        ("all responders idle, two processes each <= 16 MiB", r["processes"] == 10 and r["idle_mib"] <= 16, f"{r['idle_mib']:.1f}"),
        ("exec to first answer <= 5 ms", max(r["start_health_ms"][0], r["start_join_ms"][0]) <= 5,
         f"{r['start_health_ms'][0]:.1f}, {r['start_join_ms'][0]:.1f}"),
    ]
    print()
    for name, ok, seen in checks:
        print(f"{'reached' if ok else 'MISSED '}  {name}: {seen}")
    return all(ok for _, ok, _ in checks)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--seconds", type=int, default=5, help="of each load (default 5)")
    p.add_argument("--json", help="also write the figures here")
    args = p.parse_args()
    stack = Stack()
    try:
        r = measure(stack, args.seconds)
    finally:
        stack.close()
    report(r)
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(r, indent=2) + "\n")
    return 0 if gates(r) else 1


sys.exit(main())
