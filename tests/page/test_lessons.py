#!/usr/bin/env python3
"""test_lessons.py FERRITE - the lessons on the page of -http, in headless Chromium: each one is
opened, solved by its solution, and failed by what its file says is wrong, with those words; views
open, commands are done, by keyboard alone as well, hints come one by one, a program is tried on the
live machine, what is written is kept, Back and Forward go from lesson to lesson, a result is what
`ferrite lesson -verify` takes."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

from machine import Machine, Skipped, until
from test_browser import FERRITE, HERE, Page, browser, check
from websocket import Steady

LESSONS = os.path.join(HERE, "../../frontend/lessons")


def blocks(path):
    """(kind, rest of the line, text) of a lesson's fenced blocks."""
    with open(path, encoding="utf-8") as f:
        return re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", f.read(), re.M | re.S)


def open_lesson(page, name):
    page.js("document.querySelector('.lesson-back')?.click()")
    until("the list", lambda: page.js("return !!document.querySelector('.lessons')"))
    page.js("document.querySelector(`[data-lesson=\"${arguments[0]}\"]`).click()", name)
    until(name, lambda: page.js("return !!document.querySelector(`article[data-lesson=\"${arguments[0]}\"]`)", name))


def press(page, selector):
    """By the document: a notice may lie over a button for a moment."""
    page.js("document.querySelector(arguments[0]).click()", selector)


def answer(page, text):
    page.js("""document.querySelector('.result').replaceChildren();
        document.querySelector('.editor').value = arguments[0];
        document.querySelector('.lesson .check').click();""", text)
    until("a verdict", lambda: page.text(".result .verdict") or page.text(".result > .wrong"))
    check(page.text(".result"), page.text(".result .verdict"))
    return page.text(".result .verdict"), page.text(".result")


def one_lesson(page, path):
    name = re.match(r"\d+-(.*)\.md", os.path.basename(path)).group(1)
    parts = blocks(path)
    open_lesson(page, name)
    program = page.text(".program")
    pad = re.search(r"times (\d+) nop", program)
    fill = lambda text: text.replace("{PAD}", pad.group(1)) if pad else text
    check(f"{name}: a hole in its program: {program}", not re.search(r"\{[A-Z]+\}", program))
    wrong = [b for b in parts if b[0] == "wrong"]
    solution = next(b for b in parts if b[0] == "solution")
    for _, words, text in wrong[:2]:
        verdict, said = answer(page, fill(text))
        check(f"{name}: passed: {text}", verdict != "Right.")
        check(f"{name}: {words} is not in: {said}", words.strip('"') in said)
    verdict, said = answer(page, fill(solution[2]))
    check(f"{name}: {said}", verdict == "Right.")
    return parts


def shown(page, parts):
    """Each view that the lesson names can be opened from it, and answers."""
    for kind, info, _ in parts:
        if kind != "show":
            continue
        view = info.split()[0]
        check(f"no view {view}", page.js("return !!document.querySelector(`[data-show=\"${arguments[0]}\"]`)", view))
        page.js("""for (const b of document.querySelectorAll(`[data-show="${arguments[0]}"]`))
            if (b.getAttribute('aria-expanded') !== 'true') b.click();""", view)
        body = f"article #view-{view} .card-body"
        until(view, lambda at=body: page.js("return document.querySelector(arguments[0])?.childElementCount", at))
        check(f"{view}: {page.text(f'{body} .wrong')}", not page.js("return !!document.querySelector(arguments[0])", f"{body} > .wrong"))


def hints(page):
    open_lesson(page, "interrupts")
    press(page, ".lesson-back")
    until("the keys in the list, where it was left", lambda: page.js("return document.activeElement.dataset.lesson") == "interrupts")
    open_lesson(page, "interrupts")
    check("a hint unasked", not page.js("return document.querySelector('.hints').children.length"))
    for n in (1, 2, 3):
        press(page, ".next-hint")
        check(f"hint {n}", page.js("return document.querySelector('.hints').children.length") == n)
    check("the button of no more hints", not page.js("return document.querySelector('.next-hint')"))


def commands(page):
    """The lesson of the stack: its program, a watchpoint, two times on, where."""
    open_lesson(page, "stack")
    press(page, ".start")
    until("it stands", lambda: "stands at 0x7c00" in page.text(".lesson [role=status]"))
    press(page, ".do-it")
    until("the watchpoint", lambda: "where" in page.text(".reply") and "mov [di]" not in page.text(".reply")
          and "inc" in page.text(".reply"))


def mistake(page):
    """A line that is no assembler is said and selected."""
    open_lesson(page, "memory")
    _, said = answer(page, "    mov ax, 1\n    mow bx, 2\n")
    check(said, "line 2:" in said)
    selected = page.js("const e = document.querySelector('.editor'); return e.value.slice(e.selectionStart, e.selectionEnd)")
    check(selected, selected == "    mow bx, 2")


