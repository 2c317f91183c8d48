"""machine.py - a machine with -http, for tests."""
import re
import subprocess
import threading


class Skipped(Exception):
    """What is missing here, and how to get it."""


class Machine:
    """ferrite with a page. .port, .token; .said: what it has printed up to now."""

    def __init__(self, ferrite, *arguments):
        self.process = subprocess.Popen(
            [ferrite, "-http", "0", "-limit", "host=280", *arguments], stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True)
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            found = re.search(r"the page is at http://127\.0\.0\.1:(\d+)/#token=([0-9a-f]{32})$", line)
            if found:
                self.port, self.token = int(found[1]), found[2]
            found = re.search(r"for who only looks on: http://127\.0\.0\.1:\d+/#token=([0-9a-f]{32})$", line)
            if found:
                self.looking = found[1]
                break
        else:
            if re.search(r"libwebsockets-dev|libwebsockets.*cannot be loaded", self.said):
                raise Skipped("needs libwebsockets (apt-get install libwebsockets-dev, and build again)")
            if "libjansson" in self.said:
                raise Skipped("needs Jansson (apt-get install libjansson4)")
            raise RuntimeError(f"no page: {self.said}")
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.said += line

    def end(self):
        """Its exit status; it is ended if it has not."""
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(100)
        self.reader.join(5)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def until(what, ask, seconds=100):
    """Until ask() is true; its value."""
    import time
    end = time.monotonic() + seconds
    while True:
        value = ask()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
