# SPDX-License-Identifier: Apache-2.0
"""The page and the plot made of a run's figures."""
import dataclasses
import html
import pathlib

FRONTS = {"lighttpd": "lighttpd", "nginx": "nginx", "nginx-unkept": "nginx, none kept",
          "apache2": "Apache, mod_fcgid",
          "apache2-proxy": "Apache, mod_proxy_fcgi", "cgi": "plain CGI"}
WHAT = {"join": "join", "guest": "guest join", "refresh": "token refresh",
        "participant_joined": "webhook, participant_joined",
        "participant_left": "webhook, participant_left", "login": "login",
        "left_full": "participant_left, on disk when it is answered (FULL)",
        "left_normal": "participant_left, not synced (as NORMAL)"}
LEFT_MS = 2000          # no webhook may wait longer at 16 connections
STALL_MS = 1000         # an answer that took longer, with 64 connections, was held by something
# mod_fcgid 2.3.9 sleeps one second before it asks for a further process, whatever responders do, and a second one when
# another request took that (fcgid_bridge.c). No setting of its changes that: with FcgidMinProcessesPerClass 64 and all
# scores 0, or with twice the processes, 64 connections still met it (1,021 and 1,022 ms).
NAP_MS = {"apache2": 2000}
NODE = "Node, livekit-server-sdk"
CGI = "cgi"             # a program for each request: its time is its parent's when it has ended
# Bedrud's Go server, measured by others on another machine (two cores, loopback): what it did there, beside what this
# Node peer did there.
# Requests per second at 16 connections, and CPU microseconds per request.
ELSEWHERE = {"join": (2588, 480), "refresh": (5514, 225), "participant_left": (4251, 230), NODE: (17546, 59)}


@dataclasses.dataclass
class Gate:
    name: str
    ok: bool
    seen: str


def label(row):
    who = FRONTS.get(row["who"], row["who"])
    return f"{who}: token only" if row["what"] == "token" else f"{WHAT[row['what']]}, {who}"


def console(row):
    return (f"{label(row):52}{row['connections']:4}{row['rate']:9.0f}/s  p50 {row['p50']:7.2f}  p99 {row['p99']:7.2f}"
            f"  worst {row['worst']:7.1f} ms"
            f"  CPU {row['cpu_us']:7.1f} us  failed {row['failed']}")


