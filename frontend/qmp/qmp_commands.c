/*
 * qmp_commands.c - QEMU's commands that do something, with its arguments. See qmp_parts.h; the
 * reference is QEMU's "QMP Reference Manual".
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/qmp/qmp_parts.h"

#include <stdlib.h>
#include <string.h>

const struct qmp_command *qmp_command_find(const char *name)
{
    const struct qmp_command *const lists[] = {qmp_commands, qmp_queries, qmp_inputs, qmp_devices};
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
        for (const struct qmp_command *q = lists[l]; q->name; q++) {
            if (strcmp(q->name, name) == 0)
                return q;
        }
    }
    return NULL;
}

size_t qmp_member_length(const char *member)
{
    return strcspn(member, ":");
}

const char *qmp_member_type(const char *member)
{
    const char *colon = strchr(member, ':');
    return colon ? colon + 1 : "str";
}

/* ---- the envelope ---- */

static enum qmp_state capabilities(struct qmp_call *call)
{
    const struct json_value *enable = json_get(call->json, call->args, "enable");
    if (enable && json_kind(enable) != JSON_ARRAY_VALUE)
        return qmp_fails(call, QMP_GENERIC, "argument \"enable\" is to be an array");
    if (enable && json_length(call->json, enable))
        return qmp_fails(call, QMP_GENERIC, "no capabilities are offered, so none can be enabled");
    call->client->ready = true;
    return QMP_OK;
}

static enum qmp_state human_monitor_command(struct qmp_call *call)
{
    const char *line = qmp_string(call, "command-line", "");
    struct request r;
    qmp_integer(call, "cpu-index", 0);
    if (call->error.text[0])
        return QMP_FAILED;
    bool ok = request_parse(&r, NULL, line, strlen(line), &call->error);
    if (ok && r.row) {
        call->client->form = QMP_TEXT;
        qmp_submit(call->client, &r);
        return QMP_LATER;
    }
    request_free(&r);
    if (ok) { /* an empty line */
        reply_text(call->reply, NULL, "");
        return QMP_OK;
    }
    /* What a monitor would print is an answer here, as QEMU has it. */
    char text[sizeof(call->error.text) + 8];
    snprintf(text, sizeof(text), "%s\r\n", call->error.text);
    call->error.text[0] = 0;
    reply_text(call->reply, NULL, text);
    return QMP_OK;
}

/* Of an array of strings: words as a shell has cut them; a spelling of one's own is a line. */
static bool parse_words(struct qmp_call *call, const struct json_value *list, struct request *r)
{
    enum { WORDS = 16 };
    const char *word[WORDS];
    size_t count = list && json_kind(list) == JSON_ARRAY_VALUE ? json_length(call->json, list) : 0;
    if (!count || count > WORDS)
        return err_set(&call->error, "\"words\" is to be an array of 1 to %d strings", WORDS);
    for (size_t i = 0; i < count; i++) {
        word[i] = json_text(call->json, json_at(call->json, list, i));
        if (!word[i])
            return err_set(&call->error, "\"words\" is to be an array of strings");
    }
    if (!strpbrk(word[0], "/ "))
        return request_words(r, NULL, word, (unsigned)count, &call->error);
    char *line = NULL;
    size_t len;
    FILE *f = open_memstream(&line, &len);
    for (size_t i = 0; f && i < count; i++)
        fprintf(f, "%s%s", i ? " " : "", word[i]);
    bool ok = f && fclose(f) == 0 ? request_parse(r, NULL, line, len, &call->error)
                                  : err_set(&call->error, "out of memory");
    free(line);
    return ok;
}

/* For the shell: what is said and what it means, and how it failed. */
static enum qmp_state ferrite_command(struct qmp_call *call)
{
    struct request r = {.row = NULL};
    const char *line = qmp_string(call, "line", NULL);
    if (call->error.text[0])
        return QMP_FAILED;
    bool ok = line ? request_parse(&r, NULL, line, strlen(line), &call->error)
                   : parse_words(call, json_get(call->json, call->args, "words"), &r);
    if (ok && r.row) {
        call->client->form = QMP_BOTH;
        qmp_submit(call->client, &r);
        return QMP_LATER;
    }
    request_free(&r);
    reply_bool(call->reply, "ok", ok);
    reply_text(call->reply, ok ? "text" : "error", ok ? "" : call->error.text);
    if (!ok)
        reply_text(call->reply, "fault", "host");
    call->error.text[0] = 0;
    return QMP_OK;
}

