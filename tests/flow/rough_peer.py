"""A peer with a real key that says whatever a test wants: frames as text through `capnp`, sockets by
python3-zmq, and one CURVE handshake written out by hand over libsodium."""
import ctypes
import os
import re
import socket
import struct
import subprocess

import zmq
from zmq.utils import z85

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../schemas")


def capnp(*argv, given):
    done = subprocess.run(["capnp", *argv], input=given, capture_output=True, timeout=20, check=False)
    if done.returncode != 0:
        raise ValueError(f"capnp {argv[0]}: {done.stderr.decode()}")
    return done.stdout


def encode(file, name, text):
    return capnp("encode", os.path.join(SCHEMAS, file), name, given=text.encode())


def frame(text):
    return encode("control.capnp", "Frame", text)


def readable(raw):
    return capnp("decode", "--short", os.path.join(SCHEMAS, "control.capnp"), "Frame", given=raw).decode().strip()


def data(raw):
    return '0x"' + raw.hex() + '"'


def publish(first, events):
    rows = ", ".join(f"(sequence = {first + i}, event = {data(e)})" for i, e in enumerate(events))
    return frame(f"(publish = (records = [{rows}]))")


def read_key(path):
    with open(path, encoding="utf-8") as f:
        return next(line.strip() for line in f if re.fullmatch(r"\S{40}", line.strip())).encode()


class Peer:
    """A DEALER with CURVE. `ask` sends and returns what comes back, as text."""

    def __init__(self, port, secret, server):
        self.context = zmq.Context()
        self.port, self.secret, self.server = port, secret, server
        self.socket = None
        self.connect()

    def connect(self):
        self.close()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, 0)
        self.socket.curve_secretkey = self.secret
        self.socket.curve_publickey = zmq.curve_public(self.secret)
        self.socket.curve_serverkey = self.server
        self.socket.connect(f"tcp://127.0.0.1:{self.port}")

    def send(self, raw):
        self.socket.send(raw)

    def hear(self, seconds=2.0, until=None):
        """Frames that come within `seconds`; stops at the first that matches `until`."""
        heard = []
        while self.socket.poll(int(seconds * 1000)):
            heard.append(readable(self.socket.recv()))
            if until and re.search(until, heard[-1]):
                break
        return heard

    def ask(self, raw, until, seconds=5.0):
        self.send(raw)
        heard = self.hear(seconds, until)
        return heard[-1] if heard and re.search(until, heard[-1]) else " | ".join(heard)

    def hello(self, system, accepted=0, role="source", protocol=1):
        return frame(f'(hello = (protocol = {protocol}, software = "rough/1", role = {role}, '
                     f'systemId = "{system}", lastAccepted = {accepted}))')

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


class HandMade:
    """One ZMTP 3.0 CURVE conversation (rfc.zeromq.org/spec/26) whose READY properties are the test's."""

    def __init__(self, port, secret, server, properties):
        self.sodium = ctypes.CDLL("libsodium.so.23")
        self.sodium.sodium_init()
        self.c_secret, self.server = z85.decode(secret), z85.decode(server)
        c_public = z85.decode(zmq.curve_public(secret))
        t_public, t_secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
        self.sodium.crypto_box_keypair(t_public, t_secret)
        self.t_secret = t_secret.raw
        self.nonce = 0
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.sock.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32))
        self.exactly(64)

        short = self.next_nonce()
        box = self.box(bytes(64), b"CurveZMQHELLO---" + short, self.server, self.t_secret)
        self.command(b"\x05HELLO\x01\x00" + bytes(72) + t_public.raw + short + box)
        welcome = self.receive()
        assert welcome.startswith(b"\x07WELCOME"), welcome[:20]
        opened = self.unbox(welcome[24:], b"WELCOME-" + welcome[8:24], self.server, self.t_secret)
        self.s_transient, cookie = opened[:32], opened[32:]

        vouch_nonce = os.urandom(16)
        vouch = vouch_nonce + self.box(t_public.raw + self.server, b"VOUCH---" + vouch_nonce, self.s_transient, self.c_secret)
        words = b"".join(bytes([len(k)]) + k + struct.pack(">I", len(v)) + v for k, v in properties)
        short = self.next_nonce()
        box = self.box(c_public + vouch + words, b"CurveZMQINITIATE" + short, self.s_transient, self.t_secret)
        self.command(b"\x08INITIATE" + cookie + short + box)
        ready = self.receive()
        assert ready.startswith(b"\x05READY"), ready[:20]

    def next_nonce(self):
        self.nonce += 1
        return struct.pack(">Q", self.nonce)

    def box(self, plain, nonce, public, secret):
        out = ctypes.create_string_buffer(len(plain) + 16)
        assert self.sodium.crypto_box_easy(out, plain, ctypes.c_ulonglong(len(plain)), nonce, public, secret) == 0
        return out.raw

    def unbox(self, sealed, nonce, public, secret):
        out = ctypes.create_string_buffer(len(sealed) - 16)
        assert self.sodium.crypto_box_open_easy(out, sealed, ctypes.c_ulonglong(len(sealed)), nonce, public, secret) == 0
        return out.raw

    def exactly(self, size):
        got = b""
        while len(got) < size:
            more = self.sock.recv(size - len(got))
            if not more:
                raise OSError("closed by the hub")
            got += more
        return got

    def write(self, flags, body):
        head = bytes([flags, len(body)]) if len(body) < 256 else bytes([flags | 2]) + struct.pack(">Q", len(body))
        self.sock.sendall(head + body)

    def command(self, body):
        self.write(4, body)

    def receive(self):
        flags = self.exactly(1)[0]
        size = struct.unpack(">Q", self.exactly(8))[0] if flags & 2 else self.exactly(1)[0]
        return self.exactly(size)

    def send(self, payload):
        short = self.next_nonce()
        box = self.box(b"\0" + payload, b"CurveZMQMESSAGEC" + short, self.s_transient, self.t_secret)
        self.write(0, b"\x07MESSAGE" + short + box)

    def ask(self, payload):
        """The first whole message that comes back, as text; pings and the like are passed over."""
        self.send(payload)
        while True:
            got = self.receive()
            if not got.startswith(b"\x07MESSAGE"):
                continue
            plain = self.unbox(got[16:], b"CurveZMQMESSAGES" + got[8:16], self.s_transient, self.t_secret)
            if len(plain) > 1 and plain[0] & 6 == 0:
                return readable(plain[1:])
