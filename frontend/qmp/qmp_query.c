/*
 * qmp_query.c - QEMU's query-* commands, with the shape of its results. See qmp_parts.h. What a
 * result must have and no part of this machine is behind is a constant that says so (no KVM, one
 * processor, no backing file).
 */
#include "frontend/qmp/qmp_parts.h"

#include <string.h>
#include <unistd.h>

/* ---- the machine ---- */

static const char *status_word(const struct control *c)
{
    if (c->stopped & STOPPED_OFF)
        return "shutdown";
    if (c->stopped & STOPPED_DISK)
        return "io-error";
    if (!control_stands(c))
        return "running";
    return vm_now(c->vm) ? "paused" : "prelaunch";
}

static enum qmp_state query_status(struct qmp_call *call)
{
    const struct control *c = call->qmp->control;
    reply_text(call->reply, "status", status_word(c));
    reply_bool(call->reply, "running", !control_stands(c));
    reply_bool(call->reply, "singlestep", false);
    return QMP_OK;
}

static enum qmp_state query_version(struct qmp_call *call)
{
    struct reply *r = call->reply;
    reply_map(r, "qemu");
    reply_int(r, "micro", 0);
    reply_int(r, "minor", 0);
    reply_int(r, "major", 0);
    reply_end(r);
    reply_printf(r, "package", "Ferrite %s", call->qmp->facts.version);
    return QMP_OK;
}

static enum qmp_state query_name(struct qmp_call *call)
{
    if (call->qmp->facts.name)
        reply_text(call->reply, "name", call->qmp->facts.name);
    return QMP_OK;
}

static enum qmp_state query_uuid(struct qmp_call *call)
{
    reply_text(call->reply, "UUID", "00000000-0000-0000-0000-000000000000");
    return QMP_OK;
}

static enum qmp_state query_kvm(struct qmp_call *call)
{
    reply_bool(call->reply, "enabled", false);
    reply_bool(call->reply, "present", false);
    return QMP_OK;
}

static enum qmp_state query_target(struct qmp_call *call)
{
    reply_text(call->reply, "arch", "i386");
    return QMP_OK;
}

static enum qmp_state query_cpus_fast(struct qmp_call *call)
{
    struct reply *r = call->reply;
    reply_list(r, NULL);
    reply_map(r, NULL);
    reply_int(r, "cpu-index", 0);
    reply_text(r, "qom-path", "/machine/cpu[0]");
    reply_int(r, "thread-id", getpid());
    reply_text(r, "target", "i386");
    reply_map(r, "props");
    reply_int(r, "socket-id", 0);
    reply_int(r, "core-id", 0);
    reply_int(r, "thread-id", 0);
    reply_end(r);
    reply_end(r);
    reply_end(r);
    return QMP_OK;
}

static enum qmp_state query_memory(struct qmp_call *call)
{
    reply_int(call->reply, "base-memory", (s64)call->qmp->facts.ram);
    reply_int(call->reply, "plugged-memory", 0);
    return QMP_OK;
}

/* ---- commands and events ---- */

void qmp_dashed(char *out, size_t size, const char *name, size_t len)
{
    snprintf(out, size, "%.*s", (int)len, name);
    for (char *p = out; *p; p++)
        *p = *p == ' ' ? '-' : *p;
}

static void list_name(struct reply *r, const char *name)
{
    reply_map(r, NULL);
    reply_text(r, "name", name);
    reply_end(r);
}

/* One of a row, unless QEMU has a command of that name. */
static void list_row_name(struct reply *r, const char *name, size_t len)
{
    char dashed[80];
    qmp_dashed(dashed, sizeof(dashed), name, len);
    if (!qmp_command_find(dashed))
        list_name(r, dashed);
}

/* All names, one after the other, into a list of maps {name}. */
static void qmp_list_commands(struct reply *r)
{
    const struct qmp_command *const lists[] = {qmp_commands, qmp_queries, qmp_inputs, qmp_devices};
    const struct command *row;
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
        for (const struct qmp_command *q = lists[l]; q->name; q++)
            list_name(r, q->name);
    }
    for (size_t i = 0; (row = command_at(i)); i++) {
        list_row_name(r, row->name, strlen(row->name));
        for (const char *a = row->aliases; a && *a;) {
            size_t n = strcspn(a, "|");
            list_row_name(r, a, n);
            a += n + (a[n] == '|');
        }
    }
}

