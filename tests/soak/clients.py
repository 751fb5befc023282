"""Clients of the soak: mixed load over HTTP/1.1, HTTP/2, gRPC-like calls, TCP and TLS; and peers that are slow."""
import asyncio
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from upstreams import content

FAULTS = ["reset", "slow", "early", "garbage", "surplus", "huge", "cut", "503", "chunks", "dribble"]
ERRORS = (ConnectionError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError)


class Load:
    """What all clients share: the addresses, the seed's numbers, the counts and what went wrong."""

    def __init__(self, random, ports, count, violations):
        self.random, self.ports, self.count, self.violations = random, ports, count, violations
        self.counts = {}
        self.stopped = False
        self.number = 0
        self.tls = ssl.create_default_context()
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE

    def add(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def next(self):
        self.number += 1
        return f"r{self.number}"

    def fault(self):
        return self.random.choice(FAULTS) if self.random.random() < 0.12 else ""

    def size(self):
        return self.random.choice([0, 1, 100, 1500, 9000, 70000, 300000] if self.random.random() < 0.3 else [0, 30, 900])

    async def open(self, secure, name="web.test", alpn=None):
        if not secure:
            return await asyncio.open_connection("127.0.0.1", self.ports["plain"], limit=1 << 20)
        context = self.tls
        if alpn:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_alpn_protocols([alpn])
        return await asyncio.open_connection(
            "127.0.0.1", self.ports["secure"], ssl=context, server_hostname=name, limit=1 << 20)

    def check(self, kind, target, ident, size, status, headers, body, complete):
        """An answer of an upstream must be the answer to this request; all others are the proxy's own."""
        self.add(f"{kind} {status // 100}xx")
        name = headers.get("x-upstream")
        if name is None:
            return
        if name != f"u{target}":
            self.violations.append(f"{kind} {ident}: asked c{target}, answered by {name}")
        if headers.get("x-ident") != ident:
            self.violations.append(f"{kind} {ident}: got the answer to {headers.get('x-ident')}")
        if complete and size is not None and body != content(ident, size):
            self.violations.append(f"{kind} {ident}: {len(body)} bytes are not the {size} that were asked for")


async def http1(load, secure):
    """Keep-alive connections with requests one after another."""
    while not load.stopped:
        try:
            reader, writer = await asyncio.wait_for(load.open(secure), 10)
        except (asyncio.TimeoutError, *ERRORS):
            load.add("h1 no connection")
            await asyncio.sleep(0.3)
            continue
        try:
            for _ in range(load.random.randint(1, 60)):
                if load.stopped or not await asyncio.wait_for(request1(load, reader, writer, secure), 30):
                    break
                await asyncio.sleep(load.random.random() * 0.02)
        except asyncio.TimeoutError:
            load.violations.append("h1: no answer within 30 s")
        except ERRORS:
            load.add("h1 broken")
        finally:
            writer.close()


async def request1(load, reader, writer, secure):
    target, ident, do, size = load.random.randrange(load.count), load.next(), load.fault(), load.size()
    method = load.random.choice(["GET", "GET", "POST", "HEAD"])
    body = content("up" + ident, load.size()) if method == "POST" else b""
    head = (f"{method} /c{target}/x HTTP/1.1\r\nhost: web.test\r\nx-cluster: u{target}\r\nx-ident: {ident}\r\n"
            f"x-do: {do}\r\nx-size: {size}\r\n")
    if method == "POST" and load.random.random() < 0.5:
        writer.write(head.encode() + b"transfer-encoding: chunked\r\n\r\n")
        for at in range(0, len(body), 4000):
            piece = body[at:at + 4000]
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        writer.write(b"0\r\n\r\n")
    else:
        writer.write(head.encode() + (f"content-length: {len(body)}\r\n" if body else "").encode() + b"\r\n" + body)
    if load.random.random() < 0.02:
        load.add("h1 given up")
        return False
    await writer.drain()
    status, headers = await head1(reader)
    while status < 200:
        status, headers = await head1(reader)
    answer, complete = await body1(reader, method, status, headers)
    exact = size if method != "HEAD" and do in ("", "slow", "early", "503", "chunks", "dribble") else None
    load.check("h1s" if secure else "h1", target, ident, exact, status, headers, answer, complete)
    if method == "POST" and headers.get("x-upstream") and int(headers.get("x-body", -1)) != len(body):
        load.violations.append(f"h1 {ident}: sent {len(body)} bytes, {headers.get('x-body')} arrived")
    return complete and headers.get("connection") != "close"


async def head1(reader):
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:-2]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(lines[0].split(" ")[1]), headers


async def body1(reader, method, status, headers):
    """The body, and whether it is whole."""
    if method == "HEAD" or status in (204, 304):
        return b"", True
    try:
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await reader.readuntil(b"\r\n"), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readuntil(b"\r\n")
            return body, True
        return await reader.readexactly(int(headers.get("content-length", 0))), True
    except (asyncio.IncompleteReadError, ConnectionError):
        return b"", False


class Call:
    def __init__(self, target, ident, size, do):
        self.target, self.ident, self.size, self.do = target, ident, size, do
        self.headers, self.body, self.trailers = {}, b"", {}


async def http2(load, secure):
    """Connections with several streams at a time; a part of the calls look like gRPC."""
    while not load.stopped:
        try:
            reader, writer = await asyncio.wait_for(load.open(secure, alpn="h2" if secure else None), 10)
        except (asyncio.TimeoutError, *ERRORS):
            load.add("h2 no connection")
            await asyncio.sleep(0.3)
            continue
        try:
            await session2(load, reader, writer, secure)
        except (h2.exceptions.ProtocolError, *ERRORS) as error:
            load.add(f"h2 broken {error!r}"[:70] if isinstance(error, h2.exceptions.ProtocolError) else "h2 broken")
        finally:
            writer.close()


