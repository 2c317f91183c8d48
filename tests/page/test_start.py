#!/usr/bin/env python3
"""test_start.py - what a browser has to fetch before the machine's first picture, and that it learns of
it at once: by the files' imports alone, for the page of -http and for the one with the machine in a
worker. No browser is needed."""
import os
import re

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..")
PAGE = os.path.join(ROOT, "frontend", "page", "site")
WEB = os.path.join(ROOT, "frontend", "web", "site")
IMPORT = re.compile(r"^(?:import|export)\b[^;]*?from '(\.[^']+)';|^const \w+ = import\('(\.[^']+)'\);", re.M)
BUILT = {"core.js"}  # by scripts/web
# (folders, the later ones over the first; the modules that begin; most modules and bytes before the first picture)
PAGES = {
    "http": ([PAGE], ["carrier.js", "main.js"], 10, 30 << 10),
    "worker": ([PAGE, WEB], ["carrier.js", "main.js", "worker.js"], 14, 64 << 10),
}


def check(what, ok):
    if not ok:
        raise AssertionError(what)


def read(folders, name):
    for folder in reversed(folders):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                return f.read()
    raise AssertionError(f"{name} is imported, and is not there")


def graph(folders, names):
    """Every module that these import, with themselves, and how long each is."""
    found, left = {}, list(names)
    while left:
        name = left.pop()
        if name in found or name in BUILT:
            continue
        text = read(folders, os.path.join("js", name))
        found[name] = len(text)
        left += [os.path.normpath(os.path.join(os.path.dirname(name), a or b)) for a, b in IMPORT.findall(text)]
    return found


def named(html):
    return re.findall(r'(?:modulepreload" href|module"(?: async)? src)="js/([^"]+)"', html)


def main():
    html = read([PAGE], "index.html")
    later = re.search(r'<template id="later">(.*?)</template>', html, re.S)
    check("index.html says what comes later", later)
    first, later = named(html.replace(later[0], "")), named(later[1])
    check("no module is named twice", len(first + later) == len(set(first + later)))
    check("the carrier is the first thing of all", re.search(r'<(?:script|link)[^>]*>', html)[0] == '<script type="module" async src="js/carrier.js">')
    shared = None
    for page, (folders, begin, modules, most) in PAGES.items():
        needed = graph(folders, begin)
        size = sum(needed.values())
        print(f"{page}: {len(needed)} modules, {size} bytes before the first picture")
        check(f"{page}: {len(needed)} modules before the first picture: {sorted(needed)}", len(needed) <= modules)
        check(f"{page}: {size} bytes before the first picture", size <= most)
        shared = set(needed) if shared is None else shared & set(needed)
        desk = set(graph(folders, ["desk.js"])) - set(needed)
        check(f"{page}: what comes later and the imports differ in {set(later) ^ desk}", set(later) == desk)
    # What one carrier alone imports it asks for itself.
    check(f"index.html and the imports differ in {set(first) ^ shared}", set(first) == shared)


main()
