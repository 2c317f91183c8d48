/*
 * aftermath.c - see aftermath.h.
 */
#include "frontend/suite/aftermath.h"

#include "frontend/control/picture.h"
#include "frontend/control/snapshot.h"
#include "frontend/machines/files.h"
#include "hw/base/clean.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum { TEXT_ROOM = 16384 };

static const char *in(char *path, const char *folder, const char *name)
{
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

static void keep_words(struct machine *m, const char *path, FILE *messages)
{
    char doing[300];
    FILE *f = fopen(path, "we");
    if (!f) {
        clean_printf(messages, "%s: %s\n", path, strerror(errno));
        return;
    }
    vm_explain(m->vm, doing, sizeof(doing));
    clean_printf(f, "%s\n", doing);
    if (*vm_last_fault(m->vm))
        clean_printf(f, "last fault: %s\n", vm_last_fault(m->vm));
    fprintf(f, "guest time: %.9f s\ninstructions: %llu\n", (double)vm_now(m->vm) / 1e9,
            (unsigned long long)vm_instructions(m->vm));
    if (fclose(f) != 0)
        clean_printf(messages, "%s: %s\n", path, strerror(errno));
}

static void keep_screen(struct machine *m, const char *folder, FILE *messages)
{
    char path[PATH_MAX], text[TEXT_ROOM];
    struct screen screen;
    struct err e;
    size_t n = vm_screen_text(m->vm, text, sizeof(text));
    vm_screen(m->vm, &screen);
    if (!picture_save(in(path, folder, "screen.png"), screen.pixels, screen.width, screen.height,
                      &e))
        clean_printf(messages, "%s\n", e.text);
    FILE *f = n ? fopen(in(path, folder, "screen.txt"), "we") : NULL;
    if (!f)
        return;
    fputs(text, f);
    fclose(f);
}

void aftermath_keep(struct machine *m, const char *folder, FILE *messages)
{
    char path[PATH_MAX];
    struct err e;
    if (!m->vm)
        return;
    if (!files_make_folder(folder, &e)) {
        clean_printf(messages, "%s\n", e.text);
        return;
    }
    keep_words(m, in(path, folder, "why.txt"), messages);
    keep_screen(m, folder, messages);
    if (!snapshot_save(m->vm, in(path, folder, "machine.ferrite"), &e))
        clean_printf(messages, "%s\n", e.text);
}
