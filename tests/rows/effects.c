/*
 * effects.c - what an instruction reads and writes against what its row declares.
 *
 * Nothing outside of the declared writes may change. Changing anything outside of the declared
 * reads may change nothing else. And each declared read must be seen to matter, each declared write
 * to happen, in some of the trials. R_SYS, R_EFL, R_TABLES and R_X87 name whole groups: there the
 * declaration is an upper bound.
 */
#include "tests/rows/check.h"

#include <stdlib.h>
#include <string.h>

#define UPPER_BOUND (R_SYS | R_EFL | R_TABLES | R_X87)
static bool has_kind(const struct opdef *d, enum operand k)
{
    return d->operand[0] == k || d->operand[1] == k || d->operand[2] == k;
}

#define CONTROL                                                                                    \
    (R_EVERYTHING) /* far transfers and interrupts: declared to touch anything                     \
                    */

/* A mask over a world: 1 where the bits belong to one of the resources. */
static void cover(const struct world *w, u64 resources, u32 fl, struct world *mask)
{
    memset(mask, 0, sizeof *mask);
    for (u64 left = resources; left; left &= left - 1) {
        struct part part[4];
        unsigned n = world_parts(left & -left, w, part);
        for (unsigned k = 0; k < n; k++)
            memset((u8 *)mask + part[k].at, 0xff, part[k].len);
    }
    mask->fl = fl;
    mask->eflags = (resources & R_DF ? EFL_DF : 0) | (resources & R_EFL ? ~EFL_DF : 0);
}

/* Change everything under the mask that may be changed without harm. */
static void disturb(struct rig *r, const struct world *mask, struct world *w)
{
    struct world noise;
    memset(&noise, 0, sizeof noise);
    for (unsigned k = 0; k < 8; k++) {
        noise.gpr[k] = rig_random(r) % 3 ? rig_random(r) : 1u << (rig_random(r) & 31);
        for (unsigned n = 0; n < 8; n++)
            noise.st[k][n] = (u8)rig_random(r);
        noise.st[k][7] &= 0x7f;
        noise.st[k][8] = rig_random(r) & 0x1f;
        noise.st[k][9] = rig_random(r) & 0x80;
        for (unsigned n = 0; n < 16; n++)
            noise.xmm[k][n] = (u8)(rig_random(r) & 0xff);
    }
    noise.fl = rig_random(r) & FL_ALL;
    noise.eflags = (rig_random(r) & (EFL_AC | EFL_ID)) | EFL_DF;
    noise.eflags &= ~EFL_AC; /* at CPL 3 it would be looked at */
    for (unsigned k = 0; k < SEG_COUNT; k++) {
        noise.seg[k].base = k == SEG_CS ? 0 : 4;
        noise.seg[k].sel = 0x18;
    }
    u32 n = rig_random(r);
    noise.fcw = n & 0xc00;
    noise.fsw = n >> 8 & 0x4700;
    noise.ftw = (u8)(n >> 16);
    for (unsigned k = 0; k < 5; k++)
        noise.x87_pointers[k] = rig_random(r) & (k & 1 ? 0xffffffffu : 0x7ff);
    noise.mxcsr = model_has(r->c->model, F_SSE) ? rig_random(r) & 0x6000 : 0;
    noise.cr2 = rig_random(r);
    for (unsigned k = 0; k < 4; k++)
        noise.dr[k] = rig_random(r);
    for (unsigned k = 0; k < 3; k++)
        noise.msr[k] = rig_random(r);
    noise.tsc = rig_random(r);
    noise.port_value = rig_random(r);
    for (unsigned k = 0; k < WINDOW_BYTES; k += 4)
        put_le32(noise.window + k, rig_random(r));
    for (unsigned k = 0; k < STACK_BYTES; k += 4)
        put_le32(noise.stack + k, rig_random(r));
    u8 *to = (u8 *)w;
    const u8 *m = (const u8 *)mask, *from = (const u8 *)&noise;
    for (size_t k = 0; k < sizeof *w; k++)
        to[k] ^= from[k] & m[k];
}

