/*
 * qmp_devices.c - QEMU's commands that ask what the machine is made of, and what it could be: PCI
 * functions, properties of devices, processors. See qmp_parts.h.
 */
#include "frontend/qmp/qmp_parts.h"

#include "hw/machine/vm_look.h"

#include <string.h>

static void put_regions(struct reply *r, const struct vm_pci *f)
{
    enum { ROM = 6 };
    reply_list(r, "regions");
    for (unsigned i = 0; i <= ROM; i++) {
        const struct vm_pci_window *w = &f->window[i];
        if (!w->kind)
            continue;
        bool ports = strcmp(w->kind, "ports") == 0;
        reply_map(r, NULL);
        reply_int(r, "bar", i);
        reply_text(r, "type", ports ? "io" : "memory");
        reply_int(r, "address", w->mapped ? (s64)w->at : -1); /* as QEMU: it does not decode */
        reply_int(r, "size", w->size);
        if (!ports) {
            reply_bool(r, "prefetch", false);
            reply_bool(r, "mem_type_64", false);
        }
        reply_end(r);
    }
    reply_end(r);
}

static enum qmp_state query_pci(struct qmp_call *call)
{
    struct reply *r = call->reply;
    struct vm_pci f;
    reply_list(r, NULL);
    for (unsigned i = 0; vm_pci(call->qmp->control->vm, i, &f); i++) {
        if (i == 0) {
            reply_map(r, NULL);
            reply_int(r, "bus", 0);
            reply_list(r, "devices");
        }
        reply_map(r, NULL);
        reply_int(r, "bus", 0);
        reply_int(r, "slot", f.slot);
        reply_int(r, "function", f.function);
        reply_map(r, "class_info");
        reply_text(r, "desc", f.name ? f.name : "");
        reply_int(r, "class", f.class);
        reply_end(r);
        reply_map(r, "id");
        reply_int(r, "vendor", f.vendor);
        reply_int(r, "device", f.device);
        reply_end(r);
        reply_int(r, "irq_pin", f.pin);
        if (f.pin)
            reply_int(r, "irq", f.line);
        reply_text(r, "qdev_id", f.name ? f.name : "");
        put_regions(r, &f);
        reply_end(r);
    }
    if (vm_pci(call->qmp->control->vm, 0, &f)) {
        reply_end(r);
        reply_end(r);
    }
    reply_end(r);
    return QMP_OK;
}

static enum qmp_state device_list_properties(struct qmp_call *call)
{
    const char *model = qmp_string(call, "typename", "");
    struct vm_property p;
    if (call->error.text[0])
        return QMP_FAILED;
    if (!vm_device_property(model, 0, &p, &call->error) && call->error.text[0]) {
        struct err why = call->error;
        return qmp_fails(call, QMP_DEVICE_NOT_FOUND, "%s", why.text);
    }
    reply_list(call->reply, NULL);
    for (unsigned i = 0; vm_device_property(model, i, &p, NULL); i++) {
        reply_map(call->reply, NULL);
        reply_text(call->reply, "name", p.name);
        reply_text(call->reply, "type", p.type);
        reply_text(call->reply, "description", p.doc);
        if (p.initial && strcmp(p.type, "bool") == 0)
            reply_bool(call->reply, "default-value", strcmp(p.initial, "on") == 0);
        else if (p.initial)
            reply_text(call->reply, "default-value", p.initial);
        reply_end(call->reply);
    }
    reply_end(call->reply);
    return QMP_OK;
}

static enum qmp_state query_cpu_definitions(struct qmp_call *call)
{
    struct reply *r = call->reply;
    reply_list(r, NULL);
    for (unsigned i = 0; vm_cpu_name(i); i++) {
        reply_map(r, NULL);
        reply_text(r, "name", vm_cpu_name(i));
        reply_text(r, "typename", vm_cpu_name(i));
        reply_bool(r, "static", true);
        reply_bool(r, "migration-safe", true);
        reply_bool(r, "deprecated", false);
        reply_list(r, "unavailable-features");
        reply_end(r);
        reply_end(r);
    }
    reply_end(r);
    return QMP_OK;
}

static enum qmp_state query_machines(struct qmp_call *call)
{
    struct reply *r = call->reply;
    reply_list(r, NULL);
    reply_map(r, NULL);
    reply_text(r, "name", "pc");
    reply_bool(r, "is-default", true);
    reply_int(r, "cpu-max", 1);
    reply_bool(r, "hotpluggable-cpus", false);
    reply_bool(r, "numa-mem-supported", false);
    reply_bool(r, "deprecated", false);
    reply_bool(r, "acpi", true);
    reply_end(r);
    reply_end(r);
    return QMP_OK;
}

static enum qmp_state query_current_machine(struct qmp_call *call)
{
    reply_bool(call->reply, "wakeup-suspend-support", false);
    return QMP_OK;
}

/* What -chardev takes. */
static enum qmp_state query_chardev_backends(struct qmp_call *call)
{
    static const char *const kinds[] = {"file", "socket", "stdio", "null"};
    reply_list(call->reply, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        reply_map(call->reply, NULL);
        reply_text(call->reply, "name", kinds[i]);
        reply_end(call->reply);
    }
    reply_end(call->reply);
    return QMP_OK;
}

/* A list of what this machine has none of; all is done by one thread. */
static enum qmp_state query_none(struct qmp_call *call)
{
    reply_list(call->reply, NULL);
    reply_end(call->reply);
    return QMP_OK;
}

static enum qmp_state query_schema(struct qmp_call *call)
{
    reply_list(call->reply, NULL);
    qmp_put_schema(call->reply);
    reply_end(call->reply);
    return QMP_OK;
}

const struct qmp_command qmp_devices[] = {
    {"query-pci", query_pci, NULL},
    {"device-list-properties", device_list_properties, (const char *const[]){"typename", NULL}},
    {"query-cpu-definitions", query_cpu_definitions, NULL},
    {"query-machines", query_machines, NULL},
    {"query-current-machine", query_current_machine, NULL},
    {"query-iothreads", query_none, NULL},
    {"query-block-jobs", query_none, NULL},
    {"query-block-exports", query_none, NULL},
    {"query-fdsets", query_none, NULL},
    {"query-memory-devices", query_none, NULL},
    {"query-hotpluggable-cpus", query_none, NULL},
    {"query-acpi-ospm-status", query_none, NULL},
    {"query-chardev-backends", query_chardev_backends, NULL},
    {"query-tpm", query_none, NULL},
    {"query-tpm-models", query_none, NULL},
    {"query-tpm-types", query_none, NULL},
    {"query-pr-managers", query_none, NULL},
    {"query-stats-schemas", query_none, (const char *const[]){"*provider", NULL}},
    {"query-yank", query_none, NULL},
    {"query-qmp-schema", query_schema, NULL},
    {.name = NULL},
};
