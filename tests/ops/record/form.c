/*
 * form.c - see form.h.
 */
#include "tests/ops/record/form.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"

/* A row's text, taken apart. */
struct layout {
    u8 opcode[4];
    unsigned opcodes;
    bool plus; /* the last opcode byte names a register */
    int digit; /* -1: none */
    char operand[4][8];
    unsigned operands;
};

/* Opcode bytes are in capitals; "Eb" is an operand. */
static bool is_hex(const char *p)
{
    return strspn(p, "0123456789ABCDEF") == 2;
}

static void parse(const struct form *f, struct layout *l)
{
    const char *p = f->text;
    *l = (struct layout){.digit = -1};
    while (*p) {
        size_t n = strcspn(p, " ");
        if (*p == '/') {
            l->digit = p[1] - '0';
        } else if (is_hex(p)) {
            assert(l->opcodes < sizeof(l->opcode));
            l->opcode[l->opcodes++] = (u8)strtoul(p, NULL, 16);
            l->plus |= p[2] == '+';
        } else {
            assert(n < sizeof(l->operand[0]) && l->operands < ARRAY_SIZE(l->operand));
            memcpy(l->operand[l->operands++], p, n);
        }
        p += n;
        p += strspn(p, " ");
    }
}

static bool is_variable(const char *operand)
{
    if (!strcmp(operand, "Menv") || !strcmp(operand, "Msave"))
        return true;
    return strlen(operand) == 2 && (operand[1] == 'v' || operand[1] == 'p' || operand[1] == 'a');
}

bool form_sized(const struct form *f)
{
    struct layout l;
    parse(f, &l);
    for (unsigned i = 0; i < l.operands; i++)
        if (is_variable(l.operand[i]))
            return true;
    return false;
}

void form_name(const struct form *f, unsigned operand_size, char *to, size_t size)
{
    struct layout l;
    parse(f, &l);
    size_t n = 0;
    if (f->name)
        n = (size_t)snprintf(to, size, "%s", f->name);
    for (unsigned i = 0; !f->name && i < l.opcodes; i++)
        n += (size_t)snprintf(to + n, size - n, "%02X", l.opcode[i]);
    if (l.plus && !f->name)
        n += (size_t)snprintf(to + n, size - n, "+");
    if (l.digit >= 0 && !f->name)
        n += (size_t)snprintf(to + n, size - n, ".%d", l.digit);
    if (form_sized(f))
        snprintf(to + n, size - n, ".%u", 8 * operand_size);
}

/* What an operand token says about size and content. */
struct shape {
    unsigned size, align;
    char type; /* i integer, p packed integers, s float, d double, t x87, b BCD, 0 nothing */
};

static struct shape shape_of(const struct test *t, const char *o)
{
    unsigned v = t->operand_size;
    if (o[0] == 'W' || o[0] == 'X') {
        unsigned size = (unsigned)atoi(o + (o[0] == 'W' ? 2 : 1));
        bool aligned = size == 16 && o[strlen(o) - 1] != 'u';
        char type = o[0] == 'X' ? 0 : o[1] == 'i' ? 'p' : o[1];
        return (struct shape){size, aligned ? 16 : 1, type};
    }
    if (!strncmp(o, "Mf", 2) && isdigit((unsigned char)o[2])) {
        unsigned size = (unsigned)atoi(o + 2);
        return (struct shape){size, 1, size == 4 ? 's' : size == 8 ? 'd' : 't'};
    }
    if (!strcmp(o, "Mbcd"))
        return (struct shape){10, 1, 'b'};
    if (!strcmp(o, "Menv"))
        return (struct shape){v == 4 ? 28 : 14, 1, 0};
    if (!strcmp(o, "Msave"))
        return (struct shape){v == 4 ? 108 : 94, 1, 0};
    if (!strcmp(o, "Mfx"))
        return (struct shape){512, 16, 0};
    char type = o[0] == 'Q' || o[0] == 'N' || o[0] == 'P' ? 'p' : 'i';
    switch (o[1]) {
    case 'b':
        return (struct shape){1, 1, type};
    case 'w':
        return (struct shape){2, 1, type};
    case 'd':
        return (struct shape){4, 1, type};
    case 'q':
        return (struct shape){8, 1, type};
    case 'p':
        return (struct shape){v + 2, 1, type};
    case 'a':
        return (struct shape){2 * v, 1, type};
    default:
        return (struct shape){v, 1, type};
    }
}

static void random_bytes(struct test *t, struct shape s, u8 *to)
{
    switch (s.type) {
    case 's':
        for (unsigned i = 0; i < s.size; i += 4)
            put_le32(to + i, f32_value(t));
        break;
    case 'd':
        for (unsigned i = 0; i < s.size; i += 8)
            put_le64(to + i, f64_value(t));
        break;
    case 't':
        f80_value(t, to);
        break;
    case 'b':
        bcd_value(t, to);
        break;
    default: {
        u8 b[16];
        put_le64(b, s.type == 'p' || s.size > 8 ? packed_value(t) : int_value(t, s.size));
        put_le64(b + 8, packed_value(t));
        memcpy(to, b, s.size);
    }
    }
}

/* Give a general register its value; one that is fixed keeps its own. */
static void value_to_gpr(struct test *t, unsigned reg, unsigned size)
{
    if (size == 1) {
        if (!(t->fixed >> (reg & 3) & 1))
            set_reg8(t, reg, (u8)int_value(t, 1));
    } else if (!(t->fixed >> reg & 1)) {
        u32 v = (u32)int_value(t, size);
        set_reg(t, reg, size == 2 ? (get_reg(t, reg) & 0xffff0000u) | v : v);
    }
}