/* ---- the machine ---- */

static enum qmp_state stop(struct qmp_call *call)
{
    const char *words[] = {"stop", NULL};
    return qmp_row(call, words);
}

/* A machine that runs is as it is to be. */
static enum qmp_state cont(struct qmp_call *call)
{
    const char *words[] = {"cont", NULL};
    return call->qmp->control->stopped ? qmp_row(call, words) : QMP_OK;
}

static enum qmp_state system_reset(struct qmp_call *call)
{
    const char *words[] = {"reset", NULL};
    return qmp_row(call, words);
}

static enum qmp_state system_powerdown(struct qmp_call *call)
{
    const char *words[] = {"power", NULL};
    return qmp_row(call, words);
}

static enum qmp_state quit(struct qmp_call *call)
{
    char status[24];
    snprintf(status, sizeof(status), "%lld", (long long)qmp_integer(call, "status", 0));
    const char *words[] = {"quit", status, NULL};
    return qmp_row(call, words);
}

/* ---- looking ---- */

static enum qmp_state screendump(struct qmp_call *call)
{
    const char *file = qmp_string(call, "filename", ""), *format = qmp_string(call, "format", NULL),
               *device = qmp_string(call, "device", ""), *dot = strrchr(file, '.');
    if (qmp_integer(call, "head", 0) || *device)
        return qmp_fails(call, QMP_DEVICE_NOT_FOUND,
                         "there is one display, which needs no device and no head");
    if (format && strcmp(format, "png") != 0 && strcmp(format, "ppm") != 0)
        return qmp_fails(call, QMP_GENERIC, "argument \"format\" is to be png or ppm");
    if (!format) /* QEMU's usual, unless the name promises something else */
        format = dot && strcmp(dot, ".png") == 0 ? "png" : "ppm";
    const char *words[] = {"screenshot", file, "raw", format, NULL};
    return call->error.text[0] ? QMP_FAILED : qmp_row(call, words);
}

static enum qmp_state save_memory(struct qmp_call *call, const char *row)
{
    char at[24], size[24];
    const char *file = qmp_string(call, "filename", "");
    snprintf(at, sizeof(at), "%lld", (long long)qmp_integer(call, "val", 0));
    snprintf(size, sizeof(size), "%lld", (long long)qmp_integer(call, "size", 0));
    if (qmp_integer(call, "cpu-index", 0))
        return qmp_fails(call, QMP_GENERIC, "there is one processor, number 0");
    const char *words[] = {row, at, size, file, NULL};
    return call->error.text[0] ? QMP_FAILED : qmp_row(call, words);
}

static enum qmp_state memsave(struct qmp_call *call)
{
    return save_memory(call, "memsave");
}

static enum qmp_state pmemsave(struct qmp_call *call)
{
    return save_memory(call, "pmemsave");
}

/* ---- drives ---- */

/* The drive that the arguments name: 0 to 2, or -1 and call->error. */
static int named_drive(struct qmp_call *call)
{
    const char *name = qmp_string(call, "device", qmp_string(call, "id", NULL));
    if (call->error.text[0])
        return -1;
    if (!name) {
        qmp_fails(call, QMP_GENERIC, "argument \"device\" is missing");
        return -1;
    }
    int drive = qmp_drive(name);
    if (drive < 0)
        qmp_fails(call, QMP_DEVICE_NOT_FOUND,
                  "there is no drive \"%.60s\" that takes media; floppy0, floppy1, ide1-cd0 do",
                  name);
    return drive;
}

static const char *const drive_rows[] = {"fda", "fdb", "cd"};

static enum qmp_state eject_drive(struct qmp_call *call, int drive)
{
    bool force = qmp_bool(call, "force", false) && drive == 2;
    const char *words[] = {"eject", drive_rows[drive], force ? "force" : NULL, NULL};
    return call->error.text[0] ? QMP_FAILED : qmp_row(call, words);
}

