/*
 * rows_looking.c - commands that look at the machine and change nothing: its screen, its state.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/control/rows.h"

#include "frontend/capture/capture.h"
#include "frontend/control/absent.h"
#include "frontend/control/device_values.h"
#include "frontend/control/out_file.h"
#include "frontend/control/pattern.h"
#include "frontend/control/selection.h"
#include "hw/base/hostfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- into files ---- */

/* The guest's own pixels, or square ones in the shape that a monitor shows. */
static bool save_picture(struct call *call, const char *file, bool square, bool ppm)
{
    struct screen s;
    vm_screen(call->control->vm, &s);
    unsigned width = s.width, height = s.height;
    const u32 *pixels = s.pixels;
    u32 *made = NULL;
    if (square && width && height) {
        capture_square_size(s.width, s.height, s.aspect, &width, &height);
        pixels = made = malloc((size_t)width * height * sizeof(u32));
        if (!made || !capture_square(s.pixels, s.width, s.height, s.aspect, made, width, height)) {
            free(made);
            return err_set(&call->error, "%s: out of memory", file);
        }
    }
    bool ok = ppm ? picture_save_ppm(file, pixels, width, height, &call->error)
                  : picture_save(file, pixels, width, height, &call->error);
    free(made);
    if (!ok)
        return false;
    reply_text(call->reply, "file", file);
    reply_int(call->reply, "width", width);
    reply_int(call->reply, "height", height);
    reply_say(call->reply, "screenshot in %.300s", file);
    return true;
}

enum { FORMAT_PNG, FORMAT_PPM };
static const char *const formats[] = {"png", "ppm", NULL};

/* As it is said, else by the file's name. */
static bool wants_ppm(const struct value *file, const struct value *format)
{
    return format->given ? format->number == FORMAT_PPM : picture_is_called_ppm(file->text);
}

/* No other format under its name; and PNG needs a library. */
static bool check_screenshot(const struct request *r, struct err *e)
{
    struct err why;
    if (!r->arg[2].given && !picture_name_suits(r->arg[0].text, false, &why))
        return err_set(e, "screenshot: %.900s", why.text);
    return wants_ppm(&r->arg[0], &r->arg[2]) || picture_png_supported(&why) ||
           err_set(e, "screenshot: %.400s", why.text);
}

static enum command_state screenshot(struct call *call)
{
    const struct value *arg = call->request->arg;
    bool ok = save_picture(call, arg[0].text, arg[1].number, wants_ppm(&arg[0], &arg[2]));
    return ok ? COMMAND_DONE : call_host_failed(call);
}

const char *rows_folder(const struct call *call, const struct value *said)
{
    const char *folder = said->given ? said->text : call->control->home;
    return folder && strcmp(folder, ".") != 0 ? folder : NULL;
}

/* "ferrite-1.png" and so on: the first that is free. */
static enum command_state screenshot_next(struct call *call)
{
    enum { MOST = 9999 };
    const struct value *v = &call->request->arg[0];
    const char *folder = rows_folder(call, v);
    char file[4096];
    int n = 1;
    do
        snprintf(file, sizeof(file), "%.4000s%sferrite-%d.png", folder ? folder : "",
                 folder ? "/" : "", n);
    while (access(file, F_OK) == 0 && n++ < MOST);
    if (n > MOST)
        return call_fails(call, FAULT_HOST, "%s: all names up to it are taken", file);
    bool ok = save_picture(call, file, call->request->arg[1].number, false);
    return ok ? COMMAND_DONE : call_host_failed(call);
}

