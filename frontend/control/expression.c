/*
 * expression.c - a small descent parser. See expression.h. Precedence is C's: unary - ~ + !,
 * * / %, + -, << >>, < <= > >=, == !=, &, ^, |, &&, ||. Both sides of && and || are always read.
 */
#include "frontend/control/expression.h"

#include "frontend/symbols/symbols.h"
#include "hw/machine/vm_inspect.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 40, LEVELS = 10, REGISTER_NAME = 12, SYMBOL_NAME = 512 };

struct reading {
    const char *at;
    const char *all;
    struct vm *vm;
    const struct symbols *symbols;
    struct vm_registers r;
    unsigned depth;
    bool unknown; /* something was named that only a machine knows, and there is none */
    struct err *e;
};

static bool level(struct reading *r, unsigned n, s64 *value);
static bool read_register(struct reading *r, s64 *value);

static void skip(struct reading *r)
{
    while (isspace((unsigned char)*r->at))
        r->at++;
}

static bool wrong(struct reading *r, const char *why)
{
    return err_set(r->e, "\"%.100s\": %s", r->all, why);
}

/* ---- registers ---- */

/* A part of a general register: AL, AH, AX. */
static bool part(const struct vm_registers *r, const char *name, s64 *value)
{
    static const char *const words[VM_GENERAL] = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    static const char letters[] = "acdb";
    for (unsigned i = 0; i < VM_GENERAL; i++) {
        if (strcmp(name, words[i]) == 0)
            *value = r->gpr[i] & 0xffff;
        else if (i < 4 && name[0] == letters[i] && name[1] == 'l' && !name[2])
            *value = r->gpr[i] & 0xff;
        else if (i < 4 && name[0] == letters[i] && name[1] == 'h' && !name[2])
            *value = r->gpr[i] >> 8 & 0xff;
        else
            continue;
        return true;
    }
    return false;
}

static bool register_value(const struct vm_registers *r, const char *name, s64 *value)
{
    static const char *const segments[VM_SEGMENTS] = {"es", "cs", "ss", "ds", "fs", "gs"};
    static const char *const general[VM_GENERAL] = {"eax", "ecx", "edx", "ebx",
                                                    "esp", "ebp", "esi", "edi"};
    const struct {
        const char *name;
        u32 value;
    } others[] = {
        {"eip", r->eip},       {"pc", r->seg[VM_CS].base + r->eip},
        {"ip", r->eip},        {"eflags", r->eflags},
        {"cr0", r->cr0},       {"cr2", r->cr2},
        {"cr3", r->cr3},       {"cr4", r->cr4},
        {"gdt", r->gdtr.base}, {"idt", r->idtr.base},
        {"ldtr", r->ldtr.sel}, {"tr", r->tr.sel},
    };
    for (unsigned i = 0; i < VM_GENERAL; i++) {
        if (strcmp(name, general[i]) == 0) {
            *value = r->gpr[i];
            return true;
        }
    }
    for (unsigned i = 0; i < VM_SEGMENTS; i++) {
        if (strcmp(name, segments[i]) == 0) {
            *value = r->seg[i].sel;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (strcmp(name, others[i].name) == 0) {
            *value = others[i].value;
            return true;
        }
    }
    for (unsigned i = 0; i < VM_SEGMENTS; i++) { /* "cs.base" */
        if (strncmp(name, segments[i], 2) == 0 && strcmp(name + 2, ".base") == 0)
            *value = r->seg[i].base;
        else if (strncmp(name, segments[i], 2) == 0 && strcmp(name + 2, ".limit") == 0)
            *value = r->seg[i].limit;
        else
            continue;
        return true;
    }
    if (name[0] == 'd' && name[1] == 'r' && name[2] >= '0' && name[2] <= '7' && !name[3]) {
        *value = r->dr[name[2] - '0'];
        return true;
    }
    return part(r, name, value);
}

/* ---- values ---- */

bool expression_register(const char *name)
{
    static const struct vm_registers none;
    char small[REGISTER_NAME];
    s64 value;
    size_t n = strlen(name);
    if (n >= sizeof(small))
        return false;
    for (size_t i = 0; i <= n; i++)
        small[i] = (char)tolower((unsigned char)name[i]);
    return register_value(&none, small, &value);
}

/* byte[ADDRESS] and so on; at the bracket. */
static bool read_memory(struct reading *r, unsigned bytes, s64 *value)
{
    u8 b[4] = {0};
    r->at++;
    r->depth++;
    if (!level(r, 0, value))
        return false;
    r->depth--;
    skip(r);
    if (*r->at++ != ']')
        return wrong(r, "a ] is missing");
    if (r->vm && vm_linear_read(r->vm, (u32)*value, b, bytes) != bytes)
        return err_set(r->e, "no memory can be read at linear %08x", (u32)*value);
    *value = (s64)get_le32(b);
    r->unknown |= !r->vm;
    return true;
}

/* Letters without a $: memory, or a register. */
static bool read_name(struct reading *r, s64 *value)
{
    static const struct {
        const char *name;
        unsigned bytes;
    } sizes[] = {{"byte", 1}, {"word", 2}, {"dword", 4}};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        size_t n = strlen(sizes[i].name);
        const char *p = r->at + n;
        if (strncmp(r->at, sizes[i].name, n) != 0)
            continue;
        while (isspace((unsigned char)*p))
            p++;
        if (*p != '[')
            continue;
        r->at = p;
        return read_memory(r, sizes[i].bytes, value);
    }
    return read_register(r, value);
}

