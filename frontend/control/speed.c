/*
 * speed.c - speeds by name and by number. See speed.h.
 */
#include "frontend/control/speed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct speed {
    const char *name;
    double mips;
    const char *cpu; /* what such a machine is, unless -cpu says otherwise */
} speeds[] = {
    /* About what such a machine made of everyday code. */
    {"386-33", 8, "386"},
    {"486-66", 36, "486"},
    {"pentium-100", 130, "pentium"},
    {"max", SPEED_MAX, NULL},
};

const char *speed_name(unsigned i)
{
    return i < ARRAY_SIZE(speeds) ? speeds[i].name : NULL;
}

bool speed_parse(const char *what, const char *text, double *mips, const char **cpu, struct err *e)
{
    const char *model = NULL;
    if (!cpu)
        cpu = &model;
    *cpu = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(speeds); i++) {
        if (strcmp(text, speeds[i].name) == 0) {
            *mips = speeds[i].mips;
            *cpu = speeds[i].cpu;
            return true;
        }
    }
    char *end;
    *mips = strtod(text, &end);
    if (end == text || *end || !isfinite(*mips) || *mips < 0.1 || *mips > SPEED_MAX)
        return err_set(e,
                       "%s %.60s: say 386-33, 486-66, pentium-100, max, or a number of MIPS "
                       "(0.1 to 100000)",
                       what, text);
    return true;
}