/* The reply as text goes into a file; a device or a FIFO is written to as it is. */
static enum command_state reply_to_file(struct call *call, const char *file)
{
    struct stat st;
    char *text = NULL;
    size_t len = 0;
    bool device = stat(file, &st) == 0 && !S_ISREG(st.st_mode), ok;
    FILE *f = open_memstream(&text, &len);
    if (f)
        reply_write_text(call->reply, f);
    if (!f || fclose(f) != 0) {
        free(text);
        return call_fails(call, FAULT_HOST, "out of memory");
    }
    if (device) {
        int fd = host_open_output(file);
        f = fd >= 0 ? fdopen(fd, "w") : NULL;
        ok = f && fputs(text, f) >= 0;
        if (f)
            ok &= fclose(f) == 0;
        if (!ok)
            err_set(&call->error, "%s: cannot be written: %s", file,
                    errno == ENXIO ? "a FIFO that nobody reads" : strerror(errno));
    } else {
        ok = out_file_save(file, text, len, &call->error);
    }
    free(text);
    reply_free(call->reply);
    if (!ok)
        return call_host_failed(call);
    reply_say(call->reply, "written to %.300s", file);
    return COMMAND_DONE;
}

static enum command_state answer(struct call *call)
{
    const struct value *file = &call->request->arg[0];
    return file->given ? reply_to_file(call, file->text) : COMMAND_DONE;
}

static enum command_state dump_text(struct call *call)
{
    reply_text(call->reply, NULL, control_text(call->control));
    return answer(call);
}

static enum command_state copy_text(struct call *call)
{
    const struct value *arg = call->request->arg;
    const struct selection s = {(unsigned)arg[0].number, (unsigned)arg[1].number,
                                (unsigned)arg[2].number, (unsigned)arg[3].number,
                                arg[4].number == 1};
    struct screen_cells *cells = malloc(sizeof(*cells));
    char *text = NULL;
    bool shown = cells && vm_screen_cells(call->control->vm, cells);
    if (shown)
        text = selection_text(&s, cells);
    free(cells);
    if (!text)
        return cells && !shown ? call_fails(call, FAULT_GUEST, "no text screen is shown")
                               : call_fails(call, FAULT_HOST, "out of memory");
    reply_text(call->reply, NULL, text);
    free(text);
    return COMMAND_DONE;
}

static enum command_state state_hash(struct call *call)
{
    struct vm *vm = call->control->vm;
    u64 state, trace;
    if (!vm_state_hash(vm, &state, &call->error))
        return call_host_failed(call);
    reply_printf(call->reply, "state hash", "%016llx", (unsigned long long)state);
    reply_int(call->reply, "instructions", (s64)vm_instructions(vm));
    if (vm_trace_hash(vm, &trace))
        reply_printf(call->reply, "trace hash", "%016llx", (unsigned long long)trace);
    return answer(call);
}

/* ---- the screen ---- */

static void put_lines(struct reply *r, const char *text)
{
    reply_list(r, "lines");
    while (*text) {
        size_t len = strcspn(text, "\n");
        reply_text_len(r, NULL, text, len);
        text += len + (text[len] == '\n');
    }
    reply_end(r);
}

static enum command_state look_at_screen(struct call *call)
{
    struct control *c = call->control;
    struct reply *r = call->reply;
    struct screen s;
    vm_screen(c->vm, &s);
    const char *text = control_text(c);
    reply_text(r, "mode", s.text ? "text" : s.width ? "graphics" : "off");
    reply_int(r, "width", s.width);
    reply_int(r, "height", s.height);
    reply_real(r, "aspect", s.aspect);
    reply_real(r, "pictures per second", 1e9 / (double)vm_frame_ns(c->vm));
    if (s.text)
        put_lines(r, text);
    return COMMAND_DONE;
}

static enum command_state check_text(struct call *call, bool wanted)
{
    const struct value *text = &call->request->arg[0];
    const char *screen = control_text(call->control);
    size_t len = call->control->text_len;
    bool found = text->pattern ? pattern_find(text->pattern, screen, len, NULL, NULL)
                               : memmem(screen, len, text->text, text->len) != NULL;
    if (found == wanted)
        return COMMAND_DONE;
    return call_fails(call, FAULT_GUEST, "%s",
                      found ? "it is on the screen" : "it is not on the screen");
}

