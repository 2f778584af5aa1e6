# SPDX-License-Identifier: Apache-2.0
"""`bedrudctl doctor` about audio, video and the relay: a real livekit-server, whole and spoiled in each way."""
import asyncio
import concurrent.futures
import json
import os
import pathlib
import socket

import pytest
from livekit import api

from lib.doctor import Authority, Report, Says
from lib.launcher import KEY, SECRET, silent_name_server
from lib.stack import free_port, poll

DOMAIN = "meet.example.org"


def ask(m, names=None, env=None, resolv="/etc/resolv.conf"):
    """The report about a launcher's configuration, on a machine whose /etc/hosts knows the names, and whose
    resolv.conf is another one."""
    hosts = m.dir / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{a} {n}\n" for n, a in (names or {}).items()))
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return Report(m.dir / "config.yaml", env, before=[
        "unshare", *root, "--mount", "sh", "-c",
        'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', hosts, resolv])


def rooms(m):
    async def listed():
        async with api.LiveKitAPI(f"http://127.0.0.1:{m.port}", KEY, SECRET) as lk:
            return [r.name for r in (await lk.room.list_rooms(api.ListRoomsRequest())).rooms]
    return asyncio.run(listed())


@pytest.fixture
def relay(make, tmp_path):
    """A launcher with TURN over UDP and TLS, with a certificate of a private authority: m.ca."""
    def one(**turn):
        m = make()
        m.ca = Authority(tmp_path)
        cert, key = m.ca.issue("relay", f"DNS:{DOMAIN}")
        m.conf["webhookURL"] = "http://127.0.0.1:9/"
        # The port of its own web server, which isn't there: the doctor knocks at it.
        m.server.update(port="9", domain=DOMAIN, enableTLS=True, certFile=str(cert), keyFile=str(key))
        m.conf["turn"] = {"udpPort": m.port + 3, "tlsPort": m.port + 3, "relayPortStart": 42200,
                          "relayPortEnd": 42300, **turn}
        m.write()
        return m
    return one


@pytest.fixture
def static(make):
    """A launcher whose LiveKit runs with the text of a file written by hand."""
    def one(text, rtc="", name="state", node_ip="127.0.0.1"):
        m = make(name, configPath="livekit.yaml")
        (m.dir / "livekit.yaml").write_text(
            f"port: {m.port}\nkeys: {json.dumps({KEY: SECRET})}\nrtc:\n  tcp_port: {m.port + 1}\n"
            f"  udp_port: {m.port + 2}\n  node_ip: {node_ip}\n  use_external_ip: false\n"
            f"  enable_loopback_candidate: true\n  ips: {{includes: [127.0.0.1/32]}}\n"
            f"{rtc.format(m=m)}{text.format(m=m)}")
        (m.dir / "livekit.yaml").chmod(0o600)
        return m
    return one


def test_all_is_well(relay):
    m = relay().start().ready()
    r = ask(m, {DOMAIN: "127.0.0.1"}, {"SSL_CERT_FILE": str(m.ca.cert)})
    media, udp = f"127.0.0.1:{m.port + 2}", f"turn:127.0.0.1:{m.port + 3}?transport=udp"
    r.expect("media.join", "ok", "lets a participant in over WebSocket and offers")
    r.expect("media.node-ip", "ok", f"127.0.0.1 (livekit.nodeIP, loopback): the address where they open {DOMAIN}")
    # By all its addresses: a machine with IPv6 has another one, in any order.
    r.expect("media.udp", "ok", "a signed ICE check was answered by ").expect("media.udp", "ok", media)
    r.expect("media.tcp", "ok", f"over TCP at 127.0.0.1:{m.port + 1}")
    r.expect("turn.config", "ok", f"TURN is on for {DOMAIN}, over UDP at port {m.port + 3} and over TLS at port")
    r.expect("turn.udp", "ok", f"{udp} gave a relay address (127.0.0.1:42")
    r.expect("turn.udp", "ok", f"and LiveKit's media at {media} answered through it")
    https, own = r.every("turn.tls")
    assert https[0] == "ok" and f"turns:{DOMAIN}:443?transport=tcp" in https[1] and "leads to no relay" in https[1]
    assert f"and need not: turns:{DOMAIN}:{m.port + 3}?transport=tcp does" in https[1]
    assert own[0] == "ok" and own[1].startswith(f"turns:{DOMAIN}:{m.port + 3}?transport=tcp gave a relay address")
    assert own[1].endswith(f"LiveKit's media at {media} answered through it")
    r.expect("turn.certificate", "ok", f"names {DOMAIN}, is trusted here, and ends on 20")
    r.expect("turn.stun", "ok", "no STUN server, and need none")
    r.expect("turn.use", "ok", f"media goes directly to {media}; the relay is used by participants alone")
    # Nothing stays behind, and nothing is told that is nobody's business.
    assert rooms(m) == []
    for _, username, credential in m.ice_servers():
        assert credential not in r.text and username not in r.text
    assert SECRET[-32:] not in r.text
    assert not [line for line in m.log().split("\n") if '"logger":"livekit.pion' in line and '"level":"error"' in line]


