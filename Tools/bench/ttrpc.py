"""Just enough protobuf and ttRPC to drive a containerd shim: the same client for every shim that is measured."""

import socket
import struct

REQUEST, RESPONSE = 1, 2
HEADER = struct.Struct(">IIBB")


class RPCError(Exception):
    """The shim's own error: its code and its words."""


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(**fields):
    """Encodes fields named f1, f2 …: text, bytes, numbers, and lists of these. Empty ones are left out, as in proto3."""
    out = bytearray()
    for name, value in fields.items():
        number = int(name[1:])
        for item in value if isinstance(value, list) else [value]:
            if not item and not isinstance(value, list):
                continue
            if isinstance(item, int):
                out += varint(number << 3) + varint(int(item))
            else:
                item = item.encode() if isinstance(item, str) else item
                out += varint(number << 3 | 2) + varint(len(item)) + item
    return bytes(out)


def fields(data):
    """Decodes a message to {number: last value}."""
    result, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            result[key >> 3] = number()
        elif key & 7 == 2:
            length = number()
            result[key >> 3] = data[at : at + length]
            at += length
        else:
            size = 8 if key & 7 == 1 else 4
            result[key >> 3] = data[at : at + size]
            at += size
    return result


class Client:
    """One connection. Calls may overlap: `send` returns the stream, `receive` waits for its answer."""

    def __init__(self, path, service, timeout=30):
        self.service = service
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.buffer = bytearray()
        self.answers = {}
        self.next = 1

    def frame(self, method, payload):
        body = message(f1=self.service, f2=method, f3=payload)
        stream, self.next = self.next, self.next + 2
        return stream, HEADER.pack(len(body), stream, REQUEST, 0) + body

    def send(self, method, payload=b""):
        stream, frame = self.frame(method, payload)
        self.socket.sendall(frame)
        return stream

    def pump(self):
        """Takes in what has arrived, and gives the number of whole answers in it."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise RPCError("the shim ended the connection")
        self.buffer += data
        count = at = 0
        while len(self.buffer) - at >= HEADER.size:
            length, stream, _, _ = HEADER.unpack_from(self.buffer, at)
            if len(self.buffer) - at < HEADER.size + length:
                break
            self.answers[stream] = bytes(self.buffer[at + HEADER.size : at + HEADER.size + length])
            at += HEADER.size + length
            count += 1
        del self.buffer[:at]
        return count

    def receive(self, stream):
        while stream not in self.answers:
            self.pump()
        answer = fields(self.answers.pop(stream))
        status = fields(answer.get(1, b""))
        if status.get(1):
            raise RPCError(f"code {status[1]}: {status.get(2, b'').decode(errors='replace')}")
        return fields(answer.get(2, b""))

    def call(self, method, payload=b""):
        return self.receive(self.send(method, payload))

    def close(self):
        self.socket.close()


def serve_events(path):
    """Answers every call on a socket, for ever: the end of the line for the events of the shims that are measured."""
    import selectors

    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(256)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ, bytearray())
                continue
            data = key.fileobj.recv(1 << 16)
            if not data:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                continue
            buffer = key.data
            buffer += data
            while len(buffer) >= HEADER.size:
                length, stream, _, _ = HEADER.unpack_from(buffer)
                if len(buffer) < HEADER.size + length:
                    break
                del buffer[: HEADER.size + length]
                key.fileobj.sendall(HEADER.pack(0, stream, RESPONSE, 0))
