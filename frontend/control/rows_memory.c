/*
 * rows_memory.c - commands that look at memory: dumps, instructions, expressions, memory into
 * files. Formats are QEMU's and GDB's: /COUNT LETTER SIZE.
 */
#include "frontend/control/rows.h"

#include "frontend/control/expression.h"
#include "frontend/control/name_of.h"
#include "frontend/control/out_file.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT_MOST = 4096, LINE_BYTES = 16, SAVE_PIECE = 1 << 20 };

/* ---- formats ---- */

struct format {
    unsigned count;
    char letter;   /* x d u o t c s i */
    unsigned size; /* bytes */
};

static bool read_format(const char *text, struct format *f, struct err *e)
{
    char *end = (char *)text + (*text == '/');
    unsigned long count = 1;
    bool sized = false;
    *f = (struct format){.count = 1, .letter = 'x', .size = 4};
    if (*end >= '0' && *end <= '9')
        count = strtoul(end, &end, 10);
    for (; *end; end++) {
        static const char sizes[] = "bhwg";
        const char *size = strchr(sizes, *end);
        if (strchr("xduotcsi", *end)) {
            f->letter = *end;
        } else if (size) {
            f->size = 1u << (size - sizes);
            sized = true;
        } else {
            return err_set(e,
                           "\"%.40s\" is no format; /COUNT, then x d u o t c s or i, then b h w or "
                           "g, as in /4xw",
                           text);
        }
    }
    if (!sized && (f->letter == 'c' || f->letter == 's'))
        f->size = 1;
    if (!count || count > COUNT_MOST)
        return err_set(e, "\"%.40s\": from 1 to %d can be shown", text, COUNT_MOST);
    f->count = (unsigned)count;
    return true;
}

/* One value as the format has it. */
static int put_value(const struct format *f, u64 v, char *out, size_t size)
{
    unsigned digits = 2 * f->size;
    s64 s = f->size == 1 ? (s8)v : f->size == 2 ? (s16)v : f->size == 4 ? (s32)v : (s64)v;
    switch (f->letter) {
    case 'd':
        return snprintf(out, size, "%lld", (long long)s);
    case 'u':
        return snprintf(out, size, "%llu", (unsigned long long)v);
    case 'o':
        return snprintf(out, size, "0%llo", (unsigned long long)v);
    case 't': {
        size_t n = 0, bits = 8 * f->size;
        while (bits-- > 0 && n + 1 < size)
            out[n++] = (char)('0' + (v >> bits & 1));
        out[n] = 0;
        return (int)n;
    }
    case 'c':
        v &= 0xff;
        if (v >= ' ' && v < 0x7f)
            return snprintf(out, size, "'%c'", (int)v);
        return snprintf(out, size, "'\\x%02x'", (unsigned)v);
    default:
        return snprintf(out, size, "0x%0*llx", (int)digits, (unsigned long long)v);
    }
}

/* ---- dumps ---- */

static u32 read_memory(struct call *call, const struct address *a, u32 at, void *buf, u32 len)
{
    struct vm *vm = call->control->vm;
    return a->physical ? vm_physical_read(vm, at, buf, len) : vm_linear_read(vm, at, buf, len);
}

/* "00007c00", "f000:e05b", "p:00007c00" */
static void put_address(const struct address *a, u32 ahead, const char *text, char *out,
                        size_t size)
{
    if (a->based)
        snprintf(out, size, "%.*s:%08x", (int)strcspn(text, ":"), text, a->offset + ahead);
    else
        snprintf(out, size, "%s%08x", a->physical ? "p:" : "", a->value + ahead);
}

static enum command_state nothing_there(struct call *call, const struct address *a, u32 at)
{
    return call_fails(call, FAULT_HOST, "no memory can be read at %s %08x%s",
                      a->physical ? "physical" : "linear", at,
                      a->physical ? "" : "; page says why");
}

