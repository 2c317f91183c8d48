"""What reverse_linux.py and reverse_freedos.py share: runs of a script, and a run's instants in any order."""
import random
import re
import subprocess
import sys

STEP = 10_000_000  # ns: a script looks at the machine so often

PATIENCE = 600  # seconds of the host for a run


def run(command, lines, *options):
    """What a script prints."""
    with open("run.script", "w") as f:
        f.write("\n".join(lines) + "\nquit\n")
    done = subprocess.run([*command, "-display", "none", "-script", "run.script", *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE)
    if done.returncode:
        sys.exit(f"FAILED: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def hashes(text):
    """(state hash, instructions) of each `state-hash`."""
    return [(h, int(n)) for h, n in re.findall(r"state hash: (\w+)\ninstructions: (\d+)", text)]


def times(text):
    return [int(ns) for ns in re.findall(r"guest ns: (\d+)", text)]


def forwards(command, end, count):
    """So many instants up to `end`, and the state's hash at each: [(ns, hash)], of a run that stops nowhere else."""
    steps = sorted(random.Random(1).sample(range(1, end // STEP - 5), count))
    lines = []
    for before, step in zip([0] + steps, steps):
        lines += [f"sleep {(step - before) / 100:.2f}", "clock", "state-hash"]
    text = run(command, lines)
    when, found = times(text), hashes(text)
    assert len(when) == len(found) == count and when == sorted(when), when
    return list(zip(when, found))


def in_any_order(instants):
    """Commands that go to all of them."""
    random.Random(2).shuffle(instants)
    lines = []
    for when, _ in instants:
        lines += [f"goto {when / 1e9:.9f}s", "state-hash"]
    return lines


def check(instants, got):
    wrong = [(when, want, g) for (when, want), g in zip(instants, got) if want != g]
    assert len(got) == len(instants) and not wrong, wrong
