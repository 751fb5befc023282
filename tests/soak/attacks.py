"""Attacks of the soak: each must be refused or bounded, and nothing of it may reach an upstream."""
import asyncio
import struct

from clients import ERRORS, head1
from upstreams import PREFACE, SMUGGLED

MARK = SMUGGLED + ": {}\r\n"
HOST = "host: web.test\r\n"

# Requests that must get a status of 4xx or 5xx, or the end of the connection. A lone CR in a value and two spaces in the
# request line are mended on the way, as Envoy does.
REFUSED = {
    "S1": "POST /c0/ HTTP/1.1\r\n" + HOST + MARK + "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "S2": "POST /c0/ HTTP/1.1\r\n" + HOST + MARK + "transfer-encoding: xchunked\r\n\r\n",
    "S2b": "POST /c0/ HTTP/1.1\r\n" + HOST + MARK + "transfer-encoding: chunked, identity\r\n\r\n",
    "S3": "POST /c0/ HTTP/1.1\r\n" + HOST + MARK + "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "S4": "POST /c0/ HTTP/1.1\r\n" + HOST + MARK + "transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "S5": "POST /c0/ HTTP/1.1\r\n" + HOST + MARK + "content-length: 4\r\ncontent-length: 5\r\n\r\nabcde",
    "S6": "POST /c0/ HTTP/1.1\r\n" + HOST + MARK + "content-length: +4\r\n\r\nabcd",
    "S6b": "POST /c0/ HTTP/1.1\r\n" + HOST + MARK + "content-length: 99999999999999999999\r\n\r\n",
    "S8b": "GET /c0/ HTTP/1.1\r\n" + HOST + MARK + "x: a\x00b\r\n\r\n",
    "S11": "GET /c0/ HTTP/1.1x\r\n" + HOST + MARK + "\r\n",
    "S11b": "GET /c0/ HTTP/2.0\r\n" + HOST + MARK + "\r\n",
    "S12": "GET /c0/ HTTP/1.0\r\n" + HOST + MARK + "\r\n",
    "S15b": "GET /c0/ HTTP/1.1\r\nhost: a/b\r\n" + MARK + "\r\n",
    "S21": "GET /c0/ HTTP/1.1\r\n" + HOST + MARK + ": x\r\n\r\n",
    "S22": "GET /c0/ HTTP/1.1\r\n" + HOST + MARK + "x: " + "y" * 70000 + "\r\n\r\n",
    "S22b": "GET /c0/ HTTP/1.1\r\n" + HOST + MARK + "".join(f"a{i}: b\r\n" for i in range(120)) + "\r\n",
    "preface": "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    "garbage": "\x16\x03\x01garbage\r\n\r\n",
}

# Bodies that go wrong after a good head: what follows them must not become a request.
BODIES = {
    "S9": "0x5\r\nhello\r\n0\r\n\r\n", "S9b": "FFFFFFFFFFFFFFFFF\r\nhello", "S9c": "-1\r\nx",
    "S10": "5\r\nhelloXX0\r\n\r\n",
}


async def attack(load):
    names = [*REFUSED, *BODIES, "S25", "rapid-reset", "continuation", "settings", "ping", "priority", "window", "stall",
             "bomb", "frames"]
    while not load.stopped:
        name = load.random.choice(names)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", load.ports["plain"], limit=1 << 20)
        except ERRORS:
            await asyncio.sleep(0.3)
            continue
        try:
            await asyncio.wait_for(_attack(load, name, reader, writer), 12)
        except (asyncio.TimeoutError, *ERRORS):
            pass
        finally:
            load.add("attacks")
            writer.transport.abort()
        await asyncio.sleep(load.random.random() * 0.1)


async def _attack(load, name, reader, writer):
    if name in REFUSED:
        writer.write(REFUSED[name].replace("{}", name).encode("latin-1"))
        status, headers = await head1(reader)
        if status < 400 or "x-upstream" in headers:
            load.violations.append(f"attack {name}: answered {status} {headers}")
    elif name in BODIES:
        follow = f"GET /c0/ HTTP/1.1\r\n{HOST}{MARK.replace('{}', name)}\r\n"
        writer.write((f"POST /c0/ HTTP/1.1\r\n{HOST}x-cluster: u0\r\ntransfer-encoding: chunked\r\n\r\n"
                      + BODIES[name] + follow).encode())
        await reader.read(65536)
    elif name == "S25":
        one = f"GET /c0/x HTTP/1.1\r\n{HOST}x-cluster: u0\r\nx-size: 9000\r\n\r\n".encode()
        for _ in range(1000):
            writer.write(one)
        await asyncio.sleep(3)
    else:
        await http2(load, name, reader, writer)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


# :method GET, :scheme http, :path /c0/x, :authority web.test, x-cluster: u0; without the dynamic table.
HEAD = b"\x82\x86\x04\x05/c0/x\x01\x08web.test\x00\x09x-cluster\x02u0"


async def http2(load, name, reader, writer):
    writer.write(PREFACE + frame(4, 0, 0))
    out, count = bytearray(), 0
    if name == "rapid-reset":
        for stream in range(1, 4001, 2):
            out += frame(1, 5, stream, HEAD) + frame(3, 0, stream, struct.pack(">I", 8))
    elif name == "continuation":
        out += frame(1, 1, 1, HEAD)
        for count in range(200):
            out += frame(9, 0, 1, b"\x00\x05x-" + f"{count:03}".encode() + b"\x7f\x81\x07" + b"y" * 262)
    elif name == "settings":
        out += frame(4, 0, 0) * 5000
    elif name == "ping":
        out += frame(6, 0, 0, b"12345678") * 5000
    elif name == "priority":
        out += frame(2, 0, 1, struct.pack(">IB", 0, 1)) * 5000
    elif name == "window":
        out += frame(8, 0, 0, struct.pack(">I", 1)) * 5000
    elif name == "stall":
        out += frame(4, 0, 0, struct.pack(">HI", 4, 0))
        for stream in range(1, 101, 2):
            out += frame(1, 5, stream, HEAD + b"\x00\x06x-size\x0531000"[:0] + b"\x00\x06x-size\x06300000")
    elif name == "bomb":
        out += frame(1, 4, 1, HEAD + b"\x40\x01b\x7f\x81\x1e" + b"z" * 4000)
        for stream in range(3, 40, 2):
            out += frame(1, 5, stream, HEAD + b"\xbe" * 8000)
    else:
        for _ in range(60):
            size = load.random.randrange(40)
            out += frame(load.random.randrange(12), load.random.randrange(256), load.random.randrange(8),
                         bytes(load.random.randrange(256) for _ in range(size)))
    writer.write(bytes(out))
    await asyncio.sleep(0.5 if name != "stall" else 4)
    while name != "stall" and await reader.read(65536):
        pass