static enum command_state dump(struct call *call, const struct address *a, const struct format *f)
{
    const char *text = call->request->arg[0].text;
    u32 all = f->count * f->size;
    for (u32 done = 0; done < all; done += LINE_BYTES) {
        u8 bytes[LINE_BYTES];
        char line[LINE_BYTES * 9 + 1] = "", at[300]; /* binary: 8 digits a byte, and a blank */
        size_t n = 0;
        u32 want = all - done < LINE_BYTES ? all - done : LINE_BYTES;
        u32 got = read_memory(call, a, a->value + done, bytes, want) / f->size * f->size;
        if (!got && !done)
            return nothing_there(call, a, a->value);
        for (u32 i = 0; i < got; i += f->size) {
            u64 v = 0;
            for (unsigned k = f->size; k-- > 0;)
                v = v << 8 | bytes[i + k];
            n += (size_t)snprintf(line + n, sizeof(line) - n, "%s", i ? " " : "");
            n += (size_t)put_value(f, v, line + n, sizeof(line) - n);
        }
        put_address(a, done, text, at, sizeof(at));
        reply_text(call->reply, at, got ? line : "(not there)");
        if (got < want)
            break;
    }
    return COMMAND_DONE;
}

/* Texts that end with a zero, as far as they are there. */
static enum command_state strings(struct call *call, const struct address *a,
                                  const struct format *f)
{
    enum { TEXT_MOST = 200 };
    u32 ahead = 0;
    for (unsigned i = 0; i < f->count; i++) {
        u8 bytes[TEXT_MOST];
        char at[300], shown[4 * TEXT_MOST + 8];
        u32 got = read_memory(call, a, a->value + ahead, bytes, sizeof(bytes)), len = 0;
        size_t n = 1;
        if (!got && !i)
            return nothing_there(call, a, a->value);
        shown[0] = '"';
        for (; len < got && bytes[len]; len++) {
            u8 c = bytes[len];
            bool plain = c >= ' ' && c < 0x7f && c != '"' && c != '\\';
            n += (size_t)snprintf(shown + n, sizeof(shown) - n, plain ? "%c" : "\\x%02x", c);
        }
        snprintf(shown + n, sizeof(shown) - n, len < got ? "\"" : "\"...");
        put_address(a, ahead, call->request->arg[0].text, at, sizeof(at));
        reply_text(call->reply, at, got ? shown : "(not there)");
        if (!got)
            break;
        ahead += len + (len < got);
    }
    return COMMAND_DONE;
}

static enum command_state physical_instructions(struct call *call, const struct address *a,
                                                const struct format *f)
{
    struct vm *vm = call->control->vm;
    struct vm_registers r;
    u32 ahead = 0;
    vm_registers(vm, &r);
    for (unsigned i = 0; i < f->count; i++) {
        char shown[VM_DISASSEMBLY], at[300];
        unsigned len =
            vm_disassemble_physical(vm, a->value + ahead, r.code32, shown, sizeof(shown));
        if (!len && !i)
            return nothing_there(call, a, a->value);
        put_address(a, ahead, call->request->arg[0].text, at, sizeof(at));
        reply_text(call->reply, at, shown);
        if (!len)
            break;
        ahead += len;
    }
    return COMMAND_DONE;
}

static enum command_state instructions(struct call *call, const struct address *a,
                                       const struct format *f)
{
    struct vm *vm = call->control->vm;
    const char *text = call->request->arg[0].text;
    struct vm_registers r;
    if (a->physical)
        return physical_instructions(call, a, f);
    vm_registers(vm, &r);
    u32 ahead = 0;
    for (unsigned i = 0; i < f->count; i++) {
        struct vm_instruction in;
        char shown[VM_DISASSEMBLY + ADDRESS_NAME], at[300], name[ADDRESS_NAME];
        u32 lin = a->value + ahead, base = a->based ? a->value - a->offset : 0;
        unsigned len = vm_instruction(vm, lin, lin - base, r.code32, &in);
        name_of_target(call->control, &in, base, name);
        snprintf(shown, sizeof(shown), "%s%s", len ? in.text : "(not there)", name);
        if (!len && !i)
            return nothing_there(call, a, lin);
        put_address(a, ahead, text, at, sizeof(at));
        name_of(call->control, lin, name);
        if (*name)
            snprintf(at + strlen(at), sizeof(at) - strlen(at), " <%s>", name);
        reply_text(call->reply, at, shown);
        if (!len)
            break;
        ahead += len;
    }
    return COMMAND_DONE;
}

