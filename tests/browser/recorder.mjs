// SPDX-License-Identifier: Apache-2.0
// What recording needs beside the house, whose configuration says where it is looked for: an egress worker (the stand-in,
// tests/egress-standin) and an S3 server.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ctl } from './house.mjs';

const { env } = process;

function tool(name) {
  assert.ok(env[name], `${name} names no program; ./quickstart test browser sets it`);
  return env[name];
}

/** A program that ends with this process, however that ends. */
const start = (program, args, options) => spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], { stdio: ['ignore', 'pipe', 'inherit'], ...options });

/** Starts both; `bucket` is the S3 server's folder. script(…) says what shall go wrong with recordings from then on. */
export async function recorder() {
  const folder = mkdtempSync(join(tmpdir(), 'bedrud-recorder-'));
  const [script, config, cert, key] = ['script.json', 'egress.yaml', 'cert.pem', 'key.pem'].map((name) => join(folder, name));
  const said = readFileSync(join(env.BEDRUD_STATE ?? '../../var', 'config.yaml'), 'utf8');
  const [, port, access, secret] = /endpoint: "https:\/\/127\.0\.0\.1:(\d+)".*accessKey: (\w+).*secretKey: "(\w+)"/.exec(said) ?? [];
  assert.ok(port, 'config.yaml has no recording.s3 as ./quickstart test browser writes it');
  const write = (what) => writeFileSync(script, JSON.stringify({ '*': what }));
  write({});
  ctl('egress', 'config', '--output', config);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
    '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const bucket = join(folder, 's3/meet');
  mkdirSync(bucket, { recursive: true });
  const parts = [
    start(tool('EGRESS_STANDIN'), ['--config', config, '--script', script]),
    start(tool('VERSITYGW'), ['--port', `127.0.0.1:${port}`, '--cert', cert, '--key', key, 'posix', join(folder, 's3')],
      { stdio: 'ignore', env: { ...env, ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret } }),
  ];
  await new Promise((done, fail) => {
    parts[0].stdout.once('data', done);
    parts[0].once('exit', () => fail(new Error('the egress worker has ended')));
  });
  const answers = () => new Promise((done) => {
    const socket = connect(Number(port), '127.0.0.1', () => done(true)).on('error', () => done(false)).on('close', () => undefined);
    socket.on('connect', () => socket.destroy());
  });
  while (!(await answers())) {
    assert.equal(parts[1].exitCode, null, 'the S3 server has ended');
    await new Promise((done) => { setTimeout(done, 50); });
  }
  return {
    bucket,
    script: write,
    end() {
      for (const part of parts) part.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
