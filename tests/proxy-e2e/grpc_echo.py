"""A gRPC server and client for the suite, over the hyper-h2 library: a message asks for a number of answers."""
import socket
import threading

import h2.config
import h2.connection
import h2.events

PATH = "/proto.EchoTestService/StreamEcho"


def message(number):
    """A gRPC message whose field 1 is a number."""
    body, rest = b"\x08", number
    while rest > 0x7F:
        body, rest = body + bytes([rest & 0x7F | 0x80]), rest >> 7
    body += bytes([rest])
    return b"\0" + len(body).to_bytes(4, "big") + body


def numbers(buffer):
    """Takes whole messages off a buffer: their numbers."""
    found = []
    while len(buffer) >= 5 and len(buffer) >= 5 + int.from_bytes(buffer[1:5], "big"):
        length = int.from_bytes(buffer[1:5], "big")
        number, shift = 0, 0
        for byte in buffer[6:5 + length]:
            number, shift = number | (byte & 0x7F) << shift, shift + 7
        found.append(number)
        del buffer[:5 + length]
    return found


class Server:
    def __init__(self, address):
        self.listener = socket.create_server(address)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection):
        http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        http.initiate_connection()
        buffers = {}
        try:
            while True:
                connection.sendall(http.data_to_send())
                data = connection.recv(65536)
                if not data:
                    return
                for event in http.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        buffers[event.stream_id] = bytearray()
                        http.send_headers(
                            event.stream_id, [(":status", "200"), ("content-type", "application/grpc")])
                    elif isinstance(event, h2.events.DataReceived):
                        http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                        buffers[event.stream_id] += event.data
                        for number in numbers(buffers[event.stream_id]):
                            for answer in range(number):
                                http.send_data(event.stream_id, message(answer))
                    if isinstance(event, h2.events.StreamEnded):
                        http.send_headers(event.stream_id, [("grpc-status", "0")], end_stream=True)
        except (OSError, h2.exceptions.ProtocolError):
            pass

    def shutdown(self, how):
        self.listener.shutdown(how)

    def close(self):
        self.listener.close()


class Stream:
    def __init__(self, address):
        self.connection = socket.create_connection(address, 10)
        self.http = h2.connection.H2Connection()
        self.http.initiate_connection()
        self.id, self.buffer = self.http.get_next_available_stream_id(), bytearray()
        self.http.send_headers(self.id, [
            (":method", "POST"), (":scheme", "http"), (":authority", "server.default.svc.cluster.local"),
            (":path", PATH), ("content-type", "application/grpc"), ("te", "trailers")])
        self.flush()

    def flush(self):
        self.connection.sendall(self.http.data_to_send())

    def send(self, number):
        """Sends one message and awaits its answers."""
        self.http.send_data(self.id, message(number))
        self.flush()
        while number > 0:
            number -= len(self.read())

    def finish(self):
        self.http.end_stream(self.id)
        self.flush()
        while not self.ended:
            self.read()

    ended = False

    def read(self):
        data = self.connection.recv(65536)
        if not data:
            raise OSError("the connection has ended")
        for event in self.http.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                self.buffer += event.data
            elif isinstance(event, h2.events.StreamReset):
                raise OSError("the stream was reset")
            self.ended |= isinstance(event, h2.events.StreamEnded)
        self.flush()
        return numbers(self.buffer)

    def shutdown(self, how):
        self.connection.shutdown(how)

    def close(self):
        self.connection.close()