static enum qmp_state query_commands(struct qmp_call *call)
{
    reply_list(call->reply, NULL);
    qmp_list_commands(call->reply);
    reply_end(call->reply);
    return QMP_OK;
}

static enum qmp_state query_events(struct qmp_call *call)
{
    reply_list(call->reply, NULL);
    for (const struct qmp_event_row *e = qmp_event_rows; e->name; e++)
        list_name(call->reply, e->name);
    reply_end(call->reply);
    return QMP_OK;
}

static enum qmp_state query_jobs(struct qmp_call *call)
{
    const struct qmp_job *job = &call->qmp->job;
    struct reply *r = call->reply;
    reply_list(r, NULL);
    if (job->id[0]) {
        reply_map(r, NULL);
        reply_text(r, "id", job->id);
        reply_text(r, "type", job->kind);
        reply_text(r, "status", "concluded");
        reply_int(r, "current-progress", 1);
        reply_int(r, "total-progress", 1);
        if (job->error[0])
            reply_text(r, "error", job->error);
        reply_end(r);
    }
    reply_end(r);
    return QMP_OK;
}

/* ---- drives ---- */

/* By place (struct vm_drive): as QEMU names the machine's own. */
static const char *const places[VM_DRIVES] = {
    "floppy0", "floppy1", "ide0-hd0", "ide0-hd1", "ide1-hd0", "ide1-hd1", "ide1-cd0",
};

int qmp_drive(const char *name)
{
    if (strcmp(name, "floppy0") == 0 || strcmp(name, "fda") == 0)
        return 0;
    if (strcmp(name, "floppy1") == 0 || strcmp(name, "fdb") == 0)
        return 1;
    bool cd =
        strcmp(name, "ide1-cd0") == 0 || strcmp(name, "cd") == 0 || strcmp(name, "cdrom") == 0;
    return cd ? 2 : -1;
}

static void describe_medium(struct reply *r, const char *name, const struct vm_drive *d)
{
    static const char *const rates[] = {"bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"};
    reply_map(r, name);
    reply_text(r, "file", d->medium);
    reply_text(r, "node-name", d->name);
    reply_text(r, "drv", "raw");
    reply_bool(r, "ro", d->read_only);
    reply_bool(r, "encrypted", false);
    reply_int(r, "backing_file_depth", 0);
    reply_text(r, "detect_zeroes", "off");
    reply_int(r, "write_threshold", 0);
    for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
        reply_int(r, rates[i], 0);
    reply_map(r, "cache");
    reply_bool(r, "writeback", true);
    reply_bool(r, "direct", false);
    reply_bool(r, "no-flush", false);
    reply_end(r);
    reply_map(r, "image");
    reply_text(r, "filename", d->medium);
    reply_text(r, "format", "raw");
    reply_int(r, "virtual-size", (s64)d->bytes);
    reply_end(r);
    reply_end(r);
}

static enum qmp_state query_block(struct qmp_call *call)
{
    struct reply *r = call->reply;
    struct vm_drive d;
    reply_list(r, NULL);
    for (unsigned i = 0; i < VM_DRIVES; i++) {
        if (!vm_drive(call->qmp->control->vm, i, &d))
            continue;
        bool removable = d.kind != VM_DRIVE_DISK;
        reply_map(r, NULL);
        reply_text(r, "device", places[i]);
        reply_text(r, "qdev", places[i]);
        reply_text(r, "type", "unknown");
        reply_bool(r, "removable", removable);
        reply_bool(r, "locked", d.locked);
        reply_text(r, "io-status", "ok");
        if (removable)
            reply_bool(r, "tray_open",
                       !d.medium && call->qmp->tray[i < VM_FLOPPIES ? i : 2] != NULL);
        if (d.medium)
            describe_medium(r, "inserted", &d);
        reply_end(r);
    }
    reply_end(r);
    return QMP_OK;
}

