/*
 * views_rig.h - a machine in a small loop, and the commands behind the page's views: what they
 * answer, and that none of it is felt.
 */
#ifndef VIEWS_RIG_H
#define VIEWS_RIG_H

#include "cpu/cpu.h"
#include "frontend/control/control.h"
#include "frontend/timeline/timeline.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_look.h"
#include "hw/machine/vm_parts.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rig {
    struct vm *vm;
    struct control c;
    struct reply reply; /* of the last command */
    struct err e;
    unsigned every, asked; /* how often it is looked whether a command was felt; 0: each time */
};

/*
 * 7c00: a loop that adds, compares and jumps, and an INT 0 handler that it divides into; with
 * interrupts off.
 */
static const u8 boot[] = {
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0,       /* 7c00 cli; xor ax,ax; mov ds,ax; mov ss,ax */
    0xbc, 0x00, 0x7c, 0x66, 0xb9, 3,    0,    0, 0, /* 7c07 mov sp,7c00h; mov ecx,3 */
    0xb8, 0xff, 0x7f,                               /* 7c10 again: mov ax,7fffh */
    0x83, 0xc0, 0x01,                               /* 7c13 add ax,1 */
    0x01, 0x06, 0x00, 0x90,                         /* 7c16 add [9000h],ax */
    0x66, 0x49,                                     /* 7c1a dec ecx */
    0x75, 0xf2,                                     /* 7c1c jnz again */
    0xb9, 0x03, 0x00,                               /* 7c1e mov cx,3 */
    0xeb, 0xed,                                     /* 7c21 jmp again */
};

static inline struct rig rig_of(struct vm_config config)
{
    static u8 disk[163840];
    memcpy(disk, boot, sizeof(boot));
    disk[510] = 0x55;
    disk[511] = 0xaa;
    config.floppy[0] = (struct media){.bytes = disk, .size = sizeof(disk)};
    struct rig r = {.vm = vm_new(&config, NULL)};
    static const struct vm_point begin = {.kind = VM_POINT_EXECUTE, .lin = 0x7c10};
    ck_assert_ptr_nonnull(r.vm);
    control_init(&r.c, r.vm);
    reply_init(&r.reply);
    r.c.timeline = timeline_new(r.vm, 64 << 20, TIMELINE_STEADY, true);
    timeline_closer(r.c.timeline, 100000);
    ck_assert(vm_point_set(r.vm, &begin, &r.e));
    while (vm_run(r.vm, vm_now(r.vm) + 10 * NS_PER_MS) != VM_POINT) {
        ck_assert(vm_now(r.vm) < 10 * NS_PER_SEC);
        timeline_look(r.c.timeline, &r.e);
    }
    vm_point_clear(r.vm, &begin);
    r.c.stopped |= STOPPED_CLIENT << CLIENT_SCRIPT;
    return r;
}

static inline struct rig rig_with(u32 mb, enum vm_jit jit)
{
    return rig_of((struct vm_config){.ram_mb = mb, .jit = jit});
}

static inline struct rig rig_new(u32 mb)
{
    return rig_with(mb, VM_JIT_OFF);
}

static inline void rig_free(struct rig *r)
{
    reply_free(&r->reply);
    timeline_free(r->c.timeline);
    r->c.timeline = NULL;
    control_free(&r->c);
    vm_free(r->vm, NULL);
}

/* false: r->e. The machine is as it was. */
static inline bool ask(struct rig *r, const char *line)
{
    struct request q;
    struct call call;
    u64 before = 0, after = 0;
    bool felt = !r->every || r->asked++ % r->every == 0;
    reply_free(&r->reply);
    reply_init(&r->reply);
    if (!request_parse(&q, NULL, line, strlen(line), &r->e)) {
        request_free(&q);
        return false;
    }
    if (felt)
        vm_state_hash(r->vm, &before, NULL);
    call_begin(&call, &r->c, CLIENT_SCRIPT, &q, &r->reply);
    bool ok = call_step(&call) == COMMAND_DONE;
    r->e = call.error;
    if (felt)
        vm_state_hash(r->vm, &after, NULL);
    ck_assert_msg(before == after, "%s is felt", line);
    ck_assert(!reply_lost(&r->reply));
    request_free(&q);
    return ok;
}

static inline void asks(struct rig *r, const char *line)
{
    ck_assert_msg(ask(r, line), "%s: %s", line, r->e.text);
}

/* "parts.0.role": a value in the reply, as text. */
static inline const char *get(struct rig *r, const char *path)
{
    static char text[400];
    const struct reply *a = &r->reply;
    const struct reply_node *n = reply_root(a);
    while (*path && n) {
        size_t len = strcspn(path, ".");
        char name[60];
        snprintf(name, sizeof(name), "%.*s", (int)len, path);
        if (n->kind == REPLY_LIST) {
            unsigned i = (unsigned)atoi(name);
            for (n = reply_first(a, n); n && i; i--)
                n = reply_next(a, n);
        } else {
            n = n->kind == REPLY_MAP ? reply_find(a, n, name) : NULL;
        }
        path += len + (path[len] == '.');
    }
    if (!n)
        return "(none)";
    if (n->kind == REPLY_TEXT)
        snprintf(text, sizeof(text), "%s", reply_string(a, n));
    else
        snprintf(text, sizeof(text), "%lld", (long long)n->number);
    return text;
}

static inline void is(struct rig *r, const char *path, const char *want)
{
    ck_assert_msg(strcmp(get(r, path), want) == 0, "%s is \"%s\", not \"%s\"", path, get(r, path),
                  want);
}

static inline void has(struct rig *r, const char *path, const char *want)
{
    ck_assert_msg(strstr(get(r, path), want) != NULL, "%s is \"%s\", without \"%s\"", path,
                  get(r, path), want);
}

static inline void step(struct rig *r, u64 n)
{
    u64 to = vm_instructions(r->vm) + n;
    ck_assert(vm_run_to(r->vm, UINT64_MAX, to) == VM_GOAL);
}

static inline u32 rnd(void)
{
    static u32 seed = 1;
    seed = seed * 1664525 + 1013904223;
    return seed >> 8 ^ seed << 13;
}

#endif
