/*
 * rows.c - test-rows: is every row of ops.def true? The checks are in check.h; `--mutate` changes
 * one declaration at a time and shows which check notices (mutants.c).
 *
 *   test-rows [--row N] [--operation NAME] [--check NAME] [FILE.cvec.gz...]
 *   test-rows --mutate [--row N] [--sample N] [--seed S] [--survivors] [FILE.cvec.gz...]
 *
 * The files hold vectors from real processors (tests/ops/vectors).
 */
#include "tests/rows/check.h"
#include "tests/rows/mutants.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const models[3] = {"pentium4", "486", "386"};

struct rig *bench_rig(struct bench *b, unsigned row)
{
    if (opdefs[row].map > 1)
        return NULL;
    for (unsigned k = 0; k < 3; k++)
        if (model_has(b->rig[k].c->model, (enum feature)opdefs[row].feature))
            return &b->rig[k];
    return NULL;
}

const char *resource_name(unsigned bit)
{
    /* clang-format off */
    static const char *const names[] = {
        "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI", "ES", "CS", "SS", "DS",
        "FS", "GS", "(14)", "(15)", "XMM0", "XMM1", "XMM2", "XMM3", "XMM4", "XMM5", "XMM6",
        "XMM7", "MM0", "MM1", "MM2", "MM3", "MM4", "MM5", "MM6", "MM7", "ST(0)", "ST(1)",
        "ST(2)", "ST(3)", "ST(4)", "ST(5)", "ST(6)", "ST(7)", "the x87 state", "MXCSR",
        "flags", "DF", "EFLAGS", "system", "tables", "EIP", "memory", "the stack", "a port",
        "(51)", "its r/m register", "its reg register", "its ST(i)"
    };
    /* clang-format on */
    return bit < ARRAY_SIZE(names) ? names[bit] : "?";
}

void fail(struct bench *b, unsigned row, const struct instruction *i, const char *why, ...)
{
    const struct opdef *d = &opdefs[row];
    va_list ap;
    b->failures++;
    if (b->quiet)
        return;
    printf("row %u, %s (%s%02x", row, operations[d->operation].text, d->map ? "0f " : "",
           d->opcode);
    if (d->ext >= 0)
        printf(" /%d", d->ext);
    printf(")");
    if (i) {
        printf(", bytes");
        for (unsigned k = 0; k < i->len; k++)
            printf(" %02x", i->bytes[k]);
    }
    printf(": ");
    va_start(ap, why);
    vprintf(why, ap);
    va_end(ap);
    printf("\n");
}

const struct named_check checks[] = {{"encoding", check_encoding}, {"form", check_form},
                                     {"attributes", check_attr},   {"memory", check_memory},
                                     {"effects", check_effects},   {"blocks", check_blocks},
                                     {"vectors", check_vectors},   {NULL, NULL}};

bool bench_init(struct bench *b)
{
    memset(b, 0, sizeof *b);
    for (unsigned k = 0; k < 3; k++)
        if (!rig_init(&b->rig[k], models[k]))
            return false;
    return true;
}

void bench_free(struct bench *b)
{
    for (unsigned k = 0; k < 3; k++)
        rig_free(&b->rig[k]);
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct mutation_order order = {.seed = 1};
    long only = -1;
    const char *check = NULL, *operation = NULL;
    for (int k = 1; k < argc; k++) {
        bool value = k + 1 < argc;
        if (argv[k][0] != '-' && vectors_open(argv[k]))
            continue;
        if (!strcmp(argv[k], "--mutate"))
            order.wanted = true;
        else if (!strcmp(argv[k], "--survivors"))
            order.survivors = true;
        else if (!strcmp(argv[k], "--row") && value)
            only = atol(argv[++k]);
        else if (!strcmp(argv[k], "--operation") && value)
            operation = argv[++k];
        else if (!strcmp(argv[k], "--check") && value)
            check = argv[++k];
        else if (!strcmp(argv[k], "--sample") && value)
            order.sample = (unsigned)atol(argv[++k]);
        else if (!strcmp(argv[k], "--seed") && value)
            order.seed = (unsigned)atol(argv[++k]);
        else {
            fprintf(stderr, "usage: test-rows [--row N] [--operation NAME] [--check NAME] "
                            "[FILE.cvec.gz...]\n"
                            "       test-rows --mutate [--sample N] [--seed S] [--survivors] "
                            "[FILE...]\n");
            return 2;
        }
    }
    if (order.wanted)
        return mutate(&order, only);
    if (!bench_init(&b)) {
        fprintf(stderr, "out of memory\n");
        return 2;
    }
    unsigned bad = 0, rows = 0;
    for (unsigned row = 0; row < opdef_count; row++) {
        if (only >= 0 && row != (unsigned long)only)
            continue;
        if (operation && strcmp(operations[opdefs[row].operation].text, operation))
            continue;
        b.failures = 0;
        for (const struct named_check *n = checks; n->name; n++)
            if ((!check || !strcmp(check, n->name)) && !b.failures)
                n->fn(&b, row);
        bad += b.failures > 0;
        rows++;
    }
    printf("%u rows, %u of them not as declared\n", rows, bad);
    if (encoding_unchecked())
        printf("skipped: %s\n", encoding_unchecked());
    bench_free(&b);
    return bad > 0 || !rows;
}
