# SPDX-License-Identifier: Apache-2.0
"""Stands in LiveKit's way to the webhook and writes down what was answered to which event. It changes nothing, but may
lose some: as after a 4xx, LiveKit doesn't send them again."""
import http.client
import http.server
import json
import threading

from .http import Client

PATH = "/api/livekit/webhook"


class Tap:
    def __init__(self):
        self.front, self.answered = None, []        # (event id, event, HTTP status)
        self.loses = lambda event: False

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(handler):
                raw = handler.rfile.read(int(handler.headers["Content-Length"]))
                event = json.loads(raw)
                status = 410 if self.loses(event) else self._ask(raw, handler.headers)
                self.answered.append((event["id"], event["event"], status))
                handler.send_response(status)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, client: None     # LiveKit ends, and so do its connections
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _ask(self, raw, headers):
        try:
            return self.front.post(PATH, body=raw, kind=headers["Content-Type"], timeout=90,
                                   headers={"Authorization": headers["Authorization"]}).status
        except (OSError, http.client.HTTPException):
            return 502

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}{PATH}"

    def leads_to(self, port):
        self.front = Client(port)

    def accepted(self):
        """Ids of those of LiveKit's that were; the doctor's own event is kept nowhere."""
        return {i for i, event, status in self.answered if status == 200 and event != "bedrud_doctor"}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
