#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speed, memory and start of Bedrud beside what LiveKit's own server libraries make, side by side in one run.

`./quickstart bench` builds all it needs, runs this with --write docs/benchmarks.md, and takes about ten minutes on a
machine where nothing else runs. By hand: BEDRUD_BUILD or BEDRUD_PREFIX, LIVEKIT_SERVER, a Python with
tests/requirements.txt, Node with npm, Go, wrk, and the web servers.

Every web server of tests/lib/fronts.py runs at once with a Bedrud of its own; each is loaded in turn, round after
round, and the median of the rounds counts. Exit status: 0 every gate was reached and nothing was lost; 1 not so;
75 the machine is not quiet.
"""
import argparse
import contextlib
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

import measure  # noqa: E402
import page  # noqa: E402
import peers  # noqa: E402
import starts  # noqa: E402
import webhooks  # noqa: E402
from tests.lib import fronts  # noqa: E402
from tests.lib.fcgi import Pending, variables  # noqa: E402
from tests.lib.http import encode  # noqa: E402
from tests.lib.stack import PASSWORD, program  # noqa: E402

MANY_ROOMS = 200        # so that a few hundred come to each
EVENTS_PER_SECOND = 15000       # prepared; a run that sends them all ends early


class House:
    """Bedrud behind one web server, and what the loads need of it."""

    def __init__(self, name, front=None):
        self.name = name
        self.stack = s = (front or fronts.FRONTS[name])()
        s.sql("INSERT OR IGNORE INTO system_settings (id) VALUES (1)")
        s.sql("UPDATE system_settings SET max_rooms_per_user = 1000 WHERE id = 1")
        self.owner = s.account("Bench Owner")
        self.rooms = [s.room(self.owner) for _ in range(MANY_ROOMS)]
        s.join(self.owner, self.rooms[0]).must(200)
        # The media server has no part in what is measured.
        self.roots = [p.pid for n, p in s.processes.items() if n != "launcher"]
        self.is_cgi = name.endswith("cgi") and "fcgi" not in name

    def close(self):
        self.stack.close()

    def load(self, path, connections, seconds, **kw):
        return measure.load(self.roots, f"http://127.0.0.1:{self.stack.port}{path}", connections, seconds, **kw)

    def warm(self, load):
        """Loads with 64 connections until nothing stalls: statements are prepared, and threads and processes there, as
        far as this web server starts them. Returns the first of these."""
        rounds = []
        while len(rounds) < 6 and (not rounds or rounds[-1]["max"] > page.STALL_MS / 2):
            rounds.append(load(64, 1))
        return rounds[0]

    def join(self, connections, seconds):
        return self.load("/api/room/join", connections, seconds, token=self.owner.token,
                         body={"roomName": self.rooms[0]["name"]})

    def refresh(self, connections, seconds):
        return self.load("/api/room/refresh-token", connections, seconds, token=self.owner.token,
                         body={"roomName": self.rooms[0]["name"]})

    def guest(self, connections, seconds):
        return self.load("/api/room/guest-join", connections, seconds,
                         body={"roomName": self.rooms[0]["name"], "guestName": "Gast"})

    def login(self, connections, seconds):
        return self.load("/api/auth/login", connections, seconds,
                         body={"email": self.owner.email, "password": PASSWORD})

    def come_and_go(self, connections, seconds):
        """(participant_joined, participant_left): each event once, everybody who leaves has come before."""
        file = self.stack.dir / "requests"
        people = webhooks.people(self.rooms, EVENTS_PER_SECOND * seconds)
        webhooks.write(file, self.stack, "participant_joined", people)
        joined = self.load("/", connections, seconds, requests=file)
        webhooks.seat(self.stack, people)       # the others as well: leaving is faster than coming
        webhooks.write(file, self.stack, "participant_left", people)
        left = self.load("/", connections, seconds, requests=file)
        file.unlink()
        return joined, left

    def responders(self):
        return [p for p in measure.descendants(self.roots) if measure.executable(p).endswith(".fcgi")]

    def servers(self):
        return [p for p in measure.descendants(self.roots) if not measure.executable(p).endswith(".fcgi")]


class Run:
    def __init__(self, args):
        self.args, self.quiet = args, measure.Quiet(args.anyway)
        self.rows, self.facts, self.memory, self.start, self.burst, self.launcher = [], {}, {}, {}, {}, {}
        self.locked = 0

    def add(self, what, who, connections, results):
        """One row of the tables out of the same load's rounds."""
        middle = {k: statistics.median(r[k] for r in results)
                  for k in ("rate", "p50", "p99", "cpu_us", "responder_us", "server_us", "foreign", "stolen")}
        row = {"what": what, "who": who, "connections": connections, **middle, "worst": max(r["max"] for r in results),
               "failed": sum(r["failed"] for r in results), "requests": sum(r["requests"] for r in results),
               "rates": [round(r["rate"]) for r in results]}
        self.rows.append(row)
        print(page.console(row), flush=True)

    def rounds(self, loads):
        """loads: [(what, who, connections, function of connections and seconds)], in turn."""
        results = [[] for _ in loads]
        for _ in range(self.args.rounds):
            for (_, _, c, fn), r in zip(loads, results):
                self.quiet.wait()
                r.append(fn(c, self.args.seconds))
        for (what, who, c, _), r in zip(loads, results):
            self.add(what, who, c, r)

    def joins(self, houses, rivals):
        for h in [] if self.args.smoke else houses:
            self.burst[h.name] = h.warm(h.join)
        for c in self.args.connections:
            self.rounds([("join", h.name, c, h.join) for h in houses] +
                        [("token", p.name, c,
                          lambda c, s, p=p: measure.load(p.pids, p.url, c, s, body={"roomName": "a-room"}))
                         for p in rivals])

    def webhooks(self, houses):
        for h in houses:
            if not self.args.smoke:
                h.warm(lambda c, s, h=h: max(h.come_and_go(c, s), key=lambda r: r["max"]))
            for c in self.args.connections:
                self.quiet.wait()
                joined, left = h.come_and_go(c, self.args.seconds)
                self.add("participant_joined", h.name, c, [joined])
                self.add("participant_left", h.name, c, [left])

    def syncs(self, houses):
        """What it costs that an event is on disk when it is answered: in turn, at 16 connections, beside a house that
        syncs nothing."""
        c = 64 if self.args.smoke else 16
        for p in houses["left_normal"].responders():
            assert "unsynced.so" in pathlib.Path(f"/proc/{p}/maps").read_text(), "LD_PRELOAD got lost"
        results = {what: [] for what in houses}
        for h in houses.values():
            h.warm(lambda c, s, h=h: max(h.come_and_go(c, s), key=lambda r: r["max"]))
        for _ in range(self.args.rounds):
            for what, h in houses.items():
                self.quiet.wait()
                results[what].append(h.come_and_go(c, self.args.seconds)[1])
        for what, h in houses.items():
            self.add(what, h.name, c, results[what])
            self.locked += h.stack.logs(1 << 30).count("database is locked")

    def others(self, h):
        for what, fn, connections in (("guest", h.guest, self.args.connections),
                                      ("refresh", h.refresh, self.args.connections),
                                      ("login", h.login, [c for c in self.args.connections if c <= 16])):
            for c in connections:
                self.quiet.wait()
                self.add(what, h.name, c, [fn(c, self.args.seconds)])


