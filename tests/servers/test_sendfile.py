# SPDX-License-Identifier: Apache-2.0
"""Downloads that the web server sends itself, by the lines that etc/ has for it: the same bytes as ours, for the same
people, and the file's own address leads nowhere. What they say to parts that aren't there is their own."""
import pytest

from lib.doctor import Report
from lib.fronts import Apache, Lighttpd, Nginx
from servers.test_routes_recording import (film, test_head, test_part, test_seen_by_its_own,  # noqa: F401
                                           test_whole)

OURS = "/var/lib/bedrud/recordings"


class ByNginx(Nginx):
    way = "x-accel-redirect"

    def fill(self, sample, **places):
        text = super().fill(sample, **places)
        line = f"#location ^~ /_recordings/ {{ internal; alias {OURS}/; }}"
        assert line in text
        return text.replace(line, line[1:].replace(OURS, f"{self.dir}/data/recordings"))


class ByApache(Apache):
    way = "x-sendfile"
    own = "LoadModule xsendfile_module /usr/lib/apache2/modules/mod_xsendfile.so" + Apache.own

    def fill(self, sample, **places):
        text = super().fill(sample, **places)
        lines = f"#XSendFile On\n#XSendFilePath {OURS}\n"
        assert lines in text
        return text.replace(lines, lines.replace("#", "").replace(OURS, f"{self.dir}/data/recordings"))


class ByLighttpd(Lighttpd):
    way = "x-sendfile"

    def lighttpd_conf(self):
        path = super().lighttpd_conf()
        words = f'"x-sendfile" => "enable", "x-sendfile-docroot" => ( "{OURS}" ),'
        texts = {p: p.read_text() for p in path.parent.glob("*.conf") if words in p.read_text()}
        assert texts, "etc/lighttpd/bedrud.conf lacks the line"
        for p, text in texts.items():
            p.write_text(text.replace("/recording.fcgi\",", "/recording.fcgi\", " + words.replace(
                OURS, f"{self.dir}/data/recordings")))
        return path


@pytest.fixture(scope="module", params=(ByNginx, ByApache, ByLighttpd))
def stack(request):
    s = request.param({"recording": {"download": request.param.way}})
    (s.dir / "data/recordings").mkdir(parents=True, exist_ok=True)
    yield s
    s.close()


def test_not_for_everybody(stack, film):  # noqa: F811
    path, id, body, owner = film
    for p in (f"/_recordings/{owner.id}/{path.split('/')[3]}/{id}.mp4", f"{path}/{id}/download/../{id}.mp4"):
        r = stack.http.get(p, token=owner.token)
        assert r.body != body and body[:64] not in r.body, r


def test_the_doctor_sees_it(stack, film):  # noqa: F811
    with stack.settings(recordings_enabled=1):
        Report(stack.config).expect("recording.download", "ok", "gives a recording's file to whoever may have it")
