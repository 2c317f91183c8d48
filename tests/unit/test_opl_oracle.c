/*
 * test_opl_oracle.c - our OPL3 against the one that AdPlug brings (Nuked OPL3, in Debian's
 * libadplug-dev), sample for sample, on all scripts and on hundreds of thousands of random writes.
 * The library is loaded when it is there; without it the test says so and is skipped, and the
 * golden hashes of test_opl.c remain. OPL_ORACLE_SEEDS=N: more of the random ones.
 *
 * Its writes are taken at once (not by its buffer, which delays each by two samples), and its
 * samples as it makes them (not resampled).
 */
#include "hw/base/library.h"
#include "hw/sound/opl.h"
#include "opl_scripts.h"

#include <stdio.h>
#include <stdlib.h>

struct oracle {
    void (*reset)(void *chip, u32 rate);
    void (*write)(void *chip, u16 reg, u8 value);
    void (*generate)(void *chip, s16 *out);
};

enum { ORACLE_SIZE = 256 * 1024 }; /* more than its struct */

static const struct library_function functions[] = {
    {"OPL3_Reset", offsetof(struct oracle, reset)},
    {"OPL3_WriteReg", offsetof(struct oracle, write)},
    {"OPL3_Generate", offsetof(struct oracle, generate)},
};

struct pair {
    struct opl ours;
    struct oracle oracle;
    void *theirs;
    const char *script;
    u64 samples, writes;
    unsigned reg, value; /* the last write */
};

static void on_reset(void *of)
{
    struct pair *p = of;
    opl_reset(&p->ours);
    p->oracle.reset(p->theirs, 49716);
}

static void on_write(void *of, u16 reg, u8 value)
{
    struct pair *p = of;
    opl_write(&p->ours, reg, value);
    p->oracle.write(p->theirs, reg, value);
    p->reg = reg;
    p->value = value;
    p->writes++;
}

static void on_run(void *of, unsigned samples)
{
    struct pair *p = of;
    for (unsigned i = 0; i < samples; i++, p->samples++) {
        s16 a[2], b[2];
        opl_run(&p->ours, a, 1);
        p->oracle.generate(p->theirs, b);
        if (a[0] == b[0] && a[1] == b[1])
            continue;
        printf("%s, sample %llu, write %llu (%03x = %02x): ours %d %d, theirs %d %d\n", p->script,
               (unsigned long long)p->samples, (unsigned long long)p->writes, p->reg, p->value,
               a[0], a[1], b[0], b[1]);
        exit(1);
    }
}

/* Each release of AdPlug has its version in the name. */
static void *load(struct oracle *o)
{
    static const char *const files[] = {"libadplug.so", "libadplug-2.3.3.so.0"};
    struct err e = {0};
    void *handle = NULL;
    for (unsigned i = 0; i < ARRAY_SIZE(files) && !handle; i++) {
        struct library l = {"AdPlug", "libadplug-dev", files[i], functions, ARRAY_SIZE(functions)};
        handle = library_open(&l, o, &e);
    }
    if (!handle)
        printf("skipped: no OPL to compare with: %s\n", e.text);
    return handle;
}

int main(void)
{
    static struct pair pair;
    void *handle = load(&pair.oracle);
    if (!handle)
        return 0;
    const char *seeds = getenv("OPL_ORACLE_SEEDS");
    u64 last = seeds ? strtoull(seeds, NULL, 10) : 20;
    pair.theirs = calloc(1, ORACLE_SIZE);
    if (!pair.theirs)
        return 1;
    opl_init(&pair.ours);
    struct opl_player p = {&pair, on_reset, on_write, on_run};
    for (unsigned i = 0; i < ARRAY_SIZE(opl_scripts); i++) {
        pair.script = opl_scripts[i].name;
        opl_scripts[i].play(&p);
    }
    pair.script = "random writes";
    for (u64 seed = 1000; seed < 1000 + last; seed++)
        play_anything(&p, seed, 10000);
    printf("%llu writes, %llu samples: equal\n", (unsigned long long)pair.writes,
           (unsigned long long)pair.samples);
    free(pair.theirs);
    library_close(handle);
    return 0;
}