/*
 * Two runs from v and v2 ended in a and b. The byte at which the difference is more than what was
 * put in and kept, or -1.
 */
static long influence(const struct world *v, const struct world *v2, const struct world *a,
                      const struct world *b)
{
    const u8 *pv = (const u8 *)v, *pw = (const u8 *)v2, *pa = (const u8 *)a, *pb = (const u8 *)b;
    for (size_t k = 0; k < sizeof *v; k++) {
        if (!(k & 63) && k + 64 <= sizeof *v && !memcmp(pa + k, pb + k, 64)) {
            k += 63;
            continue;
        }
        u8 kept = (u8) ~((pa[k] ^ pv[k]) | (pb[k] ^ pw[k]));
        if ((pa[k] ^ pb[k]) & (u8)~kept)
            return (long)k;
    }
    return -1;
}

static u64 changed(const struct world *v, const struct world *a)
{
    u64 seen = 0;
    for (unsigned bit = 0; bit < 51; bit++) {
        struct part part[4];
        unsigned n = world_parts(1ull << bit, v, part);
        for (unsigned k = 0; k < n; k++)
            if (memcmp((const u8 *)v + part[k].at, (const u8 *)a + part[k].at, part[k].len))
                seen |= 1ull << bit;
    }
    if ((v->eflags ^ a->eflags) & EFL_DF)
        seen |= R_DF;
    if ((v->eflags ^ a->eflags) & ~EFL_DF)
        seen |= R_EFL;
    return seen;
}

static unsigned first_bit(u64 mask)
{
    unsigned n = 0;
    while (!(mask >> n & 1))
        n++;
    return n;
}

/* What was declared and what was seen, over the trials of one row. Operands count by place. */
struct tally {
    u64 declared_reads, reads, declared_writes, writes;
    u64 stayed; /* written at other times: who keeps the old value has read it */
    u32 fl_reads, fl_writes;
    bool kept;     /* a flag of fl_write that is not read stayed as it was */
    unsigned runs; /* without a fault */
};

/*
 * Operands count by their place in the instruction and not by the register that chance put there;
 * the registers of an address matter by themselves.
 */
#define ROLE_RM (1ull << 52)
#define ROLE_REG (1ull << 53)
#define ROLE_ST (1ull << 54)

static u64 register_at(unsigned at)
{
    if (at - offsetof(struct cpu, gpr) < 32)
        return R_GPR((at - offsetof(struct cpu, gpr)) / 4);
    if (at - offsetof(struct cpu, fpu.xmm) < 128)
        return R_XMM((at - offsetof(struct cpu, fpu.xmm)) / 16);
    if (at - offsetof(struct cpu, fpu.st) < 128)
        return R_MM((at - offsetof(struct cpu, fpu.st)) / 16);
    return 0;
}

struct roles {
    u64 rm, reg, st; /* which register is which operand */
    u64 ignored;
};

static struct roles roles_of(const struct op *o)
{
    const struct opdef *d = op_row(o);
    struct roles q = {0, 0, 0, UPPER_BOUND | R_FLAGS};
    for (unsigned k = 0; k < 3; k++) {
        enum operand kind = (enum operand)d->operand[k];
        if (kind == STi)
            q.st = R_ST(o->modrm & 7);
        else if ((kind >= Eb && kind <= EdMw) || kind == Rd || kind == Zb || kind == Zv ||
                 (kind >= Qq && kind <= Nq) || kind == Wx || kind == Ux)
            q.rm = o->flags & OPF_MEM ? 0 : register_at(o->r1);
        else if ((kind >= Gb && kind <= Gv) || kind == Pq || kind == Vx)
            q.reg = register_at(o->r2);
    }
    if (o->flags & OPF_MEM) {
        q.ignored |= R_SEG(o->seg);
        q.ignored |= o->base != ZERO_OFF ? register_at(o->base) : 0;
        q.ignored |= o->index != ZERO_OFF ? register_at(o->index) : 0;
    }
    /* One register in two parts says nothing about either. */
    u64 implied = (row_operation(d)->reads | row_operation(d)->writes) & (R_GPRS | R_STS);
    if (has_kind(d, CLb))
        implied |= R_CX;
    if (has_kind(d, ALb) || has_kind(d, eAX))
        implied |= R_AX;
    if (has_kind(d, ST0))
        implied |= R_ST(0);
    if (has_kind(d, DXw))
        implied |= R_DX;
    q.ignored |= (q.rm & q.reg) | ((q.rm | q.reg | q.st) & implied);
    if (op_x87_push(o) == 1) /* FLD ST(7) finds it empty, or the stack full */
        q.ignored |= q.st & R_ST(7);
    return q;
}