def tried(page, client):
    """The learner's program on the live machine; a check does not touch that."""
    open_lesson(page, "boot-sector")
    text = next(b[2] for b in blocks(glob.glob(f"{LESSONS}/*-boot-sector.md")[0]) if b[0] == "solution")
    page.js("document.querySelector('.editor').value = arguments[0]", text.replace("Ada", "Grace"))
    press(page, ".try")
    until("it stands", lambda: "stands at" in page.text(".lesson [role=status]"))
    hash_before = client.do("state-hash")
    verdict, _ = answer(page, text)
    check("the solution", verdict == "Right.")
    check("the live machine has changed", client.do("state-hash") == hash_before)
    client.do("page-control")
    client.do("cont")
    until("its text", lambda: "My name is Grace" in json.dumps(client.do("screen")))
    press(page, "#take")


def go(page, where, back=False):
    """By Tab alone, to what the selector names; the way is part of what is tested."""
    from selenium.webdriver.common.keys import Keys
    for _ in range(120):
        if page.js("return document.activeElement.matches(arguments[0])", where):
            return
        page.keys(*((Keys.SHIFT, Keys.TAB) if back else (Keys.TAB,)))
    raise AssertionError(f"Tab does not lead to {where}")


def by_keyboard(page, names):
    """A lesson from the list to its verdict, without a mouse: text, view, program, hint, answer, back."""
    from selenium.webdriver.common.keys import Keys
    press(page, ".lesson-back")
    until("the list", lambda: page.js("return !!document.querySelector('.lessons')"))
    page.js("document.getElementById('tab-lessons').focus()")
    for name in names:
        text = next(b[2] for b in blocks(glob.glob(f"{LESSONS}/*-{name}.md")[0]) if b[0] == "solution")
        go(page, f'[data-lesson="{name}"]')
        page.keys(Keys.ENTER)
        until(name, lambda n=name: page.js("return !!document.querySelector(`article[data-lesson=\"${arguments[0]}\"]`)", n))
        pad = re.search(r"times (\d+) nop", page.text(".program"))
        text = text.replace("{PAD}", pad.group(1)) if pad else text
        check(f"{name} has the keys, not {page.focused()}", page.js("return !!document.activeElement.closest('#lessons')"))
        if page.js("return !!document.querySelector('[data-show]')"):
            go(page, "[data-show]")
            page.keys(Keys.ENTER)
            until("a view", lambda: page.js("return document.querySelector('[data-show]').getAttribute('aria-expanded')") == "true")
        go(page, ".editor")
        page.keys(Keys.CONTROL, "a")
        page.keys(Keys.DELETE)
        lines = [line.strip() for line in text.strip().splitlines()]  # the editor indents by itself
        page.keys("\n".join(lines))
        typed = page.js("return document.querySelector('.editor').value")
        check(typed, [line.strip() for line in typed.strip().splitlines()] == lines)
        go(page, ".lesson .check")
        page.keys(Keys.ENTER)
        until("a verdict", lambda: page.text(".result .verdict"))
        check(f"{name}: {page.text('.result')}", page.text(".result .verdict") == "Right.")
        go(page, ".lesson-back", back=True)
        page.keys(Keys.ENTER)
        until("the keys in the list", lambda n=name: page.js("return document.activeElement.dataset.lesson") == n)


def kept(page):
    """What is written stays, whatever the learner does, until it is begun anew; Back and Forward go from the
    list to the lesson and leave the machine alone."""
    written = lambda: page.js("return document.querySelector('article[data-lesson=flags] .editor')?.value")
    anew = lambda: page.js("const b = document.querySelector('.anew'); return !!b && b.checkVisibility()")
    page.js("localStorage.clear()")
    open_lesson(page, "flags")
    given = written()
    check("it is as it was given", given and not anew())
    page.js("const e = document.querySelector('.editor'); e.focus(); e.setSelectionRange(0, 0);")
    page.keys("; mine\n")
    mine = written()
    check(mine, mine == f"; mine\n{given}" and anew())
    check("the address says the lesson", "lesson=flags" in page.driver.current_url)
    machine = page.js("window.same = true; return performance.timeOrigin")
    page.driver.back()
    until("the list by Back", lambda: page.js("return !!document.querySelector('.lessons')"))
    check("its address", "lesson=" not in page.driver.current_url)
    page.driver.forward()
    until("the lesson by Forward", lambda: written() == mine)
    check("it is the same page", page.js("return window.same && performance.timeOrigin") == machine)
    open_lesson(page, "stack")
    page.driver.refresh()
    page.ready()
    until("the lesson after a reload", lambda: page.js("return !!document.querySelector('article[data-lesson=stack]')"))
    check("another lesson's text", "; mine" not in page.js("return document.querySelector('.editor').value"))
    open_lesson(page, "flags")
    check("what was written is there after another lesson and a reload", written() == mine and anew())
    press(page, ".anew")
    check("it is as it was given again", written() == given)
    press(page, ".anew")
    check("and taken back", written() == mine)
    press(page, ".anew")
    page.driver.refresh()
    page.ready()
    until("it stays so", lambda: written() == given and not anew())
    page.js("const e = document.querySelector('.editor'); e.focus(); e.setSelectionRange(0, 0);")
    page.keys("; mine\n")
    for wrong in ("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
                  "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"):
        page.js(f"{wrong}; const e = document.querySelector('.editor'); e.focus(); e.setSelectionRange(0, 0);")
        page.keys("; more")
        open_lesson(page, "stack")
        open_lesson(page, "flags")
        check("what the browser does not keep stays in the page", written() == f"; more{mine}")
        page.driver.refresh()
        page.ready()
        until("what it has kept before is there", lambda: written() == mine)
    page.js("localStorage.clear()")