static void value_to_mm(struct test *t, unsigned reg)
{
    put_le64(st_at(t, reg), packed_value(t));
    put_le16(st_at(t, reg) + 8, chance(t, 70) ? 0xffff : (u16)rnd(t));
}

static void value_to_xmm(struct test *t, unsigned reg, char type)
{
    random_bytes(t, (struct shape){16, 1, type == 'i' ? 'p' : type}, xmm_at(t, reg));
}

static unsigned reg_field(struct test *t, const char *o)
{
    unsigned reg = below(t, 8);
    switch (o[0]) {
    case 'G':
    case 'Z':
        value_to_gpr(t, reg, shape_of(t, o).size);
        break;
    case 'P':
        value_to_mm(t, reg);
        break;
    case 'V':
        value_to_xmm(t, reg, o[1]);
        break;
    }
    return reg;
}

static void rm_register(struct test *t, struct place *p, const char *o)
{
    unsigned reg = below(t, 8);
    switch (o[0]) {
    case 'E':
    case 'R':
        value_to_gpr(t, reg, shape_of(t, o).size);
        break;
    case 'Q':
    case 'N':
        value_to_mm(t, reg);
        break;
    case 'W':
    case 'U':
        value_to_xmm(t, reg, o[1]);
        break;
    }
    place_register(p, reg);
}

static void rm_operand(struct test *t, struct place *p, const char *o)
{
    if (o[0] == 'L') {
        place_lea(t, p);
        return;
    }
    if (strchr("RNU", o[0]) || (strchr("EQW", o[0]) && chance(t, 45))) {
        rm_register(t, p, o);
        return;
    }
    struct shape s = shape_of(t, o);
    if (!t->address) /* the row's function may have chosen one */
        t->address = data_address(t, s.size, s.align > 1 && chance(t, 5) ? 4 : s.align);
    u32 address = t->address;
    if (s.type && address - DATA_AT <= DATA_LEN - s.size) {
        u8 b[16];
        random_bytes(t, s, b);
        set_mem(t, address, b, s.size);
    }
    place_memory(t, p, address);
}

static u64 bytes_at(const struct test *t, u32 at, unsigned n)
{
    for (unsigned i = t->runs; i-- > 0;) {
        if (t->run[i].at == at && t->run[i].length >= n) {
            u8 b[8] = {0};
            memcpy(b, t->run[i].byte, n);
            return get_le64(b);
        }
    }
    return 0;
}

u64 operand_value(const struct test *t, unsigned bytes)
{
    if (t->address)
        return bytes_at(t, t->address, bytes);
    /* A register: the modrm byte is the last one of the code so far, before an immediate. */
    unsigned reg = t->code[t->length - 1] & 7;
    u32 v = bytes == 1 ? t->state[4 * (reg & 3) + (reg >> 2)] : get_reg(t, reg);
    return bytes == 2 ? (u16)v : v;
}

static void branch_target(struct test *t, unsigned size)
{
    s32 d = size == 1 ? (s8)rnd(t) : (s32)below(t, 0x600) - 0x300;
    /* Not into the instruction itself. */
    if (d < 0 && d > -20)
        d = 7;
    emit_int(t, (u64)(s64)d, size);
}

void form_build(struct test *t, const struct form *f)
{
    struct layout l;
    struct place p = {0};
    const char *reg_operand = NULL, *rm = NULL;
    unsigned reg = 0;

    parse(f, &l);
    t->eflags_mask &= ~f->undefined;
    if (f->before)
        f->before(t, f);
    for (unsigned i = 0; i < l.operands; i++) {
        const char *o = l.operand[i];
        if (strchr("GPVZ", o[0]))
            reg_operand = o;
        else if (strchr("ERMQNWUXL", o[0]))
            rm = o;
    }
    if (reg_operand)
        reg = reg_field(t, reg_operand);
    else if (l.digit >= 0)
        reg = (unsigned)l.digit;
    else if (rm && rm[0] == 'X')
        reg = below(t, 8);
    if (rm)
        rm_operand(t, &p, rm);

    if (l.opcodes && l.operands && form_sized(f) && (t->operand_size == 2) != t->small)
        emit(t, 0x66);
    if (t->small && l.operands && l.operand[0][0] == 'O') /* a 16-bit offset, through FS */
        emit(t, 0x64);
    for (unsigned i = 0; i < p.prefixes; i++)
        emit(t, p.prefix[i]);
    for (unsigned i = 0; i < l.opcodes; i++)
        emit(t, l.opcode[i]);
    if (l.plus)
        t->code[t->length - 1] |= (u8)(reg_operand ? reg : below(t, 8));
    if (rm) {
        u8 modrm = (u8)(p.bytes[0] | reg << 3);
        emit(t, modrm);
        for (unsigned i = 1; i < p.length; i++)
            emit(t, p.bytes[i]);
    }
    if (f->after)
        f->after(t, f);
    for (unsigned i = 0; i < l.operands; i++) {
        const char *o = l.operand[i];
        struct shape s = shape_of(t, o);
        if (o[0] == 'I')
            emit_int(t, int_value(t, s.size), s.size);
        else if (o[0] == 'J')
            branch_target(t, s.size);
        else if (o[0] == 'O') {
            t->address = data_address(t, s.size, 1);
            if (t->small)
                emit_int(t, t->address - FS_BASE, 2);
            else
                emit_int(t, t->address, 4);
        }
    }
}
