/*
 * mutants.c - see mutants.h. The tables are changed in memory, which is the same as changing the
 * text of ops.def and operations.def and compiling them: whoever uses them reads these tables. Each
 * mutant has a process of its own, because a wrong handler may crash or never end.
 */
#include "tests/rows/mutants.h"

#include "cpu/blocks/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
enum place {
    M_OPERATION, M_MAP, M_OPCODE, M_EXT, M_RM, M_PFX, M_OPERAND, M_FEATURE, M_ATTR, M_FL_READ,
    M_FL_WRITE, M_HANDLER, M_FAMILY,
    /* of operations.def */
    M_ACCESS, M_CLASS, M_CONDITION, M_BYTES, M_PUSH, M_READS, M_WRITES, M_KINDS
};
static const char *const kind_name[M_KINDS] = {
    "operation", "map", "opcode", "modrm.reg", "modrm.rm", "prefix", "operand", "feature",
    "attribute", "flags read", "flags written", "handler", "family", "operand access", "class",
    "condition", "bytes", "x87 push", "reads", "writes"
};
/* clang-format on */

struct mutant {
    enum place kind;
    unsigned row; /* or the operation */
    unsigned which, value;
};

struct list {
    struct mutant *m;
    size_t count, room;
};

static void add(struct list *l, enum place kind, unsigned row, unsigned which, unsigned value)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 4096;
        l->m = realloc(l->m, l->room * sizeof *l->m);
        if (!l->m)
            abort();
    }
    l->m[l->count++] = (struct mutant){kind, row, which, value};
}

static u64 random_state;
static unsigned roll(unsigned n)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(random_state >> 33) % n;
}

/* Another row with something different in this place. */
static unsigned other_handler(unsigned row, unsigned size)
{
    unsigned k = row;
    do
        k = (k + 1) % opdef_count;
    while (row_handlers[k].fn[size] == row_handlers[row].fn[size]);
    return k;
}

static unsigned other_family(unsigned row)
{
    unsigned k = row;
    do
        k = (k + 1) % opdef_count;
    while (row_handlers[k].family == row_handlers[row].family);
    return k;
}

/* Which of a row's three handlers are ever chosen? */
static bool size_used(unsigned row, unsigned size)
{
    static struct rig r;
    static bool ready;
    struct instruction i;
    if (!ready)
        ready = rig_init(&r, "pentium4");
    for (unsigned form = 0; form < 4; form++)
        for (unsigned k = 0; k < 4; k++)
            if (rig_encode(&r, row, form, &i) && op_size(&i.op) == size)
                return true;
    return false;
}

/* Would the choice of handlers be the same with the other family? Then it is no mutant. */
static bool same_choice(unsigned row, unsigned other)
{
    exec_fn *const *mine = row_handlers[row].family, *const *yours = row_handlers[other].family;
    const struct opdef *d = &opdefs[row];
    bool stack = d->attr & (A_STACK | A_BRANCH);
    for (unsigned size = 0; size < 3; size++)
        for (unsigned kind = 0; kind < K_COUNT; kind++) {
            bool possible = stack || (kind == K_REG ? !(d->attr & A_MEM) : !(d->attr & A_REG));
            if (!possible || !size_used(row, size))
                continue;
            for (unsigned nf = 0; nf < 2; nf++)
                if (mine[FAMILY_INDEX(size, kind, nf)] != yours[FAMILY_INDEX(size, kind, nf)])
                    return false;
        }
    return true;
}

