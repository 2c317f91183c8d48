#!/usr/bin/env python3
"""terminal.py WIDTH HEIGHT SCRIPT COMMAND...: a program on a pseudo-terminal, by a script.

The terminal knows what the debugger's screen is made of: cursor position, erase, colours (ECMA-48).
A line of the script:

  keys TEXT     TEXT is typed; \\r, \\e and \\xHH are known
  see REGEX     until it is on the screen (60 s of the host's time)
  gone REGEX    until it is not
  size W H      the terminal has another size
  show          print the screen
  end [STATUS]  until the program has ended, with this status
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

LIMIT = 60


class Terminal:
    def __init__(self, width, height, command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execvp(command[0], command)
        self.rest = b""
        self.resize(width, height)

    def resize(self, width, height):
        self.width, self.height = width, height
        self.cell = [[" "] * width for _ in range(height)]
        self.x = self.y = 0
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def sequence(self, parameters, final):
        numbers = [int(n) if n else 0 for n in parameters.lstrip("?").split(";")]
        if final == "H":
            self.y = min(max(numbers[0], 1), self.height) - 1
            self.x = min(max(numbers[1] if len(numbers) > 1 else 1, 1), self.width) - 1
        elif final == "J":
            self.cell = [[" "] * self.width for _ in range(self.height)]

    def take(self, data):
        text = self.rest + data
        self.rest = b""
        try:
            text = text.decode()
        except UnicodeDecodeError as e:
            if len(text) - e.start > 3:
                raise
            text, self.rest = text[: e.start].decode(), text[e.start :]
        at = 0
        while at < len(text):
            m = re.compile("\x1b\\[([0-9;?]*)([A-Za-z])").match(text, at)
            if m:
                self.sequence(m.group(1), m.group(2))
                at = m.end()
            elif text[at] == "\x1b" and len(text) - at < 16:
                self.rest = text[at:].encode() + self.rest
                return
            else:
                c = text[at]
                if c == "\r":
                    self.x = 0
                elif c == "\n":
                    self.y = min(self.y + 1, self.height - 1)
                elif self.x < self.width and self.y < self.height:
                    self.cell[self.y][self.x] = c
                    self.x += 1
                at += 1

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cell) + "\n"

    def wait(self, done):
        """Until done() is true; False: the time is over, or the program."""
        end = time.monotonic() + LIMIT
        while not done():
            left = end - time.monotonic()
            if left <= 0:
                return False
            if select.select([self.fd], [], [], left)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    data = b""
                if not data:
                    return done()
                self.take(data)
        return True


def fail(terminal, number, line):
    sys.stderr.write("line %d: %s\n---- the screen ----\n%s----\n" % (number, line, terminal.text()))
    sys.exit(1)


def main():
    terminal = Terminal(int(sys.argv[1]), int(sys.argv[2]), sys.argv[4:])
    for number, line in enumerate(open(sys.argv[3]), 1):
        word, _, rest = line.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        if word == "keys":
            os.write(terminal.fd, rest.encode().decode("unicode_escape").replace("\\e", "\x1b").encode("latin-1"))
        elif word == "size":
            terminal.resize(*map(int, rest.split()))
        elif word == "show":
            print(terminal.text())
        elif word == "see":
            if not terminal.wait(lambda: re.search(rest, terminal.text(), re.M)):
                fail(terminal, number, line)
        elif word == "gone":
            if not terminal.wait(lambda: not re.search(rest, terminal.text(), re.M)):
                fail(terminal, number, line)
        elif word == "end":
            terminal.wait(lambda: False)
            _, status = os.waitpid(terminal.pid, 0)
            if os.waitstatus_to_exitcode(status) != int(rest or 0):
                fail(terminal, number, "%s: %s" % (line.strip(), os.waitstatus_to_exitcode(status)))
        else:
            fail(terminal, number, "what is this: " + line)


main()
