/*
 * rows_recording.c - commands that keep what is seen and heard in a video file; the recording of a
 * machine's clients, of which there is one at a time (frontend/capture/).
 */
#include "frontend/control/rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- the recording ---- */

bool control_record(struct control *c, const char *path, enum capture_shape shape, struct err *e)
{
    struct capture_facts f;
    if (c->capture) {
        capture_facts(c->capture, &f);
        return err_set(e, "%.300s is being recorded; record stop ends it", f.file);
    }
    c->capture_error.text[0] = 0;
    c->capture = capture_start(c->vm, path, shape, c->launcher, c->hurry, c->opaque, e);
    if (!c->capture)
        return false;
    if (capture_look(c->capture, e))
        return true;
    capture_stop(c->capture, e);
    c->capture = NULL;
    return false;
}

bool control_record_stop(struct control *c, struct err *e)
{
    if (c->capture) {
        struct capture *capture = c->capture;
        c->capture = NULL;
        return capture_stop(capture, e);
    }
    if (c->capture_error.text[0]) {
        err_set(e, "%s", c->capture_error.text);
        c->capture_error.text[0] = 0;
        return false;
    }
    return err_set(e, "nothing is being recorded");
}

void control_record_look(struct control *c)
{
    struct err e;
    if (!c->capture || capture_look(c->capture, &e))
        return;
    capture_stop(c->capture, &e);
    c->capture = NULL;
    c->capture_error = e;
    if (c->notice)
        c->notice(c->opaque, e.text);
}

/* ---- the rows ---- */

static enum command_state begin(struct call *call, const char *file, enum capture_shape shape)
{
    if (!control_record(call->control, file, shape, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "file", file);
    reply_say(call->reply, "recording into %.300s", file);
    return COMMAND_DONE;
}

static enum command_state record(struct call *call)
{
    const struct value *arg = call->request->arg;
    return begin(call, arg[0].text, arg[1].number ? CAPTURE_ASPECT : CAPTURE_RAW);
}

/* "ferrite-1.mkv" and so on: the first that is free. */
static enum command_state record_next(struct call *call)
{
    enum { MOST = 9999 };
    const struct value *arg = call->request->arg;
    const char *folder = rows_folder(call, &arg[0]);
    char file[4096];
    int n = 1;
    do
        snprintf(file, sizeof(file), "%.4000s%sferrite-%d.mkv", folder ? folder : "",
                 folder ? "/" : "", n);
    while (access(file, F_OK) == 0 && n++ < MOST);
    if (n > MOST)
        return call_fails(call, FAULT_HOST, "%s: all names up to it are taken", file);
    return begin(call, file, arg[1].number ? CAPTURE_ASPECT : CAPTURE_RAW);
}

static void reply_facts(struct reply *r, const struct capture_facts *f)
{
    reply_text(r, "file", f->file);
    reply_real(r, "seconds", (double)f->time / 1e9);
    reply_int(r, "pictures", (s64)f->pictures);
    reply_int(r, "parts", f->parts);
}

static enum command_state stop(struct call *call)
{
    struct control *c = call->control;
    struct capture_facts f = {.file = NULL};
    char file[300] = "";
    if (c->capture) {
        capture_facts(c->capture, &f);
        snprintf(file, sizeof(file), "%s", f.file);
        f.file = file;
    }
    if (!control_record_stop(c, &call->error))
        return call_host_failed(call);
    reply_facts(call->reply, &f);
    if (f.parts > 1)
        reply_say(call->reply, "%g s recorded in %u parts, the last one in %s",
                  (double)(f.time / NS_PER_MS) / 1e3, f.parts, base_name(file));
    else
        reply_say(call->reply, "%g s recorded in %s", (double)(f.time / NS_PER_MS) / 1e3,
                  base_name(file));
    return COMMAND_DONE;
}

static enum command_state status(struct call *call)
{
    struct capture_facts f;
    reply_bool(call->reply, "recording", call->control->capture != NULL);
    if (!call->control->capture)
        return COMMAND_DONE;
    capture_facts(call->control->capture, &f);
    reply_facts(call->reply, &f);
    return COMMAND_DONE;
}

const char *const rows_pixels[] = {"raw", "aspect", NULL};

static const struct command rows[] = {
    {.name = "record",
     .param = {{.name = "file", .kind = PARAM_FILE_OUT}, {ROWS_PIXELS}},
     .help =
         "picture and sound from now on, losslessly and at exact guest time, into FILE, a "
         "Matroska video (.mkv) that does not exist yet. `raw`: the guest's own pixels; another "
         "mode begins another part (FILE-2.mkv). `aspect`: square pixels, all modes in one file",
     .flags = COMMAND_LOOKS,
     .run = record},
    {.name = "record-next",
     .param = {{.name = "folder", .kind = PARAM_FOLDER, .optional = true}, {ROWS_PIXELS}},
     .help = "the same as `ferrite-1.mkv`, `ferrite-2.mkv`: the first name that is free",
     .flags = COMMAND_LOOKS,
     .run = record_next},
    {.name = "record stop",
     .help = "the end of the recording: its files are whole",
     .flags = COMMAND_LOOKS,
     .run = stop},
    {.name = "record status",
     .aliases = "info record",
     .help = "is something recorded, into which file, how much",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = status},
};

const struct command_topic rows_recording = {"Recordings", rows, ARRAY_SIZE(rows)};
