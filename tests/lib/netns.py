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

    def close(self):
        remove(self.name)


def link(a, device_a, address_a, b, device_b, address_b):
    """A cable between two hosts, with these interfaces and addresses (with prefix) at its ends."""
    ip("ip", "link", "add", device_a, "netns", a.name, "type", "veth", "peer", "name", device_b, "netns", b.name)
    a.address(device_a, address_a)
    b.address(device_b, address_b)


class Router(Host):
    """Between two hosts, with interfaces `inner` and `outer`. Whom `inner` leads to has, seen from outside, the
    router's own IPv4 address (NAT)."""

    def __init__(self, role):
        super().__init__(role)
        self.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        self.run("nft", "-f", "-", stdin="table ip nat {\nchain out {\ntype nat hook postrouting priority 100\n"
                 'oifname "outer" masquerade\n}\n}\n')

    def only(self, *ports, device="inner"):
        """Lets through what goes out from that interface to these ports, "udp 3478", and what comes back from them; the
        rest is dropped without a word, as strict firewalls do. Counts what passes."""
        self.open(device)
        ways = (("iifname", "dport"), ("oifname", "sport"))
        rules = "\n".join(f'{way} "{device}" {kind} {which} {number} counter accept'
                          for way, which in ways for kind, number in map(str.split, ports))
        self.run("nft", "-f", "-", stdin=f"table inet strict_{device} {{\nchain forward {{\n"
                 "type filter hook forward priority 0\nmeta l4proto { icmp, ipv6-icmp } accept\n"
                 f'{rules}\niifname "{device}" drop\noifname "{device}" drop\n}}\n}}\n')

    def open(self, device="inner"):
        """Everything passes again."""
        self.run("nft", "-f", "-", stdin=f"add table inet strict_{device}\ndelete table inet strict_{device}\n")

    def passed(self, port):
        """Bytes that have passed a port of only(), both ways together."""
        kind, number = port.split()
        found = re.findall(rf"{kind} [ds]port {number} counter packets \d+ bytes (\d+)",
                           self.run("nft", "list", "table", "inet", "strict_inner"))
        assert len(found) == 2, f"{port} is not filtered"
        return sum(map(int, found))
