"""c_source - mutants of C, many in one build.

read(file, text) finds statements and conditions inside functions. It relies on the project's
format: a function's braces stand alone in the first column, one statement a line or on lines that
follow. Tables, declarations without a value, case labels and switch heads are left alone.

schema(text, mutants) returns the text with each of the mutants in it, to be chosen at run time by
mutant(N) (chosen.h), and which line of the new text holds which mutant: a compiler's error there
rejects it.
"""
import re
from dataclasses import dataclass


@dataclass
class Mutant:
    file: str
    line: int  # from 1 on
    operator: str
    shape: "Shape"
    after: str  # the statement or expression in place of shape.text
    number: int = 0

    def words(self):
        return f"{self.file}:{self.line}: {self.operator}: {self.shape.text} -> {self.after or '(nothing)'}"


@dataclass
class Shape:
    """What stands in lines first..last: head + text + tail; text is what is mutated."""
    first: int
    last: int
    head: str
    text: str
    tail: str
    kind: str  # condition, value (of a return, an assignment in a declaration), statement


def masked(text):
    """The same length, with comments, strings and characters blanked."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def balanced(s):
    return all(s.count(a) == s.count(b) for a, b in ("()", "[]", "{}"))


def top_level(s, what):
    """Positions of the characters `what` outside all brackets."""
    depth, found = 0, []
    for i, ch in enumerate(s):
        depth += (ch in "([{") - (ch in ")]}")
        if ch == what and depth == 0:
            found.append(i)
    return found


NEVER = re.compile(r"(case|default|static|switch|do|goto|break|continue|typedef|enum|#|\}|else$|\w+:)")
DECLARATION = re.compile(
    r"((?:const |unsigned |struct |enum |union )*\w+(?: \**\w+|\(\*\w+\)(?:\[\w+\])+) = )(.*)(;)$")
ASSIGNMENT = re.compile(r"[\w.>()*&+\[\] -]*?[\w\])] (?:[-+*/|&^]|<<|>>)?= .*;$")


def shape_of(first, last, joined, mask):
    """joined, mask: the lines as one, without indentation, as they are and masked."""
    m = re.match(r"((?:\} else )?(?:if|while) \((?:un)?(?:likely\()?)(.*?)(\)?\)(?: \{)?)$", mask)
    if m:
        head = re.match(r"(?:\} else )?(?:if|while) \(", mask)[0]
        tail = ") {" if mask.endswith("{") else ")"
        inner = mask[len(head):len(mask) - len(tail)]
        if balanced(inner):
            return Shape(first, last, head, joined[len(head):len(joined) - len(tail)], tail,
                         "condition")
        return None
    if mask.startswith("for ("):
        semicolons = [i for i, ch in enumerate(mask) if ch == ";"]
        if len(semicolons) == 2:
            a, b = semicolons
            if mask[a + 1:b].strip():
                return Shape(first, last, joined[:a + 2], joined[a + 2:b], joined[b:], "loop")
        return None
    if not mask.endswith(";"):
        return None
    if mask.startswith("return "):
        return Shape(first, last, "return ", joined[7:-1], ";", "value")
    m = DECLARATION.match(mask)
    if m:
        if top_level(m[2], ",") or m[2].startswith("{"):
            return None
        return Shape(first, last, joined[:m.end(1)], joined[m.end(1):-1], ";", "value")
    if ASSIGNMENT.match(mask) or re.match(r"\w+\(.*\);$", mask) or \
            re.match(r"[\w.>()*\[\]-]+(\+\+|--);$", mask):
        return Shape(first, last, "", joined, "", "statement")
    return None


def shapes(text):
    lines, masks = text.split("\n"), masked(text).split("\n")
    inside = table = False
    at = 0
    while at < len(lines):
        mask = masks[at].rstrip()
        if mask == "{":
            inside, table = True, False
        elif mask == "}":
            inside = False
        stripped = mask.strip()
        if not inside or not stripped or mask == "{":
            at += 1
            continue
        if table:
            table = not re.search(r"\};$", mask)
            at += 1
            continue
        if re.match(r"(static |const |enum )+.*[={]$", stripped) or \
                (stripped.startswith(("static ", "enum ")) and not stripped.endswith(";")):
            table = not stripped.endswith("};")
            at += 1
            continue
        if NEVER.match(stripped) and not re.match(r"\} else if \(", stripped):
            at += 1
            continue
        last = at
        whole, plain = stripped, masks[at]
        while last + 1 < len(lines) and last - at < 12 and \
                not (whole.count("(") == whole.count(")") and re.search(r"[;{)]$", whole)
                     and (balanced(whole) or whole.endswith("{"))):
            last += 1
            whole += " " + masks[last].strip()
        joined = " ".join(line.strip() for line in lines[at:last + 1])
        mask = " ".join(line.strip() for line in masks[at:last + 1])
        # A comment behind a line would swallow what comes after it, and lengths must agree.
        if "//" not in joined and "/*" not in joined and len(joined) == len(mask):
            shape = shape_of(at, last, joined, mask)
            if shape:
                yield shape
                at = last + 1
                continue
        at += 1


def read(file, text, operators):
    """All mutants of a file by these operators: (name, function of kind, text -> afters)."""
    for shape in shapes(text):
        for name, fn in operators:
            seen = {shape.text}
            for after in fn(shape.kind, shape.text, masked(shape.text)):
                if after not in seen:
                    seen.add(after)
                    yield Mutant(file, shape.first + 1, name, shape, after)


def schema(text, mutants):
    lines = text.split("\n")
    at = {}
    for m in mutants:
        at.setdefault(m.shape.first, []).append(m)
    out, where = ['#include "scripts/mutation/chosen.h"'] if mutants else [], {}

    def put(line, m=None):
        out.append(line)
        if m:
            where[len(out)] = m.number
    number = 0
    while number < len(lines):
        here = at.get(number)
        if not here:
            put(lines[number])
            number += 1
            continue
        shape = here[0].shape
        if shape.kind == "statement":
            for m in here:
                put(f"if (mutant({m.number})) {{ {m.after or ';'} }} else", m)
            put("{ " + shape.text + " }")
        else:
            put(shape.head)
            for m in here:
                put(f"mutant({m.number}) ? ({m.after}) :", m)
            put("(" + shape.text + ")")
            put(shape.tail)
        number = shape.last + 1
    return "\n".join(out), where
