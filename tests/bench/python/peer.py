# SPDX-License-Identifier: Apache-2.0
"""The smallest Python server that mints a LiveKit join token: no session, no room, no database. ASGI, run by
uvicorn."""
import datetime
import json
import os

from livekit import api

KEY, SECRET = os.environ["PEER_KEY"], os.environ["PEER_SECRET"]
LIFE = datetime.timedelta(minutes=30)


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        part = await receive()
        body += part.get("body", b"")
        more = part.get("more_body", False)
    room = json.loads(body)["roomName"]
    grants = api.VideoGrants(room_join=True, room=room, can_publish=True, can_subscribe=True, can_publish_data=True)
    token = api.AccessToken(KEY, SECRET).with_identity("somebody").with_name("Some Body").with_ttl(LIFE).with_grants(
        grants)
    answer = json.dumps({"name": room, "token": token.to_jwt()}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json"),
                                                                          (b"content-length",
                                                                           str(len(answer)).encode())]})
    await send({"type": "http.response.body", "body": answer})
