"""window_walk.py: every row of the menu of a real window, for window_walk.sh.

walk keys|mouse SOCKET WINDOW PICTURES NAME SCALE VISITED [do]
    goes to every row of every page, by the keyboard alone or by the mouse alone, opens all pages and
    questions and leaves them, changes every choice and changes it back, looks what rows that cannot
    be used do (nothing), and leaves a picture of each page. With `do` it then gives every command
    that a row has and sees what comes of it.
covered VISITED FILE...
    whether there is a row in the sources of the menu that nobody has been to.
"""
import re
import struct
import subprocess
import sys
import time

from qmp_client import Failed, Qmp

PAPER = bytes((0x3C, 0x1C, 0x10))
EDGE, GLYPH_W, GLYPH_H, ABOVE, LABEL = 4, 8, 16, 3, 24


def xdotool(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True)


class Menu:
    def __init__(self, how, socket, window, pictures, name, scale, visited):
        self.mouse = how == "mouse"
        self.window, self.pictures, self.name, self.scale = window, pictures, name, int(scale)
        self.visited = open(visited, "a", encoding="utf-8")
        self.q = Qmp(socket)
        self.q.command("qmp_capabilities")
        self.pages, self.shots, self.commands = set(), set(), []

    def now(self):
        return self.q.command("menu")

    def until(self, what, condition, seconds=10.0):
        end = time.monotonic() + seconds
        while True:
            m = self.now()
            try:
                if condition(m):
                    return m
            except KeyError:  # it is closed
                pass
            if time.monotonic() > end:
                self.shot(f"failed {what}")
                raise SystemExit(f"FAILED: {what}: {m} {getattr(self, 'last', '')}")
            time.sleep(0.02)

    def shot(self, name):
        name = re.sub("[^a-z0-9]+", "_", f"{self.name} {name}".lower()).strip("_")
        if self.pictures and name not in self.shots:
            self.shots.add(name)
            time.sleep(0.15)  # what is told was drawn, and may not be on the server's screen yet
            grab = subprocess.Popen(["xwd", "-root", "-silent"], stdout=subprocess.PIPE)
            subprocess.run(["convert", "xwd:-", f"{self.pictures}/{name}.png"], stdin=grab.stdout, check=True)

    # ---- hands ----

    def place(self):
        """Left and upper end of the menu: the first line with much of its paper."""
        for _ in range(100):
            data = subprocess.run(["xwd", "-root", "-silent"], stdout=subprocess.PIPE, check=True).stdout
            head = struct.unpack(">25I", data[:100])
            start, height, line = head[0] + 12 * head[19], head[5], head[12]
            for y in range(height):
                row = data[start + y * line : start + (y + 1) * line]
                if row.count(PAPER) > 150 * self.scale:
                    at = row.find(PAPER)
                    return at // (head[11] // 8) - self.scale, y - self.scale, row.count(PAPER) // self.scale + 2
            time.sleep(0.05)
        raise SystemExit("FAILED: there is no menu on the screen")

    def point(self, column, line, click=None):
        left, upper, _ = self.where
        x = left + (EDGE + column * GLYPH_W + 4) * self.scale
        y = upper + (EDGE + line * GLYPH_H + 8) * self.scale
        words = ["mousemove", x + 2, y, "mousemove", x, y]  # a pointer that stays tells nothing
        self.last = (column, line, x, y, self.where)
        xdotool(*words, *(["click", click] if click else []))

    def columns(self):
        return (self.where[2] - 2 * EDGE) // GLYPH_W

    def open(self):
        if self.mouse:
            geometry = subprocess.run(["xdotool", "getwindowgeometry", "--shell", self.window],
                                      stdout=subprocess.PIPE, check=True, text=True).stdout
            g = dict(line.split("=") for line in geometry.split())
            xdotool("mousemove", int(g["X"]) + int(g["WIDTH"]) // 2, int(g["Y"]) + int(g["HEIGHT"]) - 8 * self.scale,
                    "click", 1)
        else:
            xdotool("key", "F12")
        m = self.until("the menu opens", lambda m: m["open"])
        time.sleep(0.15)
        self.where = self.place() if self.mouse else None
        return m

    def close(self):
        if not self.now()["open"]:
            return
        if self.mouse:
            self.point(self.columns() - 4, 1, 1)
        else:
            xdotool("key", "F12")
        self.until("the menu closes", lambda m: not m["open"])

    def line_of(self, m, i):
        return ABOVE + i + 1 - m["top"]

    def go(self, i):
        """The cursor to row i, counted from 0."""
        m = self.now()
        if self.mouse:
            for _ in range(40):
                if m["top"] <= i + 1 < m["top"] + 20:
                    break
                was = m["top"], m["cursor"]
                self.point(5, ABOVE - 1 if i + 1 < m["top"] else ABOVE + 20, 1)
                m = self.until("the list goes on", lambda n: (n["top"], n["cursor"]) != was)
            self.point(6, self.line_of(m, i))
        else:
            by = i + 1 - m["cursor"]
            if by:
                xdotool("key", *(["Down" if by > 0 else "Up"] * abs(by)))
        return self.until(f"the cursor goes to row {i}", lambda m: m["cursor"] == i + 1)

    def enter(self, m, i, less=False):
        """What Enter does; or with `less` the left arrow."""
        if self.mouse:
            row = m["rows"][i]
            at = 6
            if less:
                at = 3 + LABEL + 1 if len(row["label"]) <= LABEL and self.columns() > 2 * LABEL else \
                    self.columns() - 5 - len(row["value"])
            elif row["kind"] == "choice":
                at = 3 + LABEL + 1 + 4
            self.point(at, self.line_of(m, i), 1)
        else:
            xdotool("key", "Left" if less else "Return")

    def back(self):
        if self.mouse:
            self.point(self.columns() - 20, 1, 1)
        else:
            xdotool("key", "Escape")

    @staticmethod
    def file(m):
        """Of a list of files, the one that the drive gets: others are in drives."""
        return {"A:": "other.img", "CD": "other.iso"}.get(m["drive"])

    def fills_screen(self):
        screen = subprocess.run(["xdotool", "getdisplaygeometry"], stdout=subprocess.PIPE, check=True, text=True)
        window = subprocess.run(["xdotool", "getwindowgeometry", self.window], stdout=subprocess.PIPE, check=True,
                                text=True)
        return "x".join(screen.stdout.split()) in window.stdout

    # ---- every row ----

    def change(self, i, label, value):
        """A choice has another value, and then its own again."""
        def value_of(m):
            return m["rows"][i].get("value", "").replace(", plays", "")
        value = value.replace(", plays", "")
        for first in (False, True):
            self.enter(self.go(i), i, less=first)
            try:
                self.until("a change", lambda m: value_of(m) != value, 1.5)
            except SystemExit:
                if first:  # neither way
                    raise
                continue
            time.sleep(0.1)
            if self.mouse:
                self.where = self.place()
            self.enter(self.go(i), i, less=not first)
            self.until(f"\"{label}\" is {value} again", lambda m: value_of(m) == value)
            time.sleep(0.1)
            if self.mouse:
                self.where = self.place()
            return

    def folder(self, m, i, label):
        was = m["page"]
        self.enter(m, i)
        m = self.until(f"the folder {label} opens", lambda m: m["page"] != was)
        if label == "sub/":
            self.shot("folder")
            for r in m["rows"]:
                print("Insert", r["label"], sep="\t", file=self.visited)
            self.enter(self.go(0), 0)
            self.until("../", lambda m: m["page"] == was and m["on"] == label)
            return True
        return False

    def page(self, path):
        m = self.now()
        key = (m["page"], m.get("drive"))
        if key in self.pages:
            return
        self.pages.add(key)
        self.shot(" ".join(path) or "menu")
        done = set()
        while True:
            m = self.now()
            left = [i for i, r in enumerate(m["rows"]) if r["label"] not in done]
            if not left:
                return
            i = left[0]
            label = m["rows"][i]["label"]
            done.add(label)
            m = self.go(i)
            row = m["rows"][i]
            if row["label"] != label:  # what changes by itself, such as a list of snapshots
                continue
            assert m["on"] == label, (m, label)
            print(m["page"] if "/" not in m["page"] else "Insert", label, sep="\t", file=self.visited)
            self.row(path, m, i, row)

    def row(self, path, m, i, row):
        label, depth = row["label"], m["depth"]
        if "not-now" in row:
            self.shot(" ".join(path + [label]) + " not now")
            self.enter(m, i)
            time.sleep(0.15)
            n = self.now()
            assert n["open"] and n["depth"] == depth and n["on"] == label, (m, n)
        elif row["kind"] == "page":
            self.enter(m, i)
            self.until(f"\"{label}\" opens", lambda m: m["depth"] == depth + 1)
            self.page(path + [label])
            self.back()
            self.until(f"back from \"{label}\"", lambda m: m["depth"] == depth and m["on"] == label)
        elif row["kind"] == "question":
            self.enter(m, i)
            n = self.until(f"\"{label}\" asks", lambda m: m["page"] == "Question")
            self.shot(" ".join(path + [label]) + " asks")
            for r in n["rows"]:
                print("Question", r["label"], sep="\t", file=self.visited)
            no = n["cursor"] - 1
            assert n["rows"][no]["label"] == "No, go back", n
            self.enter(n, no)
            self.until("No goes back", lambda m: m["depth"] == depth and m["on"] == label)
            self.commands.append((path, label, row, True))
        elif row["kind"] == "choice" and label == "Full screen" and not self.fills_screen():
            pass  # without a window manager nothing brings the window back; window_menu.sh has one
        elif row["kind"] == "choice":
            self.change(i, label, row["value"])
        elif row["kind"] == "folder":
            if label == "sub/":
                self.folder(m, i, label)
        elif row["kind"] == "command" and (m["page"][0] != "/" or label == self.file(m)):
            self.commands.append((path, label, row, False))

    # ---- every command ----

    def reach(self, path, label):
        """The menu open, on that row; None: it is not there any more."""
        self.open()
        for step in path + [label]:
            m = self.now()
            at = [i for i, r in enumerate(m["rows"]) if r["label"] == step]
            if not at:
                return None
            m = self.go(at[0])
            if step is not label and "not-now" in m["rows"][at[0]]:
                return None  # going back, say, just after something was loaded
            if step is not label:
                self.enter(m, at[0])
                self.until(f"\"{step}\" opens", lambda n, d=m["depth"]: n["depth"] == d + 1)
        return m, at[0]

    def do(self, path, label, asks):
        for _ in range(20):  # the copy of what the machine is doing may be a little old
            found = self.reach(path, label)
            if found and "not-now" not in found[0]["rows"][found[1]]:
                break
            self.close()
            time.sleep(0.5)
        assert found, (path, label)
        m, i = found
        depth = m["depth"]
        print(m["page"] if "/" not in m["page"] else "Insert", label, sep="\t", file=self.visited)
        self.enter(m, i)
        if asks:
            n = self.until(f"\"{label}\" asks", lambda m: m["page"] == "Question")
            yes = next(i for i, r in enumerate(n["rows"]) if r["label"].startswith("Yes"))
            self.enter(self.go(yes), yes)
            self.until("Yes does it", lambda m: not m["open"] or m["page"] != "Question")
        return depth


