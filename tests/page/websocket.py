"""websocket.py - a small WebSocket client (RFC 6455) for tests: what a browser's does, and what none does."""
import base64
import json
import os
import socket
import struct


class Closed(Exception):
    """The other end has closed the connection; .reason: its words."""

    def __init__(self, reason=""):
        super().__init__(reason)
        self.reason = reason


def frame(opcode, data, final=True):
    mask = os.urandom(4)
    n = len(data)
    head = bytes([opcode | (0x80 if final else 0)])
    if n < 126:
        head += bytes([0x80 | n])
    elif n < 65536:
        head += struct.pack(">BH", 0x80 | 126, n)
    else:
        head += struct.pack(">BQ", 0x80 | 127, n)
    key = int.from_bytes(mask * (n // 4 + 1), "big")
    padded = data + bytes(-n % 4 + (4 if n % 4 == 0 else 0))
    masked = (int.from_bytes(padded, "big") ^ key).to_bytes(len(padded), "big")[:n]
    return head + mask + masked


def http(port, request, timeout=30):
    """A request as it stands; the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as s:
        s.sendall(request.encode())
        answer = b""
        while True:
            try:
                piece = s.recv(65536)
            except ConnectionResetError:
                return answer
            if not piece:
                return answer
            answer += piece
            head, found, body = answer.partition(b"\r\n\r\n")
            for line in head.decode("latin-1").split("\r\n"):
                name, _, value = line.partition(":")
                if found and name.lower() == "content-length" and len(body) >= int(value):
                    return answer


class WebSocket:
    answers_close = True

    def __init__(self, port, origin=None, host=None, path="/machine", timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.rest = b""
        self.number = 0
        self.events, self.frames = [], []
        host = host or f"127.0.0.1:{port}"
        key = base64.b64encode(os.urandom(16)).decode()
        origin = f"http://{host}" if origin is None else origin
        head = (f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: ferrite\r\n")
        if origin:
            head += f"Origin: {origin}\r\n"
        self.socket.sendall((head + "\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            try:
                piece = self.socket.recv(4096)
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed(answer.split(b"\r\n")[0].decode("latin-1"))
            answer += piece
        head, _, self.rest = answer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Closed(head.split(b"\r\n")[0].decode("latin-1"))

    def close(self):
        self.socket.close()

    def raw(self, data):
        self.socket.sendall(data)

    def text(self, text):
        self.raw(frame(1, text.encode() if isinstance(text, str) else text))

    def bytes(self, data):
        self.raw(frame(2, data))

    def exactly(self, n):
        while len(self.rest) < n:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed()
            self.rest += piece
        data, self.rest = self.rest[:n], self.rest[n:]
        return data

    def receive(self):
        """The next message: a str or bytes."""
        whole, kind = b"", None
        while True:
            first, second = self.exactly(2)
            n = second & 127
            if n == 126:
                n = struct.unpack(">H", self.exactly(2))[0]
            elif n == 127:
                n = struct.unpack(">Q", self.exactly(8))[0]
            data = self.exactly(n)
            opcode = first & 15
            if opcode == 8:
                if self.answers_close:
                    try:
                        self.raw(frame(8, data[:2]))
                    except OSError:
                        pass  # too late: nobody waits for ever
                raise Closed(data[2:].decode("utf-8", "replace"))
            if opcode == 9:
                self.raw(frame(10, data))
                continue
            if opcode == 10:
                continue
            kind = kind or opcode
            whole += data
            if first & 0x80:
                return whole.decode() if kind == 1 else whole

    def answer(self, number):
        """The answer of that id; events and frames that come before it are kept."""
        while True:
            message = self.receive()
            if isinstance(message, bytes):
                self.frames.append(message)
                continue
            message = json.loads(message)
            if "event" in message:
                self.events.append(message)
            elif message.get("id") == number:
                return message

    def ask(self, name, /, **arguments):
        self.number += 1
        self.text(json.dumps({"id": self.number, "execute": name, "arguments": arguments}))
        return self.answer(self.number)

    def do(self, name, /, **arguments):
        answer = self.ask(name, **arguments)
        if "error" in answer:
            raise RuntimeError(answer["error"]["desc"])
        return answer["return"]

    def hello(self, token):
        return self.do("hello", token=token)


class Steady(WebSocket):
    """One that may be silent for longer than the machine has patience for: who does not answer its
    pings is sent away, and comes again when there is something to ask."""

    def __init__(self, machine):
        self.machine = machine
        super().__init__(machine.port)
        self.hello(machine.token)

    def ask(self, name, /, **arguments):
        try:
            return super().ask(name, **arguments)
        except (Closed, BrokenPipeError, ConnectionResetError):
            self.close()
            super().__init__(self.machine.port)
            super().ask("hello", token=self.machine.token)
            return super().ask(name, **arguments)
