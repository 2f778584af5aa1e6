// SPDX-License-Identifier: Apache-2.0
// The smallest Node server that mints a LiveKit join token: no session, no room, no database. Port, key and secret come in the environment.
import http from 'node:http';
import { AccessToken } from 'livekit-server-sdk';

const { PEER_PORT, PEER_KEY, PEER_SECRET } = process.env;

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', async () => {
    const { roomName } = JSON.parse(body);
    const token = new AccessToken(PEER_KEY, PEER_SECRET, { identity: 'somebody', name: 'Some Body', ttl: 1800 });
    token.addGrant({ roomJoin: true, room: roomName, canPublish: true, canSubscribe: true, canPublishData: true });
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ name: roomName, token: await token.toJwt() }));
  });
});
server.keepAliveTimeout = 60000;
server.listen(Number(PEER_PORT), '127.0.0.1');