@dataclasses.dataclass
class Result:
    rows: list
    facts: dict
    memory: dict
    start: dict
    burst: dict         # by web server: its first second, with 64 connections
    seconds: int
    rounds: int
    disturbed: int      # measurements that began while others used the processors
    launcher: dict = dataclasses.field(default_factory=dict)    # of starts.py
    locked: int = 0     # log lines that say so of the database

    def get(self, what, who, connections):
        return next((r for r in self.rows if (r["what"], r["who"], r["connections"]) == (what, who, connections)), None)

    def lost(self):
        """Nothing may be lost, on any web server, by any load."""
        failed = sum(r["failed"] for r in [*self.burst.values(), *self.rows] if r.get("what") != "token")
        return [Gate("no request lost, on any web server", failed == 0,
                     f"{failed} of {sum(r['requests'] for r in self.rows):,}"), *self.stalled()]

    def stalled(self):
        """mod_fcgid apart, so that its figure is seen."""
        slow = [r for r in self.rows if r["connections"] == 64 and r["what"] != "token"]
        for rows, name in (([r for r in slow if r["who"] not in NAP_MS], "none stalled with 64 connections"),
                           ([r for r in slow if r["who"] in NAP_MS], "behind mod_fcgid, which itself waits one or two "
                            "seconds before it starts a process")):
            if rows:
                worst = max(rows, key=lambda r: r["worst"])
                most = STALL_MS + NAP_MS.get(worst["who"], 0)
                yield Gate(f"{name}: worst answer ≤ {most} ms", worst["worst"] <= most,
                           f"{worst['worst']:.0f} ms ({label(worst)})")

    def sync_gates(self):
        full = next((r for r in self.rows if r["what"] == "left_full"), None)
        if not full:
            return []
        return [Gate(f"participant_left on disk, {full['connections']} connections: worst answer ≤ {LEFT_MS} ms",
                     full["worst"] <= LEFT_MS, f"{full['worst']:.0f} ms at {full['rate']:,.0f}/s"),
                Gate("no \"database is locked\" in any log", self.locked == 0, str(self.locked))]

    def responders_mib(self, when):
        return sum(map(sum, self.memory[when]["responders"].values()))

    def launcher_gates(self):
        m = self.launcher
        if not m:
            return []
        ratio = m["ms"] / m["by_hand_ms"]
        return [Gate("private memory of livekit-launcher ≤ 4 MiB", m["mib"] <= 4, f"{m['mib']:.2f} MiB"),
                Gate("start of LiveKit to ready, by livekit-launcher ÷ by hand ≤ 1.1", ratio <= 1.1, f"{ratio:.2f}")]

    def gates(self):
        out = self.lost()
        out.append(Gate("the machine was ours alone", self.disturbed == 0, f"{self.disturbed} measurements disturbed"))
        for front in ("lighttpd", "nginx"):
            for c in (16, 64):
                join, node = self.get("join", front, c), self.get("token", NODE, c)
                if join and node:
                    ratio = join["rate"] / node["rate"]
                    out.append(Gate(f"join behind {front} at {c} connections ÷ Node that only mints a token ≥ 1.0",
                                    ratio >= 1, f"{ratio:.2f}"))
        idle = self.responders_mib("idle")
        out.append(Gate("private memory of all responders, idle, two processes each ≤ 16 MB", idle <= 16,
                        f"{idle:.1f} MiB"))
        if self.start:
            first = max(self.start[n][0] for n in ("health.fcgi", "join.fcgi"))
            out.append(Gate("exec of a responder to its first answer ≤ 5 ms", first <= 5, f"{first:.1f} ms"))
        return out + self.sync_gates() + self.launcher_gates()


# --- Markdown -------------------------------------------------------------------------------------------------------

def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    return "\n".join(out + ["| " + " | ".join(map(str, r)) + " |" for r in rows]) + "\n"


def figure(v):
    return f"{v:,.0f}" if v >= 100 else f"{v:.1f}" if v >= 10 else f"{v:.2f}"


HEAD = ["", "connections", "req/s", "p50 ms", "p99 ms", "worst ms", "CPU µs", "of it responder", "failed"]


def loads(result, keep):
    rows = []
    for r in filter(keep, result.rows):
        responder = figure(r["responder_us"]) if r["what"] != "token" and r["who"] != CGI else "–"
        rows.append([label(r), r["connections"], f"{r['rate']:,.0f}", figure(r["p50"]), figure(r["p99"]),
                     figure(r["worst"]), figure(r["cpu_us"]),
                     responder, r["failed"]])
    return table(HEAD, rows)


def spread(result):
    """How far the rounds of one load lay apart, at most."""
    far = [max(r["rates"]) / max(min(r["rates"]), 1) - 1 for r in result.rows if len(r["rates"]) > 1]
    return f"{max(far):.0%}" if far else "–"


def estimates(result):
    """Bedrud's Go server is not here; what we can say goes by way of the Node peer, which both machines ran."""
    node = result.get("token", NODE, 16)
    rows = []
    for what in ("join", "refresh", "participant_left"):
        mine = result.get(what, "lighttpd", 16)
        if not mine or not node:
            continue
        (go, go_us), (there, there_us) = ELSEWHERE[what], ELSEWHERE[NODE]
        rows.append([WHAT[what], f"{mine['rate'] / node['rate']:.2f}", f"{go / there:.2f}",
                     f"{mine['rate'] / node['rate'] / (go / there):.1f} ×",
                     f"{go_us / there_us / (mine['cpu_us'] / node['cpu_us']):.1f} ×"])
    return table(["", "ours ÷ Node, here", "Go server ÷ Node, there", "so about", "and for the same CPU"], rows)