static u64 by_role(u64 mask, const struct roles *q)
{
    mask &= ~q->ignored;
    u64 out = mask & ~(q->rm | q->reg | q->st);
    out |= mask & q->rm ? ROLE_RM : 0;
    out |= mask & q->reg ? ROLE_REG : 0;
    out |= mask & q->st ? ROLE_ST : 0;
    return out;
}

/* Which of the undeclared resources matters? For the message. */
static unsigned culprit(struct rig *r, const struct instruction *i, const struct world *v,
                        const struct world *a, u64 undeclared)
{
    for (unsigned bit = 0; bit < 51; bit++) {
        struct world mask, w, b;
        if (!(undeclared >> bit & 1))
            continue;
        cover(v, 1ull << bit, 0, &mask);
        for (unsigned t = 0; t < 8; t++) {
            w = *v;
            disturb(r, &mask, &w);
            if (rig_run(r, i, &w, &b) >= 0 || influence(v, &w, a, &b) >= 0)
                return bit;
        }
    }
    return 42;
}

static void reads_of(struct bench *b, struct rig *r, unsigned row, const struct instruction *i,
                     const struct world *v, const struct world *a, struct tally *t)
{
    const struct opdef *d = &opdefs[row];
    u64 reads = op_reads(&i->op);
    struct world mask, w, after;
    long at;

    /* Two names may be one place (MM and ST): what is declared under either is. */
    struct world declared;
    cover(v, reads & ~R_FLAGS, d->fl_read, &declared);
    cover(v, R_EVERYTHING & ~R_TABLES & ~R_IP, FL_ALL, &mask);
    if (op_writes(&i->op) & R_X87) /* FCS and FDS are of its state */
        memset(&declared.seg[SEG_CS], 0xff, sizeof declared.seg[SEG_CS]);
    for (size_t k = 0; k < sizeof mask; k++)
        ((u8 *)&mask)[k] &= (u8) ~((u8 *)&declared)[k];
    w = *v;
    disturb(r, &mask, &w);
    if (rig_run(r, i, &w, &after) >= 0 || (at = influence(v, &w, a, &after)) >= 0) {
        unsigned c = culprit(r, i, v, a, R_EVERYTHING & ~reads & ~R_TABLES & ~R_IP & ~R_FLAGS);
        fail(b, row, i, "reads %s, which is not declared", resource_name(c));
    }
    u32 sure = op_flags_overwritten(&i->op) & ~(u32)d->fl_read;
    if ((after.fl ^ a->fl) & sure)
        fail(b, row, i, "leaves flags %04x alone, which it declares to overwrite",
             (after.fl ^ a->fl) & sure);
    if ((w.fl ^ v->fl) & (after.fl ^ a->fl) & d->fl_write & ~(u32)d->fl_read)
        t->kept = true;

    const struct roles q = roles_of(&i->op);
    for (unsigned bit = 0; bit < 51; bit++) {
        u64 one = 1ull << bit;
        if (!(by_role(reads & one, &q) & ~t->reads))
            continue;
        cover(v, one, 0, &mask);
        w = *v;
        disturb(r, &mask, &w);
        if (rig_run(r, i, &w, &after) >= 0 || influence(v, &w, a, &after) >= 0)
            t->reads |= by_role(one, &q);
        else if ((op_writes(&i->op) & one) && !(changed(v, a) & one) &&
                 !(changed(&w, &after) & one))
            t->stayed |= by_role(one, &q);
    }
    for (unsigned bit = 0; bit < 16; bit++) {
        u32 flag = 1u << bit;
        if (!(flag & d->fl_read) || (flag & t->fl_reads))
            continue;
        w = *v;
        w.fl ^= flag;
        if (rig_run(r, i, &w, &after) >= 0 || influence(v, &w, a, &after) >= 0)
            t->fl_reads |= flag;
    }
}