def test_certificates_and_names(relay):
    m = relay().start().ready()
    real = f"turns:{DOMAIN}:{m.port + 3}?transport=tcp"
    r = ask(m, {DOMAIN: "127.0.0.1"})
    r.expect("turn.certificate", "warning", f"from an authority that this machine doesn't know (unable to get local "
             f"issuer certificate): browsers that don't know it either can't use {real}",
             f"get a certificate for {DOMAIN} with its whole chain")
    r = ask(m)
    https, own = r.every("turn.tls")
    assert own[0] == "error" and f"{real}, which clients are given, relays nothing: the name {DOMAIN}" in own[1]
    assert own[2] == f"add an A or AAAA record for {DOMAIN} with the address of the relay to your DNS"
    assert https[0] == "warning" and "whatever livekit.turn.tlsPort is" in https[1]
    r.expect("media.node-ip", "error", "a loopback address: nobody outside this machine can reach it",
             f"set livekit.nodeIP to the address by which participants reach this machine, where they open {DOMAIN}")
    assert "turn.certificate" not in r


def test_a_certificate_of_another_time_and_name(static, tmp_path):
    """LiveKit reads it once, so that it may have expired since; a static file isn't checked for that at all."""
    ca = Authority(tmp_path)
    for name, names, days, begins, why in (("other", "DNS:www.example.org", 60, -1, "hostname mismatch"),
                                           ("old", f"DNS:{DOMAIN}", -2, -9, "certificate has expired"),
                                           ("late", f"DNS:{DOMAIN}", 3, -1, None)):
        (cert, key), port = ca.issue(name, names, days, begins), free_port()
        m = static(f"turn:\n  enabled: true\n  domain: {DOMAIN}\n  tls_port: {port}\n"
                   f"  cert_file: {cert}\n  key_file: {key}\n",
                   rtc=f"  turn_servers:\n  - {{{{host: {DOMAIN}, port: {port}, protocol: tls, username: x, "
                       "credential: y}}\n", name=name)
        m.start().ready()
        r = ask(m, {DOMAIN: "127.0.0.1"}, {"SSL_CERT_FILE": str(ca.cert)})
        if why:
            r.expect("turn.certificate", "error", f"browsers refuse the certificate for {DOMAIN}, and so can't use "
                     f"turns:{DOMAIN}:{port}?transport=tcp: {why}", "name it in turn.cert_file and key_file")
        else:
            r.expect("turn.certificate", "warning", f"the certificate for {DOMAIN} ends on 20", "with its whole chain")
        m.stop()


def test_relays_that_relay_nothing(static):
    """Wrong credentials, something that isn't TURN, nothing at all, and a relay that may not reach LiveKit."""
    with socket.socket() as unused, Says(0, "HTTP/1.1 400 Bad Request\r\n\r\n") as web:
        unused.bind(("127.0.0.1", 0))
        m = static("turn:\n  enabled: true\n  domain: meet.example.org\n  udp_port: {m.port}\n"
                   "  relay_range_start: 42200\n  relay_range_end: 42300\n",
                   rtc="  turn_servers:\n"
                       "  - {{host: 127.0.0.1, port: {m.port}, protocol: udp, username: nobody, credential: wrong}}\n"
                       "  - {{host: 127.0.0.1, port: %d, protocol: tcp, username: a, credential: b}}\n"
                       "  - {{host: 127.0.0.1, port: %d, protocol: tls, username: a, credential: b}}\n"
                       % (web.port, unused.getsockname()[1]))
        m.start().ready()
        r = ask(m)
    own, wrong = r.every("turn.udp")
    assert own[0] == "error" and "gave a relay address, and forbids to send on to LiveKit's media at" in own[1], own
    assert "turn.allow_restricted_peer_cidrs" in own[2]
    assert wrong[0] == "error" and "relays nothing: 127.0.0.1" in wrong[1] and "error 40" in wrong[1], wrong
    assert "username and credential of rtc.turn_servers" in wrong[2]
    r.expect("turn.tcp", "error", "answers something that isn't TURN")
    r.expect("turn.tls", "error", "connection refused by 127.0.0.1", "see that LiveKit runs and let TCP")
    r.expect("turn.use", "ok", "media goes directly to 127.0.0.1")


