# ferrite-gdb.py - for GDB at a Ferrite, if one wants it: (gdb) source ferrite-gdb.py
#
# GDB asks once what kind of code there is, when it connects. This follows the processor's mode at
# each stop, so that x/i and stepping are right on both sides of a change; and brings
#
#     farbreak SEGMENT:OFFSET     a breakpoint of GDB's own, in real and virtual-8086 mode
#     farexamine COUNT SEGMENT:OFFSET     COUNT bytes from there
import gdb

ARCHITECTURE = {0: "i8086", 1: "i8086", 2: "i8086", 3: "i386"}  # by $mode


def mode():
    try:
        return int(gdb.parse_and_eval("$mode"))
    except (gdb.error, ValueError):
        return None  # another machine than a Ferrite, or none


def follow(event):
    wanted = ARCHITECTURE.get(mode())
    if wanted and gdb.selected_inferior().architecture().name() != wanted:
        gdb.execute("set architecture " + wanted, to_string=True)


def linear(text):
    try:
        segment, offset = (int(part, 16) for part in text.split(":"))
    except ValueError:
        raise gdb.GdbError("SEGMENT:OFFSET is wanted, both in hexadecimal: f000:e05b")
    if mode() not in (0, 1):
        raise gdb.GdbError("in protected mode a selector is what its descriptor says: "
                           "monitor break %s" % text)
    return segment * 16 + offset


class FarBreak(gdb.Command):
    """farbreak SEGMENT:OFFSET - a breakpoint in real or virtual-8086 mode."""

    def __init__(self):
        super().__init__("farbreak", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, argument, from_tty):
        gdb.Breakpoint("*0x%x" % linear(argument.strip()))


class FarExamine(gdb.Command):
    """farexamine COUNT SEGMENT:OFFSET - bytes of memory in real or virtual-8086 mode."""

    def __init__(self):
        super().__init__("farexamine", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = argument.split()
        if len(words) != 2 or not words[0].isdigit():
            raise gdb.GdbError("COUNT SEGMENT:OFFSET is wanted")
        gdb.execute("x/%sxb 0x%x" % (words[0], linear(words[1])))


FarBreak()
FarExamine()
gdb.events.stop.connect(follow)
