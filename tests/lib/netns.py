# SPDX-License-Identifier: Apache-2.0
"""Several hosts on one machine: network namespaces linked by veth pairs, with packet filters (nft) of their own. Names
carry the process that made them, so that the next run removes what a killed one left. Needs root."""
import contextlib
import ctypes
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess

CLONE_NEWNET = 0x40000000
PREFIX = "bedrud-net-"
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count(1)


def ip(*words, stdin=None):
    """One command of iproute2, or of nft by the same way; what it says."""
    p = subprocess.run(list(map(str, words)), input=stdin, text=True, capture_output=True)
    assert p.returncode == 0, f"{' '.join(map(str, words))}: {p.stderr.strip()}; network namespaces need root, " \
        "iproute2 and nftables"
    return p.stdout


def born(pid):
    """When the process started, in ticks since boot; a number is given again, the pair isn't."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


RUN = f"{PREFIX}{os.getpid()}-{born(os.getpid())}-"


def is_dead(name):
    m = re.match(rf"{PREFIX}(\d+)-(\d+)-", name)
    return bool(m) and born(m[1]) != m[2]


def sweep(is_ours=is_dead):
    """Ends and removes what dead runs left: processes inside their namespaces, namespaces, files."""
    for name in {n.name for d in ("/run/netns", "/etc/netns") if os.path.isdir(d) for n in os.scandir(d)}:
        if is_ours(name):
            remove(name)
    for folder in pathlib.Path("/tmp").glob(f"{PREFIX}*"):
        if is_ours(folder.name) and not folder.is_symlink():
            note = folder / "livekit-launcher.file"
            left = note.read_text().strip() if note.exists() else ""
            if re.fullmatch(r"/tmp/bedrud-livekit-[A-Za-z0-9]{6}\.yaml", left):
                pathlib.Path(left).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)


def remove(name):
    if os.path.exists(f"/run/netns/{name}"):
        for pid in ip("ip", "netns", "pids", name).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        ip("ip", "netns", "del", name)
    shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)


class Host:
    """One namespace. hosts: name -> address, all it can resolve."""

    def __init__(self, role, hosts=None):
        self.name = f"{RUN}{role}-{next(_numbers)}"
        self.words = ["ip", "netns", "exec", self.name]
        # Its own hosts file, and a name server that isn't there: `ip netns exec` puts them in place.
        etc = pathlib.Path("/etc/netns", self.name)
        etc.mkdir(parents=True)
        (etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        lines = [f"{a} {n}" for n, a in (hosts or {}).items()]
        (etc / "hosts").write_text("\n".join(["127.0.0.1 localhost", "::1 localhost", *lines]) + "\n")
        ip("ip", "netns", "add", self.name)
        # Duplicate addresses can't be, and waiting for the kernel to see that costs a second.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *words, stdin=None):
        return ip(*self.words, *words, stdin=stdin)

    def address(self, device, *addresses):
        for a in addresses:
            self.run("ip", "address", "add", a, "dev", device, *(["nodad"] if ":" in a else []))
        self.run("ip", "link", "set", device, "up")

    @contextlib.contextmanager
    def inside(self):
        """Sockets that this thread opens meanwhile are the host's. Files stay those of the machine."""
        with open("/proc/thread-self/ns/net") as back, open(f"/run/netns/{self.name}") as there:
            self._enter(there)
            try:
                yield
            finally:
                self._enter(back)

    @staticmethod
    def _enter(place):
        if _libc.setns(place.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def only(self, *ports):
        """Lets nothing out and nothing in but to and from these ports of others, "udp 3478"; the rest is dropped
        without a word, as strict firewalls do. Counts what passes."""
        rules = 'iif "lo" accept\nmeta l4proto ipv6-icmp accept\nmeta l4proto icmp accept\n'
        chain = "chain {0} {{ type filter hook {0} priority 0; policy drop;\n{1}\n}}\n"
        ways = {"output": ("oif", "dport"), "input": ("iif", "sport")}
        text = "".join(chain.format(way, rules.replace("iif", device) + "\n".join(
            "{0} {2} {1} counter accept".format(*p.split(), which) for p in ports))
            for way, (device, which) in ways.items())
        self.open()
        self.run("nft", "-f", "-", stdin=f"table inet bedrud {{\n{text}}}\n")

    def open(self):
        """Everything passes again."""
        self.run("nft", "flush", "ruleset")

    def passed(self, port):
        """Bytes that have passed a port of only(), both ways together."""
        kind, number = port.split()
        found = re.findall(rf"{kind} [ds]port {number} counter packets \d+ bytes (\d+)", self.run("nft", "list",
                                                                                                  "ruleset"))
        assert len(found) == 2, f"{port} is not filtered"
        return sum(map(int, found))

    def close(self):
        remove(self.name)


def link(a, b, device, for_a, for_b):
    """A cable between two hosts, with an interface of that name at both ends and these addresses (with prefix)."""
    ip("ip", "link", "add", device, "netns", a.name, "type", "veth", "peer", "name", device, "netns", b.name)
    a.address(device, *for_a)
    b.address(device, *for_b)
