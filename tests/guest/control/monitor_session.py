"""monitor_session.py SOCKET: a person's session at the monitor, and what no person would send."""
import socket
import sys

PROMPT = b"(ferrite) "


class Monitor:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.rest = b""  # what came with a prompt, and is another's answer
        assert self.until_prompt().startswith("Ferrite "), "no greeting"

    def until_prompt(self):
        text = self.rest
        while PROMPT not in text:
            more = self.socket.recv(65536)
            if not more:
                self.rest = b""
                return text.decode()
            text += more
        text, self.rest = text.split(PROMPT, 1)
        return text.decode()

    def line(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode() + b"\n")
        return self.until_prompt()


m = Monitor(sys.argv[1])
assert "info status" in m.line("help status")
assert m.line("info status").startswith("status: running")
assert m.line("") == "" == m.line("# a comment")
assert m.line("wait-text ready") == ""
assert m.line("sendkey a 20") == "" == m.line("sendkey shift-b")
assert m.line("wait-text aB 10") == ""
assert "aB" in m.line("dump-text")
assert "not seen" in m.line("wait-text never 0.05")
assert "stopped" in m.line("stop")
assert m.line("info status").startswith("status: paused")
assert "cont" in m.line("sleep 1")
assert "goes on" in m.line("cont")
assert "real mode" in m.line("info mode") and "cs: " in m.line("info registers")
assert m.line("x/2xb 0x7dfe") == "00007dfe: 0x55 0xaa\n"
assert "int" in m.line("x/30i 0:7c00") and m.line("p $cs - $cs + 5") == "0x5\n"
# What QEMU's monitor has besides: ports, sums, and what is not here but has a reason.
assert "value: 0x" in m.line("i /b 0x61") and "value: 0x" in m.line("in 0x40")
m.line("o/b 0x70 0x0f"), m.line("o /b 0x71 0xa5"), m.line("out 0x70 0x0f b")
assert "value: 0xa5\n" in m.line("i/b 0x71") and "more than 1 byte" in m.line("o 0x80 256")
assert m.line("sum 0x7dfe 2") == "%05d\n" % (((0x55 >> 1 | 0x55 << 15) + 0xaa) & 0xFFFF)
assert "NMI" in m.line("nmi") and "is a file" in m.line("delvm x") and "-d" in m.line("log int")
assert "from its start" in m.line("device_add e1000") and "info qtree" in m.line("info qtree")
assert "is no format" in m.line("x/q 0") and "wants" in m.line("x/4xw")
assert "drive: fda" in m.line("info block")
assert "is in B:" in m.line("change floppy1 other.img") and "is empty" in m.line("eject floppy1")
m.line("change ide1-cd0 disc.iso")
assert "is empty" in m.line("eject -f ide1-cd0")
assert "shot.ppm" in m.line("screendump shot.ppm")
assert "did you mean" in m.line("scrensh x")
assert "screendump\n" in m.line("complete scr")
# Who has said `c` is told when a point is met.
assert "stopped" in m.line("stop") and "number: 1" in m.line("break interrupt 8")
assert "goes on" in m.line("c")
assert m.until_prompt().startswith("stopped at 1: ")
assert "status: paused" in m.line("status") and m.line("delete") == ""
assert "goes on" in m.line("c")
# Ctrl-C ends a waiting, and what came with it is done.
m.socket.sendall(b"wait-text never 1000\n")
assert "no longer" in m.line(b"\x03")
assert m.line("echo here") == "here\n"
# What is no line.
assert "closing" in m.line('echo "')
assert "not a text" in m.line(b"echo \x00\n")
assert "longer than 64 KB" in m.line(b"x" * 200000 + b"\n")
assert "no command" in m.line(b"\xff\xfe\xfd\n")
assert m.line("echo on") == "on\n"
# Very many at once; one that vanishes in its wait, one with half a line.
m.socket.sendall(b"echo x\n" * 10000)
text = m.rest
while text.count(PROMPT) < 10000:
    text += m.socket.recv(1 << 20)
assert text.count(b"x\n") == 10000
m.rest = b""
for gone in (b"wait-text never 1000\n", b"half a li", b"stop\n"):
    other = Monitor(sys.argv[1])
    other.socket.sendall(gone)
    other.socket.close()
half = Monitor(sys.argv[1])
half.socket.sendall(b"echo last")
half.socket.shutdown(socket.SHUT_WR)
assert half.until_prompt() == "last\n" and half.until_prompt() == ""
m.line("cont")
m.line("reset")
assert m.line("wait-text ready") == ""
m.socket.sendall(b"sendkey t\n")
text = m.rest
while b"triple fault" not in text:
    text += m.socket.recv(65536)
m.socket.sendall(b"quit 5\n")