/* Does the condition of the row's operation decide? And what becomes of TOP? */
static void condition(struct bench *b, unsigned row, const struct instruction *i,
                      const struct world *v, const struct world *a)
{
    const struct op *o = &i->op;
    int cc = op_condition(o);
    bool met = cc >= 0 && fl_cond(v->fl, (unsigned)cc), seen = met;
    switch (cc >= 0 ? op_class(o) : OC_OTHER) {
    case OC_JCC:
        seen = o->imm ? a->eip != v->eip + i->len : met;
        break;
    case OC_SETCC:
        if (!(o->flags & OPF_MEM))
            seen = *((const u8 *)a->gpr + (o->r1 - offsetof(struct cpu, gpr)));
        break;
    case OC_CMOVCC:
    case OC_FCMOVCC:
        seen = met || memcmp(v->gpr, a->gpr, sizeof v->gpr) || memcmp(v->st, a->st, sizeof v->st);
        break;
    default:
        break;
    }
    if (seen != met && (v->ftw == 0xff || op_class(o) != OC_FCMOVCC))
        fail(b, row, i, "does not go by condition %d with flags %04x", cc, v->fl);
    switch (op_operation(o)) {
    case I_fninit:
    case I_fnsave:
    case I_frstor:
    case I_fldenv:
    case I_fxrstor:
        return; /* TOP comes from elsewhere */
    default:
        break;
    }
    int push = (int)((v->fsw >> 11) - (a->fsw >> 11)) & 7;
    if ((op_writes(o) & R_X87) && op_class(o) == OC_OTHER)
        return; /* MMX sets TOP to 0 */
    if (push != (op_x87_push(o) & 7))
        fail(b, row, i, "moves the x87 stack by %d, declared is %d", push, op_x87_push(o));
}

static bool trial(struct bench *b, struct rig *r, unsigned row, unsigned form, struct tally *t)
{
    const struct opdef *d = &opdefs[row];
    struct instruction i;
    struct world v, a, mask, expect;
    if (!rig_encode(r, row, form, &i))
        return false;
    u64 writes = op_writes(&i.op);
    rig_fill(r, &i, &v);
    if ((form & FORM_REP) && rig_random(r) & 1)
        v.gpr[ECX] = 0;
    int vector = rig_run(r, &i, &v, &a);
    if (vector >= 0)
        return true;
    t->runs++;
    const struct roles q = roles_of(&i.op);
    t->declared_reads |= by_role(op_reads(&i.op), &q);
    t->declared_writes |= by_role(writes, &q);
    expect = v;
    if (!(form & FORM_REP) || a.eip != CODE)
        expect.eip += i.len;
    cover(&v, writes, d->fl_write, &mask);
    u64 seen = changed(&expect, &a);
    u64 more = seen & ~writes & ~R_FLAGS;
    for (unsigned k = 0; k < 8; k++) { /* two names of one place */
        u64 mm = R_MM(k), st = R_ST((k - (v.fsw >> 11)) & 7);
        if ((writes & (mm | st)))
            more &= ~(mm | st);
    }
    if (more)
        fail(b, row, &i, "writes %s, which is not declared", resource_name(first_bit(more)));
    if ((v.fl ^ a.fl) & ~(u32)d->fl_write)
        fail(b, row, &i, "changes flags %04x, which is not declared",
             (v.fl ^ a.fl) & ~(u32)d->fl_write);
    condition(b, row, &i, &v, &a);
    t->writes |= by_role(seen & writes, &q);
    if (t->writes & t->stayed)
        t->reads |= t->writes & t->stayed;
    t->fl_writes |= v.fl ^ a.fl;
    reads_of(b, r, row, &i, &v, &a, t);
    return true;
}