/* A symbol's address. Without a machine, symbols are not known yet: any name may be one. */
static bool read_symbol(struct reading *r, s64 *value)
{
    char name[SYMBOL_NAME];
    u32 lin = 0;
    size_t n = 0;
    while (isalnum((unsigned char)r->at[n]) || (r->at[n] && strchr("_.?@$", r->at[n])))
        n++;
    memcpy(name, r->at, n < sizeof(name) ? n : 0);
    name[n < sizeof(name) ? n : 0] = 0;
    if (r->vm && !(r->symbols && symbols_find(r->symbols, name, &lin)))
        return err_set(r->e, "there is no register and no symbol %.*s%s", (int)(n < 80 ? n : 80),
                       r->at, r->symbols ? "" : " (-symbols FILE names symbols)");
    *value = lin;
    r->at += n;
    r->unknown |= !r->vm;
    return true;
}

static bool read_register(struct reading *r, s64 *value)
{
    bool dollar = *r->at == '$';
    char name[REGISTER_NAME];
    size_t n = 0;
    r->at += *r->at == '$';
    while (isalnum((unsigned char)r->at[n]) || (dollar && n == 2 && r->at[n] == '.'))
        n++;
    for (size_t i = 0; i < n && i < sizeof(name) - 1; i++)
        name[i] = (char)tolower((unsigned char)r->at[i]);
    name[n < sizeof(name) ? n : sizeof(name) - 1] = 0;
    bool longer = r->at[n] && strchr("_.?@$", r->at[n]); /* "ax_loop" */
    if (!dollar && (n >= sizeof(name) || longer || !register_value(&r->r, name, value)))
        return read_symbol(r, value);
    if (n >= sizeof(name) || !register_value(&r->r, name, value))
        return err_set(r->e, "there is no register $%.*s", (int)(n < 40 ? n : 40), r->at);
    r->at += n;
    r->unknown |= !r->vm;
    return true;
}

