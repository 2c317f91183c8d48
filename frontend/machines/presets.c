/*
 * presets.c - what each kind of guest gets where a machine's file says nothing. See keys.h.
 */
#include "frontend/machines/keys.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define VALUES(...)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static const struct preset presets[] = {
    {"dos", "DOS programs and games: a 486 at the speed of its time",
     VALUES("cpu.model", "486", "cpu.speed", "486-66", "memory.mb", "16"), "512M"},
    {"win3", "Windows 3.x on DOS: the same with more memory",
     VALUES("cpu.model", "486", "cpu.speed", "486-66", "memory.mb", "16", "net.model", "ne2k_isa"),
     "512M"},
    {"win9x", "Windows 95, 98, ME: a Pentium as fast as the host can",
     VALUES("cpu.model", "pentium", "memory.mb", "64"), "2G"},
    {"winnt", "Windows NT, 2000, XP, ReactOS", VALUES("cpu.model", "pentium3", "memory.mb", "256"),
     "4G"},
    {"linux", "Linux and other Unixes: clock in UTC, the host's network behind NAT",
     VALUES("cpu.model", "pentium3", "memory.mb", "256", "board.rtc", "utc", "net.mode", "user"),
     "4G"},
    {"teaching", "Own boot sectors, kernels and exercises: no network, starts from the floppy",
     VALUES("cpu.model", "pentium3", "memory.mb", "16", "board.boot", "acd"), "none"},
    {"malware", "Things one does not trust: no network, disks as new after each run",
     VALUES("cpu.model", "pentium3", "memory.mb", "256", "security.throwaway", "yes"), "4G"},
};

const struct preset *preset_at(size_t i)
{
    return i < ARRAY_SIZE(presets) ? &presets[i] : NULL;
}

const struct preset *preset_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(presets); i++) {
        if (strcasecmp(presets[i].name, name) == 0)
            return &presets[i];
    }
    return NULL;
}

const char *preset_value(const struct preset *p, const char *section, const char *name)
{
    char full[2 * INI_NAME_MAX + 2];
    snprintf(full, sizeof(full), "%s.%s", section, name);
    for (size_t i = 0; p->value[i]; i += 2) {
        if (strcasecmp(p->value[i], full) == 0)
            return p->value[i + 1];
    }
    return NULL;
}