def test_https_port_without_a_relay(static, tmp_path):
    (cert, key), port = Authority(tmp_path).issue("relay", f"DNS:{DOMAIN}"), free_port()
    m = static(f"turn:\n  enabled: true\n  domain: {DOMAIN}\n  tls_port: {port}\n  cert_file: {cert}\n"
               f"  key_file: {key}\n")
    m.start().ready()
    r = ask(m, {DOMAIN: "127.0.0.1"})
    r.expect("turn.tls", "warning", f"turns:{DOMAIN}:443?transport=tcp, which LiveKit gives to clients whatever "
             "livekit.turn.tlsPort is, leads to no relay: connection refused by 127.0.0.1:443", "hand on connections")


def test_silent_name_servers(static):
    """The resolver would wait for minutes, for each of four names: server.host, the site twice, the relay."""
    m = static("", rtc="  turn_servers:\n"
                       "  - {{host: relay.example, port: 9, protocol: udp, username: a, credential: b}}\n")
    m.start().ready()
    m.server["host"] = "node.example"
    m.conf.update(configPath="", nodeIP="", host="ws://meet.example")
    m.write()
    other = static("", rtc="  stun_servers: ['stun.example:3478']\n", name="other")
    file = other.dir / "livekit.yaml"
    file.write_text(file.read_text().replace("use_external_ip: false", "use_external_ip: true"))
    other.conf["nodeIP"] = ""
    other.write()
    with silent_name_server(m), concurrent.futures.ThreadPoolExecutor() as pool:
        resolv = m.dir / "resolv.conf"
        stun = pool.submit(ask, other, env={"LIVEKIT_SERVER": "/none"}, resolv=resolv)  # LiveKit itself waits, too
        r = ask(m, resolv=resolv)
    stun.result().expect("stun.reach", "error", "stun.example:3478 (no name server has answered in time)")
    r.expect("client.dns", "error", "meet.example can't be resolved: no name server has answered in time")
    r.expect("turn.udp", "error", "relay.example can't be resolved: no name server has answered in time")
    r.expect("media.udp", "ok", "was answered by")


def test_stun_of_somebody_else(static):
    m = static("", rtc="  stun_servers: ['stun.l.google.com:19302']\n").start().ready()
    ask(m).expect("turn.stun", "warning", "clients are sent to stun:stun.l.google.com:19302, which is somebody else's",
                  "set rtc.stun_servers to a server of your own")


def test_what_only_an_operator_can_change(static):
    """Who uses LiveKit's cloud can't change its configuration, so isn't told to."""
    m = static("", rtc="  stun_servers: ['stun.l.google.com:19302']\n").start().ready()
    m.conf.update(configPath="", external=True)
    for name, level in (("livekit.example.org", "warning"), ("x.livekit.cloud", "ok")):
        m.conf["internalHost"] = f"http://{name}:{m.port}"
        m.write()
        r = ask(m, {name: "127.0.0.1"})
        r.expect("turn.stun", level, "clients are sent to stun:stun.l.google.com:19302")
        r.expect("turn.given", level, "LiveKit gives clients no relay")


def test_turn_that_livekit_does_not_know_of_yet(relay):
    m = relay()
    m.conf["turn"]["enabled"] = False
    m.write()
    m.start().ready()
    m.conf["turn"]["enabled"] = True
    m.write()
    ask(m, {DOMAIN: "127.0.0.1"}).expect("turn.given", "warning", "TURN is on, but LiveKit gives clients no relay",
                                         "restart livekit-launcher")


@pytest.mark.parametrize("server,turn,level,seen,fix", [
    ({}, {}, "ok", "none is needed as long as all browsers run on this machine", None),
    ({"host": "192.0.2.1", "domain": "localhost"}, {}, "ok", "none is needed", None),
    ({"domain": "under_score.example.org"}, {}, "warning", "\"under_score.example.org\" is no domain name",
     "set server.domain"),
    ({"domain": DOMAIN}, {"enabled": False}, "warning", "TURN is off by livekit.turn.enabled",
     "set livekit.turn.enabled: true"),
    ({"domain": DOMAIN}, {}, "warning", "TURN over TLS is off", f"a certificate for {DOMAIN}"),
])
def test_turn_that_is_off(make, server, turn, level, seen, fix):
    m = make(turn=turn)
    m.server.update(server)
    m.write()
    r = ask(m).expect("turn.config", level, seen, fix)
    # Nothing listens: the reason is said, and the rest isn't guessed.
    r.expect("media.join", "error", "no participant comes in: connection refused by 127.0.0.1", "mend what the checks")
    assert "media.udp" not in r and "turn.use" not in r


