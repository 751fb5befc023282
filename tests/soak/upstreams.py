"""Upstreams of the soak: each names itself in every answer, echoes what identifies the request, and misbehaves on demand."""
import asyncio
import hashlib

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SMUGGLED = "x-smuggled"
BODY_MAX = 4 * 1024 * 1024


def content(ident, size):
    """The body that belongs to a request: nobody else's has the same bytes."""
    block = hashlib.sha256(ident.encode()).hexdigest().encode()
    return (block * (size // len(block) + 1))[:size]


def frames_of(data):
    """The frames of a connection in short, for the report of a violation."""
    names = ["DATA", "HEADERS", "PRIORITY", "RST", "SETTINGS", "PUSH", "PING", "GOAWAY", "WINDOW", "CONTINUATION"]
    at, result = len(PREFACE), []
    while at + 9 <= len(data):
        length, kind, flags = int.from_bytes(data[at:at + 3], "big"), data[at + 3], data[at + 4]
        stream = int.from_bytes(data[at + 5:at + 9], "big")
        result.append(f"{names[kind] if kind < len(names) else kind}:{stream}:{flags}:{length}")
        at += 9 + length
    return result


class Upstream:
    """One upstream: an HTTP port (HTTP/1.1 and HTTP/2 by the first bytes) and a TCP port."""

    def __init__(self, name, violations):
        self.name, self.violations = name, violations
        self.servers, self.writers = [], set()
        self.http_port = self.tcp_port = 0
        self.requests = 0

    async def start(self):
        http = await asyncio.start_server(self._http, "127.0.0.1", self.http_port, limit=1 << 20)
        tcp = await asyncio.start_server(self._tcp, "127.0.0.1", self.tcp_port)
        self.http_port = http.sockets[0].getsockname()[1]
        self.tcp_port = tcp.sockets[0].getsockname()[1]
        self.servers = [http, tcp]

    async def stop(self, abort=False):
        for server in self.servers:
            server.close()
        for writer in list(self.writers):
            writer.transport.abort() if abort else writer.close()
        self.servers = []

    async def _tcp(self, reader, writer):
        self.writers.add(writer)
        try:
            while data := await reader.read(65536):
                writer.write(self.name.encode() + b":" + data)
                await writer.drain()
        except (ConnectionError, OSError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def _http(self, reader, writer):
        self.writers.add(writer)
        try:
            first = await reader.readexactly(3)
            if first == PREFACE[:3]:
                await self._http2(reader, writer, first)
            else:
                await self._http1(reader, writer, first)
        except (ConnectionError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        except h2.exceptions.ProtocolError as error:
            frames = " ".join(frames_of(getattr(writer, "seen", b""))[-80:])
            self.violations.append(f"{self.name}: the proxy broke HTTP/2: {error!r} after {frames}")
        finally:
            self.writers.discard(writer)
            writer.close()

    # -- HTTP/1.1 -----------------------------------------------------------
    async def _http1(self, reader, writer, first):
        while True:
            head = first + await reader.readuntil(b"\r\n\r\n")
            first = b""
            lines = head.decode("latin-1").split("\r\n")
            method, path = lines[0].split(" ")[:2]
            headers = {}
            for line in lines[1:-2]:
                name, _, value = line.partition(":")
                name = name.lower()
                if name in headers and name in ("host", "content-length", "transfer-encoding"):
                    self.violations.append(f"{self.name}: {name} twice in {head[:200]!r}")
                headers[name] = value.strip()
            self._look(method, path, headers)
            if "content-length" in headers and "transfer-encoding" in headers:
                self.violations.append(f"{self.name}: both framings in {head[:200]!r}")
            body = await self._body1(reader, headers)
            if not await self._answer1(writer, method, headers, body):
                return

    @staticmethod
    async def _body1(reader, headers):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += (await reader.readexactly(size + 2))[:-2]
                if len(body) > BODY_MAX:
                    raise ConnectionError
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
            return body
        return await reader.readexactly(int(headers.get("content-length", 0)))

    async def _answer1(self, writer, method, headers, body):
        """False when the connection is over."""
        do, ident = headers.get("x-do", ""), headers.get("x-ident", "")
        size = int(headers.get("x-size", 0))
        common = f"x-upstream: {self.name}\r\nx-ident: {ident}\r\nx-body: {len(body)}\r\n"
        payload = b"" if method == "HEAD" else content(ident, size)
        if do == "reset":
            writer.transport.abort()
            return False
        if do == "silent":
            await asyncio.sleep(20)
            return False
        if do == "slow":
            await asyncio.sleep(0.5)
        if do == "early":
            writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
        if do == "garbage":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\nbad header\r\n\r\n")
            writer.close()
            return False
        if do == "surplus":
            writer.write(f"HTTP/1.1 200 OK\r\n{common}content-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nx-upstream: nobody\r\n"
                         f"content-length: 1\r\n\r\nz".encode())
            await writer.drain()
            return True
        if do == "huge":
            writer.write(f"HTTP/1.1 200 OK\r\n{common}x-huge: {'h' * 200000}\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
            return True
        if do == "cut":
            writer.write(f"HTTP/1.1 200 OK\r\n{common}content-length: {size + 10}\r\n\r\n".encode() + payload)
            await writer.drain()
            writer.close()
            return False
        status = "503 Service Unavailable" if do == "503" else "200 OK"
        if do == "chunks" and method != "HEAD":
            writer.write(f"HTTP/1.1 {status}\r\n{common}transfer-encoding: chunked\r\n\r\n".encode())
            for at in range(0, size, 5000):
                piece = payload[at:at + 5000]
                writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                await writer.drain()
            writer.write(b"0\r\n\r\n")
        else:
            writer.write(f"HTTP/1.1 {status}\r\n{common}content-length: {size}\r\n\r\n".encode())
            if do == "dribble":
                for at in range(0, len(payload), 1 + len(payload) // 8):
                    writer.write(payload[at:at + 1 + len(payload) // 8])
                    await writer.drain()
                    await asyncio.sleep(0.05)
            else:
                writer.write(payload)
        await writer.drain()
        return True

    # -- HTTP/2 -------------------------------------------------------------
    async def _http2(self, reader, writer, first):
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        link = h2.connection.H2Connection(config)
        link.initiate_connection()
        pending, heads, counts = {}, {}, {}
        data = writer.seen = first
        while data:
            for event in link.receive_data(data):
                try:
                    self._event2(link, writer, event, heads, counts, pending)
                except h2.exceptions.ProtocolError:
                    pending.pop(event.stream_id, None)  # The stream is over by what came behind this event.
            self._flush2(link, pending)
            writer.write(link.data_to_send())
            await writer.drain()
            data = await reader.read(65536)
            writer.seen += data

    def _event2(self, link, writer, event, heads, counts, pending):
        if isinstance(event, h2.events.RequestReceived):
            headers = dict(event.headers)
            heads[event.stream_id], counts[event.stream_id] = headers, 0
            self._look(headers.get(":method"), headers.get(":path"), headers)
        elif isinstance(event, h2.events.DataReceived):
            counts[event.stream_id] = counts.get(event.stream_id, 0) + len(event.data)
            link.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            pending.pop(event.stream_id, None)
            heads.pop(event.stream_id, None)
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id in heads:
            headers = heads.pop(event.stream_id)
            body = counts.pop(event.stream_id, 0)
            do, ident = headers.get("x-do", ""), headers.get("x-ident", "")
            if do in ("reset", "garbage", "cut", "silent"):
                link.reset_stream(event.stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
                return
            if do == "huge":
                writer.transport.abort()
                return
            answer = [(":status", "503" if do == "503" else "200"), ("x-upstream", self.name), ("x-ident", ident),
                      ("x-body", str(body))]
            trailers = headers.get("te") == "trailers"
            if trailers:
                answer.append(("content-type", "application/grpc"))
            link.send_headers(event.stream_id, answer)
            size = 0 if headers.get(":method") == "HEAD" else int(headers.get("x-size", 0))
            pending[event.stream_id] = [content(ident, size), trailers]

    @staticmethod
    def _flush2(link, pending):
        for stream, (rest, trailers) in list(pending.items()):
            try:
                while rest:
                    room = min(link.local_flow_control_window(stream), link.max_outbound_frame_size, len(rest))
                    if room <= 0:
                        break
                    link.send_data(stream, rest[:room])
                    rest = rest[room:]
                if rest:
                    pending[stream][0] = rest
                    continue
                if trailers:
                    link.send_headers(stream, [("grpc-status", "0")], end_stream=True)
                else:
                    link.end_stream(stream)
                del pending[stream]
            except h2.exceptions.ProtocolError:
                pending.pop(stream, None)

    def _look(self, method, path, headers):
        self.requests += 1
        if SMUGGLED in headers:
            self.violations.append(f"{self.name}: a refused request came through: {method} {path} {headers[SMUGGLED]}")
        wanted = headers.get("x-cluster")
        if wanted is not None and wanted != self.name:
            self.violations.append(f"{self.name}: a request for {wanted} came here: {method} {path}")
