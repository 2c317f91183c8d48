"""qmp_session.py SOCKET PART: what is done with the guest of qmp.sh, through QMP alone."""
import json
import os
import sys

from qmp_client import Qmp


def begin(path):
    q = Qmp(path)
    q.fails("CommandNotFound", "qmp_capabilities", "query-status")
    q.fails("GenericError", "no capabilities", "qmp_capabilities", enable=["oob"])
    assert q.command("qmp_capabilities") == {}
    q.fails("CommandNotFound", "already", "qmp_capabilities")
    return q


def keys(q, text):
    for c in text:
        q.command("send-key", keys=[{"type": "qcode", "data": c}], hold_time=20)


def schema(q, names):
    """All commands and events are in the schema, and all types that it names."""
    entries = q.command("query-qmp-schema")
    types = {e["name"]: e for e in entries if e["meta-type"] not in ("command", "event")}
    commands = {e["name"]: e for e in entries if e["meta-type"] == "command"}
    events = {e["name"]: e for e in entries if e["meta-type"] == "event"}
    assert len(types) + len(commands) + len(events) == len(entries), "a name is there twice"
    assert set(commands) == names, set(commands) ^ names
    assert set(events) == {e["name"] for e in q.command("query-events")}
    for e in entries:
        for key in {"arg-type", "ret-type", "element-type"} & set(e):
            assert e[key] in types, e
        for member in e.get("members", []):
            assert e["meta-type"] == "enum" or member["type"] in types, e

    def members(entry):
        return {m["name"]: m for m in types[entry["arg-type"]]["members"]}

    quit = members(commands["quit"])["status"]
    assert quit == {"name": "status", "type": "int", "default": None}, quit
    assert "default" not in members(commands["screendump"])["filename"]
    assert members(commands["send-key"])["keys"]["type"] == "[any]"
    assert members(events["RESET"])["guest"]["type"] == "bool"
    drive = types[members(commands["insert"])["drive"]["type"]]
    assert drive["meta-type"] == "enum" and "fda" in drive["values"], drive
    assert drive["values"] == [m["name"] for m in drive["members"]]
    assert types["number"]["json-type"] == "number" == members(commands["sleep"])["seconds"]["type"]


