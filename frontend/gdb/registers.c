/*
 * registers.c - the table of registers, and the description that is made of it. See registers.h.
 */
#include "frontend/gdb/registers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum special { PLAIN, LINEAR_EIP, LINEAR_ESP, REAL_EIP, REAL_ESP, COUNT, MODE };

struct reg_row {
    const char *name, *type, *group;
    u8 size;     /* bytes for GDB */
    u8 member;   /* bytes in struct vm_registers */
    u16 offset;  /* there */
    u8 special;  /* enum special */
    bool locked; /* cannot be set: stays as it is, for `call` wants to bring all registers back */
};

#define M(member_)                                                                                 \
    sizeof(((struct vm_registers *)NULL)->member_), offsetof(struct vm_registers, member_)
#define INT(name_, m)                                                                              \
    {                                                                                              \
        name_, "int32", NULL, 4, M(m), PLAIN, false                                                \
    }
#define ADDRESS(name_, m)                                                                          \
    {                                                                                              \
        name_, "data_ptr", NULL, 4, M(m), PLAIN, false                                             \
    }
#define FLOAT(name_, m)                                                                            \
    {                                                                                              \
        name_, "int", "float", 4, M(m), PLAIN, false                                               \
    }
#define ST(n)                                                                                      \
    {                                                                                              \
        "st" #n, "i387_ext", NULL, 10, M(st[n]), PLAIN, false                                      \
    }
#define XMM(n)                                                                                     \
    {                                                                                              \
        "xmm" #n, "vec128", NULL, 16, M(xmm[n]), PLAIN, false                                      \
    }
#define SYSTEM(name_, m)                                                                           \
    {                                                                                              \
        name_, "uint32", "system", 4, M(m), PLAIN, false                                           \
    }
#define SHOWN(name_, m)                                                                            \
    {                                                                                              \
        name_, "uint32", "system", 4, M(m), PLAIN, true                                            \
    }
#define SEGMENT(name_, m)                                                                          \
    SHOWN(name_ "_base", m.base), SHOWN(name_ "_limit", m.limit), SHOWN(name_ "_attr", m.attr)

static const struct reg_row core[] = {
    INT("eax", gpr[VM_EAX]),
    INT("ecx", gpr[VM_ECX]),
    INT("edx", gpr[VM_EDX]),
    INT("ebx", gpr[VM_EBX]),
    {"esp", "data_ptr", NULL, 4, M(gpr[VM_ESP]), LINEAR_ESP, false},
    ADDRESS("ebp", gpr[VM_EBP]),
    INT("esi", gpr[VM_ESI]),
    INT("edi", gpr[VM_EDI]),
    {"eip", "code_ptr", NULL, 4, M(eip), LINEAR_EIP, false},
    {"eflags", "i386_eflags", NULL, 4, M(eflags), PLAIN, false},
    INT("cs", seg[VM_CS].sel),
    INT("ss", seg[VM_SS].sel),
    INT("ds", seg[VM_DS].sel),
    INT("es", seg[VM_ES].sel),
    INT("fs", seg[VM_FS].sel),
    INT("gs", seg[VM_GS].sel),
    ST(0),
    ST(1),
    ST(2),
    ST(3),
    ST(4),
    ST(5),
    ST(6),
    ST(7),
    FLOAT("fctrl", fcw),
    FLOAT("fstat", fsw),
    FLOAT("ftag", ftw),
    FLOAT("fiseg", fcs),
    FLOAT("fioff", fip),
    FLOAT("foseg", fds),
    FLOAT("fooff", fdp),
    FLOAT("fop", fop),
};

static const struct reg_row sse[] = {
    XMM(0), XMM(1), XMM(2),
    XMM(3), XMM(4), XMM(5),
    XMM(6), XMM(7), {"mxcsr", "i386_mxcsr", "vector", 4, M(mxcsr), PLAIN, false},
};