class Said:
    """What the window and the guest say, from now on."""

    def __init__(self):
        self.keep = {name: len(self.all(name)) for name in ("err", "keys")}

    @staticmethod
    def all(name):
        try:
            with open(name, "rb") as f:
                return f.read().decode("latin-1")
        except FileNotFoundError:
            return ""

    def new(self, name):
        return self.all(name)[self.keep[name] :]

    def until(self, name, pattern, what):
        end = time.monotonic() + 20
        while not re.search(pattern, self.new(name)):
            if time.monotonic() > end:
                raise SystemExit(f"FAILED: {what}: \"{pattern}\" is not said: {self.new(name)[-300:]}")
            time.sleep(0.03)


# What comes of a row's command: ("err", what the window says), ("keys", what the guest gets), ("row",
# page, pattern of the row's value then), ("label", the row that takes its place).
DOES = {
    "Ctrl+Alt+Del": ("keys", "1D 38 E0 53 "),
    "Alt+F4": ("keys", "38 3E BE B8 "),
    "Alt+Tab": ("keys", "38 0F 8F B8 "),
    "Ctrl+Esc": ("keys", "1D 01 81 9D "),
    "Alt+Esc": ("keys", "38 01 81 B8 "),
    "F12": ("keys", "58 D8 "),
    "Print Screen": ("keys", "E0 37 E0 B7 |E0 2A E0 37 E0 B7 E0 AA "),
    "Keys > Pause": ("keys", "E1 1D 45 E1 9D C5 "),
    "Right Ctrl": ("keys", "E0 1D E0 9D "),
    "Scroll Lock": ("keys", "46 C6 "),
    "Left Windows": ("keys", "E0 5B E0 DB "),
    "Menu": ("keys", "E0 5D E0 DD "),
    "Never mind (click here)": ("keys", "1C 9C "),  # the catcher takes Enter as any other key
    "Paste": ("err", "nothing|no text|pasted|clipboard"),
    "Copy the screen": ("closed", ""),  # what is on the clipboard then: window_clipboard.sh
    "Copy a part": ("closed", ""),
    "Capture the mouse": ("title", "releases"),
    "Pause": ("label", "Continue"),
    "Continue": ("title", "capture"),
    "Next frame": ("label", "Continue"),
    "Screenshot": ("err", "screenshot in "),
    "Screenshot, right shape": ("err", "screenshot in "),
    "Record a video": ("err", "recording into "),
    "Record, right shape": ("err", "recording into "),
    "Stop recording": ("err", " s recorded in "),
    "Power button": ("err", "power button was pressed"),
    "Reset": ("keys", "KEYS "),
    "Read the folder anew": ("err", "shows the folder as it is now"),
    "Eject": ("err", "is empty"),
    "Eject by force": ("err", "is empty"),
    "Unplug": ("err", "is unplugged"),
    "Plug it in": ("err", "is plugged in"),
    "New snapshot": ("err", "is taken"),
    "End the recording": ("err", "wav"),
}


