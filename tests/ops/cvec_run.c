/*
 * cvec_run.c - cvec-run [--model M] [--form NAME] [--all] [--exact] FILE.cvec...
 *
 * Runs vector files against a bare processor. Prints each form that fails with its first failing
 * vector (--all: every one; --exact: RCP and RSQRT without tolerance), ends with "N passed, N
 * failed"; exit status 0 only when none failed, 2 for a wrong call or file.
 */
#define _GNU_SOURCE
#include "cpu/decode/models.h"
#include "tests/ops/cvec_compare.h"

#include <stdio.h>
#include <string.h>

struct options {
    const char *model, *form;
    bool all, exact, jit;
};

static void print_failure(struct cvec_machine *m, const struct cvec *v, const char *text)
{
    printf("%s: vector %u  %s\n    ", m->file->form[v->form].name, v->id, v->name);
    cvec_disassemble(m, v, stdout);
    printf("    before: EAX %08x ECX %08x EDX %08x EBX %08x ESP %08x EBP %08x ESI %08x EDI %08x\n",
           get_le32(v->before), get_le32(v->before + 4), get_le32(v->before + 8),
           get_le32(v->before + 12), get_le32(v->before + 16), get_le32(v->before + 20),
           get_le32(v->before + 24), get_le32(v->before + 28));
    printf("    before: EIP %08x EFLAGS %08x\n%s", get_le32(v->before + CVEC_EIP),
           get_le32(v->before + CVEC_EFLAGS), text);
}

/* A sequence runs as a whole, one by one, and in slices that end anywhere. */
static bool run_vector(struct cvec_machine *m, const struct cvec *v, const struct options *opt,
                       bool print)
{
    static const unsigned slices[] = {1u << 20, 1, 7};
    unsigned passes = cvec_sequence(m->file, v) ? ARRAY_SIZE(slices) : 1;
    struct cvec_seen seen;
    char text[4096];
    bool same = true;
    for (unsigned i = 0; i < passes && same; i++) {
        cvec_execute(m, v, slices[i], &seen);
        same = cvec_compare(m, v, &seen, opt->exact, text, sizeof text);
        if (!same && print)
            print_failure(m, v, text);
        cvec_restore(m, v, !same);
    }
    return same;
}

static bool run_file(const char *path, const struct options *opt, u64 *passed, u64 *failed)
{
    struct cvec_file f;
    struct cvec_machine m;
    static const char damaged[] = "%s: form %s is damaged\n";
    struct cvec v;
    struct err e;

    if (!cvec_open(&f, path, &e) || !cvec_machine_new(&m, opt->model, &f, &e)) {
        fprintf(stderr, "cvec-run: %s\n", e.text);
        return false;
    }
    bool ok = !opt->jit || cvec_translate(&m, &e);
    if (!ok)
        fprintf(stderr, "cvec-run: %s\n", e.text);
    for (unsigned i = 0; i < f.form_count && ok; i++) {
        u32 at = f.form[i].first, bad = 0;
        if (opt->form && strcmp(opt->form, f.form[i].name))
            continue;
        /* Sequences mix everything: no expectation can be derived for a smaller processor. */
        if (!strncmp(f.form[i].name, "seq", 3) && !model_has(m.cpu->model, F_SSE2)) {
            printf("%s: skipped, %s does not have all of its instructions\n", f.form[i].name,
                   opt->model);
            continue;
        }
        for (u32 k = 0; k < f.form[i].count; k++) {
            if (!cvec_next(&f, &at, &v)) {
                fprintf(stderr, damaged, path, f.form[i].name);
                ok = false;
                break;
            }
            cvec_adapt(&m, &v);
            bad += !run_vector(&m, &v, opt, !bad || opt->all);
        }
        if (bad)
            printf("%s: %u of %u failed\n", f.form[i].name, bad, f.form[i].count);
        *failed += bad;
        *passed += f.form[i].count - bad;
    }
    cvec_machine_free(&m);
    cvec_close(&f);
    return ok;
}

int main(int argc, char **argv)
{
    struct options opt = {.model = "pentium4"};
    u64 passed = 0, failed = 0;
    int files = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--model") && i + 1 < argc) {
            opt.model = argv[++i];
        } else if (!strcmp(argv[i], "--form") && i + 1 < argc) {
            opt.form = argv[++i];
        } else if (!strcmp(argv[i], "--engine") && i + 1 < argc) {
            /* Both dispatch modes of the interpreter are separate builds. */
            i++;
            opt.jit = !strcmp(argv[i], "jit");
            if (!opt.jit && strcmp(argv[i], "interp")) {
                fprintf(stderr, "cvec-run: no engine '%s' (there are: interp, jit)\n", argv[i]);
                return 2;
            }
        } else if (!strcmp(argv[i], "--all")) {
            opt.all = true;
        } else if (!strcmp(argv[i], "--exact")) {
            opt.exact = true;
        } else if (argv[i][0] == '-') {
            fprintf(stderr, "usage: cvec-run [--model M] [--engine E] [--form F] [--all] [--exact] "
                            "FILE.cvec...\n");
            return 2;
        } else {
            files++;
            if (!run_file(argv[i], &opt, &passed, &failed))
                return 2;
        }
    }
    if (!files) {
        fprintf(stderr, "cvec-run: no vector file named\n");
        return 2;
    }
    printf("%llu passed, %llu failed\n", (unsigned long long)passed, (unsigned long long)failed);
    return failed ? 1 : 0;
}