static const struct reg_row own[] = {
    {"cs_eip", "uint32", "system", 4, M(eip), REAL_EIP, false},
    {"ss_esp", "uint32", "system", 4, M(gpr[VM_ESP]), REAL_ESP, false},
    SEGMENT("cs", seg[VM_CS]),
    SEGMENT("ss", seg[VM_SS]),
    SEGMENT("ds", seg[VM_DS]),
    SEGMENT("es", seg[VM_ES]),
    SEGMENT("fs", seg[VM_FS]),
    SEGMENT("gs", seg[VM_GS]),
    SHOWN("gdtr_base", gdtr.base),
    SHOWN("gdtr_limit", gdtr.limit),
    SHOWN("idtr_base", idtr.base),
    SHOWN("idtr_limit", idtr.limit),
    SHOWN("ldtr", ldtr.sel),
    SEGMENT("ldtr", ldtr),
    SHOWN("tr", tr.sel),
    SEGMENT("tr", tr),
    SYSTEM("cr0", cr0),
    SYSTEM("cr2", cr2),
    SYSTEM("cr3", cr3),
    SYSTEM("cr4", cr4),
    SYSTEM("dr0", dr[0]),
    SYSTEM("dr1", dr[1]),
    SYSTEM("dr2", dr[2]),
    SYSTEM("dr3", dr[3]),
    SYSTEM("dr6", dr[6]),
    SYSTEM("dr7", dr[7]),
    SHOWN("cpl", cpl),
    {"mode", "cpu_mode", "system", 4, 0, 0, MODE, true},
    {"icount", "uint64", "system", 8, 0, 0, COUNT, true},
};

static const struct reg_row *row(unsigned n)
{
    if (n < ARRAY_SIZE(core))
        return &core[n];
    n -= ARRAY_SIZE(core);
    if (n < ARRAY_SIZE(sse))
        return &sse[n];
    n -= ARRAY_SIZE(sse);
    return n < ARRAY_SIZE(own) ? &own[n] : NULL;
}

unsigned gdb_register_count(void)
{
    return ARRAY_SIZE(core) + ARRAY_SIZE(sse) + ARRAY_SIZE(own);
}

unsigned gdb_register_size(unsigned n)
{
    return row(n)->size;
}

void gdb_view(struct gdb_view *v, const struct vm *vm, bool offset)
{
    v->vm = vm;
    v->offset = offset;
    vm_registers(vm, &v->r);
}

/* ---- values ---- */

enum { MODE_REAL, MODE_VIRTUAL_8086, MODE_PROTECTED_16, MODE_PROTECTED_32 };

static u32 mode(const struct vm_registers *r)
{
    return !r->protected_mode ? MODE_REAL
           : r->v86           ? MODE_VIRTUAL_8086
           : r->code32        ? MODE_PROTECTED_32
                              : MODE_PROTECTED_16;
}

static u32 stack_mask(const struct vm_registers *r)
{
    return r->stack32 ? 0xffffffffu : 0xffff;
}

/* What is added to the register for GDB, of the bits that count. */
static u32 base_of(const struct gdb_view *v, enum special s)
{
    return v->offset ? 0 : v->r.seg[s == LINEAR_EIP ? VM_CS : VM_SS].base;
}

static u32 linear_esp(const struct gdb_view *v)
{
    u32 esp = v->r.gpr[VM_ESP];
    return v->offset ? esp : base_of(v, LINEAR_ESP) + (esp & stack_mask(&v->r));
}

void gdb_register_get(const struct gdb_view *v, unsigned n, u8 out[GDB_REGISTER_BYTES])
{
    const struct reg_row *w = row(n);
    memset(out, 0, GDB_REGISTER_BYTES);
    switch ((enum special)w->special) {
    case LINEAR_EIP:
        put_le32(out, base_of(v, LINEAR_EIP) + v->r.eip);
        break;
    case LINEAR_ESP:
        put_le32(out, linear_esp(v));
        break;
    case COUNT: {
        u64 count = vm_instructions(v->vm);
        put_le32(out, (u32)count);
        put_le32(out + 4, (u32)(count >> 32));
        break;
    }
    case MODE:
        put_le32(out, mode(&v->r));
        break;
    case PLAIN:
    case REAL_EIP:
    case REAL_ESP:
        /* The members are little-endian in memory, as all hosts of this project are. */
        memcpy(out, (const u8 *)&v->r + w->offset, w->member);
        break;
    }
}