async def session2(load, reader, writer, secure):
    link = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
    link.initiate_connection()
    calls, left, idle = {}, load.random.randint(5, 200), 0
    while left > 0 or calls:
        while left > 0 and len(calls) < 8 and not load.stopped:
            left -= 1
            begin2(load, link, calls)
        if load.stopped:
            left = 0
        writer.write(link.data_to_send())
        await writer.drain()
        try:
            data = await asyncio.wait_for(reader.read(65536), 5)
            idle = 0
        except asyncio.TimeoutError:
            idle += 1
            if idle > 5:
                load.violations.append(f"h2: {len(calls)} streams without an answer within 30 s")
                return
            continue
        if not data:
            return
        for event in link.receive_data(data):
            if isinstance(event, h2.events.ConnectionTerminated):
                load.add("h2 goaway")
                return
            event2(load, link, calls, event, secure)


def begin2(load, link, calls):
    call = Call(load.random.randrange(load.count), load.next(), load.size(), load.fault())
    stream, grpc = link.get_next_available_stream_id(), load.random.random() < 0.4
    headers = [(":method", "POST" if grpc else "GET"), (":path", f"/c{call.target}/x"), (":scheme", "http"),
               (":authority", "web.test"), ("x-cluster", f"u{call.target}"), ("x-ident", call.ident),
               ("x-size", str(call.size)), ("x-do", call.do)]
    if grpc:
        headers += [("te", "trailers"), ("content-type", "application/grpc")]
    link.send_headers(stream, headers, end_stream=not grpc)
    if grpc:
        link.send_data(stream, content(call.ident, load.random.choice([5, 500, 9000]))[:min(
            9000, link.local_flow_control_window(stream))], end_stream=True)
    if load.random.random() < 0.03:
        link.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        load.add("h2 given up")
    else:
        calls[stream] = call


def event2(load, link, calls, event, secure):
    stream = getattr(event, "stream_id", None)
    call = calls.get(stream)
    if isinstance(event, h2.events.DataReceived):
        link.acknowledge_received_data(event.flow_controlled_length, stream)
        if call:
            call.body += event.data
    elif call and isinstance(event, h2.events.ResponseReceived):
        call.headers = dict(event.headers)
    elif call and isinstance(event, h2.events.StreamReset):
        load.add("h2 reset")
        del calls[stream]
    elif call and isinstance(event, h2.events.StreamEnded):
        exact = call.size if call.do in ("", "slow", "early", "503", "chunks", "dribble") else None
        load.check("h2s" if secure else "h2", call.target, call.ident, exact, int(call.headers.get(":status", 0)),
                   call.headers, call.body, True)
        del calls[stream]


async def tcp(load, secure):
    """Lines through a TCP proxy; each must come back with the name of its upstream."""
    while not load.stopped:
        target = load.random.randrange(load.count)
        try:
            if secure:
                reader, writer = await asyncio.wait_for(load.open(True, f"t{target}.test"), 10)
            else:
                reader, writer = await asyncio.open_connection("127.0.0.1", load.ports[f"tcp{target}"])
        except (asyncio.TimeoutError, *ERRORS):
            load.add("tcp no connection")
            await asyncio.sleep(0.3)
            continue
        try:
            for _ in range(load.random.randint(1, 20)):
                ident = load.next().encode() + b"\n"
                writer.write(ident)
                answer = await asyncio.wait_for(reader.readuntil(b"\n"), 12)
                load.add("tcps lines" if secure else "tcp lines")
                if answer != f"u{target}:".encode() + ident:
                    load.violations.append(f"tcp: sent {ident!r} to t{target}, got {answer[:80]!r}")
                await asyncio.sleep(load.random.random() * 0.05)
        except (asyncio.TimeoutError, *ERRORS):
            load.add("tcp broken")
        finally:
            writer.close()


async def slow(load):
    """Peers that send or read very little at a time, or nothing at all."""
    while not load.stopped:
        kind = load.random.choice(["head", "body", "reader", "idle", "hello"])
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", load.ports["secure" if kind == "hello" else "plain"], limit=4096)
        except ERRORS:
            await asyncio.sleep(0.3)
            continue
        try:
            await asyncio.wait_for(_slow(load, kind, reader, writer), 15)
        except (asyncio.TimeoutError, *ERRORS):
            pass
        finally:
            load.add(f"slow {kind}")
            writer.transport.abort()


async def _slow(load, kind, reader, writer):
    target = load.random.randrange(load.count)
    start = f"POST /c{target}/x HTTP/1.1\r\nhost: a\r\nx-cluster: u{target}\r\n"
    if kind == "head":
        for byte in start.encode():
            writer.write(bytes([byte]))
            await asyncio.sleep(0.15)
    elif kind == "body":
        writer.write(start.encode() + b"content-length: 1000\r\n\r\n")
        for _ in range(60):
            writer.write(b"x")
            await asyncio.sleep(0.2)
    elif kind == "reader":
        writer.write(f"GET /c{target}/x HTTP/1.1\r\nhost: a\r\nx-size: 3000000\r\nx-cluster: u{target}\r\n\r\n".encode())
        for _ in range(40):
            await reader.read(1000)
            await asyncio.sleep(0.25)
    elif kind == "hello":
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
        await asyncio.sleep(8)
    else:
        await asyncio.sleep(8)