def bursts(result):
    return table(["join", "req/s", "p50 ms", "p99 ms", "worst ms", "failed"],
                 [[FRONTS.get(k, k), f"{r['rate']:,.0f}", *(figure(r[x]) for x in ("p50", "p99", "max")), r["failed"]]
                  for k, r in result.burst.items()])


def memory(result):
    rows = []
    idle, loaded = result.memory["idle"], result.memory["loaded"]
    rows.append([f"all responders ({sum(map(len, idle['responders'].values()))} processes)",
                 figure(result.responders_mib("idle")), figure(result.responders_mib("loaded"))])
    for name in sorted(idle["responders"]):
        rows.append([f"{name} ({len(idle['responders'][name])})",
                     *(" + ".join(figure(x) for x in m["responders"][name]) for m in (idle, loaded))])
    rows += [[FRONTS.get(k, k), figure(v), figure(loaded[k])] for k, v in idle.items() if k != "responders"]
    return table(["Private_Dirty, MiB", "idle", "after the joins"], rows)


def launcher(result):
    """A start of LiveKit, by us and by hand."""
    m = result.launcher
    if not m:
        return ""
    return f"""
## LiveKit's start

{table([f"from exec, ms; {m['rounds']} starts each, in turn", "median", "worst"],
       [["livekit-launcher, to ready", figure(m["ms"]), figure(m["worst_ms"])],
        ["livekit-server by hand with the same file, to ready", figure(m["by_hand_ms"]),
         figure(m["by_hand_worst_ms"])]])}
Ready means that a signed call has succeeded; the launcher has also seen that its process holds its ports. Its own
private memory while LiveKit runs: {figure(m["mib"])} MiB.
"""


def cost(result):
    """Where a join's processor time goes, behind each web server."""
    rows = []
    for r in result.rows:
        if r["what"] == "join" and r["connections"] == 16:
            parts = ["–", "–"] if r["who"] == CGI else [figure(r["responder_us"]), figure(r["server_us"])]
            rows.append([FRONTS.get(r["who"], r["who"]), figure(r["cpu_us"]), *parts])
    return table(["µs of processor time per join, 16 connections", "all", "responder", "web server"], rows)


def page(result, plot):
    noisy = "" if not result.disturbed else (
        f"\n**{result.disturbed} measurements began while others used this machine: no figure here is to be relied "
        "upon.**\n")
    ran = table(["What ran", ""], result.facts.items()).replace("---:", "---")
    gates = table(["Gate", "seen", ""], [[g.name, g.seen, "reached" if g.ok else "**missed**"] for g in result.gates()])
    foreign = max(r["foreign"] for r in result.rows)
    stolen = max(r["stolen"] for r in result.rows)
    return f"""# Benchmarks

Written by `./quickstart bench`; every figure comes from one run, except where it says otherwise. Read ratios, not
absolutes: the load generator, the web server and the programs share the same processors.
{noisy}
![Joins per second, processor time and slowest answers beside servers that only mint a token]({plot})

## What is measured

- **join** is the whole of `POST /api/room/join` through a web server: session check, room, ban and admission looked
  up, a token signed. It is a repeated join, which writes nothing. The **peers** are the smallest servers that LiveKit's
  own libraries make (`tests/bench/`, `tests/tools/gotoken/peer`): they parse the body and mint a token. No session, no
  room, no database, no web server in front.
- **guest join** makes a new guest each time: an account, an admission and a session on disk. **token refresh** looks up
  as a join does and counts against a rate limit (a write).
- **webhook**: each event has its own id and signature. participant_joined takes a seat; participant_left gives it back.
  Each is on disk (fdatasync) before it is answered. What that costs shows beside responders whose syncs are answered at
  once (`tests/bench/unsynced.c`), which is what SQLite's synchronous=NORMAL does at a commit: in turn, the median of
  {result.rounds} rounds.
- **login**: one password hash, and a session on disk.
- Every web server uses its file in `etc/`, with the server's own defaults around it and what the file's head advises.
  Joins: the median of {result.rounds} rounds of {result.seconds} s in turn (the rounds of one load differed by
  {spread(result)} at most); the others: one load of {result.seconds} s each. Latencies are wrk's, corrected for
  coordinated omission. Plain CGI starts a program for each request; it is not in the plot. **CPU** is user and system time of web server and responders together, per request. **failed**
  counts connections that broke, answers other than 2xx and 3xx, and those that took more than 10 s.
  Apache breaks connections by itself when all threads of a child are busy: with Debian's 25 threads 416 of 187,066
  requests were lost, with 64 in one child 132 of 73,593, with 128 none. So it has 128, as its file's head advises.

{ran}
During the loads others used at most {foreign:.1%} of the processors, and the host of a virtual machine took at most
{stolen:.1%}.

## Gates

{gates}
## Join

{loads(result, lambda r: r["what"] in ("join", "token"))}
The first second after the start, 64 connections at once (not in the table above): what isn't there yet must be started.

{bursts(result)}
## What a join costs

{cost(result)}
{COST}
## The other requests

{loads(result, lambda r: r["what"] not in ("join", "token"))}
## Beside Bedrud's Go server

Bedrud's own server in Go does not run here. Others measured it on another machine with two cores, and there the same
Node peer, so only an estimate by way of that peer can be made: how many times as fast, and with how much less processor
time. Its join was asked directly, without a web server in front; its participant_left was not on disk when it was
answered.

{estimates(result)}
## Memory and start

{memory(result)}
{table(["from exec, ms", "median", "worst"], [[k, figure(m), figure(w)] for k, (m, w) in result.start.items()])}
A responder's start ends with the whole of its first answer (the database opened, statements prepared), a peer's with
the first connection taken.
{launcher(result)}"""