def test_ports_that_nothing_listens_at(static):
    """LiveKit listens at 127.0.0.1, and tells clients to send to 127.0.0.2."""
    m = static("", node_ip="127.0.0.2").start().ready()
    r = ask(m)
    r.expect("media.udp", "error", f"audio and video don't reach LiveKit over UDP: 127.0.0.2:{m.port + 2} (nothing "
             "listens there)", "let LiveKit's rtc.udp_port, or rtc.port_range_start to port_range_end")
    r.expect("media.tcp", "warning", f"over TCP at 127.0.0.2:{m.port + 1} (no answer within 5 s): participants whose",
             "let LiveKit's rtc.tcp_port")
    r.expect("turn.use", "error", "nothing reaches LiveKit's media from here", "media.udp, media.tcp and turn.tls")


def test_an_address_that_a_router_has(make):
    m = make(nodeIP="127.0.0.2", udpPort=0, udpPortStart=42310, udpPortEnd=42330)     # no interface has it
    m.start().ready()
    r = ask(m)
    r.expect("media.udp", "warning", "but 127.0.0.2 is no address of this machine, and not every router leads a "
             "machine back to itself", "run bedrudctl doctor on a machine outside, with livekit.external: true")
    r.expect("media.udp", "warning", "no answer over UDP from 127.0.0.2:423",
             "let UDP 42310-42330 in through the firewall of this machine (nft add rule inet filter input udp dport "
             "42310-42330 accept, or ufw allow 42310:42330/udp)")


def test_one_address_takes_media(make):
    """LiveKit would open a socket for each address of this machine, and listen at one of them alone, any of them."""
    m = make()
    m.start().ready()
    sockets = [line.split()[1] for line in pathlib.Path("/proc/net/udp").read_text().split("\n")[1:] if line]
    assert [a for a in sockets if a.endswith(f":{m.port + 2:04X}")] == [f"0100007F:{m.port + 2:04X}"]
    # A machine with an IPv6 address of its own is answered from there as well.
    ask(m).expect("media.udp", "ok", f"127.0.0.1:{m.port + 2}")


def test_a_range_of_ports(make):
    m = make(udpPort=0, udpPortStart=42310, udpPortEnd=42330)
    m.start().ready()
    r = ask(m).expect("media.udp", "ok", "127.0.0.1:423")
    r.expect("turn.use", "ok", "without a relay")


def test_livekit_runs_with_an_older_configuration(make):
    m = make()
    m.start().ready()
    m.conf["nodeIP"] = "192.0.2.9"
    m.write()
    ask(m).expect("media.node-ip", "warning", "LiveKit offers 127.0.0.1, and the node IP should be 192.0.2.9",
                  "restart livekit-launcher")


def test_from_another_machine(make):
    """As one looks at it from outside: the same key, an external LiveKit."""
    m = make()
    m.start().ready()
    other = make("outside", external=True, internalHost=f"http://127.0.0.1:{m.port}",
                 host=f"ws://127.0.0.1:{m.port}")
    r = ask(other)
    r.expect("media.node-ip", "ok", "127.0.0.1 (as that LiveKit says, loopback): the address where they open")
    r.expect("media.udp", "ok", f"127.0.0.1:{m.port + 2}")
    assert "turn.config" not in r and "asked from this machine" not in r["media.udp"]["seen"]
    other.conf["apiSecret"] = "another" * 6
    other.write()
    ask(other).expect("media.join", "error", "answers HTTP 401", "make livekit.apiKey and livekit.apiSecret those")


def test_what_a_visit_leaves_in_the_store(stack):
    """LiveKit reports the room of the visit: its events are received, and mean nothing."""
    def content():
        tables = [r["name"] for r in stack.sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {t: [tuple(r) for r in stack.sql(f"SELECT * FROM {t}")] for t in tables if t != "webhook_inbox"}

    def finished():
        return stack.sql("SELECT count(*) AS n FROM webhook_inbox WHERE event = 'room_finished'")[0]["n"]
    before, events, logs = content(), finished(), stack.logs(1 << 30)
    Report(stack.config).expect("media.udp", "ok", "a signed ICE check was answered by")
    poll("room_finished", lambda: finished() > events)
    assert content() == before
    new = [line for line in stack.logs(1 << 30).split("\n") if line not in set(logs.split("\n"))]
    assert not [line for line in new if "webhook.fcgi: warn" in line or "webhook.fcgi: error" in line], new
