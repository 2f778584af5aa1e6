# SPDX-License-Identifier: Apache-2.0
"""What a machine, a process and a load say of themselves."""
import datetime
import json
import os
import pathlib
import platform
import re
import resource
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TICK = os.sysconf("SC_CLK_TCK")


class Busy(RuntimeError):
    """Others use the processors."""


# --- processes ------------------------------------------------------------------------------------------------------

def descendants(pids):
    """These processes and all below them."""
    found, todo = [], list(pids)
    while todo:
        p = todo.pop()
        try:
            for task in pathlib.Path(f"/proc/{p}/task").iterdir():
                todo += [int(c) for c in (task / "children").read_text().split()]
            found.append(p)
        except OSError:         # it has ended meanwhile
            continue
    return found


def executable(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""


def cpu_seconds(pids):
    """(responders, others): user and system time of these processes and of all below them, with what ended ones have
    left to their parents."""
    ours = others = 0
    for pid in descendants(pids):
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        used = sum(map(int, fields[11:15])) / TICK
        if executable(pid).endswith(".fcgi"):
            ours += used
        else:
            others += used
    return ours, others


def private_dirty_mib(pids):
    """Memory that no other process shares and no file stands behind."""
    total = 0
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(re.search(r"^Private_Dirty:\s+(\d+)", text, re.M)[1])
    return total / 1024


# --- the machine ----------------------------------------------------------------------------------------------------

def cpu_times():
    """(all, idle, stolen) of all processors, in ticks."""
    v = [int(x) for x in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(v), v[3] + v[4], v[7]


class Quiet:
    """Asks before each measurement whether somebody else works here."""
    LIMIT = 0.08        # of all processors: what a desktop or a monitoring daemon may use

    def __init__(self, anyway, patience=20):
        self.anyway, self.patience = anyway, patience
        self.worst, self.disturbed, self.asked = 0.0, 0, 0

    def wait(self):
        """Busy at the first question, with patience; later, the disturbed measurements are counted."""
        self.asked += 1
        end = time.monotonic() + self.patience
        while True:
            before = cpu_times()
            time.sleep(0.4)     # the time that the look takes, not a wait for something to be ready
            after = cpu_times()
            busy = 1 - (after[1] - before[1]) / max(after[0] - before[0], 1)
            late = time.monotonic() > end
            if busy <= self.LIMIT or self.anyway or (late and self.asked > 1):
                self.worst = max(self.worst, busy)
                self.disturbed += busy > self.LIMIT
                return
            if late:
                raise Busy(f"this machine is not quiet: others use {busy:.0%} of its processors. Stop them, or measure "
                           "--anyway.")


def first_line(*argv):
    try:
        p = subprocess.run(argv, capture_output=True, text=True, timeout=20,
                           env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin"))
    except OSError:
        return ""
    return next((x for x in (p.stdout + p.stderr).splitlines() if x.strip()), "").strip()


def version(*argv):
    found = re.search(r"\d+(\.\d+)+", first_line(*argv))
    return found[0] if found else "?"


def sync_ms(folder):
    """Median time that a write of 4 KiB takes to the disk behind a folder."""
    path, times = pathlib.Path(folder) / "bench.sync", []
    fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        for _ in range(100):
            start = time.monotonic()
            os.pwrite(fd, b"x" * 4096, 0)
            os.fdatasync(fd)
            times.append(time.monotonic() - start)
    finally:
        os.close(fd)
        path.unlink()
    return sorted(times)[50] * 1000


def commit():
    def git(*words):
        return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True).stdout.strip()
    name = git("log", "-1", "--format=%h (%cs)")
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/benchmarks*")
    return (name or "no git") + (", with changes" if changed else "")


def facts(programs, folder):
    cpu = re.search(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)[1])
    filesystem = first_line("findmnt", "-n", "-o", "FSTYPE", "-T", str(folder))
    virtual = " (virtual machine)" if " hypervisor " in pathlib.Path("/proc/cpuinfo").read_text() else ""
    return {
        "Date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "Commit": commit(),
        "Programs": str(programs),
        "Processors": f"{os.cpu_count()} × {cpu[1] if cpu else platform.machine()}{virtual}",
        "Memory": f"{memory / 1048576:.1f} GiB",
        "Kernel": platform.release(),
        "System": re.search(r'^PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text(), re.M)[1],
        "Disk": f"{filesystem}, a write of 4 KiB is on disk after {sync_ms(folder):.2f} ms (median)",
        "Load before": f"{os.getloadavg()[0]:.2f} (one-minute average)",
        "Web servers": f"lighttpd {version('lighttpd', '-v')}, nginx {version('nginx', '-v')}, "
                       f"Apache {version('apache2', '-v')}",
        "Libraries": ", ".join(f"{name} {version('pkg-config', '--modversion', lib)}" for name, lib in (
            ("SQLite", "sqlite3"), ("OpenSSL", "openssl"), ("json-c", "json-c"), ("libfcgi", "fcgi"))),
        "Load generator": f"wrk {version('wrk', '-v')}, one thread, on the same processors",
    }


# --- load -----------------------------------------------------------------------------------------------------------

def load(pids, url, connections, seconds, token="", body=None, requests=None):
    """wrk against url; pids are the processes whose time is counted. requests: a file of ready ones, each sent once."""
    env = dict(os.environ, BENCH_TOKEN=token, BENCH_BODY=json.dumps(body))
    if requests:
        env["BENCH_REQUESTS"] = str(requests)
    used, wrk, machine = cpu_seconds(pids), resource.getrusage(resource.RUSAGE_CHILDREN), cpu_times()
    p = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "10", "-s", HERE / "load.lua",
                        url],
                       env=env, capture_output=True, text=True, timeout=seconds + 60)
    after, wrk_after, machine_after = cpu_seconds(pids), resource.getrusage(resource.RUSAGE_CHILDREN), cpu_times()
    lines = [x for x in p.stdout.splitlines() if x.startswith("JSON ")]
    if p.returncode or not lines:
        raise RuntimeError(f"wrk: {p.stdout}{p.stderr}")
    r = json.loads(lines[0][5:])
    if r.pop("dry"):
        raise RuntimeError(f"{url}: the requests ended before the time did; prepare more")
    n = max(r["requests"], 1)
    r["rate"] = r["requests"] / r["seconds"]
    r["responder_us"], r["server_us"] = ((b - a) / n * 1e6 for a, b in zip(used, after))
    r["cpu_us"] = r["responder_us"] + r["server_us"]
    everything = (machine_after[0] - machine[0]) / TICK
    mine = sum(after) - sum(used) + wrk_after.ru_utime + wrk_after.ru_stime - wrk.ru_utime - wrk.ru_stime
    # Of all processors: what others took, and what the host of a virtual machine took away.
    r["stolen"] = (machine_after[2] - machine[2]) / TICK / everything
    r["foreign"] = max(1 - ((machine_after[1] - machine[1]) / TICK + mine) / everything - r["stolen"], 0)
    return r