# Measured by hand, not by this script: what a profile says changes only with the code.
COST = """The floor, in one process on another machine: a token signed 0.6 µs, a primary-key look-up in SQLite 1.1 µs, a join of
four tables 2.4 µs. A join needs two signatures (the session's is verified), eight look-ups in one read transaction, and
two JSON objects parsed: some 15 µs before anything is sent or received.

Counted with callgrind (300 joins, one at a time, 2026-11-26): **197,500 instructions** in join.fcgi, from 306,000 at first
and 208,000 a day before. What went: json-c's parser and what made up for its laxness (29,000), base64 and JSON text by
comparisons (17,000), the C library's calendar and printf (11,000), a token's payload encoded in pieces (6,000), times and
JSON texts (5,000); before that sorting recordings where there are none (23,000), printf for numbers (8,000), the search
for CGI variables (6,000), copies of the reply (3,000). Suspensions and bans are one look-up more (8,000). (Without the
processor's SHA instructions, which valgrind lacks: 57,000 of these are SHA-256.) The system calls: accept with two signal
masks, read, two stat (the database, the launcher's status), two locks of SQLite, write, close; on a connection that nginx
keeps, epoll_ctl and epoll_wait in place of accept and close. A repeated join writes nothing.

With a connection for each request (lighttpd, nginx with none kept) 60% of a responder's time is the kernel's, and much
of that was waking: each connection woke a thread, which interrupted the web server and then had to wait for the
request. So the threads of join.fcgi are scheduled as SCHED_BATCH: 49.8 µs of processor time for a join behind lighttpd
in place of 57.7 at 16 connections, 44.4 in place of 50.9 at 64, and a seventh more joins per second (8 rounds of each in
turn, others used 3%). Whoever wakes no longer goes first, though: where others compute all the time, each wait becomes
some milliseconds longer (up to a fifth fewer joins while others used a third of the machine), so responders whose
requests wait for the disk or for LiveKit stay as they were. The API's answers carry a Content-Security-Policy of their
own, 300 bytes shorter than the page's: 2 µs. Tried and left:
one process in place of two saves 6 to 9%, but when it is killed nobody is served for up to a second; one thread in
each of two, sched_yield before accept, poll in place of epoll in lighttpd: nothing or worse.

A webhook participant_left: 263,000 instructions, but two thirds of its time are the kernel's, most of that the sync to
disk. It became a third cheaper when SQLite no longer mapped the file into memory (each writer made the others map it
anew) and the log was no longer brought home after every commit. A login is its password hash: 178 million.
"""