PATTERNS = (
    (r"State \d+|.*\.state", ("err", "saved as|back to")),
    (r"\d+ seconds? back", ("err", " s back")),
    (r".*\.(img|iso)", ("err", " is in ")),
    (r"first|20\d\d.*", ("err", "back to")),
)
# What has to come after some of them, for the next row to be as it was; None: on the same page.
THEN = {
    "Pause": (([], "Next frame"), ([], "Continue")),
    "Unplug": ((None, "Plug it in"),),
    "Record a video": ((["Record"], "Stop recording"),),
    "Record, right shape": ((["Record"], "Stop recording"),),
    "State 1": ((["Load state"], "State 1"),),
}


def what_comes(path, row):
    label = row["label"]
    if path[-1:] == ["Speed"] or path[-1:] == ["Device"]:
        return ("row", "now")
    for pattern, what in PATTERNS:
        if re.fullmatch(pattern, label):
            return what
    label = f"Keys > {label}" if path[-1:] == ["Keys"] and f"Keys > {label}" in DOES else label
    assert label in DOES, f"nobody has said what the row \"{label}\" of {path} does: add it to DOES"
    return DOES[label]


def do_one(menu, path, label, row, asks):
    kind, pattern = what_comes(path, row)
    if menu.mouse and path[-1:] == ["Another key ..."]:
        kind = "back"
    said = Said()
    depth = menu.do(path, label, asks)
    what = f"{' > '.join(path + [label])}"
    if kind in ("err", "keys"):
        if kind == "keys":
            menu.until(f"{what} closes the menu", lambda m: not m["open"])
        said.until(kind, pattern, what)
    elif kind == "row":
        def chosen(m):
            return not m["open"] or m["depth"] < depth or any(
                r["label"] == label and r.get("value") == pattern for r in m["rows"])
        menu.until(what, chosen)
    elif kind == "back":
        menu.until(what, lambda m: m["open"] and m["depth"] == depth - 1)
    elif kind == "label":
        menu.until(what, lambda m: any(r["label"] == pattern for r in m["rows"]))
    elif kind == "closed":
        menu.until(what, lambda m: not m["open"])
        if label == "Copy a part":
            xdotool("key", "Escape")
    elif kind == "title":
        end = time.monotonic() + 10
        while not re.search(pattern, subprocess.run(["xdotool", "getwindowname", menu.window],
                                                    stdout=subprocess.PIPE, check=True, text=True).stdout):
            assert time.monotonic() < end, f"{what}: the window's title has no \"{pattern}\""
            time.sleep(0.03)
        xdotool("key", "105")  # frees the mouse
    menu.shot(what + " done")
    menu.close()
    if path[-1:] != ["Load state"] and path[-1:] != ["Keys"]:
        for where, then in THEN.get(label, ()):
            do_one(menu, path if where is None else where, then, {"label": then}, where == ["Load state"])


