"""ctl_silent.py FERRITE: at the socket is a machine that stands still (Ctrl-Z). The shell of someone who
presses Tab must not stand as well; a command says what it is waiting for, and gives up."""
import socket
import subprocess
import sys
import time

listener = socket.socket(socket.AF_UNIX)
listener.bind("silent")
listener.listen(8)
begun = time.monotonic()
tab = subprocess.run([sys.argv[1], "ctl", "-complete", "silent", "stat"], stdin=subprocess.DEVNULL,
                     capture_output=True, timeout=60)
assert b"status" in tab.stdout.split(), tab
assert time.monotonic() - begun < 30, "Tab waits"
command = subprocess.Popen([sys.argv[1], "ctl", "silent", "status"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
said = command.stderr.readline()
assert b"silent: " in said and b"Ctrl-Z" in said, said
# Somebody lets it go on.
machine, _ = listener.accept()  # the one of Tab
machine, _ = listener.accept()
machine.sendall(b'{"QMP": {"version": {}, "capabilities": []}}\n')
machine.recv(1000)
machine.sendall(b'{"return": {}}\n')
machine.recv(1000)
machine.sendall(b'{"return": {"text": "running\\n"}}\n')
said, errors = command.communicate(timeout=60)
assert (command.returncode, said) == (0, b"running\n"), (command.returncode, said, errors)
