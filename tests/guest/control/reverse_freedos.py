"""reverse_freedos.py FERRITE IMAGE: for reverse_freedos.sh."""
import sys

from reverse import check, forwards, hashes, in_any_order, run, times

INSTANTS = 100

machine = [sys.argv[1], "-m", "16", "-speed", "20", "-fda", sys.argv[2], "-snapshot"]

end, = times(run(machine, ['wait-text "A:\\\\>"', "sleep 1", "clock"]))
instants = forwards(machine, end, INSTANTS)
got = hashes(run(machine, ['wait-text "A:\\\\>"', "sleep 1"] + in_any_order(instants), "-rewind", "64"))
check(instants, got)
print(f"{INSTANTS} instants in any order, all as forwards")
