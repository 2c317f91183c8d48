#!/usr/bin/env python3
"""test_browser.py FERRITE - the page of -http in headless Chromium: the demo disk boots, keys, mouse,
picture, sound, drives, states, the views, by keyboard alone; a second page looks on; a page that has
no token or is another's is not let in. The rest of the server: test_http.py."""
import base64
import json
import os
import re
import sys
import tempfile
import threading
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer

from machine import Machine, Skipped, until
from websocket import Steady

FERRITE = os.path.realpath(sys.argv[1])
HERE = os.path.dirname(os.path.realpath(__file__))


def check(what, ok):
    if not ok:
        raise AssertionError(what)


def browser():
    """A headless Chromium; what is missing is said."""
    try:
        from selenium import webdriver
        from selenium.common.exceptions import WebDriverException
    except ImportError:
        raise Skipped("needs selenium (apt-get install python3-selenium chromium chromium-driver)") from None
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--window-size=1280,800", "--mute-audio", "--disable-gpu",
                 "--no-first-run", "--disable-extensions", "--autoplay-policy=user-gesture-required"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        return webdriver.Chrome(options=options)
    except WebDriverException as e:
        raise Skipped(f"needs a Chromium with its driver (apt-get install chromium chromium-driver): {e.msg}") from None


class Page:
    def __init__(self, driver, machine):
        self.driver = driver
        self.machine = machine

    def open(self, token=None):
        self.driver.get("about:blank")
        self.driver.get(f"http://127.0.0.1:{self.machine.port}/#token={self.machine.token if token is None else token}")
        return self

    def js(self, text, *args):
        return self.driver.execute_script(text, *args)

    def wait_js(self, text, *args):
        """Of a promise."""
        return self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(async (...args) => {{ {text} }})(...arguments).then(done, e => done('failed: ' + e.message));", *args)

    def ready(self):
        until("the page", lambda: self.js("return document.documentElement.dataset.ready"))
        return self

    def click(self, selector):
        self.driver.find_element("css selector", selector).click()

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0])?.textContent || ''", selector)

    def screen(self):
        return self.text("#screen-text")

    def screen_lines(self):
        return self.js("return [...document.getElementById('screen-text').children].map(e => e.textContent)")

    def keys(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def focused(self):
        return self.js("return document.activeElement && document.activeElement.id")

    def picture(self):
        """The canvas: width, height, red-green-blue bytes."""
        width, height, data = self.js("""
            const c = document.getElementById('screen');
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            let s = '';
            for (let i = 0; i < d.length; i += 4) s += String.fromCharCode(d[i], d[i + 1], d[i + 2]);
            return [c.width, c.height, btoa(s)];""")
        return width, height, base64.b64decode(data)


def keys_and_picture(page, client):
    from selenium.webdriver.common.keys import Keys
    page.open().ready()
    check("the token stays in the address", "token" not in page.driver.current_url)
    until("the demo's menu", lambda: "Ferrite demo disk" in page.screen())
    check("the screen has the keys", page.focused() == "screen")
    page.keys("5")
    until("the page of the keyboard", lambda: "Scan codes as they arrive" in page.screen())
    page.keys("a")
    until("its scan codes", lambda: "1E  9E" in page.screen() or "1E 9E" in page.screen())
    page.keys(Keys.ESCAPE)
    until("the menu again", lambda: "Ferrite demo disk" in page.screen())
    # By keyboard alone: the right Control key gives the keys back, and a button pauses.
    page.js("""for (const type of ['keydown', 'keyup'])
        document.getElementById('screen').dispatchEvent(new KeyboardEvent(type, {code: 'ControlRight', key: 'Control', bubbles: true}));""")
    until("keys are given back", lambda: page.focused() == "run")
    passed = []  # Tab comes past the screen, and leads to who gives it the keys
    for _ in range(30):
        passed.append(page.focused())
        if passed[-1] == "tab-views":
            break
        page.keys(Keys.TAB)
    check(passed, passed[-1] == "tab-views" and "give-keys" in passed and "screen" not in passed)
    for _ in range(len(passed) - 1 - passed.index("give-keys")):
        page.keys(Keys.SHIFT, Keys.TAB)
    check(page.focused(), page.focused() == "give-keys")
    page.keys(Keys.ENTER)
    check(page.focused(), page.focused() == "screen")
    page.js("""for (const type of ['keydown', 'keyup'])
        document.getElementById('screen').dispatchEvent(new KeyboardEvent(type, {code: 'ControlRight', key: 'Control', bubbles: true}));""")
    until("keys are given back again", lambda: page.focused() == "run")
    page.keys(Keys.ENTER)
    until("it is paused", lambda: client.do("status")["status"] != "running" and page.text("#running") == "paused")
    page.keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    check(page.focused(), page.focused() == "step")
    before = client.do("status")["instructions"]
    page.keys(Keys.ENTER)
    until("a step", lambda: client.do("status")["instructions"] > before)
    # The picture is what the machine shows.
    client.do("page-control")
    client.do("screenshot", file="shown.ppm")
    with open("shown.ppm", "rb") as f:
        head, picture = f.read().split(b"\n255\n", 1)
    size = tuple(int(n) for n in head.split()[1:3])

    def same():
        width, height, pixels = page.picture()
        return (width, height) == size and pixels == picture
    until("the picture", same)
    client.do("cont")
    until("this page looks on", lambda: not page.js("return document.getElementById('take').hidden"))
    page.click("#take")
    until("it has control again", lambda: page.js("return document.getElementById('take').hidden"))


def key_names(page):
    """Each key of the machine's keyboard has a place on the page's, and no place leads nowhere."""
    with open(os.path.join(HERE, "../../hw/input/keys.h"), encoding="utf-8") as f:
        keys = set(re.findall(r'KEY\(\w+, "(\w+)"\)', f.read()))
    with open(os.path.join(HERE, "../../frontend/page/site/js/keyboard.js"), encoding="utf-8") as f:
        codes = set(re.findall(r"([A-Z]\w+): '\w+'", f.read()))
    codes |= {f"Key{c}" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {f"F{i}" for i in range(1, 13)}
    codes |= {f"{kind}{i}" for kind in ("Digit", "Numpad") for i in range(10)}
    names = page.wait_js("const {key_name} = await import('/js/keyboard.js'); return args[0].map(key_name);", sorted(codes))
    check(keys ^ set(names), keys == set(names))


def mouse(page):
    """Movement with the pointer locked, by events as a browser makes them."""
    from selenium.webdriver.common.keys import Keys
    page.js("document.getElementById('screen').focus()")
    page.keys("6")
    until("the page of the mouse", lambda: "Last packet" in page.screen())
    before = next(line for line in page.screen_lines() if "Position" in line)
    page.js("""
        const c = document.getElementById('screen');
        Object.defineProperty(document, 'pointerLockElement', {value: c, configurable: true});
        for (let i = 0; i < 10; i++)
            c.dispatchEvent(new PointerEvent('pointermove', {movementX: 6, movementY: 3, bubbles: true}));
        c.dispatchEvent(new PointerEvent('pointerdown', {buttons: 1, bubbles: true, cancelable: true}));
        c.dispatchEvent(new PointerEvent('pointerup', {buttons: 0, bubbles: true, cancelable: true}));
        delete document.pointerLockElement;""")
    until("the guest's pointer moves", lambda: before not in page.screen_lines())
    page.keys(Keys.ESCAPE)
    until("the menu", lambda: "Ferrite demo disk" in page.screen())


def sound(page):
    """A key was a gesture: sound is on, and the machine's samples come."""
    until("sound", lambda: page.js("return document.getElementById('sound').getAttribute('aria-pressed')") == "true")
    page.click("#sound")
    until("silence", lambda: page.js("return document.getElementById('sound').getAttribute('aria-pressed')") == "false")


def drop(page, name, bytes_):
    """A file of that name on the screen; bytes_: JavaScript."""
    result = page.wait_js(f"""
        const data = new DataTransfer();
        data.items.add(new File([{bytes_}], args[0]));
        for (const type of ['dragenter', 'dragover', 'drop'])
            document.getElementById('stage').dispatchEvent(new DragEvent(type, {{dataTransfer: data, bubbles: true, cancelable: true}}));
        return 'dropped';""", name)
    check(result, result == "dropped")


def drives_and_states(page, client):
    # What is no image is refused by its own name, and nothing goes on saying that it is on its way.
    drop(page, "my letter.txt", "'A letter, and not a disk.\\n'.repeat(1000)")
    until("a refusal", lambda: "my letter.txt: this is a text file, not a disk image" in page.text("#notices"))
    check(page.text("#notices"), "ferrite-page" not in page.text("#notices") and "on its way" not in page.text("#notices"))
    drop(page, "none.img", "")
    until("a refusal of nothing", lambda: "a file of 0 bytes" in page.text("#notices"))
    check("the machine went on", client.do("status")["status"] == "running")
    drop(page, "blank.img", "new Uint8Array(163840)")
    until("the dropped image", lambda: any(d["drive"] == "fda" and str(d.get("file", "")).endswith("blank.img")
                                           for d in client.do("drives")))
    page.click("#drives")
    until("the list of drives", lambda: "blank.img" in page.text(".menu:not([hidden])"))
    # What was sent comes back.
    page.js("""window.saved = null; URL.createObjectURL = blob => { window.saved = blob; return 'about:blank'; };
               HTMLAnchorElement.prototype.click = () => {};""")
    page.click("[aria-label^='Download the disk']")
    until("the disk", lambda: page.js("return window.saved && window.saved.size") == 163840)
    until("the machine goes on", lambda: client.do("status")["status"] == "running")
    page.click("#drives")
    until("the list of drives", lambda: "blank.img" in page.text(".menu:not([hidden])"))
    page.click("[aria-label='Eject A:']")
    until("it is out", lambda: not next(d for d in client.do("drives") if d["drive"] == "fda")["inserted"])
    page.click("#states")
    page.js("document.querySelector('.menu:not([hidden]) input').value = 'here'")
    page.click(".menu:not([hidden]) .plain")
    until("a state", lambda: os.path.exists("here.state"))


SHOWN = {"instruction", "meaning", "rule", "says", "verdict", "step", "pushed", "offset", "base", "type", "title", "place",
         "value", "item", "role", "kind", "cause", "devices", "first", "last", "field"}


def shown_words(reply):
    """What a view has to show of a command's reply."""
    if isinstance(reply, list):
        for one in reply:
            yield from shown_words(one)
    elif isinstance(reply, dict):
        for key, value in reply.items():
            if key in SHOWN and isinstance(value, str) and value not in ("", "-"):
                yield value
            elif not isinstance(value, str):
                yield from shown_words(value)


def view_is_reply(page, client, name):
    """All that matters of its commands' replies is in the view, folded or not."""
    wanted = page.wait_js("""const {views} = await import('/js/views/table.js');
        const view = views.find(v => v.id === args[0]), machine = {info: {controls: document.getElementById('take').hidden}};
        const w = typeof view.command === 'function' ? view.command({}, machine) : view.command;
        return Array.isArray(w) ? w : [w];""", name)
    words = []
    for w in wanted:
        if w["name"] != "touched":  # each time it is asked another interval begins
            words += shown_words(client.do(w["name"], **w["args"]))
    text = page.text(f"#view-{name} .card-body")
    missing = [w for w in words if w not in text]
    if missing:
        print(f"{name} does not show yet: {missing[:5]}")
    return not missing


def views_lead_on(page, client):
    """Links, forms and steps of the views, by the keyboard where a person would."""
    from selenium.webdriver.common.keys import Keys

    def press(selector):  # at once: what is drawn anew meanwhile has another button
        page.js("document.querySelector(arguments[0]).click()", selector)
    before = client.do("status")["instructions"]
    page.click("#take")
    until("control", lambda: page.js("return document.getElementById('take').hidden"))
    until("what the next instruction will change", lambda: "will change" in page.text("#view-instruction"))
    page.js("document.querySelector('#view-timeline .strip').focus()")
    page.keys(Keys.ARROW_RIGHT)
    until("a step by the line of time", lambda: client.do("status")["instructions"] > before)
    until("the line of time keeps the keys", lambda: page.js("return document.activeElement.matches('#view-timeline .strip')"))
    # Dragged, the machine follows, while it is drawn anew under the pointer.
    def pointer(type, part):
        page.js("""const box = document.querySelector('#view-timeline .strip').getBoundingClientRect();
            (arguments[0] === 'pointerdown' ? document.querySelector('#view-timeline .strip') : window).dispatchEvent(
                new PointerEvent(arguments[0], {clientX: box.left + arguments[1] * box.width, bubbles: true, cancelable: true}));""", type, part)
    ends = client.do("timeline")
    places = [ends["now"]["instructions"]]
    far = (places[0] - ends["earliest"]["instructions"]) // 5
    check(f"a run of {ends}", far > 20)
    pointer("pointerdown", 0.9)
    for part in (0.6, 0.3):
        pointer("pointermove", part)
        until(f"it follows to {part}", lambda: client.do("timeline")["away"] and client.do("status")["instructions"] < places[-1] - far)
        places.append(client.do("status")["instructions"])
    pointer("pointerup", 0.5)
    until("it is let go on the way back", lambda: places[2] < client.do("status")["instructions"] < places[0])
    pointer("pointermove", 0.1)
    check("let go, it stays", client.do("status")["instructions"] > places[2])
    page.js("[...document.querySelectorAll('#view-timeline button')].find(b => b.textContent === 'To the present').click()")
    until("the present again", lambda: not client.do("timeline")["away"])
    # Back to the store that set the BIOS's tick, by a point that is gone afterwards.
    page.js("document.querySelector('#view-memory .ask input').value = '0x46c'; document.querySelector('#view-memory .ask').requestSubmit()")
    until("the tick's bytes", lambda: "0x0000046c" in page.text("#view-memory") or "046c" in page.text("#view-memory"))
    before = client.do("status")["instructions"]
    page.js("[...document.querySelectorAll('#view-memory button')].find(b => b.textContent === 'Who wrote it?').click()")
    until("the past", lambda: client.do("timeline")["away"] and client.do("status")["instructions"] < before and not client.do("breakpoints"))
    check(page.text("#view-memory .wrong"), not page.text("#view-memory .wrong"))
    page.js("[...document.querySelectorAll('#view-timeline button')].find(b => b.textContent === 'To the present').click()")
    until("the present", lambda: not client.do("timeline")["away"])
    field = "#view-address .ask input"
    page.js("document.querySelector(arguments[0]).value = 'ds:0xffff'; document.querySelector('#view-address select[aria-label=Bytes]').value = '4';"
            "document.querySelector('#view-address select[aria-label=Bytes]').dispatchEvent(new Event('change'))", field)
    page.js("document.querySelector(arguments[0]).value = '0x12345'; document.querySelector('#view-address .ask').requestSubmit()", field)
    until("another address", lambda: "00012345 is a linear address" in page.text("#view-address .chain"))
    page.js("[...document.querySelectorAll('#view-instruction button')].find(b => b.textContent === 'Stop here').click()")
    until("a breakpoint", lambda: len(client.do("breakpoints")) == 1)
    until("it is shown", lambda: "breakpoint at" in page.text("#view-breakpoints"))
    press("#view-breakpoints [aria-label='Remove 1']")
    until("it is gone", lambda: not client.do("breakpoints"))
    page.js("document.querySelector('#view-device select').value = 'pic'; document.querySelector('#view-device select').dispatchEvent(new Event('change'))")
    until("the 8259s", lambda: "First 8259A" in page.text("#view-device"))
    # What is there to be seen is open: a timer's waves, a drive's commands in words, rings as a picture.
    choose = ("const s = document.querySelector('#view-device select'); s.value = arguments[0];"
              "s.dispatchEvent(new Event('change'));")
    page.js(choose, "pit")
    until("waves", lambda: page.js("return [...document.querySelectorAll('#view-device details[open] .wave')].filter(w => w.clientHeight > 20).length") == 3)
    page.js(choose, "fdc")
    until("commands in words", lambda: re.search(r"READ DATA ?A: cylinder \d+, side \d, from sector \d+ of \d+, 512 bytes each.*: ended well; left at",
                                                 page.js("return document.querySelector('#view-device [data-fold] [open], #view-device details[open]').innerText").replace("\n", " ").replace("\t", " ")))
    page.js(choose, "keyboard")
    until("scan codes", lambda: re.search(r"pressed: [0-9a-f ]+ in set 2, translated to set 1 [0-9a-f ]+; at", page.text("#view-device details[open]")))
    check("no rings", page.js("return document.querySelector('#view-segments .ring').getBoundingClientRect().width > 100"))
    page.js("[...document.querySelectorAll('#view-segments .chip')].find(b => b.textContent === 'IDT').click()")
    until("the interrupt table", lambda: "IDT at" in page.text("#view-segments"))
    page.js("[...document.querySelectorAll('#view-display .chip')].find(b => b.textContent === 'Planes').click()")
    until("four planes", lambda: page.js("return document.querySelectorAll('#view-display .planes canvas').length") == 4)
    press("#view-display [aria-label='Font 0']")
    until("a font", lambda: page.js("return document.querySelectorAll('#view-display canvas.font').length") == 1)


def touched_lately(page):
    """The map tells of the last second of the guest's, not of the moment since the last look."""
    page.js("document.getElementById('run').click()")
    def seconds():
        found = re.search(r"ranges were touched in ([\d.]+) s", page.text("#view-memory-map"))
        return found and float(found[1])
    # Once seen: a browser that looks again late is told of no second then, but of what it missed.
    lately = until("a second of the map", lambda: (lambda found: found and found >= 0.9 and found)(seconds()))
    check(f"{lately} s", lately < 3.2)


def views(page, client):
    """Each view opens, draws what its command replies, and fails in none of its words."""
    names = page.js("return [...document.querySelectorAll('[data-view]')].map(b => b.dataset.view)")
    check("there are views", "registers" in names)
    client.do("page-control")
    client.do("stop")
    for name in names:
        page.js("""const b = document.querySelector(`[data-view="${arguments[0]}"]`);
            if (b.getAttribute('aria-pressed') !== 'true') b.click();""", name)
        until(f"the view {name}", lambda n=name: page.js(
            "return document.querySelector(`#view-${arguments[0]} .card-body`)?.childElementCount", n))
        check(f"{name}: {page.text(f'#view-{name} .card-body .wrong')}",
              not page.js("return !!document.querySelector(`#view-${arguments[0]} .card-body > .wrong`)", name))
        until(f"{name} shows its reply", lambda n=name: view_is_reply(page, client, n))
    # What is for screen readers alone lies in the panel, not below the page: or who goes on by Tab moves all.
    check("the page is longer than the window", page.js("return document.scrollingElement.scrollHeight <= innerHeight"))
    if os.environ.get("FERRITE_PICTURES"):
        for name in names:
            page.driver.find_element("css selector", f"#view-{name}").screenshot(f"{os.environ['FERRITE_PICTURES']}/{name}.png")
    views_lead_on(page, client)
    touched_lately(page)
    client.do("page-control")
    client.do("stop")
    registers = client.do("registers")
    until("the registers", lambda: registers["eip"] in page.text("#view-registers") and registers["cr0"] in page.text("#view-registers"))
    client.do("cont")


def contrast(page, selector):
    """Of an element's text with what is behind it, by WCAG 2."""
    return page.js("""
        const parse = c => { const x = document.createElement('canvas').getContext('2d'); x.fillStyle = c; x.fillRect(0, 0, 1, 1);
                             return [...x.getImageData(0, 0, 1, 1).data].slice(0, 3); };
        const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                             return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        let e = document.querySelector(arguments[0]), behind = e;
        while (behind && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
        const a = light(parse(getComputedStyle(e).color)), b = light(parse(getComputedStyle(behind || document.body).backgroundColor));
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);""", selector)


def open_lesson(page, name):
    page.click("#tab-lessons")
    until("the lessons", lambda: page.js("return document.querySelector('.lesson-link')"))
    page.js("document.querySelector(`[data-lesson=${arguments[0]}]`).click()", name)
    until("a lesson", lambda: page.js("return document.querySelector('.lesson .check')"))


def spoken(page):
    """What a screen reader is told: whatever can be worked has a name, the page its landmarks, and the
    text screen its lines."""
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    nodes = [n for n in nodes if not n.get("ignored")]

    def said(n, key):
        return str(n.get(key, {}).get("value", "")).strip()
    worked = [n for n in nodes if said(n, "role") in ("button", "link", "textbox", "combobox", "tab", "slider", "checkbox", "spinbutton",
                                                      "application", "ComboBoxMenuList", "searchbox", "separator")
              and any(p["name"] == "focusable" and p["value"].get("value") for p in n.get("properties", []))]
    check(f"{len(worked)} things to be worked", len(worked) > 40)
    silent = [(said(n, "role"), n.get("backendDOMNodeId")) for n in worked if not said(n, "name")]
    check(f"without a name: {silent}", not silent)
    roles = {said(n, "role") for n in nodes}
    for role in ("main", "banner", "toolbar", "tablist", "tabpanel", "heading", "status"):
        check(f"no {role} among {sorted(roles)}", role in roles)
    check("the text screen is not told", any("Ferrite demo disk" in said(n, "name") for n in nodes))


def said_once(page, client):
    """A sentence that comes again takes the first one's place: a pile would hide what is below."""
    page.js("""window.added = 0; new MutationObserver(changes => changes.forEach(c => { window.added += c.addedNodes.length; }))
                   .observe(document.getElementById('notices'), {childList: true});""")
    client.do("page-control")
    client.do("reset")
    client.do("reset")
    until("both are said", lambda: page.js("return window.added") >= 2 and "was reset" in page.text("#notices"))
    check(page.text("#notices"), page.text("#notices").count("The machine was reset") == 1)


def themes(page):
    """Both have a readable contrast; each chosen by the system and by the switch."""
    for theme, other in (("dark", "light"), ("light", "dark")):
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
        page.js("localStorage.clear()")
        page.open().ready()
        check(theme, page.js("return document.documentElement.dataset.theme") == theme)
        open_lesson(page, "memory")
        for selector in ("body", ".hint", "#status", ".card .about", ".lesson .check", ".lesson .start", ".lesson .editor",
                         ".lesson .next-hint", ".lesson-back", ".lesson code"):
            check(f"{theme} {selector}: {contrast(page, selector):.1f}", contrast(page, selector) >= 4.5)
        check("the button that checks stands out", page.js("""
            const colour = s => getComputedStyle(document.querySelector(s)).backgroundColor;
            return colour('.lesson .check') !== colour('.lesson .try');"""))
        page.click("#theme")
        check(other, page.js("return document.documentElement.dataset.theme") == other)
    # Nothing is wider than a small window.
    page.js("localStorage.clear()")
    for width, height in ((1280, 720), (480, 800)):
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        wide = until("a size", lambda: page.js("return document.documentElement.scrollWidth"))
        check(f"{wide} pixels in a window of {width}", wide <= width)
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def old_browser(page):
    """One that lacks something is told what, and what to do."""
    script = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "delete window.ResizeObserver;"})
    page.open()
    until("a sentence", lambda: "has no ResizeObserver" in page.text("[role=alert]"))
    page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def strangers(page, machine):
    page.driver.execute_script("sessionStorage.clear()")
    page.open("0" * 32)
    until("a wrong token", lambda: "token is wrong" in page.text("[role=alert]"))

    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>other</title>")

        def log_message(self, *_):
            pass
    server = HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page.driver.get(f"http://127.0.0.1:{server.server_port}/")
        result = page.wait_js("""return await new Promise(done => {
            const s = new WebSocket(`ws://127.0.0.1:${args[0]}/machine`, 'ferrite');
            s.onopen = () => done('open');
            s.onerror = () => done('refused');
        });""", machine.port)
        check(f"another page's WebSocket: {result}", result == "refused")
        result = page.wait_js("return await fetch(`http://127.0.0.1:${args[0]}/`).then(() => 'read', () => 'refused');", machine.port)
        check(f"another page's fetch: {result}", result == "refused")
    finally:
        server.shutdown()