def first_answer_ms(name, config, method, path, json=None, token=None, runs=40):
    """(median, worst) from exec of a responder to the whole of its first answer; the listening socket is there already,
    as with any web server."""
    times = []
    where = f"/tmp/bench-{id(times):x}.sock"
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
        pathlib.Path(where).unlink()
    return statistics.median(times), max(times)


def measure_start(run, house, rivals):
    s, body = house.stack, {"roomName": house.rooms[0]["name"]}
    run.quiet.wait()
    run.start["health.fcgi"] = first_answer_ms("health.fcgi", s.config, "GET", "/api/health")
    run.start["join.fcgi"] = first_answer_ms("join.fcgi", s.config, "POST", "/api/room/join", body, house.owner.token)
    for p in rivals:
        p.close()
        times = []
        for _ in range(5):
            times.append(p.start())
            p.close()
        p.start()
        run.start[p.name] = (statistics.median(times), max(times))


def note_memory(run, when, house, rivals):
    """Idle means ready: the programs run and have answered once."""
    names = {}
    for pid in house.responders():
        names.setdefault(measure.executable(pid), []).append(measure.private_dirty_mib([pid]))
    run.memory[when] = {"responders": names, house.name: measure.private_dirty_mib(house.servers()),
                        **{p.name: measure.private_dirty_mib(p.pids) for p in rivals}}