def others(q, names):
    """What QEMU 7.2 has besides is refused with a reason, not with a word that looks like it."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "qemu_commands.txt"), encoding="ascii") as f:
        wanted = f.read().split()
    for name in wanted:
        if name not in names:
            q.fails("CommandNotFound", f'there is no command "{name}": ', name)


def session(path):
    q = begin(path)
    assert q.command("query-status") == {"status": "running", "running": True, "singlestep": False}
    assert q.command("query-version")["package"].startswith("Ferrite ")
    names = {c["name"] for c in q.command("query-commands")}
    assert {"stop", "screendump", "wait-text", "text-screen", "state-hash", "qmp_capabilities"} <= names
    assert "STOP" in {e["name"] for e in q.command("query-events")}
    block = {d["device"]: d for d in q.command("query-block")}
    assert block["floppy0"]["inserted"]["image"]["virtual-size"] == 163840, block
    assert block["floppy0"]["removable"] and "inserted" not in block["ide1-cd0"], block
    assert q.command("query-cpus-fast")[0]["cpu-index"] == 0
    assert q.command("query-memory-size-summary") == {"base-memory": 16 << 20, "plugged-memory": 0}
    stats = {d["device"]: d for d in q.command("query-blockstats", query_nodes=False)}["floppy0"]
    assert stats["stats"]["rd_bytes"] >= 512 and stats["stats"]["timed_stats"] == [], stats
    assert stats["node-name"] in {n["node-name"] for n in q.command("query-named-block-nodes")}, stats
    assert "serial0" in {c["label"] for c in q.command("query-chardev")}

    # What there is, and what there could be.
    bus, = q.command("query-pci")
    host = bus["devices"][0]
    assert host["id"] == {"vendor": 0x8086, "device": 0x1237} and host["class_info"]["class"] == 0x600, host
    video = next(d for d in bus["devices"] if d["class_info"]["class"] == 0x300)
    assert {r["type"] for r in video["regions"]} == {"memory"}, video
    assert all(r["size"] for d in bus["devices"] for r in d["regions"]), bus
    properties = {p["name"]: p for p in q.command("device-list-properties", typename="ne2k_isa")}
    assert properties["irq"]["type"] == "uint8" and properties["irq"]["description"], properties
    q.fails("DeviceNotFound", "did you mean", "device-list-properties", typename="ne2k_is")
    q.fails("GenericError", "missing", "device-list-properties")
    assert "pentium3" in {c["name"] for c in q.command("query-cpu-definitions")}
    assert {b["name"] for b in q.command("query-chardev-backends")} == {"file", "socket", "stdio", "null"}
    assert q.command("query-machines")[0]["is-default"] and q.command("query-iothreads") == []
    pic = q.command("info", device="pic")
    assert pic["name"] == "pic" and "8259A" in pic["text"] and len(pic["values"]) > 5
    assert all(q.command("info", device=d)["values"] for d in ("cpu", "pit", "rtc", "ide", "vga"))
    q.fails("CommandNotFound", "from its start", "device_add", driver="e1000")
    assert q.command("query-current-machine") == {"wakeup-suspend-support": False}
    schema(q, names)
    others(q, names)

    # Keys, and what comes of them.
    q.command("wait-text", text="ready")
    keys(q, "abc")
    q.command("wait-text", text="abc", seconds=10)
    q.command("send-key", keys=[{"type": "qcode", "data": "shift"}, {"type": "number", "data": 0x20}])
    q.command("wait-text", text="abcD", seconds=10)
    key = {"type": "qcode", "data": "e"}
    q.command("input-send-event", events=[{"type": "key", "data": {"down": d, "key": key}} for d in (True, False)]
              + [{"type": "rel", "data": {"axis": "x", "value": 3}}])
    q.command("wait-text", text="abcDe", seconds=10)
    assert q.command("text-screen")["lines"][1] == "abcDe"
    assert "abcDe" in q.command("human-monitor-command", command_line="dump-text")
    assert q.command("human-monitor-command", command_line="nonsense").startswith("no command")
    q.fails("GenericError", "not seen", "wait-text", text="never", seconds=0.05)

    # Pictures: the same pixels in both formats.
    q.command("screendump", filename="shot.ppm")
    head = open("shot.ppm", "rb").read(15)
    assert head.startswith(b"P6\n720 400\n255"), head
    if "screenshots" in os.environ.get("FEATURES", ""):
        q.command("screendump", filename="shot", format="png")
        assert open("shot", "rb").read(4) == b"\x89PNG"
    q.fails("GenericError", "format", "screendump", filename="x", format="bmp")
    q.fails("GenericError", "", "screendump", filename="none/x.ppm")

    # Memory.
    for command in ("memsave", "pmemsave"):
        q.command(command, val=0x7c00, size=512, filename="memory")
        boot = open("memory", "rb").read()
        assert len(boot) == 512 and boot[510:] == b"\x55\xaa", command
    q.fails("GenericError", "no memory", "memsave", val=0xf0000000, size=1, filename="memory")
    assert q.command("human-monitor-command", command_line="x/2xb 0x7dfe") == "00007dfe: 0x55 0xaa\n"
    assert q.command("x", address="0:7dfe", format="/1xh") == {"0:00007dfe": "0xaa55"}

    # Time stands still and goes on.
    q.events.clear()
    assert q.command("stop") == {} == q.command("stop")
    q.event("STOP")
    assert q.command("query-status")["status"] == "paused"
    before = q.command("status")["guest-seconds"]
    assert q.command("status")["guest-seconds"] == before
    q.fails("GenericError", "cont", "sleep", seconds=1)
    q.command("advance", seconds=0.5)
    assert abs(q.command("status")["guest-seconds"] - before - 0.5) < 0.01
    q.events.clear()
    assert q.command("cont") == {} == q.command("cont")
    q.event("RESUME")

    # Media.
    assert q.command("blockdev-change-medium", device="floppy1", filename="other.img",
                     read_only_mode="read-only") == {}
    block = {d["device"]: d for d in q.command("query-block")}
    assert block["floppy1"]["inserted"]["ro"], block
    assert q.command("eject", device="floppy1") == {}
    q.fails("DeviceNotFound", "ide0-hd0", "eject", device="ide0-hd0")
    q.fails("GenericError", "missing.img", "blockdev-change-medium", device="floppy1", filename="missing.img")
    q.command("blockdev-change-medium", id="ide1-cd0", filename="disc.iso")
    q.event("DEVICE_TRAY_MOVED")
    q.command("blockdev-open-tray", id="ide1-cd0")
    assert {d["device"]: d for d in q.command("query-block")}["ide1-cd0"]["tray_open"]
    q.command("blockdev-close-tray", id="ide1-cd0")
    assert "inserted" in {d["device"]: d for d in q.command("query-block")}["ide1-cd0"]

    # A state kept and gone back to, QEMU's way and ours.
    q.events.clear()
    q.command("snapshot-save", job_id="j", tag="state", vmstate="x", devices=[])
    assert q.event("JOB_STATUS_CHANGE")["status"] == "created"
    assert q.command("query-jobs")[0]["status"] == "concluded" and "error" not in q.command("query-jobs")[0]
    q.command("job-dismiss", id="j")
    keys(q, "x")
    q.command("wait-text", text="abcDex", seconds=10)
    q.command("snapshot-load", file="state")
    q.fails("GenericError", "not on the screen", "assert-text", text="abcDex")

    # Resets, by us and by a triple fault, which explains itself.
    q.events.clear()
    q.command("system_reset")
    assert q.event("RESET") == {"guest": False, "reason": "host-qmp-system-reset"}
    q.command("system_powerdown")
    q.event("POWERDOWN")
    q.command("wait-text", text="ready", seconds=20)
    q.events.clear()
    keys(q, "t")
    why = q.event("FERRITE_TRIPLE_FAULT")
    assert "IDT" in why["explanation"] and why["action"] == "reset" and why["instructions"] > 0, why
    assert q.event("RESET") == {"guest": True, "reason": "guest-reset"}
    q.command("quit", status=7)
    assert q.event("SHUTDOWN") == {"guest": False, "reason": "host-qmp-quit"}
    assert q.read() is None


def bad(path):
    """Each of these is one error, and the next command is done."""
    q = begin(path)
    for wrong in [
        b"garbage\n", b"\x00\x01\x02\n", b"[]\n", b"1 2 3\n", b"{]\n", b"{}\n", b'{"execute": 1}\n',
        b'{"execute": "query-status", "arguments": []}\n', b'{"execute": "query-status", "junk": 1}\n',
        b'{"execute": "query-status", "arguments": {"junk": 1}}\n', b'{"exec-oob": "query-status"}\n',
        b'{"execute": "nonsense"}\n', b'{"execute": ""}\n', b'{"execute": "quer\n',
        b'{"execute": "query-status"\n\xff', b"[" * 2000000 + b"\n", b'{"a":' * 400000 + b"\n",
        b'{"execute": "' + b"x" * 3000000 + b'"}\n', b'{"execute": "a", "execute": "b"}\n',
        b'{"execute": "query-status", "id": 99999999999999999999}\n', b"\xff{\xff",
        b'{"execute": "wait-text", "arguments": {"text": "\\u0000"}}\n',
        b'{"execute": "wait-text", "arguments": {"text": []}}\n',
        b'{"execute": "wait-text", "arguments": {"seconds": 1}}\n',
        b'{"execute": "screendump", "arguments": {"filename": 3}}\n',
        b'{"execute": "send-key", "arguments": {"keys": []}}\n',
        b'{"execute": "send-key", "arguments": {"keys": [{"type": "qcode", "data": "foo"}]}}\n',
        b'{"execute": "send-key", "arguments": {"keys": [3, null]}}\n',
        b'{"execute": "input-send-event", "arguments": {"events": [{"type": "abs"}]}}\n',
    ]:
        q.send(wrong)
        text = q.answer()
        assert text["error"]["class"] in ("GenericError", "CommandNotFound"), (wrong[:60], text)
        assert text["error"]["desc"], (wrong[:60], text)
        q.command("query-status")
    # In pieces, and several in one; any id comes back as it was.
    for byte in b'{"execute":\n "query-kvm", "id": {"a": [1, "\\u00e4"]}}':
        q.send(bytes([byte]))
    assert q.answer() == {"return": {"enabled": False, "present": False}, "id": {"a": [1, "\u00e4"]}}
    # Very many at once, in order, from one who reads later.
    other = begin(path)
    many = b"".join(b'{"execute": "query-status", "id": %d}\n' % i for i in range(10000))
    import threading
    sender = threading.Thread(target=q.send, args=(many,))
    sender.start()
    for i in range(10):
        assert other.command("query-status")["running"]
    for i in range(10000):
        assert q.answer()["id"] == i
    sender.join()
    # One who never reads, and one who vanishes while it waits.
    deaf = begin(path)
    deaf.socket.setblocking(False)
    sent = 0
    try:
        while sent < 50 << 20:
            sent += deaf.socket.send(b'{"execute": "query-block"}\n' * 1000)
    except BlockingIOError:
        pass
    gone = begin(path)
    gone.send(b'{"execute": "wait-text", "arguments": {"text": "never", "seconds": 1000}}\n')
    gone.socket.close()
    assert other.command("query-status")["running"]
    # The places at a socket are not used up by those who have gone.
    for _ in range(20):
        begin(path).socket.close()
    assert other.command("quit") == {}


def back(path):
    """Going back needs no guest time: a machine that stands does it."""
    q = begin(path)
    q.command("wait-text", text="ready", seconds=20)
    q.command("wait-still", seconds=0.2)
    q.command("stop")
    q.command("watch", address="0x46c", bytes=4)
    assert "46c" in q.command("reverse-continue")["reason"]
    assert q.command("explain")["instruction"].startswith("inc")
    q.fails("GenericError", "no guest time passes", "wait-text", text="never", seconds=1)
    q.command("quit")


if __name__ == "__main__":
    {"session": session, "bad": bad, "back": back}[sys.argv[2]](sys.argv[1])
