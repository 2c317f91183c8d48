"""reverse_linux.py FERRITE KERNEL: for reverse_linux.sh; the RAM disk is in initrd.gz."""
import re
import sys

from reverse import STEP, check, forwards, hashes, in_any_order, run, times

INSTANTS = 100


def machine(append=""):
    return [sys.argv[1], "-m", "64", "-kernel", sys.argv[2], "-initrd", "initrd.gz", "-append",
            "console=ttyS0 rdinit=/begin" + append, "-serial", "file:serial"]


# Where the variable is, and when the boot is over. Debian's kernel names its functions only: one of
# them returns the variable's two halves.
run(machine(" find"), ['wait-serial "GUEST DONE" 300'])
function = re.search(r"FUNCTION (\w+)", open("serial").read())[1]
text = run(machine(), ['wait-serial "GUEST DONE" 300', "clock", f"x/30i 0x{function}"])
end, = times(text)
read = re.findall(r": mov e\w\w, \[(0x[0-9a-f]+)\]", text)
address = next(a for a in read if f"0x{int(a, 16) + 4:x}" in read)[2:]

instants = forwards(machine(), end, INSTANTS)

# Backwards, from the end: the last store, and the same instants in any order.
lines = ['wait-serial "GUEST DONE" 300', f"watch 0x{address} 4", "reverse-continue", "clock", "state-hash",
         "x/2xw 0x" + address, "step", "x/2xw 0x" + address, "where", "delete"]
text = run(machine(), lines + in_any_order(instants), "-rewind", "256")
landed, *got = hashes(text)
store = re.search(r"reason: after (\w+) was written\nat: ([0-9a-f]+):([0-9a-f]+)\ninstruction: (.*)\n", text)
assert store, text[:2000]
values = re.findall(address + r": (.*)", text)
assert len(values) == 2 and values[0] != values[1], (values, text[:2000])
check(instants, got)

# Forwards to that very instruction, by a breakpoint on it from a moment before on.
begin = times(text)[0] // STEP - 1
lines = [f"sleep {begin / 100:.2f}", f"break 0x{store[3]}"]
lines += ["wait-stop", "state-hash", "cont"] * 8
there = hashes(run(machine(), lines))
assert landed in there, (landed, there)
print(f"{store[4]}: the last of {address}, as forwards after {landed[1]} instructions; "
      f"{INSTANTS} instants in any order, all as forwards")