static void forget_tray(struct qmp *q, int drive)
{
    free(q->tray[drive]);
    q->tray[drive] = NULL;
}

static enum qmp_state eject(struct qmp_call *call)
{
    int drive = named_drive(call);
    if (drive < 0)
        return QMP_FAILED;
    forget_tray(call->qmp, drive);
    return eject_drive(call, drive);
}

static enum qmp_state insert_into(struct qmp_call *call, int drive, const char *file,
                                  const char *how)
{
    const char *words[] = {"insert", drive_rows[drive], file, how, NULL};
    forget_tray(call->qmp, drive);
    return qmp_row(call, words);
}

static enum qmp_state change_medium(struct qmp_call *call)
{
    int drive = named_drive(call);
    const char *file = qmp_string(call, "filename", ""),
               *format = qmp_string(call, "format", "raw"),
               *mode = qmp_string(call, "read-only-mode", "retain");
    bool force = qmp_bool(call, "force", false);
    struct vm_drive d;
    if (drive < 0 || call->error.text[0])
        return QMP_FAILED;
    if (strcmp(format, "raw") != 0)
        return qmp_fails(call, QMP_GENERIC, "format \"%.40s\": media are raw images here", format);
    bool known = strcmp(mode, "retain") == 0 || strcmp(mode, "read-only") == 0 ||
                 strcmp(mode, "read-write") == 0;
    if (!known)
        return qmp_fails(call, QMP_GENERIC,
                         "read-only-mode \"%.40s\": retain, read-only or read-write", mode);
    bool was = vm_drive(call->qmp->control->vm, drive == 2 ? VM_DRIVES - 1 : (unsigned)drive, &d) &&
               d.medium && d.read_only;
    bool only = strcmp(mode, "read-only") == 0 || (strcmp(mode, "retain") == 0 && was);
    return insert_into(call, drive, file,
                       drive == 2 ? (force ? "force" : NULL)
                       : only     ? "read-only"
                                  : NULL);
}

/* Our drives know no open tray with something on it: what lay on it is put back when it closes. */
static enum qmp_state open_tray(struct qmp_call *call)
{
    struct vm_drive d;
    int drive = named_drive(call);
    if (drive < 0)
        return QMP_FAILED;
    if (!vm_drive(call->qmp->control->vm, drive == 2 ? VM_DRIVES - 1 : (unsigned)drive, &d) ||
        !d.medium)
        return QMP_OK;
    char *was = strdup(d.medium);
    forget_tray(call->qmp, drive);
    enum qmp_state state = eject_drive(call, drive);
    /* A guest may have locked it. */
    if (vm_drive(call->qmp->control->vm, drive == 2 ? VM_DRIVES - 1 : (unsigned)drive, &d) &&
        !d.medium)
        call->qmp->tray[drive] = was;
    else
        free(was);
    return state;
}

static enum qmp_state close_tray(struct qmp_call *call)
{
    int drive = named_drive(call);
    if (drive < 0)
        return QMP_FAILED;
    char *was = call->qmp->tray[drive];
    call->qmp->tray[drive] = NULL;
    if (!was)
        return QMP_OK;
    enum qmp_state state = insert_into(call, drive, was, NULL);
    free(was);
    return state;
}

static enum qmp_state remove_medium(struct qmp_call *call)
{
    int drive = named_drive(call);
    if (drive < 0)
        return QMP_FAILED;
    forget_tray(call->qmp, drive);
    return QMP_OK;
}

/* ---- snapshots: QEMU does them in jobs, which here are over at once ---- */

static void tell_job(struct qmp *q, const char *status)
{
    struct reply r;
    reply_init(&r);
    reply_text(&r, "status", status);
    reply_text(&r, "id", q->job.id);
    qmp_event(q, "JOB_STATUS_CHANGE", &r);
    reply_free(&r);
}

