/*
 * fuzz_gdb.c - a GDB that sends anything: frames of any kind, packets of any content, in any order,
 * with a machine that runs in between. What it gets is frames with right checksums; whatever it has
 * done, once it is gone the machine goes on.
 *
 * The input is lines: one that begins with '!' is raw bytes, any other a packet's data, in which
 * bytes from 80h on stand for words of the protocol.
 */
#include "frontend/gdb/packet.h"
#include "frontend/gdb/stub.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    "?",
    "c",
    "s",
    "C05",
    "S05;",
    "vCont",
    "vCont?",
    ";c",
    ";s",
    ";C0b",
    ":1",
    "vKill;1",
    "vMustReplyEmpty",
    "g",
    "G",
    "p",
    "P",
    "=",
    "m",
    "M",
    "X",
    ",",
    ":",
    ";",
    "0",
    "1",
    "2",
    "4",
    "7c00",
    "46c",
    "8",
    "ffffffff",
    "fffffffe",
    "100000",
    "fffff",
    "b8000",
    "fec00000",
    "Z0,",
    "Z1,",
    "Z2,",
    "Z3,",
    "Z4,",
    "z0,",
    "z1,",
    "z2,",
    "z3,",
    "z4,",
    "H",
    "Hg0",
    "Hc-1",
    "T",
    "qSupported:",
    "swbreak+;",
    "hwbreak+;",
    "QStartNoAckMode",
    "qXfer:features:read:",
    "target.xml:",
    "qRcmd,",
    "737461747573",
    "61647661 6e636520302e3031",
    "716f6f",
    "qC",
    "qfThreadInfo",
    "qsThreadInfo",
    "qThreadExtraInfo,",
    "qAttached",
    "qSearch:memory:",
    "qCRC:",
    "D",
    "k",
    "R00",
    "!",
    "bs",
    "bc",
    "627265616b20303a37633030",
    "64656c657465",
    "7063206f6666736574",
    "00000000",
    "78563412",
};

struct rig {
    struct control c;
    struct gdb_stub *g;
    struct gdb_reader in;
};

/* All that is said is whole and right. */
static bool check(void *opaque, const void *data, size_t len)
{
    struct rig *r = opaque;
    const u8 *p = data;
    for (size_t i = 0; i < len; i++) {
        enum gdb_item item = gdb_read(&r->in, p[i]);
        if (item == GDB_BROKEN || item == GDB_TOO_LONG || item == GDB_INTERRUPT)
            abort();
    }
    if (r->in.where != GDB_BETWEEN)
        abort();
    return true;
}

static bool met(void *opaque, enum vm_stop why)
{
    struct rig *r = opaque;
    if (r->g)
        gdb_stub_met(r->g, why);
    return r->g != NULL;
}

static void run(struct rig *r, u64 ns)
{
    u64 end = vm_now(r->c.vm) + ns;
    for (unsigned stops = 0; stops < 200; stops++) {
        control_poll(&r->c);
        if (control_stands(&r->c) || vm_now(r->c.vm) >= end)
            break;
        enum vm_stop why = vm_run_to(r->c.vm, control_limit(&r->c, end), r->c.goal);
        if (why == VM_POINT || why == VM_GOAL)
            control_met(&r->c, why);
        else if (why == VM_TRIPLE_FAULT || why == VM_RESET_REQUEST)
            vm_reset(r->c.vm);
        else if (why != VM_SLICE)
            break;
    }
}

static void send(struct rig *r, const u8 *data, size_t len)
{
    while (len && r->g && !gdb_stub_over(r->g)) {
        size_t n = gdb_stub_got(r->g, data, len);
        data += n;
        len -= n;
        if (!n)
            run(r, 20 * NS_PER_MS); /* a command takes guest time */
    }
}

static void line(struct rig *r, const u8 *data, size_t len)
{
    static char packet[GDB_PACKET], frame[GDB_FRAME(GDB_PACKET)];
    size_t n = 0;
    if (len && data[0] == '!') {
        send(r, data + 1, len - 1);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        const char *word = data[i] >= 0x80 ? words[data[i] % ARRAY_SIZE(words)] : NULL;
        size_t room = sizeof(packet) - n, m = word ? strlen(word) : 1;
        if (m > room)
            break;
        memcpy(packet + n, word ? word : (const char *)data + i, m);
        n += m;
    }
    send(r, (const u8 *)frame, gdb_frame(frame, packet, n));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct vm_config config = {.ram_mb = 1, .mips = 20};
    static struct rig r;
    memset(&r, 0, sizeof(r));
    control_init(&r.c, vm_new(&config, NULL));
    if (!r.c.vm)
        abort();
    r.c.met = met;
    r.c.met_opaque = &r;
    struct gdb_sink sink = {check, &r};
    while (size) {
        if (!r.g && !(r.g = gdb_stub_new(&r.c, &sink, false)))
            abort();
        const u8 *end = memchr(data, '\n', size);
        size_t len = end ? (size_t)(end - data) : size;
        line(&r, data, len);
        data += len + (end != NULL);
        size -= len + (end != NULL);
        run(&r, NS_PER_MS / 10);
        if (gdb_stub_over(r.g)) {
            gdb_stub_free(r.g);
            r.g = NULL;
            memset(&r.in, 0, sizeof(r.in));
        }
    }
    gdb_stub_free(r.g);
    r.g = NULL;
    if (r.c.stopped & ((unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER))
        abort();
    struct vm *vm = r.c.vm;
    control_free(&r.c);
    if (!vm_free(vm, NULL))
        abort();
    return 0;
}