static enum qmp_state query_nodes(struct qmp_call *call)
{
    struct reply *r = call->reply;
    struct vm_drive d;
    reply_list(r, NULL);
    for (unsigned i = 0; i < VM_DRIVES; i++)
        if (vm_drive(call->qmp->control->vm, i, &d) && d.medium)
            describe_medium(r, NULL, &d);
    reply_end(r);
    return QMP_OK;
}

/* What nobody counts, and clients look for. */
static void put_uncounted(struct reply *r)
{
    static const char *const kinds[] = {"rd", "wr", "flush", "unmap"};
    char name[40];
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        static const char *const forms[] = {"%s_operations", "%s_total_time_ns", "%s_merged",
                                            "failed_%s_operations", "invalid_%s_operations"};
        for (size_t k = 0; k < ARRAY_SIZE(forms); k++) {
            if (i == 2 && k == 2) /* a flush is not merged */
                continue;
            snprintf(name, sizeof(name), forms[k], kinds[i]);
            reply_int(r, name, 0);
        }
    }
    reply_int(r, "unmap_bytes", 0);
    reply_int(r, "wr_highest_offset", 0);
    reply_bool(r, "account_failed", false);
    reply_bool(r, "account_invalid", false);
    reply_list(r, "timed_stats");
    reply_end(r);
}

static enum qmp_state query_blockstats(struct qmp_call *call)
{
    struct reply *r = call->reply;
    struct vm_drive d;
    reply_list(r, NULL);
    for (unsigned i = 0; i < VM_DRIVES; i++) {
        if (!vm_drive(call->qmp->control->vm, i, &d))
            continue;
        s64 sector = d.kind == VM_DRIVE_CD ? 2048 : 512;
        reply_map(r, NULL);
        reply_text(r, "device", places[i]);
        reply_text(r, "qdev", places[i]);
        if (d.medium)
            reply_text(r, "node-name", d.name);
        reply_map(r, "stats");
        reply_int(r, "rd_bytes", (s64)d.read * sector);
        reply_int(r, "wr_bytes", (s64)d.written * sector);
        put_uncounted(r);
        reply_end(r);
        reply_end(r);
    }
    reply_end(r);
    return QMP_OK;
}

/* ---- the rest ---- */

static enum qmp_state query_chardev(struct qmp_call *call)
{
    const struct qmp_facts *facts = &call->qmp->facts;
    struct reply *r = call->reply;
    const char *label, *where;
    reply_list(r, NULL);
    for (unsigned i = 0; facts->chardev && facts->chardev(facts->opaque, i, &label, &where); i++) {
        reply_map(r, NULL);
        reply_text(r, "label", label);
        reply_text(r, "filename", where);
        reply_bool(r, "frontend-open", true);
        reply_end(r);
    }
    reply_end(r);
    return QMP_OK;
}

static enum qmp_state query_mice(struct qmp_call *call)
{
    struct reply *r = call->reply;
    bool absolute = vm_pointer_wanted(call->qmp->control->vm);
    reply_list(r, NULL);
    reply_map(r, NULL);
    reply_text(r, "name", absolute ? "vmmouse" : "PS/2 mouse");
    reply_int(r, "index", 0);
    reply_bool(r, "current", true);
    reply_bool(r, "absolute", absolute);
    reply_end(r);
    reply_end(r);
    return QMP_OK;
}

const struct qmp_command qmp_queries[] = {
    {"query-status", query_status, NULL},
    {"query-version", query_version, NULL},
    {"query-name", query_name, NULL},
    {"query-uuid", query_uuid, NULL},
    {"query-kvm", query_kvm, NULL},
    {"query-target", query_target, NULL},
    {"query-cpus-fast", query_cpus_fast, NULL},
    {"query-memory-size-summary", query_memory, NULL},
    {"query-commands", query_commands, NULL},
    {"query-events", query_events, NULL},
    {"query-jobs", query_jobs, NULL},
    {"query-block", query_block, NULL},
    {"query-blockstats", query_blockstats, (const char *const[]){"*query-nodes:bool", NULL}},
    {"query-named-block-nodes", query_nodes, (const char *const[]){"*flat:bool", NULL}},
    {"query-chardev", query_chardev, NULL},
    {"query-mice", query_mice, NULL},
    {.name = NULL},
};