def size_of_site():
    site = os.path.join(HERE, "../../frontend/page/site")
    plain = packed = 0
    for folder, _, names in os.walk(site):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                data = f.read()
            plain += len(data)
            packed += len(zlib.compress(data, 9))
    print(f"the page: {plain / 1024:.0f} KB, {packed / 1024:.0f} KB compressed")
    check("under 3 MB", packed < 3 << 20)


def main():
    size_of_site()
    driver = None
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with Machine(FERRITE, "-display", "none") as machine:
                driver = browser()
                driver.set_script_timeout(100)
                page = Page(driver, machine)
                driver.get(f"http://127.0.0.1:{machine.port}/")
                until("without a token", lambda: "token" in page.text("[role=alert]"))
                page.open().ready()
                client = Steady(machine)
                keys_and_picture(page, client)
                key_names(page)
                mouse(page)
                sound(page)
                drives_and_states(page, client)
                views(page, client)
                spoken(page)
                themes(page)
                said_once(page, client)
                wrong = [line for line in driver.get_log("browser") if line["level"] == "SEVERE" and "/machine" not in line["message"]]
                check(wrong, not wrong)
                old_browser(page)
                strangers(page, machine)
                page.open().ready()
                client.do("page-control")
                client.text(json.dumps({"id": 1, "execute": "quit"}))
                until("the end is said", lambda: "off" in page.text(".screen-message"))
        finally:
            os.chdir("/")
            if driver:
                driver.quit()


if __name__ == "__main__":
    try:
        main()
    except Skipped as e:
        print(f"SKIPPED: {e}")
        sys.exit(77)