static enum command_state assert_text(struct call *call)
{
    return check_text(call, true);
}

static enum command_state refute_text(struct call *call)
{
    return check_text(call, false);
}

/* ---- the machine ---- */

static const char *status_word(const struct control *c)
{
    if (c->stopped & STOPPED_OFF)
        return "off";
    if (c->stopped & STOPPED_DISK)
        return "disk error";
    return c->stopped ? "paused" : "running";
}

static enum command_state status(struct call *call)
{
    struct control *c = call->control;
    struct reply *r = call->reply;
    char doing[300];
    vm_explain(c->vm, doing, sizeof(doing));
    reply_text(r, "status", status_word(c));
    if (c->stopped & STOPPED_DISK)
        reply_text(r, "error", vm_disk_error(c->vm));
    reply_real(r, "guest seconds", (double)vm_now(c->vm) / 1e9);
    reply_int(r, "instructions", (s64)vm_instructions(c->vm));
    char speed[40];
    speed_words(c->vm, speed, sizeof(speed));
    reply_text(r, "speed", speed);
    reply_bool(r, "idle", vm_idle(c->vm));
    reply_text(r, "processor", doing);
    if (*vm_last_fault(c->vm))
        reply_text(r, "last fault", vm_last_fault(c->vm));
    if (c->guest_end)
        reply_real(r, "ends at guest seconds", (double)c->guest_end / 1e9);
    if (c->host_limit > 0)
        reply_real(r, "host seconds at most", c->host_limit);
    return COMMAND_DONE;
}

/* What vm_describe() says; NULL: out of memory. */
static char *description(struct vm *vm, const char *what)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return NULL;
    vm_describe(vm, what, f);
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

/* Is it the first word of a line? */
static bool is_listed(const char *list, const char *word)
{
    size_t len = strlen(word);
    while (*list) {
        if (strcspn(list, " \n") == len && strncmp(list, word, len) == 0)
            return true;
        list += strcspn(list, "\n");
        list += *list == '\n';
    }
    return false;
}

/* For programs all of it by name, beside what people read. */
static void put_values(struct call *call, const char *device, const char *text)
{
    struct reply *r = call->reply;
    reply_map(r, NULL);
    reply_text(r, "name", device);
    reply_text(r, "text", text);
    reply_map(r, "values");
    device_values(r, call->control->vm, device);
    reply_end(r);
    reply_end(r);
}

/* What else `info` is before: rows of their own, by their other name. */
static char *with_rows(char *list)
{
    char *text = NULL;
    size_t len = 0;
    const struct command *c;
    FILE *f = list ? open_memstream(&text, &len) : NULL;
    if (!f)
        return list;
    fputs(list, f);
    for (size_t i = 0; (c = command_at(i)); i++) {
        for (const char *a = c->aliases; a && *a; a += strcspn(a, "|"), a += *a == '|') {
            size_t n = strcspn(a, "|");
            if (n > 5 && strncmp(a, "info ", 5) == 0)
                fprintf(f, "%-12.*s the command `%s`\n", (int)n - 5, a + 5, c->name);
        }
    }
    if (fclose(f) != 0)
        return list;
    free(list);
    return text;
}

static enum command_state nothing_of(struct call *call, const char *what)
{
    char name[80];
    snprintf(name, sizeof(name), "info %.60s", what);
    const char *why = absent_why(name);
    if (why)
        return call_fails(call, FAULT_HOST, "there is no \"%.60s\": %s", name, why);
    return call_fails(call, FAULT_HOST,
                      "there is no \"%.60s\" in this machine; info lists what there is", what);
}

