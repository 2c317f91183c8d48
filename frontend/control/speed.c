/*
 * speed.c - speeds by name and by number. See speed.h.
 */
#include "frontend/control/speed.h"

#include "hw/machine/vm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Processors whose clocks are known, and the model that stands for each: the 386 is our oldest. */
static const struct family {
    const char *name, *cpu;
    double mips; /* about what everyday code makes of a MHz */
} families[] = {
    {"8088", "386", .07},
    {"8086", "386", .08},
    {"286", "386", .2},
    {"386", "386", .24},
    {"486", "486", .55},
    {"pentium", "pentium", 1.3},
    {"pentium-mmx", "pentium-mmx", 1.3},
    {"pentium2", "pentium2", 1.6},
    {"pentium3", "pentium3", 1.6},
    {"pentium4", "pentium4", 1.2},
};

static const char *const names[] = {
    "8088-4.77",    "8086-8",          "286-8",        "286-12",
    "386-16",       "386-33",          "386-40",       "486-33",
    "486-66",       "486-100",         "pentium-75",   "pentium-100",
    "pentium-133",  "pentium-mmx-200", "pentium2-300", "pentium2-450",
    "pentium3-800", "pentium4-2400",   "max",
};

const char *speed_name(unsigned i)
{
    return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

/* A number and nothing else. */
static bool number(const char *text, double *v)
{
    char *end;
    *v = strtod(text, &end);
    return end != text && !*end && isfinite(*v);
}

/* "33" and "66" were thirds of a hundred MHz, "4.77" a third of the colour carrier's multiple. */
static double true_clock(double mhz)
{
    double rest = fmod(mhz, 100);
    if (fabs(rest - 33) < 1e-9 || fabs(rest - 66) < 1e-9 || fabs(rest - 67) < 1e-9)
        return (floor((mhz + 1) / 100 * 3 + 1e-9)) * 100 / 3;
    return fabs(mhz - 4.77) < 1e-9 ? 14.31818 / 3 : mhz;
}

/* "386", or as it was sold: "386SX", "486DX2". How many of the `n` characters are the family's
 * name. */
static size_t without_kind(const char *text, size_t n)
{
    static const char *const kinds[] = {"sx", "dx", "dx2", "sx2", "dx4"};
    for (size_t i = 0; n > 3 && text[1] == '8' && i < ARRAY_SIZE(kinds); i++) {
        if (strlen(kinds[i]) == n - 3 && strncasecmp(text + 3, kinds[i], n - 3) == 0)
            return 3;
    }
    return n;
}

static bool parse_name(const char *text, struct speed *s)
{
    const char *dash = strrchr(text, '-');
    if (!dash || dash == text || dash[1] < '0' || dash[1] > '9')
        return false;
    size_t n = without_kind(text, (size_t)(dash - text));
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        const struct family *f = &families[i];
        double mhz;
        if (strlen(f->name) != n || strncasecmp(f->name, text, n) != 0)
            continue;
        if (!number(dash + 1, &mhz) || mhz < 0.1 || mhz > VM_MHZ_MOST)
            return false;
        mhz = true_clock(mhz);
        *s = (struct speed){mhz * f->mips, mhz, f->name, f->cpu};
        return true;
    }
    return false;
}

bool speed_parse(const char *what, const char *text, struct speed *s, struct err *e)
{
    double mips;
    *s = (struct speed){0};
    if (strcasecmp(text, "max") == 0) {
        s->mips = SPEED_MAX;
        return true;
    }
    if (parse_name(text, s))
        return true;
    if (!number(text, &mips) || mips < 0.1 || mips > SPEED_MAX)
        return err_set(e,
                       "%s %.60s: say 386-33, 486-66, pentium-100 or another of 8088, 8086, 286, "
                       "386, 486, pentium, pentium-mmx, pentium2, pentium3, pentium4 with its MHz, "
                       "or max, or a number of MIPS (0.1 to 100000)",
                       what, text);
    s->mips = mips;
    if (mips <= VM_MHZ_MOST)
        s->mhz = mips;
    return true;
}

void speed_words(const struct vm *vm, char *buf, size_t size)
{
    double mhz;
    const char *clock_of = vm_processor_clock(vm, &mhz);
    if (!clock_of) {
        snprintf(buf, size, "%g MIPS", vm_mips(vm));
        return;
    }
    for (size_t i = 0; i + 1 < ARRAY_SIZE(names); i++) {
        struct speed s;
        if (parse_name(names[i], &s) && !strcmp(s.clock_of, clock_of) && fabs(s.mhz - mhz) < 1e-5) {
            snprintf(buf, size, "%s", names[i]);
            return;
        }
    }
    double thirds = mhz * 3;
    bool third = fabs(thirds - round(thirds)) < 1e-5 && fabs(mhz - round(mhz)) > 1e-5;
    snprintf(buf, size, "%s-%.6g", clock_of, third ? floor(mhz) : mhz);
}
