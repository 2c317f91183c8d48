"""page.py PAGE FERRITE: does a page's sessions' output come as it stands there?

A line `<!-- file: NAME -->` is followed by an indented block that is written into that file,
`<!-- session -->` by one of commands (`$ ...`) with what they print, on standard output and error as
on a terminal. All are done in one folder, one session after the other, each in a shell of its own.
In what is printed `...` stands for anything: alone in a line for any number of lines, else within
it. The page's words are held to this; a command that prints more than it shows has failed, too.
"""
import os
import re
import select
import subprocess
import sys
import time

MARK = "\x01"
PATIENCE = 60  # seconds for a session


def blocks(page):
    """(kind, name, line, text) of each marked block."""
    lines = page.split("\n")
    at = 0
    while at < len(lines):
        mark = re.fullmatch(r"<!-- (file|session)(?:: (\S+))? -->", lines[at])
        at += 1
        if not mark:
            continue
        while at < len(lines) and not lines[at]:
            at += 1
        first, text = at + 1, []
        while at < len(lines) and (lines[at].startswith("    ") or not lines[at]):
            text.append(lines[at][4:])
            at += 1
        while text and not text[-1]:
            text.pop()
        assert text, f"line {first}: a mark without a block"
        yield mark[1], mark[2], first, text


def commands(text):
    """(command, what it prints) of a session."""
    found = []
    for line in text:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0] + "\n" + line.removeprefix("> "), [])
        else:
            found[-1][1].append(line)
    return found


def run(session, path):
    """What each of the commands has printed, as a terminal shows it; None: it took too long."""
    script = "".join(f"printf '{MARK}'\n{c}\n" for c, _ in session)
    outer, inner = os.openpty()
    environment = dict(os.environ, PATH=path + ":" + os.environ["PATH"], TERM="dumb")
    shell = subprocess.Popen(["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=inner,
                             stderr=inner, env=environment, start_new_session=True)
    os.close(inner)
    said, end = b"", time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not select.select([outer], [], [], 1)[0]:
            continue
        try:
            more = os.read(outer, 65536)
        except OSError:  # nobody has the other side any more
            more = b""
        if not more:
            shell.wait()
            return said.decode().replace("\r\n", "\n").split(MARK)[1:]
        said += more
    os.killpg(shell.pid, 9)
    shell.wait()
    return None


def same(want, got):
    def pattern(line):
        return ".*".join(re.escape(part) for part in line.split("..."))

    whole = "".join(r"(?:.*\n)*" if line == "..." else pattern(line) + r"\n" for line in want)
    return re.fullmatch(whole, got) is not None


def main():
    page, ferrite = sys.argv[1:]
    path = os.path.abspath("bin")
    os.mkdir(path)
    os.symlink(ferrite, os.path.join(path, "ferrite"))
    os.mkdir("work")
    os.chdir("work")
    failures = sessions = 0
    for kind, name, line, text in blocks(open(page).read()):
        if kind == "file":
            with open(name, "w") as f:
                f.write("\n".join(text) + "\n")
            continue
        sessions += 1
        session = commands(text)
        printed = run(session, path)
        if printed is None:
            print(f"{page}:{line}: not over after {PATIENCE} s")
            failures += 1
            continue
        for (command, want), got in zip(session, printed):
            if not same(want, got):
                print(f"{page}:{line}: $ {command}\n--- prints\n{got}--- and not\n" + "\n".join(want))
                failures += 1
    assert sessions, "no session is marked"
    print(f"{sessions} sessions, {failures} failures")
    sys.exit(failures != 0)


main()