/*
 * Of these each bit of the destination is kept or overwritten, and nothing else shows that it was
 * read (AND and OR have flags that do).
 */
static bool keeps_bits(const struct opdef *d)
{
    switch ((enum operation)d->operation) {
    case I_pand:
    case I_andps:
    case I_andpd:
    case I_por:
    case I_orps:
    case I_orpd:
    case I_punpckldq:
    case I_punpcklqdq:
    case I_unpcklpd:
        return true;
    default:
        return false;
    }
}

static bool complete(const struct opdef *d, const struct tally *t)
{
    return !(t->declared_reads & ~t->reads) && !(t->declared_writes & ~t->writes) &&
           !(d->fl_read & ~t->fl_reads) && !(d->fl_write & ~t->fl_writes) &&
           (t->kept || !(d->attr & A_MERGE));
}

static void report(struct bench *b, unsigned row, const struct tally *t)
{
    const struct opdef *d = &opdefs[row];
    if (d->rm == 0 && has_kind(d, ST0) && has_kind(d, STi))
        return; /* both are ST(0); that the row is as its seven sisters is held by
                   check_form() */
    u64 partly = keeps_bits(d) ? ROLE_REG : 0;
    if (d->operation == I_cpuid) /* no model has a leaf with subleaves */
        partly = R_CX;
    if (operations[d->operation].text[0] == 'c' && strstr(operations[d->operation].text, "vtt"))
        partly |= R_MXCSR; /* truncation looks at the masks only */
    if (!t->runs && !(d->attr & A_END))
        fail(b, row, NULL, "is never executed without a fault");
    /* FFREE's register is lost, its bits are still there. */
    u64 tagged = d->operation == I_ffree || d->operation == I_ffreep ? ROLE_ST | R_ST(0) : 0;
    u64 missing = t->declared_reads & ~t->reads & ~partly;
    if (missing)
        fail(b, row, NULL, "never reads %s, which it declares", resource_name(first_bit(missing)));
    missing = t->declared_writes & ~t->writes & ~tagged;
    if (missing)
        fail(b, row, NULL, "never writes %s, which it declares", resource_name(first_bit(missing)));
    if (d->fl_read & ~t->fl_reads)
        fail(b, row, NULL, "never reads flags %04x, which it declares", d->fl_read & ~t->fl_reads);
    if (d->fl_write & ~t->fl_writes)
        fail(b, row, NULL, "never writes flags %04x, which it declares",
             d->fl_write & ~t->fl_writes);
    if ((d->attr & A_MERGE) && !t->kept)
        fail(b, row, NULL, "has A_MERGE and never leaves its flags alone");
}

void check_effects(struct bench *b, unsigned row)
{
    struct rig *r = bench_rig(b, row);
    const struct operation_def *p = row_operation(&opdefs[row]);
    struct tally t = {0};
    bool always = false;
    if (!r || p->writes == CONTROL)
        return;
    for (unsigned k = 0; k < 600; k++) {
        unsigned n = rig_random(r), form = n & (FORM_MEM | FORM_O16 | FORM_A16);
        if ((opdefs[row].attr & A_REP) && n >> 8 & 1)
            form |= FORM_REP;
        r->set = (struct setting){.segmented = (form & FORM_A16) || n >> 9 & 1};
        r->set.stack16 = r->set.segmented && n >> 10 & 1;
        always |= trial(b, r, row, form, &t);
        if (b->failures && b->quiet)
            return;
        if (k >= 40 && complete(&opdefs[row], &t))
            return;
    }
    if (!always)
        fail(b, row, NULL, "cannot be encoded: another row has its bytes");
    report(b, row, &t);
}

