"""reverse_linux.py FERRITE KERNEL: for reverse_linux.sh; the RAM disk is in initrd.gz."""
import random
import re
import subprocess
import sys

INSTANTS = 100
PATIENCE = 600  # seconds of the host for a run

ferrite, kernel = sys.argv[1:]


def run(lines, *options, append=""):
    """What a script prints."""
    with open("run.script", "w") as f:
        f.write("\n".join(lines) + "\nquit\n")
    done = subprocess.run(
        [ferrite, "-display", "none", "-m", "64", "-kernel", kernel, "-initrd", "initrd.gz", "-append",
         "console=ttyS0 rdinit=/begin" + append, "-serial", "file:serial", "-script", "run.script", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=PATIENCE)
    if done.returncode:
        sys.exit(f"FAILED: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def hashes(text):
    """(state hash, instructions) of each `state-hash`."""
    return [(h, int(n)) for h, n in re.findall(r"state hash: (\w+)\ninstructions: (\d+)", text)]


def times(text):
    return [int(ns) for ns in re.findall(r"guest ns: (\d+)", text)]


# Where the variable is, and when the boot is over. Debian's kernel names its functions only: one of
# them returns the variable's two halves.
run(['wait-serial "GUEST DONE" 300'], append=" find")
function = re.search(r"FUNCTION (\w+)", open("serial").read())[1]
text = run(['wait-serial "GUEST DONE" 300', "clock", f"x/30i 0x{function}"])
end, = times(text)
read = re.findall(r": mov e\w\w, \[(0x[0-9a-f]+)\]", text)
address = next(a for a in read if f"0x{int(a, 16) + 4:x}" in read)[2:]
steps = sorted(random.Random(1).sample(range(1, end // 10_000_000 - 5), INSTANTS))

# Forwards: the instants, where the script looks anyway.
lines = []
for before, step in zip([0] + steps, steps):
    lines += [f"sleep {(step - before) / 100:.2f}", "clock", "state-hash"]
text = run(lines)
when, want = times(text), hashes(text)
assert len(when) == len(want) == INSTANTS and when == sorted(when), when

# Backwards, from the end: the last store, and the same instants in any order.
order = list(range(INSTANTS))
random.Random(2).shuffle(order)
lines = ['wait-serial "GUEST DONE" 300', f"watch 0x{address} 4", "reverse-continue", "clock", "state-hash",
         "x/2xw 0x" + address, "step", "x/2xw 0x" + address, "where", "delete"]
for i in order:
    lines += [f"goto {when[i] / 1e9:.9f}s", "state-hash"]
text = run(lines, "-rewind", "256")
landed = hashes(text)[0]
store = re.search(r"reason: after (\w+) was written\nat: ([0-9a-f]+):([0-9a-f]+)\ninstruction: (.*)\n", text)
assert store, text[:2000]
values = re.findall(address + r": (.*)", text)
assert len(values) == 2 and values[0] != values[1], (values, text[:2000])
got = hashes(text)[1:]
wrong = [(when[i], want[i], g) for i, g in zip(order, got) if want[i] != g]
assert len(got) == INSTANTS and not wrong, wrong

# Forwards to that very instruction, by a breakpoint on it from a moment before on.
begin = times(text)[0] // 10_000_000 - 1
lines = [f"sleep {begin / 100:.2f}", f"break 0x{store[3]}"]
lines += ["wait-stop", "state-hash", "cont"] * 8
there = hashes(run(lines))
assert landed in there, (landed, there)
print(f"{store[4]}: the last of {address}, as forwards after {landed[1]} instructions; "
      f"{INSTANTS} instants in any order, all as forwards")
