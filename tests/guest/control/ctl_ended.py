"""ctl_ended.py FERRITE: a machine that answers the greeting and ends before it has a command."""
import socket
import subprocess
import sys

listener = socket.socket(socket.AF_UNIX)
listener.bind("ended")
listener.listen(1)
client = subprocess.Popen([sys.argv[1], "ctl", "ended", "status"], stderr=subprocess.PIPE)
machine, _ = listener.accept()
machine.sendall(b'{"QMP": {"version": {}, "capabilities": []}}\n')
machine.recv(1000)
machine.shutdown(socket.SHUT_RD)  # so that the command meets nobody
machine.sendall(b'{"return": {}}\n')
machine.close()
_, said = client.communicate(timeout=60)
assert client.returncode == 3, (client.returncode, said)
assert b"ended" in said, said