def walk(how, socket, window, pictures, name, scale, visited, do=""):
    menu = Menu(how, socket, window, pictures, name, scale, visited)
    for _ in range(40):  # a second at least has to pass before one can go back a second
        m = menu.open()
        if not any(r["label"] == "Rewind" and "not-now" in r for r in m["rows"]):
            break
        menu.close()
        time.sleep(0.5)
    menu.page([])
    menu.close()
    # What empties a drive comes at the end, when nobody starts from it any more.
    menu.commands.sort(key=lambda c: c[1].startswith("Eject"))
    for path, label, row, asks in menu.commands if do else []:
        if label in ("Quit", "Power button"):  # the test's last ones
            continue
        print("  ", *path, label, sep=" > ", flush=True)
        do_one(menu, path, label, row, asks)
    menu.visited.close()
    print(f"{name}: {len(menu.pages)} pages, {len(menu.commands)} commands, by {how}: well")


# ---- what there is ----

# Rows that this test does not meet: where they are met, or why nowhere.
ELSEWHERE = {
    "%u older ones": "tests/unit/test_menu.c",
    "There are no snapshots yet": "tests/unit/test_menu.c",
    "This machine has no drives": "tests/unit/test_menu.c",
    "(cannot be read)": "root, who may run this, can read all folders",
    "(there are more)": "of 20000 files",
}
LABEL_AT = {"add_page": 1, "add_command": 1, "menu_add": 2, "add_setting": 2, "add_state": 1,
            "add_folder": 1, "add_insert": 2}