static void mutants_of_row(struct list *l, unsigned row)
{
    const struct opdef *d = &opdefs[row];
    unsigned operands = row_operands(d);
    for (unsigned k = 0; k < 2; k++)
        add(l, M_OPERATION, row, 0,
            (d->operation + 1 + roll(OPERATION_COUNT - 1)) % OPERATION_COUNT);
    add(l, M_MAP, row, 0, d->map ^ 1);
    add(l, M_OPCODE, row, 0, d->opcode ^ 1u << roll(8));
    add(l, M_EXT, row, 0, (unsigned)(d->ext < 0 ? (int)roll(8) : (d->ext + 2) % 9 - 1));
    add(l, M_RM, row, 0, (unsigned)(d->rm < 0 ? (int)roll(8) : (d->rm + 2) % 9 - 1));
    add(l, M_PFX, row, 0, (d->pfx + 1 + roll(3)) % 4);
    for (unsigned k = 0; k <= operands && k < 3; k++)
        for (unsigned n = 0; n < 2; n++)
            add(l, M_OPERAND, row, k, (d->operand[k] + 1 + roll(GS_)) % (GS_ + 1));
    for (unsigned k = 0; k < 2; k++)
        add(l, M_FEATURE, row, 0, (d->feature + 1 + roll(F_COUNT - 1)) % F_COUNT);
    for (unsigned bit = 0; bit < 14; bit++)
        add(l, M_ATTR, row, 0, 1u << bit);
    for (unsigned bit = 0; bit < 16; bit++)
        if (FL_ALL >> bit & 1) {
            add(l, M_FL_READ, row, 0, 1u << bit);
            add(l, M_FL_WRITE, row, 0, 1u << bit);
        }
    for (unsigned size = 0; size < 3; size++)
        if (size_used(row, size))
            add(l, M_HANDLER, row, size, other_handler(row, size));
    unsigned family = other_family(row);
    for (unsigned k = 0; k < 40 && same_choice(row, family); k++)
        family = (family + 37) % opdef_count;
    if (!same_choice(row, family))
        add(l, M_FAMILY, row, 0, family);
}

/* The compiler must not know that these point to constants. */
static void *forget_const(const void *at)
{
    void *p = (void *)(uintptr_t)at;
    __asm__ volatile("" : "+r"(p) : : "memory");
    return p;
}

/* Does some operand bring this resource anyway, in all rows of the operation? */
static bool brought(unsigned o, u64 resource, bool writes)
{
    static struct rig r;
    static bool ready;
    struct operation_def *p = forget_const(&operations[o]);
    bool all = true;
    if (!ready)
        ready = rig_init(&r, "pentium4");
    u64 reads_were = p->reads, writes_were = p->writes;
    p->reads &= ~resource;
    p->writes &= ~resource;
    for (unsigned k = 0; k < opdef_count && all; k++)
        for (unsigned form = 0; form < 2 && all && opdefs[k].operation == o; form++) {
            struct instruction i;
            if (rig_encode(&r, k, form, &i))
                all = (writes ? op_writes(&i.op) : op_reads(&i.op)) & resource;
        }
    p->reads = reads_were;
    p->writes = writes_were;
    return all;
}

static void mutants_of_operation(struct list *l, unsigned o)
{
    const struct operation_def *p = &operations[o];
    for (unsigned k = 0; k < strlen(p->access); k++)
        for (const char *c = "rwm-"; *c; c++)
            if (*c != p->access[k])
                add(l, M_ACCESS, o, k, (unsigned)*c);
    add(l, M_CLASS, o, 0, (p->class + 1 + roll(OC_X87)) % (OC_X87 + 1));
    if (p->class == OC_JCC || p->class == OC_SETCC || p->class == OC_CMOVCC ||
        p->class == OC_FCMOVCC)
        add(l, M_CONDITION, o, 0, p->condition ^ 1u << roll(4));
    bool mmx = false, sized = false; /* do the sizes serve any row? */
    for (unsigned k = 0; k < opdef_count; k++)
        for (unsigned n = 0; n < 3 && opdefs[k].operation == o; n++) {
            mmx |= opdefs[k].operand[n] == Qq && !(opdefs[k].attr & A_REG);
            sized |= (opdefs[k].operand[n] == Wx || opdefs[k].operand[n] == M) &&
                     !(opdefs[k].attr & A_REG);
        }
    if (p->bytes && sized)
        add(l, M_BYTES, o, 0, p->bytes / 2u);
    if (p->mmx_bytes && mmx)
        add(l, M_BYTES, o, 1, p->mmx_bytes / 2u);
    add(l, M_PUSH, o, 0, (unsigned)(p->push + 1));
    for (unsigned bit = 0; bit < 51; bit++) {
        if (bit == 14 || bit == 15 || (1ull << bit & R_FLAGS))
            continue;
        if (!brought(o, 1ull << bit, false))
            add(l, M_READS, o, bit, 0);
        if (!brought(o, 1ull << bit, true))
            add(l, M_WRITES, o, bit, 0);
    }
}