def hash_changed(page):
    """What follows # in the address says nothing of lessons: hints that were opened stay."""
    open_lesson(page, "interrupts")
    press(page, ".next-hint")
    asked = page.wait_js("""
        const send = WebSocket.prototype.send;
        let asked = 0;
        WebSocket.prototype.send = function (data) { asked += String(data).includes('lesson text'); send.call(this, data); };
        await new Promise(moved => { addEventListener('popstate', moved, {once: true}); location.hash = 'x'; });
        await new Promise(done => setTimeout(done));
        WebSocket.prototype.send = send;
        return asked;""")
    check(f"the lesson was asked for again: {asked}", asked == 0)
    check("the hint", page.js("return document.querySelector('.hints')?.children.length") == 1)


def unknown(page, machine):
    """A lesson that there is not, by a name that is none, is an error in words, and the list is one press away."""
    page.driver.get("about:blank")
    page.driver.get(f"http://127.0.0.1:{machine.port}/?lesson=%22%27%3E%3Cimg%20src=x%20onerror=%22window.evil=1%22%3E#token={machine.token}")
    page.ready()
    said = until("it is said", lambda: page.text("#lessons [role=alert]"))
    check(said, "<img" in said and not page.js("return window.evil || !!document.querySelector('#lessons img')"))
    press(page, "#lessons button")
    until("the list", lambda: page.js("return !!document.querySelector('.lessons')"))
    check("the address", "lesson=" not in page.driver.current_url)


def not_loaded(page, machine):
    """A server that does not answer for the lessons' file: that is said, and the next press asks anew."""
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/lessons/panel.js*"]})
    page.driver.get("about:blank")
    page.driver.get(f"http://127.0.0.1:{machine.port}/#token={machine.token}")
    page.ready()
    press(page, "#tab-lessons")
    said = until("it is said", lambda: page.text("#lessons [role=alert]"))
    check(said, "could not be loaded" in said)
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    press(page, "#tab-lessons")
    until("the list", lambda: page.js("return !!document.querySelector('.lessons')"))


def result(page, machine):
    page.driver.get("about:blank")
    page.driver.get(f"http://127.0.0.1:{machine.port}/?lesson=sound&seed=41#token={machine.token}")
    page.ready()
    until("the lesson by its address", lambda: page.js("return !!document.querySelector('article[data-lesson=sound]')"))
    text = next(b[2] for b in blocks(glob.glob(f"{LESSONS}/*-sound.md")[0]) if b[0] == "solution")
    answer(page, text)
    page.js("URL.createObjectURL = blob => { blob.text().then(t => { document.documentElement.dataset.saved = t; }); return '#'; }")
    press(page, ".save")
    until("the file", lambda: page.js("return document.documentElement.dataset.saved"))
    with open("result.json", "w", encoding="utf-8") as f:
        f.write(page.js("return document.documentElement.dataset.saved"))
    done = subprocess.run([FERRITE, "lesson", "-verify", "result.json"], capture_output=True, text=True, check=False)
    check(done.stderr, done.returncode == 0 and "seed 41: Right." in done.stdout)


def main():
    driver = None
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with Machine(FERRITE, "-display", "none", "-m", "8", "-rewind", "32") as machine:
                driver = browser()
                driver.set_script_timeout(100)
                page = Page(driver, machine)
                page.open().ready()
                client = Steady(machine)
                press(page, "#tab-lessons")
                for path in sorted(glob.glob(f"{LESSONS}/[0-9]*.md")):
                    shown(page, one_lesson(page, path))
                hints(page)
                commands(page)
                mistake(page)
                by_keyboard(page, ("memory", "interrupts", "planes"))
                tried(page, client)
                kept(page)
                hash_changed(page)
                unknown(page, machine)
                result(page, machine)
                wrong = [line for line in driver.get_log("browser") if line["level"] == "SEVERE"]
                check(wrong, not wrong)
                not_loaded(page, machine)
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