# --- SVG ------------------------------------------------------------------------------------------------------------

STYLE = """
svg { --back: #ffffff; --ink: #1c2430; --soft: #5d6878; --line: #dde2e9; --ours: #2f6fde; --theirs: #a9b4c4; }
@media (prefers-color-scheme: dark) {
svg { --back: #14181f; --ink: #e8ecf2; --soft: #9aa6b6; --line: #2b333f; --ours: #6aa1ff; --theirs: #566274; }
}
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink); }
.title { font-weight: 600; } .soft { fill: var(--soft); font-size: 11px; } .end { text-anchor: end; }
.ours { fill: var(--ours); } .theirs { fill: var(--theirs); } .back { fill: var(--back); } .axis { stroke: var(--line); }
"""
LABELS, PANEL, GAP, ROW, TOP = 220, 212, 14, 26, 64


def bars(result):
    """[(label, is ours, [value of each panel])]"""
    out = []
    middle = 16 if any(r["connections"] == 16 for r in result.rows) else 64      # --smoke has no other
    for r in result.rows:
        # Beside a program for each request nobody else's bar could be seen: that is in the table.
        if r["connections"] != middle or r["what"] not in ("join", "token") or r["who"] == CGI:
            continue
        at_64 = result.get(r["what"], r["who"], 64) or r
        out.append((FRONTS.get(r["who"], r["who"]), r["what"] == "join", [r["rate"], r["cpu_us"], at_64["p99"]]))
    return sorted(out, key=lambda b: not b[1])


def svg(result):
    panels = (("requests per second", "16 connections; longer is better"),
              ("processor time per request, µs", "web server included; shorter is better"),
              ("p99 with 64 connections, ms", "shorter is better"))
    data = bars(result)
    height = TOP + ROW * len(data) + ROW + 20
    width = LABELS + len(panels) * (PANEL + GAP) + 10
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'role="img">',
           "<title>A join behind each web server beside servers that only mint a token</title>",
           f"<style>{STYLE}</style>",
           f'<rect class="back" width="{width}" height="{height}" rx="8"/>']
    y, places = TOP, []
    for i, (_, is_ours, _) in enumerate(data):
        if i > 0 and is_ours != data[i - 1][1]:
            y += 12
        places.append(y)
        y += ROW
    for at, (name, is_ours, _) in zip(places, data):
        out.append(f'<text class="end" x="{LABELS - 10}" y="{at + 16}">{html.escape(name)}</text>')
    for n, (title, hint) in enumerate(panels):
        left = LABELS + n * (PANEL + GAP)
        most = max(v[n] for _, _, v in data) or 1
        out += [f'<text class="title" x="{left}" y="26">{title}</text>',
                f'<text class="soft" x="{left}" y="44">{hint}</text>',
                f'<line class="axis" x1="{left}" x2="{left}" y1="{TOP - 6}" y2="{y + 2}"/>']
        for at, (_, is_ours, values) in zip(places, data):
            long = values[n] / most * (PANEL - 52)
            out += [f'<rect class="{"ours" if is_ours else "theirs"}" x="{left}" y="{at + 3}" width="{long:.1f}" '
                    f'height="{ROW - 8}" rx="2"/>',
                    f'<text class="soft" x="{left + long + 5:.1f}" y="{at + 16}">{figure(values[n])}</text>']
    legend = y + 22
    out += [f'<rect class="ours" x="{LABELS}" y="{legend - 10}" width="12" height="12" rx="2"/>',
            f'<text class="soft" x="{LABELS + 18}" y="{legend}">'
            'Bedrud’s join: session, room, ban, admission, token</text>',
            f'<rect class="theirs" x="{LABELS + 330}" y="{legend - 10}" width="12" height="12" rx="2"/>',
            f'<text class="soft" x="{LABELS + 348}" y="{legend}">'
            'LiveKit’s server libraries: a token, nothing else</text>', "</svg>"]
    return "\n".join(out) + "\n"


def write(result, path):
    plot = pathlib.Path(path).with_suffix(".svg")
    plot.write_text(svg(result))
    path.write_text(page(result, plot.name))