static bool primary(struct reading *r, s64 *value)
{
    skip(r);
    if (r->depth == DEPTH)
        return wrong(r, "too many brackets");
    char c = *r->at;
    if (c == '(') {
        r->at++;
        r->depth++;
        if (!level(r, 0, value))
            return false;
        r->depth--;
        skip(r);
        return *r->at++ == ')' || wrong(r, "a ) is missing");
    }
    if (c == '-' || c == '~' || c == '+' || c == '!') {
        r->at++;
        r->depth++;
        if (!primary(r, value))
            return false;
        r->depth--;
        *value = c == '-'   ? (s64)(0 - (u64)*value)
                 : c == '~' ? ~*value
                 : c == '!' ? !*value
                            : *value;
        return true;
    }
    if (c == '$')
        return read_register(r, value);
    if (isalpha((unsigned char)c) || c == '_' || c == '.' || c == '?' || c == '@')
        return read_name(r, value);
    if (c == '\'') {
        *value = (unsigned char)r->at[1];
        if (!r->at[1] || r->at[2] != '\'')
            return wrong(r, "one character between ' and ' is expected");
        r->at += 3;
        return true;
    }
    if (!isdigit((unsigned char)c))
        return wrong(r, c ? "a number, a $register, a symbol or a ( is expected" : "it is cut off");
    char *end;
    errno = 0;
    *value = (s64)strtoull(r->at, &end, 0);
    if (errno || isalnum((unsigned char)*end)) {
        /* "7c00", "7c00h": as other debuggers and assemblers of PCs take it. */
        size_t digits = strspn(r->at, "0123456789abcdefABCDEF"), h = strspn(r->at + digits, "hH");
        bool hex = !isalnum((unsigned char)r->at[digits + h]);
        return wrong(r, errno ? "a number beyond 64 bits"
                        : hex ? "that is no number; hexadecimal ones begin with 0x"
                              : "that is no number");
    }
    r->at = end;
    return true;
}

/* ---- operators ---- */

enum operator{
    OR,
    AND,
    BIT_OR,
    BIT_XOR,
    BIT_AND,
    EQUAL,
    UNEQUAL,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    LEFT,
    RIGHT,
    PLUS,
    MINUS,
    TIMES,
    OVER,
    MODULO,
    OPERATORS
};

/* By level, the one that binds least first; of one level, longer ones first. */
static const struct {
    char text[3];
    u8 level, which;
} operators[OPERATORS] = {
    {"||", 0, OR},      {"&&", 1, AND},        {"|", 2, BIT_OR},
    {"^", 3, BIT_XOR},  {"&", 4, BIT_AND},     {"==", 5, EQUAL},
    {"!=", 5, UNEQUAL}, {"<=", 6, LESS_EQUAL}, {">=", 6, GREATER_EQUAL},
    {"<", 6, LESS},     {">", 6, GREATER},     {"<<", 7, LEFT},
    {">>", 7, RIGHT},   {"+", 8, PLUS},        {"-", 8, MINUS},
    {"*", 9, TIMES},    {"/", 9, OVER},        {"%", 9, MODULO},
};

static bool apply(struct reading *r, enum operator op, s64 *left, s64 right)
{
    if (!right && r->unknown) /* no error yet */
        right = 1;
    u64 a = (u64)*left, b = (u64)right;
    if ((op == OVER || op == MODULO) && (!right || (right == -1 && *left == INT64_MIN)))
        return wrong(r, "a division that has no result");
    const s64 result[OPERATORS] = {
        [OR] = a || b,
        [AND] = a && b,
        [BIT_OR] = (s64)(a | b),
        [BIT_XOR] = (s64)(a ^ b),
        [BIT_AND] = (s64)(a & b),
        [EQUAL] = a == b,
        [UNEQUAL] = a != b,
        [LESS] = *left<right, [LESS_EQUAL] = *left <= right, [GREATER] = *left> right,
        [GREATER_EQUAL] = *left >= right,
        [LEFT] = b < 64 ? (s64)(a << b) : 0,
        [RIGHT] = b < 64 ? (s64)(a >> b) : 0,
        [PLUS] = (s64)(a + b),
        [MINUS] = (s64)(a - b),
        [TIMES] = (s64)(a * b),
        [OVER] = op == OVER ? *left / right : 0,
        [MODULO] = op == MODULO ? *left % right : 0,
    };
    *left = result[op];
    return true;
}

/* The operator of this level that stands here; -1: none. One that is longer is another one. */
static int operator_here(const struct reading *r, unsigned n)
{
    int found = -1;
    size_t longest = 0;
    for (unsigned i = 0; i < OPERATORS; i++) {
        size_t len = strlen(operators[i].text);
        if (len > longest && strncmp(r->at, operators[i].text, len) == 0) {
            longest = len;
            found = (int)i;
        }
    }
    return found >= 0 && operators[found].level == n ? found : -1;
}