/* Of our arguments (`file`) the row itself is meant; of QEMU's, a file named by the tag. */
static enum qmp_state snapshot(struct qmp_call *call, const char *row, const char *kind)
{
    struct qmp *q = call->qmp;
    const char *file = qmp_string(call, "file", NULL), *tag = qmp_string(call, "tag", NULL),
               *id = qmp_string(call, "job-id", NULL), *home = q->control->home;
    struct reply ignored;
    char path[4096];
    if (call->error.text[0])
        return QMP_FAILED;
    if (file) {
        const char *words[] = {row, file, NULL};
        return qmp_row(call, words);
    }
    if (!tag || !id)
        return qmp_fails(call, QMP_GENERIC, "argument \"%s\" is missing", id ? "tag" : "job-id");
    if (q->job.id[0])
        return qmp_fails(call, QMP_GENERIC, "job \"%s\" is not dismissed yet", q->job.id);
    if (!*tag || strchr(tag, '/') || !*id || strlen(id) >= sizeof(q->job.id))
        return qmp_fails(call, QMP_GENERIC,
                         "a tag is a file's name, and a job-id has 1 to 63 bytes");
    snprintf(path, sizeof(path), "%.3000s%s%.900s", home ? home : "", home ? "/" : "", tag);
    snprintf(q->job.id, sizeof(q->job.id), "%s", id);
    q->job.kind = kind;
    q->job.error[0] = 0;
    tell_job(q, "created");
    tell_job(q, "running");
    const char *words[] = {row, path, NULL};
    struct err why = {""};
    reply_init(&ignored);
    if (!control_do(q->control, CLIENT_SOCKET, &ignored, &why, words))
        snprintf(q->job.error, sizeof(q->job.error), "%.290s", why.text);
    reply_free(&ignored);
    tell_job(q, "waiting");
    tell_job(q, "pending");
    tell_job(q, "concluded");
    return QMP_OK;
}

static enum qmp_state snapshot_save(struct qmp_call *call)
{
    return snapshot(call, "savevm", "snapshot-save");
}

static enum qmp_state snapshot_load(struct qmp_call *call)
{
    return snapshot(call, "loadvm", "snapshot-load");
}

static enum qmp_state job_dismiss(struct qmp_call *call)
{
    const char *id = qmp_string(call, "id", "");
    if (call->error.text[0])
        return QMP_FAILED;
    if (!*id || strcmp(id, call->qmp->job.id) != 0)
        return qmp_fails(call, QMP_GENERIC, "there is no job \"%.60s\"", id);
    tell_job(call->qmp, "null");
    call->qmp->job.id[0] = 0;
    return QMP_OK;
}

#define MEMBERS(...)                                                                               \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

const struct qmp_command qmp_commands[] = {
    {"qmp_capabilities", capabilities, MEMBERS("*enable:[any]")},
    {"human-monitor-command", human_monitor_command, MEMBERS("command-line", "*cpu-index:int")},
    {"ferrite-command", ferrite_command, MEMBERS("*line", "*words:[any]")},
    {"stop", stop, NULL},
    {"cont", cont, NULL},
    {"system_reset", system_reset, NULL},
    {"system_powerdown", system_powerdown, NULL},
    {"quit", quit, MEMBERS("*status:int")},
    {"screendump", screendump, MEMBERS("filename", "*format", "*device", "*head:int")},
    {"memsave", memsave, MEMBERS("val:int", "size:int", "filename", "*cpu-index:int")},
    {"pmemsave", pmemsave, MEMBERS("val:int", "size:int", "filename")},
    {"eject", eject, MEMBERS("*device", "*id", "*force:bool")},
    {"blockdev-change-medium", change_medium,
     MEMBERS("*device", "*id", "filename", "*format", "*read-only-mode", "*force:bool")},
    {"blockdev-open-tray", open_tray, MEMBERS("*device", "*id", "*force:bool")},
    {"blockdev-close-tray", close_tray, MEMBERS("*device", "*id")},
    {"blockdev-remove-medium", remove_medium, MEMBERS("*device", "*id")},
    {"snapshot-save", snapshot_save,
     MEMBERS("*file", "*job-id", "*tag", "*vmstate", "*devices:[any]")},
    {"snapshot-load", snapshot_load,
     MEMBERS("*file", "*job-id", "*tag", "*vmstate", "*devices:[any]")},
    {"job-dismiss", job_dismiss, MEMBERS("id")},
    {.name = NULL},
};
