"""monitor_terminal.py FERRITE [OPTION]...: -monitor stdio on a terminal of our own: a line is edited,
completed and called back from the history, and the terminal is as it was at the end; also when it has
taken nothing for a while and the run ends by a signal."""
import os
import pty
import select
import signal
import sys
import termios
import time

master, slave = pty.openpty()
before = termios.tcgetattr(slave)


def start(errors):
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    for fd, file in ((0, slave), (1, slave), (2, errors)):
        os.dup2(file, fd)
    os.environ["TERM"] = "xterm"
    # libedit keeps its copies of a function's name and help (EL_ADDFN), which would count as leaked.
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
    os.execv(sys.argv[1], [sys.argv[1], "-display", "none", "-m", "16", "-fda", "keys.img", *sys.argv[2:],
                           "-limit", "host=60", "-monitor", "stdio"])


pid = start(slave)
seen = b""


def until(text, patience=60):
    """It has appeared, behind what was awaited before."""
    global seen
    end = time.monotonic() + patience
    while text not in seen:
        assert time.monotonic() < end, (text, seen)
        if select.select([master], [], [], 0.1)[0]:
            seen += os.read(master, 65536)
    seen = seen[seen.index(text) + len(text):]


def type_in(text):
    os.write(master, text)


until(b"(ferrite) ")
type_in(b"echo abx\x7fcd\n")  # a character taken back
until(b"\nabcd")
until(b"(ferrite) ")
type_in(b"info st\t")
until(b"atus ")
type_in(b"\n")
until(b"status: running")
until(b"(ferrite) ")
type_in(b"\x1b[A\x1b[A\n")  # two lines back
until(b"\nabcd")
until(b"(ferrite) ")
type_in(b"scr\t\t")
until(b"screenshot-next")
type_in(b"\x15wait-text ready\n")
until(b"(ferrite) ")
type_in(b"sendkey t\n")  # ends in a triple fault, which is told
until(b"triple fault")
type_in(b"quit 6\n")
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 6, status
assert termios.tcgetattr(slave) == before, "the terminal is not as it was"

# Nobody reads what it prints; then a signal comes. What the first one has left, its prompts among it,
# is not taken for the second one's: that would be killed before it knows of signals.
while select.select([master], [], [], 0)[0]:
    os.read(master, 65536)
seen = b""
pid = start(os.open("err", os.O_WRONLY | os.O_CREAT, 0o666))
until(b"(ferrite) ")
os.set_blocking(master, False)
type_in(b"xp /4000x 0\n" * 100)
time.sleep(1)
os.kill(pid, signal.SIGTERM)
end = time.monotonic() + 60
status = None
while status is None and time.monotonic() < end:
    done, state = os.waitpid(pid, os.WNOHANG)
    status = os.waitstatus_to_exitcode(state) if done else None
    time.sleep(0.02)
if status is None:
    os.kill(pid, signal.SIGKILL)
assert status == 128 + signal.SIGTERM, status
assert termios.tcgetattr(slave) == before, "the terminal is not as it was"
