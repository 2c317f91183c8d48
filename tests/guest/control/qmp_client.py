"""A plain client of QMP, as its specification describes one: no knowledge of Ferrite."""
import json
import socket
import time


class Failed(Exception):
    pass


class Qmp:
    def __init__(self, path, patience=60):
        end = time.monotonic() + patience
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(patience)
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.bytes = b""
        self.events = []
        self.count = 0
        self.greeting = self.read()
        assert self.greeting["QMP"]["capabilities"] == [], self.greeting

    def read(self):
        """The next text, None at the end."""
        while b"\n" not in self.bytes:
            more = self.socket.recv(65536)
            if not more:
                return None
            self.bytes += more
        line, self.bytes = self.bytes.split(b"\n", 1)
        return json.loads(line)

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        while True:
            text = self.read()
            if text is None or "event" not in text:
                return text
            assert text["timestamp"]["seconds"] > 0, text
            self.events.append(text)

    def command(self, execute, **arguments):
        self.count += 1
        message = {"execute": execute, "id": self.count}
        if arguments:
            message["arguments"] = {k.replace("_", "-"): v for k, v in arguments.items()}
        self.send(json.dumps(message).encode() + b"\n")
        text = self.answer()
        assert text is not None and text["id"] == self.count, text
        if "error" in text:
            raise Failed(text["error"]["class"], text["error"]["desc"])
        return text["return"]

    def event(self, name):
        """The data of the next event of that name."""
        while True:
            for i, event in enumerate(self.events):
                if event["event"] == name:
                    del self.events[: i + 1]
                    return event.get("data", {})
            text = self.read()
            assert text is not None and "event" in text, (name, text)
            self.events.append(text)

    def fails(self, klass, words, execute, **arguments):
        try:
            result = self.command(execute, **arguments)
        except Failed as why:
            assert why.args[0] == klass and words in why.args[1], (execute, arguments, why)
            return
        raise AssertionError((execute, arguments, result))
