"""ctl_full.py FERRITE SOCKET: as many clients as a machine serves are there already, and then one more."""
import socket
import subprocess
import sys
import time


def client():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[2])
    s.settimeout(60)
    assert s.recv(1), "no greeting"
    return s


held = [client() for _ in range(8)]
one_more = subprocess.run([sys.argv[1], "ctl", sys.argv[2], "status"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60)
assert one_more.returncode == 2, one_more
assert b"8 clients" in one_more.stderr, one_more.stderr
for s in held:
    s.close()
end = time.monotonic() + 60
while subprocess.run([sys.argv[1], "ctl", sys.argv[2], "status"], stdin=subprocess.DEVNULL,
                     capture_output=True, timeout=60).returncode:
    assert time.monotonic() < end, "no place becomes free"