/* The tables are constants: for this one purpose their pages are made writable. */
static bool writable(const void *at, size_t len)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)at & ~(page - 1);
    return !mprotect((void *)from, (uintptr_t)at + len - from, PROT_READ | PROT_WRITE);
}

static void apply(const struct mutant *m)
{
    bool row = m->kind < M_ACCESS;
    struct opdef *d = forget_const(&opdefs[row ? m->row : 0]);
    struct operation_def *p = forget_const(&operations[row ? 0 : m->row]);
    struct row_handlers *h = forget_const(&row_handlers[row ? m->row : 0]);
    switch (m->kind) {
    case M_OPERATION:
        d->operation = (u16)m->value;
        break;
    case M_MAP:
        d->map = (u8)m->value;
        break;
    case M_OPCODE:
        d->opcode = (u8)m->value;
        break;
    case M_EXT:
        d->ext = (s8)m->value;
        break;
    case M_RM:
        d->rm = (s8)m->value;
        break;
    case M_PFX:
        d->pfx = (u8)m->value;
        break;
    case M_OPERAND:
        d->operand[m->which] = (u8)m->value;
        break;
    case M_FEATURE:
        d->feature = (u8)m->value;
        break;
    case M_ATTR:
        d->attr ^= (u16)m->value;
        break;
    case M_FL_READ:
        d->fl_read ^= (u16)m->value;
        break;
    case M_FL_WRITE:
        d->fl_write ^= (u16)m->value;
        break;
    case M_HANDLER:
        h->fn[m->which] = row_handlers[m->value].fn[m->which];
        break;
    case M_FAMILY:
        h->family = row_handlers[m->value].family;
        break;
    case M_ACCESS:
        p->access[m->which] = (char)m->value;
        break;
    case M_CLASS:
        p->class = (u8)m->value;
        break;
    case M_CONDITION:
        p->condition = (u8)m->value;
        break;
    case M_BYTES:
        if (m->which)
            p->mmx_bytes = (u8)m->value;
        else
            p->bytes = (u16)m->value;
        break;
    case M_PUSH:
        p->push = (s8)m->value;
        break;
    case M_READS:
        p->reads ^= 1ull << m->which;
        break;
    case M_WRITES:
        p->writes ^= 1ull << m->which;
        break;
    default:
        break;
    }
}

enum { SURVIVED, KILLED, CRASHED = 100 };

/* In a process of its own: the number of the check that noticed, counted from 1. */
static void judge(struct bench *b, const struct mutant *m)
{
    unsigned rows[12], n = 0;
    const struct opdef before = opdefs[m->row < opdef_count ? m->row : 0];
    apply(m);
    if (m->kind < M_ACCESS) {
        const struct opdef after = opdefs[m->row];
        rows[n++] = m->row;
        /* Who has the same bytes, now or before? */
        for (unsigned k = 0; k < opdef_count && n < ARRAY_SIZE(rows) && m->kind <= M_ATTR; k++)
            if (k != m->row && ((opdefs[k].map == after.map && opdefs[k].opcode == after.opcode) ||
                                (opdefs[k].map == before.map && opdefs[k].opcode == before.opcode)))
                rows[n++] = k;
    } else {
        for (unsigned k = 0; k < opdef_count && n < 8; k++)
            if (opdefs[k].operation == m->row)
                rows[n++] = k;
    }
    b->quiet = true;
    for (unsigned k = 0; k < 3; k++) {
        struct rig *r = &b->rig[k];
        decoder_free(r->decoder);
        decoder_free(r->c->decoder);
        r->decoder = decoder_new(r->c->model);
        r->c->decoder = decoder_new(r->c->model);
    }
    vectors_again();
    alarm(10);
    for (unsigned k = 0; k < n; k++)
        for (int c = 0; checks[c].name; c++) {
            b->failures = 0;
            checks[c].fn(b, rows[k]);
            if (b->failures)
                _exit(c + 1);
        }
    _exit(0);
}

