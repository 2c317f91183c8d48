"""ctl_hostile.py FERRITE: what answers at the socket is no machine. `ferrite ctl` says so with the
socket's name and a status, keeps no more than an answer can be long, and heeds no escape sequence."""
import resource
import signal
import socket
import subprocess
import sys

GREETING = b'{"QMP": {"version": {}, "capabilities": []}}\n'
READY = GREETING + b'{"return": {}}\n'
listener = socket.socket(socket.AF_UNIX)
listener.bind("hostile")
listener.listen(8)
listener.settimeout(60)


def start(*words):
    ctl = subprocess.Popen([sys.argv[1], "ctl", *words], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return ctl, listener.accept()[0]


def check(status, what, sent, *flags, endless=b""):
    ctl, server = start(*flags, "hostile", "status")
    try:
        server.sendall(sent)
        for _ in range(1 << 14 if endless else 0):  # 1 GB
            server.sendall(endless)
        server.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError):
        pass
    said, errors = ctl.communicate(timeout=60)
    assert ctl.returncode == status, (sent, ctl.returncode, said, errors)
    assert what in said + errors, (sent, said, errors)
    assert status == 0 or b"hostile: " in errors, (sent, errors)
    assert b"\x1b" not in said + errors and b"\x9b" not in said + errors.replace(b"\xef\xbf\xbd", b"")
    server.close()


check(3, b"before it answered", READY)
check(2, b"speaks QMP", b"HTTP/1.1 400 Bad Request\r\n\r\n")
check(2, b"speaks QMP", b"\x1b]0;owned\x07\x1b[2J\n")
check(2, b"\xef\xbf\xbd[2J", b'{"error": {"desc": "\\u001b[2J"}}\n')
check(2, b"before it answered", b"")
check(2, b"middle", b'{"QM')
check(2, b"refuses", GREETING + b'{"error": {}}\n')
check(2, b"4 MB", READY, endless=b"x" * 65536)
check(2, b"4 MB", b"", endless=b"[" * 65536)
kept = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
assert kept < 256 << 10, kept  # KB, of the largest so far; sanitizers have their share
check(2, b"no JSON", READY + b'{"return": {"text": "\xff\xfe"}}\n')
check(2, b"no JSON", READY + b'{"return": {"text": "a\n')
check(2, b"no JSON", READY + b"\0\n")
check(2, b"no JSON", READY + b"[" * 100000 + b"\n")
check(3, b"middle", READY + b'{"return": {"text": "runn')
for wrong in b"[1, 2]", b"7", b"{}", b'{"return": 7}', b'{"return": {"text": 7}}', b'{"error": 7}':
    check(2, b"no machine", READY + wrong + b"\n")
    check(2, b"no machine", READY + wrong + b"\n", "-json")
check(0, b"\xef\xbf\xbd[2Jok", READY + b'{"return": {"text": "\\u001b[2Jok\\n"}}\n')
check(0, b"\\u001B", READY + b'{"return": {"text": "", "data": "\\u001b[2J"}}\n', "-json")
check(0, b"ok", READY + b'{"event": "X"}\n' * 1000 + b'{"return": {"text": "ok\\n"}}\n')

# For Tab: candidates of another kind, and an answer that never comes.
ctl, server = start("-complete", "hostile", "st")
server.sendall(READY + b'{"return": {"from": 0, "candidates": ["\\u001b[2J", 7, "status"]}}\n')
said, _ = ctl.communicate(timeout=60)
assert b"status" in said.split() and b"\x1b" not in said, said
ctl, server = start("-complete", "hostile", "stat")
server.sendall(READY)
said, _ = ctl.communicate(timeout=60)
assert b"status" in said.split(), said

# A command may take for ever; Ctrl-C ends it.
ctl, server = start("hostile", "status")
server.sendall(READY)
while b"ferrite-command" not in server.recv(1000):
    pass
ctl.send_signal(signal.SIGINT)
ctl.communicate(timeout=60)
assert ctl.returncode == -signal.SIGINT, ctl.returncode
