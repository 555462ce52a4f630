"""The streams of the CRI's exec, attach and port-forward over its websocket protocol, v4.channel.k8s.io."""

import base64
import json
import os
import socket
import struct
import urllib.parse

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)


class Stream:
    """One websocket to containerd's streaming server; each message begins with the number of its channel."""

    def __init__(self, url, protocol="v4.channel.k8s.io"):
        parts = urllib.parse.urlparse(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=20)
        query = "?" + parts.query if parts.query else ""
        self.socket.sendall((
            f"GET {parts.path}{query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {protocol}\r\n"
            f"Origin: http://localhost\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n").encode())
        self.buffer = b""
        self.received = {}
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head.decode()

    def _fill(self):
        more = self.socket.recv(1 << 16)
        if not more:
            raise EOFError("the streaming server closed the connection")
        self.buffer += more

    def _take(self, count):
        while len(self.buffer) < count:
            self._fill()
        bytes_, self.buffer = self.buffer[:count], self.buffer[count:]
        return bytes_

    def _frame(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def send(self, channel, payload):
        self._frame(2, bytes([channel]) + payload)

    def message(self):
        """The channel and the bytes of the next message; None at the end."""
        try:
            while True:
                first, second = self._take(2)
                size = second & 0x7F
                if size == 126:
                    size, = struct.unpack(">H", self._take(2))
                elif size == 127:
                    size, = struct.unpack(">Q", self._take(8))
                payload = self._take(size)
                if first & 0xF == 8:
                    return None
                if first & 0xF in (1, 2) and payload:
                    self.received[payload[0]] = self.received.get(payload[0], b"") + payload[1:]
                    return payload[0], payload[1:]
        except EOFError:
            return None

    def wait(self, channel, text):
        """Reads until a channel has had the text."""
        while text not in self.received.get(channel, b""):
            assert self.message() is not None, f"the end came before {text!r}: {self.received}"

    def finish(self):
        """Reads to the end and gives the exit code, which is on a channel of its own."""
        while self.message() is not None:
            pass
        status = json.loads(self.received.get(ERROR) or b"{}")
        if status.get("status") == "Success":
            return 0
        causes = status.get("details", {}).get("causes", [])
        codes = [int(cause["message"]) for cause in causes if cause.get("reason") == "ExitCode"]
        assert codes, f"no exit code in {self.received}"
        return codes[0]

    def close(self):
        self.socket.close()