/* ---- memory ---- */

void check_memory(struct bench *b, unsigned row)
{
    struct rig *r = bench_rig(b, row);
    if (!r || row_operation(&opdefs[row])->writes == CONTROL || opdefs[row].operand[0] == Jb ||
        opdefs[row].operand[0] == Jz)
        return; /* what is jumped to is fetched */
    unsigned done = 0, most_written = 0, bytes = 0;
    /* A count of 0, an RPL that need not be raised: the operand is not written. */
    bool merges = (opdefs[row].attr & A_MERGE) || opdefs[row].operation == I_arpl;
    for (unsigned k = 0; k < 120 && done < 24; k++) {
        struct instruction i;
        struct world v, a;
        unsigned n = rig_random(r), form = (n & (FORM_O16 | FORM_A16)) | (k & 1 ? FORM_MEM : 0);
        r->set =
            (struct setting){.segmented = (form & FORM_A16) || n >> 9 & 1, .window = WINDOW_DEVICE};
        if (!rig_encode(r, row, form, &i))
            continue;
        rig_fill(r, &i, &v);
        if (rig_run(r, &i, &v, &a) >= 0)
            continue;
        done++;
        /* The forms for RAM and those for everything else do the same. */
        struct world fast;
        r->set.window = WINDOW_RAM;
        unsigned accesses = r->accesses;
        if (rig_run(r, &i, &v, &fast) >= 0 || memcmp(&fast, &a, sizeof a))
            fail(b, row, &i, "does to RAM what it does not do to a device");
        r->accesses = accesses;
        struct op_memory m = op_memory(&i.op);
        if (m.access == 'r' && has_kind(&opdefs[row], opdefs[row].operand[0] == Xb ? Yb : Yv) &&
            opdefs[row].operand[1])
            m.bytes *= 2; /* CMPS */
        static u8 kind[PAGE_SIZE];
        memset(kind, 0, sizeof kind);
        unsigned read = 0, written = 0;
        for (unsigned q = 0; q < r->accesses; q++)
            for (unsigned at = r->access[q].at; at < r->access[q].at + r->access[q].size; at++)
                kind[at & PAGE_MASK] |= r->access[q].write ? 2 : 1;
        for (unsigned at = 0; at < PAGE_SIZE; at++) {
            read += kind[at] & 1;
            written += kind[at] >> 1;
        }
        bool may_read = m.access == 'r' || m.access == 'm',
             may_write = m.access == 'w' || m.access == 'm';
        if (m.access == '-' || opdefs[row].operation == I_clflush)
            continue; /* an address to look at: check_attr() */
        if ((read && !may_read) || (written && !may_write))
            fail(b, row, &i, "%s memory, which it does not declare",
                 read && !may_read ? "reads" : "writes");
        if (row_operation(&opdefs[row])->access[0] && m.access == 'm' && !read && !written)
            continue; /* BTS and the like, far away */
        most_written = written > most_written ? written : most_written;
        bytes = may_write && m.bytes != 512 ? m.bytes : bytes;
        if (m.bytes && m.bytes != 512 &&
            ((may_read && read != m.bytes) ||
             (may_write && written != m.bytes && !(merges && !written))))
            fail(b, row, &i, "reads %u and writes %u bytes of memory, declared is %c, %u", read,
                 written, m.access, m.bytes);
        if (m.bytes == 512 && (may_read ? read : written) < 288)
            fail(b, row, &i, "touches %u of 512 bytes", may_read ? read : written);
        if (b->failures && b->quiet)
            return;
    }
    if (done && bytes && !most_written)
        fail(b, row, NULL, "never writes its memory operand");
}