static bool level(struct reading *r, unsigned n, s64 *value)
{
    if (!(n + 1 < LEVELS ? level(r, n + 1, value) : primary(r, value)))
        return false;
    for (;;) {
        s64 right;
        skip(r);
        int op = operator_here(r, n);
        if (op < 0)
            return true;
        r->at += strlen(operators[op].text);
        if (!(n + 1 < LEVELS ? level(r, n + 1, &right) : primary(r, &right)) ||
            !apply(r, (enum operator)operators[op].which, value, right))
            return false;
    }
}

static void begin(struct reading *r, struct vm *vm, const struct symbols *symbols, const char *text,
                  struct err *e)
{
    *r = (struct reading){.at = text, .all = text, .vm = vm, .symbols = symbols, .e = e};
    if (vm)
        vm_registers(vm, &r->r);
}

static bool read_whole(struct reading *r, s64 *value)
{
    if (!level(r, 0, value))
        return false;
    skip(r);
    return !*r->at || wrong(r, "something stands behind its end");
}

bool expression_value_in(struct vm *vm, const struct symbols *symbols, const char *text, s64 *value,
                         struct err *e)
{
    struct reading r;
    begin(&r, vm, symbols, text, e);
    return read_whole(&r, value);
}

bool expression_value(struct vm *vm, const char *text, s64 *value, struct err *e)
{
    return expression_value_in(vm, NULL, text, value, e);
}

/* ---- addresses ---- */

/* "f000" or "$cs" before a colon. */
static bool read_selector(struct reading *r, const char *colon, u16 *sel)
{
    s64 value = 0;
    skip(r);
    size_t digits = strspn(r->at, "0123456789abcdefxABCDEFX"), letters = 0;
    while (isalpha((unsigned char)r->at[letters]))
        letters++;
    if (*r->at == '$' || letters > digits) {
        if (!read_register(r, &value))
            return false;
    } else {
        char *end;
        value = (s64)strtoull(r->at, &end, 16);
        if (end == r->at || value < 0 || value > 0xffff)
            return wrong(r, "a selector in hexadecimal, up to ffff, is expected before the colon");
        r->at = end;
    }
    skip(r);
    *sel = (u16)value;
    return r->at == colon || wrong(r, "a selector is expected before the colon");
}

/* Behind a selector a bare number is hexadecimal, too; else it is an expression. */
static bool read_offset(struct reading *r, s64 *value)
{
    skip(r);
    size_t n = strspn(r->at, "0123456789abcdefABCDEF");
    if (n && n <= 8 && r->at[n + strspn(r->at + n, " \t")] == 0) {
        *value = (s64)strtoull(r->at, NULL, 16);
        return true;
    }
    return read_whole(r, value);
}

bool expression_address(struct vm *vm, const char *text, struct address *a, struct err *e)
{
    return expression_address_in(vm, NULL, text, a, e);
}

bool expression_address_in(struct vm *vm, const struct symbols *symbols, const char *text,
                           struct address *a, struct err *e)
{
    struct reading r;
    const char *colon = strchr(text, ':');
    s64 value;
    begin(&r, vm, symbols, text, e);
    *a = (struct address){.value = 0};
    skip(&r);
    if (colon && (r.at[0] == 'p' || r.at[0] == 'P') && r.at + 1 == colon) {
        a->physical = true;
        r.at = colon + 1;
        colon = NULL;
    }
    if (!colon) {
        if (!read_whole(&r, &value))
            return false;
        if (value > 0xffffffffll || value < -0x80000000ll)
            return wrong(&r, "an address beyond 4 GiB");
        a->value = (u32)value;
        return true;
    }
    u16 sel = 0;
    u32 base = 0;
    if (!read_selector(&r, colon, &sel))
        return false;
    r.at = colon + 1;
    if (!read_offset(&r, &value))
        return false;
    if (vm && !vm_selector_base(vm, sel, &base, e))
        return false;
    a->based = true;
    a->sel = sel;
    a->offset = (u32)value;
    a->value = base + (u32)value;
    return true;
}