bool gdb_register_set(struct gdb_view *v, unsigned n, const u8 in[GDB_REGISTER_BYTES])
{
    const struct reg_row *w = row(n);
    u8 now[GDB_REGISTER_BYTES];
    gdb_register_get(v, n, now);
    if (memcmp(now, in, w->size) == 0)
        return true;
    if (w->locked)
        return true;
    for (unsigned i = w->member; i < w->size; i++)
        if (in[i])
            return false;
    if (w->special == LINEAR_EIP) {
        v->r.eip = get_le32(in) - base_of(v, LINEAR_EIP);
    } else if (w->special == LINEAR_ESP && !v->offset) {
        u32 mask = stack_mask(&v->r), esp = get_le32(in) - base_of(v, LINEAR_ESP);
        v->r.gpr[VM_ESP] = (v->r.gpr[VM_ESP] & ~mask) | (esp & mask);
    } else {
        memcpy((u8 *)&v->r + w->offset, in, w->member);
    }
    return true;
}

/* ---- the description ---- */

struct bit {
    const char *name;
    u8 at;
};

static void write_flags(FILE *f, const char *id, const struct bit *bits, size_t count)
{
    fprintf(f, "<flags id=\"%s\" size=\"4\">", id);
    for (size_t i = 0; i < count; i++)
        fprintf(f, "<field name=\"%s\" start=\"%u\" end=\"%u\"/>", bits[i].name, bits[i].at,
                bits[i].at);
    fprintf(f, "</flags>");
}

static void write_rows(FILE *f, const struct reg_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(f, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\"", rows[i].name, 8 * rows[i].size,
                rows[i].type);
        if (rows[i].group)
            fprintf(f, " group=\"%s\"", rows[i].group);
        fprintf(f, "/>");
    }
    fprintf(f, "</feature>");
}

static void write_vectors(FILE *f)
{
    static const struct vector {
        const char *id, *element;
        unsigned count;
    } vectors[] = {{"v4_float", "ieee_single", 4}, {"v2_double", "ieee_double", 2},
                   {"v16_int8", "int8", 16},       {"v8_int16", "int16", 8},
                   {"v4_int32", "int32", 4},       {"v2_int64", "int64", 2}};
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
        fprintf(f, "<vector id=\"%s\" type=\"%s\" count=\"%u\"/>", vectors[i].id,
                vectors[i].element, vectors[i].count);
    fprintf(f, "<union id=\"vec128\">");
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
        fprintf(f, "<field name=\"%s\" type=\"%s\"/>", vectors[i].id, vectors[i].id);
    fprintf(f, "<field name=\"uint128\" type=\"uint128\"/></union>");
}

char *gdb_target_xml(bool code32)
{
    static const struct bit eflags[] = {
        {"CF", 0},  {"", 1},    {"PF", 2},   {"AF", 4},   {"ZF", 6},  {"SF", 7},
        {"TF", 8},  {"IF", 9},  {"DF", 10},  {"OF", 11},  {"NT", 14}, {"RF", 16},
        {"VM", 17}, {"AC", 18}, {"VIF", 19}, {"VIP", 20}, {"ID", 21}};
    static const struct bit mxcsr[] = {{"IE", 0},  {"DE", 1},  {"ZE", 2},  {"OE", 3}, {"UE", 4},
                                       {"PE", 5},  {"DAZ", 6}, {"IM", 7},  {"DM", 8}, {"ZM", 9},
                                       {"OM", 10}, {"UM", 11}, {"PM", 12}, {"FZ", 15}};
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return NULL;
    fprintf(f,
            "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target "
            "version=\"1.0\"><architecture>%s</architecture>"
            "<feature name=\"org.gnu.gdb.i386.core\">",
            code32 ? "i386" : "i8086");
    write_flags(f, "i386_eflags", eflags, ARRAY_SIZE(eflags));
    write_rows(f, core, ARRAY_SIZE(core));
    fprintf(f, "<feature name=\"org.gnu.gdb.i386.sse\">");
    write_vectors(f);
    write_flags(f, "i386_mxcsr", mxcsr, ARRAY_SIZE(mxcsr));
    write_rows(f, sse, ARRAY_SIZE(sse));
    fprintf(f, "<feature name=\"org.ferrite.system\"><enum id=\"cpu_mode\" size=\"4\">"
               "<evalue name=\"real\" value=\"0\"/><evalue name=\"v86\" value=\"1\"/>"
               "<evalue name=\"protected16\" value=\"2\"/>"
               "<evalue name=\"protected32\" value=\"3\"/></enum>");
    write_rows(f, own, ARRAY_SIZE(own));
    fprintf(f, "</target>");
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}