static enum command_state examine(struct call *call, bool physical)
{
    const struct value *arg = call->request->arg;
    struct address a;
    struct format f;
    if (!read_format(arg[1].given ? arg[1].text : "/", &f, &call->error) ||
        !expression_address_in(call->control->vm, call->control->symbols, arg[0].text, &a,
                               &call->error))
        return call_host_failed(call);
    a.physical |= physical;
    return f.letter == 'i'   ? instructions(call, &a, &f)
           : f.letter == 's' ? strings(call, &a, &f)
                             : dump(call, &a, &f);
}

static enum command_state examine_linear(struct call *call)
{
    return examine(call, false);
}

static enum command_state examine_physical(struct call *call)
{
    return examine(call, true);
}

/* Said before anything runs. */
static bool check_examine(const struct request *r, struct err *e)
{
    struct address a;
    struct format f;
    struct err why;
    bool ok = expression_address(NULL, r->arg[0].text, &a, &why) &&
              (!r->arg[1].given || read_format(r->arg[1].text, &f, &why));
    return ok || err_set(e, "%s: %.400s", r->row->name, why.text);
}

/* ---- expressions ---- */

static enum command_state print(struct call *call)
{
    const struct value *arg = call->request->arg;
    struct format f;
    char shown[80];
    s64 value;
    if (!read_format(arg[1].given ? arg[1].text : "/", &f, &call->error) ||
        !expression_value_in(call->control->vm, call->control->symbols, arg[0].text, &value,
                             &call->error))
        return call_host_failed(call);
    bool narrow = value >= 0 && value <= 0xffffffffll;
    f.size = f.letter == 'c' ? 1 : narrow ? 4 : 8;
    while (f.letter == 't' && f.size > 1 && !((u64)value >> 4 * f.size))
        f.size /= 2; /* no more digits than there are */
    if (f.letter == 'x' || f.letter == 's')
        snprintf(shown, sizeof(shown), "0x%llx", (unsigned long long)value);
    else if (f.letter == 'd' || f.letter == 'i')
        snprintf(shown, sizeof(shown), "%lld", (long long)value);
    else
        put_value(&f, (u64)value, shown, sizeof(shown));
    strcat(shown, "\n");
    reply_text(call->reply, NULL, shown);
    return COMMAND_DONE;
}

static bool check_print(const struct request *r, struct err *e)
{
    struct format f;
    struct err why;
    s64 value;
    bool ok = expression_value(NULL, r->arg[0].text, &value, &why) &&
              (!r->arg[1].given || read_format(r->arg[1].text, &f, &why));
    return ok || err_set(e, "%s: %.400s", r->row->name, why.text);
}

/* ---- into files ---- */

struct saving {
    struct call *call;
    struct address from;
    u32 len;
};

static bool write_all(int fd, const u8 *data, size_t len, struct err *e)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_set(e, "%s", strerror(n < 0 ? errno : ENOSPC));
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool fill(void *opaque, int fd, struct err *e)
{
    const struct saving *s = opaque;
    u8 *piece = malloc(SAVE_PIECE);
    bool ok = piece || err_set(e, "out of memory");
    for (u32 done = 0; ok && done < s->len;) {
        u32 n = s->len - done < SAVE_PIECE ? s->len - done : SAVE_PIECE, at = s->from.value + done;
        u32 got = read_memory(s->call, &s->from, at, piece, n);
        if (got < n)
            ok = err_set(e, "no memory can be read at %s %08x",
                         s->from.physical ? "physical" : "linear", at + got);
        ok = ok && write_all(fd, piece, n, e);
        done += n;
    }
    free(piece);
    return ok;
}

static enum command_state save(struct call *call, bool physical)
{
    const struct value *arg = call->request->arg;
    struct saving s = {.call = call, .len = (u32)arg[1].number};
    if (!expression_address_in(call->control->vm, call->control->symbols, arg[0].text, &s.from,
                               &call->error))
        return call_host_failed(call);
    s.from.physical |= physical;
    if ((u64)s.from.value + s.len > 1ull << 32)
        return call_fails(call, FAULT_HOST,
                          "addresses end at 0xffffffff: %llu bytes are left there",
                          (1ull << 32) - s.from.value);
    if (!out_file_save_by(arg[2].text, fill, &s, &call->error))
        return call_host_failed(call);
    reply_text(call->reply, "file", arg[2].text);
    reply_int(call->reply, "bytes", s.len);
    reply_say(call->reply, "%u bytes are in %.300s", s.len, arg[2].text);
    return COMMAND_DONE;
}

