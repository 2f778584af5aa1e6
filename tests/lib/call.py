# SPDX-License-Identifier: Apache-2.0
"""A participant of a real call: the LiveKit Python SDK with a moving picture and a tone, counting what arrives from
whom."""
import asyncio
import collections
import math
import struct
import time

from livekit import rtc

WIDTH, HEIGHT, RATE = 320, 180, 48000


async def until(what, fn, timeout=20, detail=None):
    """Waits until fn() is true."""
    end = time.monotonic() + timeout
    while not fn():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout} s{': ' + str(detail()) if detail else ''}")
        await asyncio.sleep(0.03)


class Person:
    def __init__(self, reply):
        """reply: what join or guest-join answered."""
        self.url, self.token = reply["livekitHost"], reply["token"]
        self.video, self.audio, self.loud = (collections.Counter() for _ in range(3))
        self.data, self.events, self.tasks = [], [], []
        self.room = rtc.Room()
        self.reason = None
        on = self.room.on
        on("track_subscribed", self._subscribed)
        on("data_received", lambda p: self.data.append((p.participant.identity if p.participant else None, p.topic,
                                                        p.data)))
        on("disconnected", self._disconnected)
        for name in ("reconnecting", "reconnected"):
            on(name, lambda name=name: self.events.append(name))

    def _disconnected(self, reason):
        self.reason = reason
        self.events.append("disconnected")

    @property
    def identity(self):
        return self.room.local_participant.identity

    async def __aenter__(self):
        try:
            await asyncio.wait_for(self.room.connect(self.url, self.token), 20)
        except rtc.ConnectError as e:
            raise AssertionError(f"connect to {self.url}: {e}") from None
        return self

    async def __aexit__(self, *exc):
        for t in self.tasks:
            t.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.room.disconnect()

    def spawn(self, coroutine):
        self.tasks.append(asyncio.create_task(coroutine))

    def _subscribed(self, track, publication, participant):
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            self.spawn(self._count_video(track, participant.identity))
        else:
            self.spawn(self._count_audio(track, participant.identity))

    async def _count_video(self, track, who):
        async for _ in rtc.VideoStream(track):
            self.video[who] += 1

    async def _count_audio(self, track, who):
        async for event in rtc.AudioStream(track):
            samples = event.frame.data
            self.audio[who] += len(samples) * 2
            self.loud[who] = max(self.loud[who], max(map(abs, samples[::16]), default=0))

    async def camera(self, kind=rtc.TrackSource.SOURCE_CAMERA):
        """Publishes a picture that changes; of another kind, a screen say."""
        source = rtc.VideoSource(WIDTH, HEIGHT)
        track = rtc.LocalVideoTrack.create_video_track("camera", source)
        await asyncio.wait_for(self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=kind, simulcast=False)), 15)
        self.spawn(self._film(source))

    async def _film(self, source):
        for n in range(1 << 30):
            shade = bytes((n * 5 % 256, n * 3 % 256, n % 256, 255))
            source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.RGBA, shade * (WIDTH * HEIGHT)))
            await asyncio.sleep(1 / 20)

    async def microphone(self):
        """Publishes a tone."""
        source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        await asyncio.wait_for(self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)), 15)
        self.spawn(self._hum(source))

    async def _hum(self, source):
        n = RATE // 100
        tone = struct.pack(f"{n}h", *(int(12000 * math.sin(2 * math.pi * 400 * i / RATE)) for i in range(n)))
        while True:
            await source.capture_frame(rtc.AudioFrame(tone, RATE, 1, n))

    async def say(self, text, topic="chat"):
        await self.room.local_participant.publish_data(text.encode(), reliable=True, topic=topic)
