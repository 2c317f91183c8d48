"""operators - how a line is made wrong. Each takes (kind, text, mask), the mask being the text with
strings blanked, and yields what may stand in its place."""
import re


def replaced(pattern, change):
    """An operator that changes one match at a time. What comes after a string are its arguments:
    words, not deeds."""
    def fn(_kind, text, mask):
        words = text.find('"')
        for m in re.finditer(pattern, mask if words < 0 else mask[:words]):
            new = change(m)
            if new is not None:
                yield text[:m.start()] + new + text[m.end():]
    return fn


def negated(kind, text, _mask):
    if kind == "condition":
        yield f"!({text})"


def lost(kind, text, mask):
    """A statement is gone: no declaration, nor what the rest cannot do without."""
    if kind == "statement" and not re.match(r"(assert|va_start|va_end|LIN_\w+|STACK_16)\b", mask):
        yield ""


COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
ARITHMETIC = {"+": "-", "-": "+", "|": "&", "&": "|", "<<": ">>", ">>": "<<"}


def off_by_one(m):
    if m[0] in ("0", "0u") and m.string[m.end():m.end() + 1] == "x":
        return None
    return f"({m[0]} + 1)"


def other_of(names):
    """Each name becomes the next one in its family."""
    following = dict(zip(names, names[1:] + names[:1]))
    return replaced(r"\b(" + "|".join(names) + r")\b", lambda m: following[m[0]])


def families(*sets):
    fns = [other_of(s.split()) for s in sets]

    def fn(kind, text, mask):
        for f in fns:
            yield from f(kind, text, mask)
    return fn


def swapped(_kind, text, mask):
    """The last two arguments of a call; the operands of a difference."""
    if '"' in text:
        return
    for m in re.finditer(r"([\w.>\[\]-]+), ([\w.>\[\]-]+)\)", mask):
        yield text[:m.start()] + f"{text[m.start(2):m.end(2)]}, {text[m.start(1):m.end(1)]})" + \
            text[m.end():]
    for m in re.finditer(r"\b([\w.]+) - ([\w.]+)\b", mask):
        yield text[:m.start()] + f"{m[2]} - {m[1]}" + text[m.end():]


C_OPERATORS = [
    ("condition negated", negated),
    ("comparison", replaced(r"(?<= )(<|<=|>|>=|==|!=)(?= )", lambda m: COMPARISONS[m[0]])),
    ("and, or", replaced(r"(?<= )(&&|\|\|)(?= )", lambda m: "||" if m[0] == "&&" else "&&")),
    ("constant off by one", replaced(r"\b(?:0x[0-9a-f]+|\d+)u?(?:ll)?\b", off_by_one)),
    ("arithmetic", replaced(r"(?<=[\w)\]] )(\+|-|\||&|<<|>>)(?= [\w(~*])", lambda m: ARITHMETIC[m[0]])),
    ("not, complement lost", replaced(r"[!~](?=[\w(])", lambda m: "")),
    ("operands swapped", swapped),
    ("other flag or vector", families(
        "VEC_GP VEC_NP VEC_SS VEC_TS VEC_PF VEC_DF VEC_AC VEC_UD VEC_NM VEC_DE VEC_DB VEC_BP VEC_OF",
        "EFL_CF EFL_ZF EFL_TF EFL_IF EFL_DF EFL_NT EFL_RF EFL_VM EFL_AC EFL_VIF EFL_VIP EFL_ID",
        "PTE_P PTE_RW PTE_US PTE_A PTE_D PTE_PS PTE_G", "CR0_PE CR0_TS CR0_WP CR0_AM CR0_PG",
        "CR4_VME CR4_PVI CR4_DE CR4_PSE CR4_PAE CR4_PGE", "PF_PRESENT PF_WRITE PF_USER PF_RESERVED",
        "SEG_ES SEG_CS SEG_SS SEG_DS SEG_FS SEG_GS", "MMU_READ MMU_WRITE")),
    ("statement lost", lost),
]


def called(pattern, unlike=r"(?!)"):
    """A call of such a function is gone."""
    def fn(kind, _text, mask):
        if kind == "statement" and re.match(rf"(?:{pattern})\(", mask) and not re.match(unlike, mask):
            yield ""
    return fn


STATE_OPERATORS = [
    ("field forgotten",
     called(r"state_(?:bool|u8|u16|u32|u64|s64|int|u16s|u32s|u64s|bytes|memory)|timer_state")),
    ("part forgotten", called(r"[a-z0-9_]+_state", r"timer_state")),
]

JUMPS = {"z": "nz", "e": "ne", "c": "nc", "b": "ae", "a": "be", "s": "ns", "l": "ge", "g": "le"}
JUMPS.update({v: k for k, v in JUMPS.items()})
ONE_FOR_ANOTHER = {"stc": "clc", "clc": "stc", "sti": "cli", "cli": "sti", "and": "or", "or": "and",
                   "add": "sub", "sub": "add", "shl": "shr", "shr": "shl", "inc": "dec", "dec": "inc"}
ASM_DROPPED = r"(?:mov|call|and|or|xor|add|sub|inc|dec|shl|shr|out|stc|clc|sti|cli|xchg|rep \w+|stos[bwd])"


def asm_number(m):
    return str(int(m[0], 0) + 1) if not m[0].startswith("0x") else hex(int(m[0], 16) + 1)


ASM_OPERATORS = [
    ("jump the other way", replaced(r"\bj(" + "|".join(sorted(JUMPS, key=len, reverse=True)) + r")\b",
                                    lambda m: "j" + JUMPS[m[1]])),
    ("constant off by one", replaced(r"(?<![\w.$])(?:0x[0-9a-fA-F]+|\d+)(?!\w)", asm_number)),
    ("other instruction", replaced(r"^(" + "|".join(ONE_FOR_ANOTHER) + r")\b",
                                   lambda m: ONE_FOR_ANOTHER[m[0]])),
    ("operands swapped", replaced(r"^(mov|cmp|sub) (\w+), ?(\w+)$", lambda m:
                                  f"{m[1]} {m[3]}, {m[2]}" if not m[3][0].isdigit() else None)),
    ("instruction lost", replaced(r"^" + ASM_DROPPED + r"\b.*$", lambda m: "")),
]