def arguments(text):
    """Of a call, from behind its bracket on."""
    depth, start, quoted, out, at = 0, 0, False, [], 0
    while True:
        c = text[at]
        if quoted:
            at += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        elif c in "({":
            depth += 1
        elif c in ")}" and depth:
            depth -= 1
        elif c in ",)" and not depth:
            out.append(text[start:at])
            start = at + 1
            if c == ")":
                return out
        at += 1


def labels(files):
    found = set()
    for name in files:
        with open(name, encoding="utf-8") as f:
            text = f.read()
        for call in re.finditer(r"\b(\w+)\((?!const |struct )", text):
            if call[1] in LABEL_AT:
                given = arguments(text[call.end() :])
                found.update(re.findall(r'"([^"]+)"', given[LABEL_AT[call[1]]]))
            elif call[1] == "snprintf":
                given = arguments(text[call.end() :])
                if given[0] in ("label", "older"):
                    found.update(re.findall(r'"([^"]+)"', given[2]))
        # Tables of rows: their first word is the label; of others it is no label, and begins small.
        found.update(re.findall(r'\{"([A-Z0-9][^"]+)", *"', text))
    return found


def covered(visited, *files):
    with open(visited, encoding="utf-8") as f:
        been = {line.rstrip("\n").split("\t", 1)[1] for line in f}
    found = labels(files)
    assert len(found) > 70, f"the rows of the menu are not found in {files}: {found}"
    missing = []
    for label in sorted(found):
        pattern = re.sub(r"%(?:\.\d+)?[us]", ".+", re.escape(label).replace("\\%", "%").replace("\\.", "."))
        if not any(re.fullmatch(pattern, b) for b in been) and label not in ELSEWHERE:
            missing.append(label)
    for label in ELSEWHERE:
        assert label in found, f"ELSEWHERE has \"{label}\", which the menu does not have any more"
    assert not missing, f"rows of the menu that nobody has been to: {missing}"
    print(f"all of the menu's {len(found)} kinds of rows were visited")


if __name__ == "__main__":
    try:
        {"walk": walk, "covered": covered}[sys.argv[1]](*sys.argv[2:])
    except (AssertionError, Failed) as why:
        sys.exit(f"FAILED: {why}")