/* BSD's sum(1), which QEMU's monitor has. */
static enum command_state sum(struct call *call)
{
    const struct value *arg = call->request->arg;
    struct address from;
    u32 len = (u32)arg[1].number, value = 0;
    if (!expression_address_in(call->control->vm, call->control->symbols, arg[0].text, &from,
                               &call->error))
        return call_host_failed(call);
    from.physical = true;
    for (u32 done = 0; done < len;) {
        u8 piece[4096];
        u32 n = len - done < sizeof(piece) ? len - done : (u32)sizeof(piece);
        u32 got = read_memory(call, &from, from.value + done, piece, n);
        if (got < n)
            return nothing_there(call, &from, from.value + done + got);
        for (u32 i = 0; i < n; i++)
            value = ((value >> 1 | value << 15) + piece[i]) & 0xffff;
        done += n;
    }
    reply_printf(call->reply, NULL, "%05u\n", value);
    return COMMAND_DONE;
}

static enum command_state memsave(struct call *call)
{
    return save(call, false);
}

static enum command_state pmemsave(struct call *call)
{
    return save(call, true);
}

static bool check_save(const struct request *r, struct err *e)
{
    struct address a;
    struct err why;
    return expression_address(NULL, r->arg[0].text, &a, &why) ||
           err_set(e, "%s: %.400s", r->row->name, why.text);
}

#define ADDRESS                                                                                    \
    .name = "address", .kind = PARAM_STRING, .what = "an address, as 0x7c00 or f000:fff0"
#define FORMAT .name = "format", .kind = PARAM_STRING, .optional = true, .what = "a format, as /4xw"
#define BYTES                                                                                      \
    .name = "bytes", .kind = PARAM_INT, .what = "number of bytes", .min = 1, .max = 0x7fffffff

static const struct command rows[] = {
    {.name = "x",
     .param = {{ADDRESS}, {FORMAT}},
     .help =
         "memory at a linear address: `x 0x7c00 /8xb`, `x/4i $cs:$eip`, `x $esp+4`, `x f000:e05b "
         "/3i`, `x p:0x9fc00`. /COUNT, then x d u o t (binary) c s (texts) or i (instructions), "
         "then b h w or g",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .check = check_examine,
     .run = examine_linear},
    {.name = "xp",
     .param = {{ADDRESS}, {FORMAT}},
     .help = "the same at a physical address",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .check = check_examine,
     .run = examine_physical},
    {.name = "print",
     .aliases = "p",
     .param = {{.name = "expression", .kind = PARAM_STRING, .what = "an expression, as $esp+4"},
               {FORMAT}},
     .help = "the value of an expression of numbers, $registers and C's operators: `p/d $ecx * 4`",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .check = check_print,
     .run = print},
    {.name = "assemble",
     .param = {{ADDRESS}, {.name = "text", .kind = PARAM_REST, .what = "an instruction"}},
     .help = "instructions into memory, in NASM's spelling and the mode of the code that runs: "
             "`assemble 0x7c00 mov ax, [bx+2]`; lines are apart by \\n in a string",
     .flags = COMMAND_INPUT | COMMAND_ANSWERS,
     .check = rows_check_assemble,
     .run = rows_assemble},
    {.name = "sum",
     .param = {{ADDRESS}, {BYTES}},
     .help = "the checksum of memory from a physical address on, as sum(1) of BSD makes it",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .check = check_save,
     .run = sum},
    {.name = "memsave",
     .param = {{ADDRESS}, {BYTES}, {.name = "file", .kind = PARAM_FILE_OUT}},
     .help = "memory from a linear address on into a file",
     .flags = COMMAND_LOOKS,
     .check = check_save,
     .run = memsave},
    {.name = "pmemsave",
     .param = {{ADDRESS}, {BYTES}, {.name = "file", .kind = PARAM_FILE_OUT}},
     .help = "the same from a physical address on",
     .flags = COMMAND_LOOKS,
     .check = check_save,
     .run = pmemsave},
};

const struct command_topic rows_memory = {"Memory", rows, ARRAY_SIZE(rows)};
