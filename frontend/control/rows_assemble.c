/*
 * rows_assemble.c - `assemble`: text to bytes in the machine's memory (frontend/assembler).
 */
#include "frontend/control/rows.h"

#include "frontend/assembler/assembler.h"
#include "frontend/control/expression.h"
#include "hw/machine/vm_inspect.h"

#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20, SHOWN = 16, MOST_TOLD = 4096 };

/* Up to SHOWN bytes as hexadecimal digits. */
static void put_hex(const u8 *bytes, size_t n, char out[2 * SHOWN + 4])
{
    size_t shown = n < SHOWN ? n : SHOWN;
    for (size_t i = 0; i < shown; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    strcpy(out + 2 * shown, n > shown ? "..." : "");
}

static enum command_state wrong_text(struct call *call, const struct assembled *a)
{
    if (!a->messages)
        return call_fails(call, FAULT_HOST, "out of memory");
    const struct assembled_message *m = &a->message[0];
    if (!m->line)
        return call_fails(call, FAULT_HOST, "%s", m->text);
    return call_fails(call, FAULT_HOST, "line %u, column %u: %s", m->line, m->column, m->text);
}

static void answer(struct call *call, const struct assembled *a, u32 lin)
{
    char hex[2 * SHOWN + 4];
    reply_printf(call->reply, "address", "%08x", lin);
    reply_int(call->reply, "bytes", (s64)a->size);
    reply_list(call->reply, "lines");
    for (size_t i = 0; i < a->lines && i < MOST_TOLD; i++) {
        const struct assembled_line *l = &a->line[i];
        if (!l->size)
            continue;
        put_hex(a->bytes + l->offset, l->size, hex);
        reply_map(call->reply, NULL);
        reply_int(call->reply, "line", l->line);
        reply_printf(call->reply, "address", "%08x", (u32)(lin + l->offset));
        reply_int(call->reply, "size", (s64)l->size);
        reply_text(call->reply, "code", hex);
        reply_end(call->reply);
    }
    reply_end(call->reply);
    if (!a->symbols)
        return;
    reply_list(call->reply, "symbols");
    for (size_t i = 0; i < a->symbols && i < MOST_TOLD; i++) {
        reply_map(call->reply, NULL);
        reply_text(call->reply, "name", a->symbol[i].name);
        reply_int(call->reply, "value", a->symbol[i].value);
        reply_end(call->reply);
    }
    reply_end(call->reply);
}

enum command_state rows_assemble(struct call *call)
{
    const struct value *arg = call->request->arg;
    struct control *c = call->control;
    struct address at;
    struct vm_registers r;
    struct assembled a;
    if (!expression_address_in(c->vm, c->symbols, arg[0].text, &at, &call->error))
        return call_host_failed(call);
    if (at.physical)
        return call_fails(call, FAULT_HOST, "instructions are written to linear addresses only");
    vm_registers(c->vm, &r);
    struct assembler_options options = {.file = "text",
                                        .bits = r.code32 ? 32 : 16,
                                        .origin = at.based ? at.offset : at.value,
                                        .limit = MOST_BYTES};
    enum command_state state = COMMAND_DONE;
    if (!assemble(arg[1].text, arg[1].len, &options, &a)) {
        state = wrong_text(call, &a);
    } else {
        /* ORG in the text moves it. */
        u32 lin = at.value + (a.origin - options.origin);
        u32 done = vm_linear_write(c->vm, lin, a.bytes, (u32)a.size);
        if (done < a.size)
            state =
                call_fails(call, FAULT_HOST,
                           "%u of %zu bytes are written: there is no RAM at 0x%x; page says why",
                           done, a.size, lin + done);
        else
            answer(call, &a, lin);
    }
    assembled_free(&a);
    return state;
}

bool rows_check_assemble(const struct request *r, struct err *e)
{
    struct address a;
    struct err why;
    return expression_address(NULL, r->arg[0].text, &a, &why) ||
           err_set(e, "%s: %.400s", r->row->name, why.text);
}
