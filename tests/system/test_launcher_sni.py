# SPDX-License-Identifier: Apache-2.0
"""etc/nginx/turn.conf: HTTPS and TURN over TLS at one port, told apart by name, with a real nginx and LiveKit."""
import os
import socket
import ssl
import subprocess

import pytest

from lib.fronts import fill
from lib.stack import _die_with_parent, free_port, poll
from lib.turn import Turn
from test_launcher_turn import DOMAIN, certificate

WEB = "www.example.org"


@pytest.fixture
def front(make, tmp_path):
    """A launcher with its relay, and nginx in front of it and of a page: (launcher, port, {name: trusted context})."""
    m, folder, port, https = make(), tmp_path / "nginx", free_port(), free_port()
    folder.mkdir()
    (folder / "index.html").write_text("the page")
    tmp_path.chmod(0o755)
    cert, key = certificate(m.dir)
    web_cert, web_key = certificate(folder, WEB)
    m.server.update(domain=WEB, port=str(port))
    m.conf["turn"] = {"domain": DOMAIN, "certFile": str(cert), "keyFile": str(key), "udpPort": m.port + 3,
                      "tlsPort": m.port + 3, "relayPortStart": 42000, "relayPortEnd": 42100}
    m.write()
    (folder / "http.conf").write_text(fill("nginx/bedrud.conf", LISTEN=f"127.0.0.1:{https} ssl proxy_protocol",
                                           WEB=folder, RUN=folder, LIVEKIT_PORT=m.port, CONNECT=""))
    (folder / "stream.conf").write_text(fill("nginx/turn.conf", LISTEN=f"127.0.0.1:{port}", TURN_DOMAIN=DOMAIN,
                                             TURN_PORT=m.port + 3, HTTPS_PORT=https, RUN=folder))
    temp = "".join(f"{k}_temp_path {folder}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = folder / "nginx.conf"
    conf.write_text(f"""load_module /usr/lib/nginx/modules/ngx_stream_module.so;
{"user root;" if os.getuid() == 0 else ""} daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{ ssl_certificate {web_cert}; ssl_certificate_key {web_key}; include /etc/nginx/mime.types; {temp}
log_format who "$remote_addr $request_uri"; access_log {folder}/access.log who;
set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol; include {folder}/http.conf; }}
include {folder}/stream.conf;
""")
    command = ["nginx", "-e", f"{folder}/error.log", "-c", str(conf)]
    env = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    check = subprocess.run([*command, "-t"], env=env, capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
    nginx = subprocess.Popen(command, env=env, preexec_fn=_die_with_parent)
    try:
        m.start().ready()
        poll("nginx", lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
        yield m, port, {DOMAIN: ssl.create_default_context(cafile=cert),
                        WEB: ssl.create_default_context(cafile=web_cert)}
    finally:
        nginx.terminate()
        nginx.wait(10)


def get(tls):
    tls.sendall(b"GET / HTTP/1.0\r\nHost: " + WEB.encode() + b"\r\n\r\n")
    return b"".join(iter(lambda: tls.recv(65536), b""))


def test_one_port_for_both(front, tmp_path):
    m, port, contexts = front
    urls = {u: (name, word) for urls, name, word in m.ice_servers() for u in urls}
    words = urls[f"turns:{DOMAIN}:443?transport=tcp"]
    with socket.create_connection(("127.0.0.1", port), 5) as s, \
            contexts[DOMAIN].wrap_socket(s, server_hostname=DOMAIN) as tls:
        assert 42000 <= Turn(tls, *words).allocate() <= 42100
    with socket.create_connection(("127.0.0.1", port), 5, source_address=("127.0.0.5", 0)) as s, \
            contexts[WEB].wrap_socket(s, server_hostname=WEB) as tls:
        assert get(tls).endswith(b"the page")
    # The web server knows who came, not who handed it on.
    poll("its log", lambda: "127.0.0.5 /" in (tmp_path / "nginx/access.log").read_text())
    # A client that names nobody, or somebody else, comes to the web server.
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    for name in (None, "other.example.org"):
        with socket.create_connection(("127.0.0.1", port), 5) as s, blind.wrap_socket(s, server_hostname=name) as tls:
            assert get(tls).endswith(b"the page")
