/*
 * log.c - the categories of -d, their names, and the one place that writes a log line.
 *
 * Traces (exec, cpu) are written bare, so that they can be compared with another emulator's;
 * every other line starts with its category.
 */
#include "hw/base/log.h"

#include "hw/base/clean.h"

#include <stdarg.h>
#include <string.h>

struct category {
    const char *name;
    u32 mask;
    const char *doc;
};

static const struct category categories[] = {
    {"guest_errors", LOG_GUEST, "what the guest programs wrongly"},
    {"unimp", LOG_UNIMP, "unmapped ports and memory, features not modelled"},
    {"exec", LOG_EXEC, "every instruction"},
    {"cpu", LOG_CPU, "registers before each instruction"},
    {"int", LOG_INT, "interrupts and exceptions"},
    {"reset", LOG_RESET, "resets, triple faults, shutdowns"},
    {"post", LOG_POST, "POST codes on port 80h"},
    {"io", LOG_IO, "every port access"},
    {"disk", LOG_DISK, "floppy and disk commands"},
    {"hash", LOG_HASH, "a hash of all that the guest did so far, now and then"},
    {"jit", LOG_JIT, "blocks that are translated, with their machine code"},
};

void log_line(const struct log *log, u32 category, const char *fmt, ...)
{
    FILE *out = log->out ? log->out : stderr;
    if (!(category & (LOG_EXEC | LOG_CPU))) {
        for (size_t i = 0; i < ARRAY_SIZE(categories); i++) {
            if (categories[i].mask & category) {
                fprintf(out, "%s: ", categories[i].name);
                break;
            }
        }
    }
    va_list args;
    va_start(args, fmt);
    if (category & (LOG_EXEC | LOG_CPU))
        vfprintf(out, fmt, args);
    else /* names of files and what a guest says may be in it */
        clean_vprintf(out, fmt, args);
    va_end(args);
    fputc('\n', out);
}

bool log_parse(const char *names, u32 *mask, const char **bad, size_t *bad_len)
{
    u32 found = 0;
    for (const char *word = names;;) {
        size_t len = strcspn(word, ",");
        size_t i = 0;
        while (i < ARRAY_SIZE(categories) &&
               (strlen(categories[i].name) != len || memcmp(categories[i].name, word, len) != 0))
            i++;
        if (i == ARRAY_SIZE(categories)) {
            if (bad)
                *bad = word;
            if (bad_len)
                *bad_len = len;
            return false;
        }
        found |= categories[i].mask;
        if (!word[len])
            break;
        word += len + 1;
    }
    *mask = found;
    return true;
}

void log_names(FILE *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(categories); i++)
        fprintf(out, "  %-14s %s\n", categories[i].name, categories[i].doc);
}