static void describe(const struct mutant *m)
{
    if (m->kind >= M_ACCESS) {
        printf("%s: %s %u -> %u\n", operations[m->row].text, kind_name[m->kind], m->which,
               m->value);
        return;
    }
    const struct opdef *d = &opdefs[m->row];
    printf("row %u, %s (%s%02x", m->row, row_operation(d)->text, d->map ? "0f " : "", d->opcode);
    if (d->ext >= 0)
        printf(" /%d", d->ext);
    printf("): %s ", kind_name[m->kind]);
    if (m->kind == M_OPERATION)
        printf("%s\n", operations[m->value].text);
    else if (m->kind == M_HANDLER || m->kind == M_FAMILY)
        printf("of %s\n", row_operation(&opdefs[m->value])->text);
    else if (m->kind == M_ATTR || m->kind == M_FL_READ || m->kind == M_FL_WRITE)
        printf("%04x\n", m->value);
    else
        printf("%u: %d\n", m->which, (int)m->value);
}

static void shuffle(struct list *l)
{
    for (size_t k = l->count; k > 1; k--) {
        size_t n = roll((unsigned)k);
        struct mutant t = l->m[n];
        l->m[n] = l->m[k - 1];
        l->m[k - 1] = t;
    }
}

int mutate(const struct mutation_order *order, long only)
{
    static struct bench b;
    struct list l = {0};
    unsigned made[M_KINDS + 1] = {0}, killed[M_KINDS + 1] = {0}, crashed[M_KINDS + 1] = {0};
    random_state = order->seed;
    if (!bench_init(&b) || !writable(opdefs, opdef_count * sizeof *opdefs) ||
        !writable(operations, sizeof operations) ||
        !writable(row_handlers, opdef_count * sizeof *row_handlers)) {
        fprintf(stderr, "test-rows: the tables cannot be changed\n");
        return 2;
    }
    for (unsigned row = 0; row < opdef_count; row++)
        if (opdefs[row].map < 2 && (only < 0 || row == (unsigned long)only))
            mutants_of_row(&l, row);
    for (unsigned o = 0; o < OPERATION_COUNT && only < 0; o++)
        if (o != I_undefined && o != I_too_long)
            mutants_of_operation(&l, o);
    size_t count = l.count;
    if (order->sample && order->sample < count) {
        shuffle(&l);
        count = order->sample;
    }
    for (size_t k = 0; k < count; k++) {
        int status = 0;
        fflush(stdout);
        pid_t child = fork();
        if (child < 0) {
            perror("fork");
            return 2;
        }
        if (!child)
            judge(&b, &l.m[k]);
        waitpid(child, &status, 0);
        bool crash = !WIFEXITED(status), dead = crash || WEXITSTATUS(status);
        enum place kind = l.m[k].kind;
        made[kind]++;
        killed[kind] += dead;
        crashed[kind] += crash;
        if (!dead && order->survivors)
            describe(&l.m[k]);
    }
    printf("| declaration | mutants | killed | of these by a crash | survived |\n"
           "| --- | ---: | ---: | ---: | ---: |\n");
    for (unsigned k = 0; k < M_KINDS; k++) {
        made[M_KINDS] += made[k];
        killed[M_KINDS] += killed[k];
        crashed[M_KINDS] += crashed[k];
    }
    for (unsigned k = 0; k <= M_KINDS; k++)
        printf("| %s | %u | %u | %u | %u |\n", k < M_KINDS ? kind_name[k] : "**all**", made[k],
               killed[k], crashed[k], made[k] - killed[k]);
    free(l.m);
    return 0;
}