def everything(args):
    run = Run(args)
    with contextlib.ExitStack() as stack:
        rivals = [peers.PEERS[p]("APIbench", "a secret of more than thirty-two bytes") for p in args.peers]
        for p in rivals:
            stack.callback(p.close)
        houses = []
        for name in args.fronts:
            houses.append(House(name))
            stack.callback(houses[-1].stack.close)
        # Default settings, two processes of each responder; the other files start them in other numbers.
        first = next((h for h in houses if h.name == "lighttpd"), houses[0])
        run.facts = measure.facts(program("join.fcgi").parent, first.stack.dir)
        run.facts["Peers"] = ", ".join(p.version for p in rivals)
        note_memory(run, "idle", first, rivals)
        run.quiet.wait()
        if not args.smoke:
            measure_start(run, first, rivals)
        run.launcher = starts.measure_starts(first.stack, 2 if args.smoke else 31, run.quiet.wait)
        run.joins(houses, rivals)
        note_memory(run, "loaded", first, rivals)
        run.webhooks([h for h in houses if not h.is_cgi])
        with contextlib.closing(House("lighttpd", webhooks.Unsynced)) as unsynced:
            run.syncs({"left_full": first, "left_normal": unsynced})
        run.others(first)
    run.facts["Before each measurement"] = f"others used at most {run.quiet.worst:.0%} of the processors"
    return run


def names(known):
    def parse(text):
        wanted = [x for x in text.split(",") if x]
        for x in wanted:
            if x not in known:
                raise argparse.ArgumentTypeError(f"{x} is none of {', '.join(known)}")
        return wanted
    return parse


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--write", type=pathlib.Path, help="write the page here, and the plot beside it")
    p.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    p.add_argument("--page-of", type=pathlib.Path, help="measure nothing: write the page of figures kept by --json")
    p.add_argument("--anyway", action="store_true", help="although others use this machine; the page says so")
    p.add_argument("--seconds", type=int, default=3, help="of each load (3)")
    p.add_argument("--rounds", type=int, default=3, help="of the joins (3)")
    p.add_argument("--fronts", type=names(fronts.FRONTS), default=list(fronts.FRONTS),
                   help=f"of {','.join(fronts.FRONTS)}")
    p.add_argument("--peers", type=names(peers.PEERS), default=list(peers.PEERS), help=f"of {','.join(peers.PEERS)}")
    p.add_argument("--smoke", action="store_true",
                   help="does it work, are 64 connections served, is the launcher small: short, no peers, no timing")
    args = p.parse_args()
    args.connections = (1, 16, 64)
    if args.smoke:
        args.seconds, args.rounds, args.connections, args.peers, args.anyway = 1, 1, (64,), [], True
    if args.page_of:
        result = page.Result(**json.loads(args.page_of.read_text()))
    else:
        try:
            run = everything(args)
        except measure.Busy as e:
            print(f"bench: {e}", file=sys.stderr)
            return 75
        result = page.Result(run.rows, run.facts, run.memory, run.start, run.burst, args.seconds, args.rounds,
                             run.quiet.disturbed, run.launcher, run.locked)
    if args.json:
        args.json.write_text(json.dumps(vars(result), indent=1) + "\n")
    if args.write:
        page.write(result, args.write)
    gates = [*result.lost()[:1], *result.launcher_gates()[:1]] if args.smoke else result.gates()
    for g in gates:
        print(f"{'reached' if g.ok else 'MISSED '}  {g.name}: {g.seen}")
    return 0 if all(g.ok for g in gates) else 1


sys.exit(main())