static enum command_state info(struct call *call)
{
    const struct value *what = &call->request->arg[0];
    bool values = call->client == CLIENT_SOCKET || call->request->arg[1].given;
    char *text = description(call->control->vm, NULL);
    if (text && what->given) {
        bool known = is_listed(text, what->text);
        free(text);
        if (!known)
            return nothing_of(call, what->text);
        text = description(call->control->vm, what->text);
    } else {
        text = with_rows(text);
    }
    if (!text)
        return call_fails(call, FAULT_HOST, "out of memory");
    if (what->given && values)
        put_values(call, what->text, text);
    else
        reply_text(call->reply, NULL, text);
    free(text);
    return COMMAND_DONE;
}

static const char *const info_words[] = {"values", NULL};
static const char *const shapes[] = {"lines", "block", NULL};

#define CELL .kind = PARAM_INT, .min = 0, .max = 255
#define TEXT .name = "text", .kind = PARAM_PATTERN
#define INTO .name = "file", .kind = PARAM_FILE_OUT, .optional = true

static const struct command rows[] = {
    {.name = "screenshot",
     .aliases = "screendump",
     .param = {{.name = "file", .kind = PARAM_FILE_OUT, .what = "a file name (.png, .ppm)"},
               {ROWS_PIXELS},
               {.name = "format", .kind = PARAM_WORD, .words = formats, .optional = true}},
     .help = "keep the picture: the guest's own pixels (`raw`), or square ones in the shape that a "
             "monitor shows (`aspect`); PNG unless the file's name or `format` says PPM; names of "
             "other formats are refused",
     .flags = COMMAND_LOOKS,
     .check = check_screenshot,
     .run = screenshot},
    {.name = "screenshot-next",
     .param = {{.name = "folder", .kind = PARAM_FOLDER, .optional = true}, {ROWS_PIXELS}},
     .help = "the same as `ferrite-1.png`, `ferrite-2.png`: the first name that is free",
     .flags = COMMAND_LOOKS,
     .run = screenshot_next},
    {.name = "dump-text",
     .param = {{INTO}},
     .help = "the text screen, into a file if one is named",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = dump_text},
    {.name = "copy-text",
     .param = {{CELL, .name = "column", .what = "the first cell's column, from 0"},
               {CELL, .name = "row", .what = "the first cell's row, from 0"},
               {CELL, .name = "to-column", .what = "the last cell's column"},
               {CELL, .name = "to-row", .what = "the last cell's row"},
               {.name = "shape", .kind = PARAM_WORD, .optional = true, .words = shapes}},
     .help = "a part of the text screen, from one cell to another: as reading goes, or the block "
             "between them",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = copy_text},
    {.name = "screen",
     .aliases = "text-screen",
     .help = "what is shown: mode, size, and the lines of a text screen",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = look_at_screen},
    {.name = "assert-text",
     .param = {{TEXT}},
     .help = "TEXT must be on the text screen now",
     .flags = COMMAND_LOOKS,
     .run = assert_text},
    {.name = "refute-text",
     .param = {{TEXT}},
     .help = "TEXT must not be on the text screen now",
     .flags = COMMAND_LOOKS,
     .run = refute_text},
    {.name = "assert-screen",
     .param = {{.name = "file", .kind = PARAM_PNG_IN},
               {.name = "how", .kind = PARAM_COMPARE, .optional = true}},
     .help = "the picture must be the file's now; compared as by `wait-screen`",
     .flags = COMMAND_LOOKS,
     .run = rows_assert_screen},
    {.name = "state-hash",
     .param = {{INTO}},
     .help = "a hash of the whole machine as it is now, and the number of instructions",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = state_hash},
    {.name = "status",
     .aliases = "info status",
     .help = "running or stopped, guest time, speed, and what the processor is doing",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = status},
    {.name = "info",
     .param = {{.name = "device", .kind = PARAM_NAME, .optional = true},
               {.name = "what", .kind = PARAM_WORD, .words = info_words, .optional = true}},
     .help = "a device or the processor (`info cpu`) in detail, with `values` all that is in it by "
             "name; alone: which there are",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = info},
};

const struct command_topic rows_looking = {"Looking", rows, ARRAY_SIZE(rows)};
