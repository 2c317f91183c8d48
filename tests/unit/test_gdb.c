/*
 * test_gdb.c - the stub of GDB's protocol, by packets: a machine with a small boot sector, whose
 * GDB is this file. What an unmodified GDB makes of it is tests/guest/gdb.sh.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/gdb/packet.h"
#include "frontend/gdb/stub.h"
#include "frontend/timeline/timeline.h"
#include "tests/unit/vm_rig.h"

enum { TICKS = 0x46c };

/* Counts in memory, in a routine that is called, and halts for the timer now and then. */
static const u8 program[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, /* 7c00 xor ax,ax; mov ds,ax; mov ss,ax */
    0xbc, 0x00, 0x7c, 0xfb,             /* 7c06 mov sp,7c00h; sti */
    0xb9, 0x03, 0x00,                   /* 7c0a mov cx,3 */
    0xe8, 0x05, 0x00,                   /* 7c0d call 7c15 */
    0xe2, 0xfb,                         /* 7c10 loop 7c0d */
    0xf4,                               /* 7c12 hlt */
    0xeb, 0xf5,                         /* 7c13 jmp 7c0a */
    0xff, 0x06, 0x00, 0x70,             /* 7c15 inc word [7000h] */
    0xa1, 0x02, 0x70,                   /* 7c19 mov ax,[7002h] */
    0xc3,                               /* 7c1c ret */
};
enum { START = 0x7c00, COUNT = 0x7c15, LOAD = 0x7c19, RET = 0x7c1c, HALT = 0x7c12 };

struct rig {
    struct vm *vm;
    struct control c;
    struct gdb_stub *g;
    char out[1 << 16];
    size_t len;
};

static bool take(void *opaque, const void *data, size_t len)
{
    struct rig *r = opaque;
    ck_assert_uint_lt(r->len + len, sizeof(r->out));
    memcpy(r->out + r->len, data, len);
    r->len += len;
    r->out[r->len] = 0;
    return true;
}

static bool met(void *opaque, enum vm_stop why)
{
    struct rig *r = opaque;
    if (r->g)
        gdb_stub_met(r->g, why);
    return r->g != NULL;
}

static void connect(struct rig *r)
{
    struct gdb_sink sink = {take, r};
    r->g = gdb_stub_new(&r->c, &sink, false);
    ck_assert_ptr_nonnull(r->g);
    r->len = 0;
}

/* The connection is over, however it ended. */
static void leave(struct rig *r)
{
    gdb_stub_free(r->g);
    r->g = NULL;
}

static struct rig *rig_new(void)
{
    struct rig *r = calloc(1, sizeof(*r));
    r->vm = vm_boot((struct vm_config){.ram_mb = 0}, program, sizeof(program));
    control_init(&r->c, r->vm);
    r->c.met = met;
    r->c.met_opaque = r;
    connect(r);
    return r;
}

static void rig_free(struct rig *r)
{
    leave(r);
    control_free(&r->c);
    done(r->vm);
    free(r);
}

/* As machine_run() does it, for at most so much guest time; does the machine stand? */
static bool run(struct rig *r, double seconds)
{
    u64 end = vm_now(r->vm) + (u64)(seconds * 1e9);
    for (;;) {
        while (r->g && gdb_stub_busy(r->g))
            gdb_stub_work(r->g);
        control_poll(&r->c);
        if (control_stands(&r->c))
            return true;
        if (vm_now(r->vm) >= end)
            return false;
        enum vm_stop why = vm_run_to(r->vm, control_limit(&r->c, end), r->c.goal);
        if (why == VM_POINT || why == VM_GOAL)
            control_met(&r->c, why);
        else if (why != VM_REPLAYED)
            ck_assert_int_eq(why, VM_SLICE);
    }
}

static void send_bytes(struct rig *r, const void *data, size_t len)
{
    r->len = 0;
    r->out[0] = 0;
    const u8 *at = data, *end = at + len;
    while (at < end) { /* a packet at a time */
        size_t n = gdb_stub_got(r->g, at, (size_t)(end - at));
        ck_assert_uint_gt(n, 0);
        at += n;
    }
}

static void send_packet(struct rig *r, const void *data, size_t len)
{
    char frame[GDB_FRAME(GDB_PACKET + 8)];
    send_bytes(r, frame, gdb_frame(frame, data, len));
}

/* The data of the last packet that came. */
static const char *answer(struct rig *r)
{
    static struct gdb_reader in;
    static char last[GDB_PACKET + 1];
    memset(&in, 0, sizeof(in));
    last[0] = 0;
    for (size_t i = 0; i < r->len; i++) {
        enum gdb_item item = gdb_read(&in, (u8)r->out[i]);
        ck_assert_int_ne(item, GDB_BROKEN);
        if (item == GDB_DATA)
            memcpy(last, in.data, in.len + 1);
    }
    ck_assert_int_eq(in.where, GDB_BETWEEN);
    return last;
}

static const char *ask(struct rig *r, const char *text)
{
    send_packet(r, text, strlen(text));
    return answer(r);
}

#define ASK(r, text, expected) ck_assert_str_eq(ask(r, text), expected)

/* Resume, and come to a stop. */
static const char *go(struct rig *r, const char *text)
{
    send_packet(r, text, strlen(text));
    ck_assert(run(r, 2));
    return answer(r);
}

static u32 eip(struct rig *r)
{
    u8 bytes[4];
    ck_assert(gdb_bytes(bytes, ask(r, "p8"), 4));
    return get_le32(bytes);
}

/* ---- frames ---- */

START_TEST(frames)
{
    static struct gdb_reader in;
    static const u8 data[] = {'X', '$', '#', '}', '*', 0, 255, 3};
    char frame[GDB_FRAME(sizeof(data))];
    size_t n = gdb_frame(frame, data, sizeof(data));
    ck_assert_uint_le(n, sizeof(frame));
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(gdb_read(&in, (u8)frame[i]), i + 1 < n ? GDB_NOTHING : GDB_DATA);
    ck_assert_uint_eq(in.len, sizeof(data));
    ck_assert_mem_eq(in.data, data, sizeof(data));
    /* Noise, what is cut off, a wrong sum, no sum, and one that is too long. */
    static const struct {
        const char *text;
        enum gdb_item item;
    } rows[] = {{"xyz$g#67", GDB_DATA}, {"$abc$g#67", GDB_DATA}, {"$g#68", GDB_BROKEN},
                {"$g#zz", GDB_BROKEN},  {"-", GDB_AGAIN},        {"\x03", GDB_INTERRUPT},
                {"+", GDB_NOTHING},     {"$#00", GDB_DATA},      {"$g\x03#6a", GDB_DATA}};
    for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
        enum gdb_item item = GDB_NOTHING;
        memset(&in, 0, sizeof(in));
        for (const char *p = rows[k].text; *p; p++) {
            ck_assert_int_eq(item, GDB_NOTHING);
            item = gdb_read(&in, (u8)*p);
        }
        ck_assert_int_eq(item, rows[k].item);
    }
    memset(&in, 0, sizeof(in));
    gdb_read(&in, '$');
    for (unsigned i = 0; i < 100000; i++)
        ck_assert_int_eq(gdb_read(&in, 'a'), GDB_NOTHING);
    u8 sum = (u8)(100000 * 'a');
    char end[4];
    snprintf(end, sizeof(end), "#%02x", sum);
    ck_assert_int_eq(gdb_read(&in, (u8)end[0]), GDB_NOTHING);
    ck_assert_int_eq(gdb_read(&in, (u8)end[1]), GDB_NOTHING);
    ck_assert_int_eq(gdb_read(&in, (u8)end[2]), GDB_TOO_LONG);
}
END_TEST

START_TEST(acknowledgements)
{
    struct rig *r = rig_new();
    send_bytes(r, "$qC#b4", 6);
    ck_assert_str_eq(r->out, "+$QC01#f5");
    send_bytes(r, "-", 1); /* again */
    ck_assert_str_eq(r->out, "$QC01#f5");
    send_bytes(r, "$qC#b5", 6);
    ck_assert_str_eq(r->out, "-");
    ASK(r, "QStartNoAckMode", "OK");
    send_bytes(r, "$qC#00", 6);
    ck_assert_str_eq(r->out, "$QC01#f5");
    rig_free(r);
}
END_TEST

/* ---- what a GDB asks ---- */

START_TEST(questions)
{
    struct rig *r = rig_new();
    ck_assert_ptr_nonnull(strstr(ask(r, "qSupported:swbreak+;hwbreak+"), "QStartNoAckMode+"));
    ck_assert_ptr_nonnull(strstr(answer(r), "qXfer:features:read+"));
    ASK(r, "vMustReplyEmpty", "");
    ASK(r, "?", "T05thread:01;");
    ASK(r, "Hg0", "OK");
    ASK(r, "Hc-1", "OK");
    ASK(r, "qC", "QC01");
    ASK(r, "qCx", "");
    ASK(r, "qfThreadInfo", "m01");
    ASK(r, "qsThreadInfo", "l");
    ASK(r, "T1", "OK");
    ASK(r, "T2", "E16");
    ASK(r, "qAttached", "1");
    ASK(r, "qAttached:1", "1");
    ASK(r, "vCont?", "vCont;c;C;s;S");
    ASK(r, "qTStatus", "");
    ck_assert_uint_gt(strlen(ask(r, "qThreadExtraInfo,1")), 20);
    /* The description in pieces is the description. */
    char whole[16384] = "", request[64];
    for (size_t n = 0;; n = strlen(whole)) {
        snprintf(request, sizeof(request), "qXfer:features:read:target.xml:%zx,7b", n);
        const char *part = ask(r, request);
        ck_assert(*part == 'm' || *part == 'l');
        ck_assert_uint_lt(n + strlen(part), sizeof(whole));
        strcat(whole, part + 1);
        if (*part == 'l')
            break;
    }
    ck_assert_ptr_nonnull(strstr(whole, "<architecture>i8086</architecture>"));
    ck_assert_ptr_nonnull(strstr(whole, "org.gnu.gdb.i386.core"));
    ck_assert_ptr_nonnull(strstr(whole, "</target>"));
    ASK(r, "qXfer:features:read:other.xml:0,100", "E00");
    ASK(r, "qXfer:features:read:target.xml:fffffff0,100", "l");
    rig_free(r);
}
END_TEST

/* Who sends many at once gets its turns like others (frontend/link/link.h). */
START_TEST(one_packet_a_call)
{
    static const char both[] = "$qC#b4$qC#b4";
    const size_t one = (sizeof(both) - 1) / 2;
    struct rig *r = rig_new();
    ck_assert_uint_eq(gdb_stub_got(r->g, (const u8 *)both, sizeof(both) - 1), one);
    ck_assert_uint_eq(gdb_stub_got(r->g, (const u8 *)both + one, one), one);
    ck_assert_str_eq(answer(r), "QC01");
    rig_free(r);
}
END_TEST

START_TEST(registers)
{
    struct rig *r = rig_new();
    /* 16 of 4 bytes, 8 of 10, 8 of 4, 8 of 16, 1 of 4, and our own. */
    ck_assert_uint_ge(strlen(ask(r, "g")), 2 * (64 + 80 + 32 + 128 + 4 + 100));
    ASK(r, "Z0,7c19,1", "OK");
    go(r, "c");
    ck_assert_uint_eq(eip(r), LOAD);
    ASK(r, "P0=78563412", "OK");
    ASK(r, "p0", "78563412");
    ASK(r, "P8=157c0000", "OK"); /* back to the INC */
    ck_assert_uint_eq(eip(r), COUNT);
    ASK(r, "P8=197c0000", "OK");
    /* All, with one changed; what cannot be set is left. */
    char all[2 * 1024 + 8] = "G";
    strcat(all, ask(r, "g"));
    memcpy(all + 1 + 8, "efbeadde", 8);
    ck_assert_str_eq(ask(r, all), "OK");
    ASK(r, "p1", "efbeadde");
    ck_assert_uint_eq(eip(r), LOAD);
    /* A segment, of which $esp then is a part; $eip with a base. */
    ASK(r, "Pb=00070000", "OK");
    struct vm_registers v;
    vm_registers(r->vm, &v);
    ck_assert_uint_eq(v.seg[VM_SS].sel, 0x700);
    u8 bytes[4];
    ck_assert(gdb_bytes(bytes, ask(r, "p4"), 4));
    ck_assert_uint_eq(get_le32(bytes), 0x7000 + (v.gpr[VM_ESP] & 0xffff));
    r->c.debug.offset = true;
    ck_assert(gdb_bytes(bytes, ask(r, "p4"), 4));
    ck_assert_uint_eq(get_le32(bytes), v.gpr[VM_ESP]);
    r->c.debug.offset = false;
    /* What is wrong. */
    ASK(r, "p1000", "E01");
    ASK(r, "p", "E01");
    ASK(r, "P0", "E01");
    ASK(r, "P0=12", "E01");
    ASK(r, "P0=123456789a", "E01");
    ASK(r, "Pa=00000100", "E16"); /* selectors have 16 bits */
    ASK(r, "P9=02000200", "E16"); /* EFLAGS.VM */
    ASK(r, "G12", "E16");
    ASK(r, "Gxyz", "E01");
    rig_free(r);
}
END_TEST

START_TEST(memory)
{
    struct rig *r = rig_new();
    ASK(r, "m7000,4", "00000000");
    ASK(r, "M7000,3:010203", "OK");
    ASK(r, "m7000,4", "01020300");
    send_packet(r, "X7001,3:\0#$", 11);
    ck_assert_str_eq(answer(r), "OK");
    ASK(r, "m7000,4", "01002324");
    ASK(r, "X7001,0:", "OK");
    ASK(r, "mfffffff0,5", "ea5be000f0");
    ASK(r, "m1ffffe,8", "0000"); /* up to the end of memory */
    ASK(r, "mfec00000,4", "E0e");
    ASK(r, "Mffff0,1:00", "E0e"); /* ROM */
    send_packet(r, "qSearch:memory:7000;10;#$", 25);
    ck_assert_str_eq(answer(r), "1,7002");
    send_packet(r, "qSearch:memory:7000;10;##", 25);
    ck_assert_str_eq(answer(r), "0");
    ASK(r, "M7000,9:313233343536373839", "OK");
    ASK(r, "qCRC:7000,9", "C376e6e7"); /* of "123456789", begun with all ones, not inverted */
    ASK(r, "qCRC:fec00000,9", "E0e");
    static const char *const bad[] = {"m",
                                      "m7000",
                                      "m7000,",
                                      "m,4",
                                      "m7000,4x",
                                      "m123456789,1",
                                      "M7000,2:0102 3",
                                      "M7000,2:01",
                                      "M7000,2",
                                      "X7000,3:ab",
                                      "qCRC:",
                                      "qSearch:memory:7000;10;",
                                      "qSearch:memory:",
                                      "M7000,ffffffff:00",
                                      "X7000,ffffffff:00"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!strcmp(ask(r, bad[i]), "E01"), "%s: %s", bad[i], answer(r));
    rig_free(r);
}
END_TEST

/* ---- running ---- */

START_TEST(breakpoints_and_steps)
{
    struct rig *r = rig_new();
    ask(r, "qSupported:swbreak+;hwbreak+");
    ASK(r, "Z0,7c15,1", "OK");
    ASK(r, "Z0,7c15,1", "OK"); /* once is enough */
    ASK(r, "Z1,7c12,1", "OK");
    ck_assert_str_eq(go(r, "vCont;c"), "T05thread:01;swbreak:;");
    ASK(r, "?", "T05thread:01;swbreak:;");
    ck_assert_uint_eq(eip(r), COUNT);
    ck_assert_str_eq(go(r, "vCont;s:1"), "T05thread:01;");
    ck_assert_uint_eq(eip(r), LOAD);
    go(r, "s");
    ck_assert_uint_eq(eip(r), RET);
    go(r, "S05");
    ck_assert_uint_eq(eip(r), 0x7c10);
    ASK(r, "z0,7c15,1", "OK");
    ck_assert_str_eq(go(r, "C05"), "T05thread:01;hwbreak:;");
    ck_assert_uint_eq(eip(r), HALT);
    ASK(r, "z1,7c12,1", "OK");
    /* A step over HLT is over when the timer's handler has come back. */
    go(r, "s");
    ck_assert_uint_eq(eip(r), HALT + 1);
    u64 before = vm_instructions(r->vm);
    go(r, "s");
    ck_assert_uint_eq(eip(r), 0x7c0a);
    ck_assert_uint_gt(vm_instructions(r->vm), before + 10);
    /* From another place. */
    go(r, "s7c19");
    ck_assert_uint_eq(eip(r), RET);
    go(r, "s7c0a");
    ck_assert_uint_eq(eip(r), 0x7c0d);
    /* Unless handlers are wanted. */
    r->c.debug.interrupts = true;
    ASK(r, "Z1,7c12,1", "OK");
    go(r, "c");
    go(r, "s");
    go(r, "s");
    ck_assert_uint_ge(eip(r), 0xf0000);
    static const char *const bad[] = {
        "vCont;x",       "vCont;", "vCont",  "cxyz", "sxyz",  "C",      "Cxyz",
        "c123456789",    "Z0",     "Z5,0,1", "Z0,0", "Z0,0,", "z9,0,1", "Z0,123456789,1",
        "Z2,0,123456789"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_msg(!strcmp(ask(r, bad[i]), "E01"), "%s: %s", bad[i], answer(r));
        ck_assert(control_stands(&r->c));
    }
    ASK(r, "Z2,0,0", "E1c");
    ASK(r, "Z2,0,fffffff", "E1c");
    rig_free(r);
}
END_TEST

START_TEST(watchpoints)
{
    struct rig *r = rig_new();
    ASK(r, "Z1,7c00,1", "OK");
    go(r, "c");
    ASK(r, "z1,7c00,1", "OK");
    ASK(r, "Z2,7000,2", "OK");
    ck_assert_str_eq(go(r, "c"), "T05thread:01;watch:7000;");
    ck_assert_uint_eq(eip(r), LOAD);
    ASK(r, "z2,7000,2", "OK");
    ASK(r, "Z3,7003,1", "OK");
    ck_assert_str_eq(go(r, "c"), "T05thread:01;rwatch:7003;");
    ck_assert_uint_eq(eip(r), RET);
    ASK(r, "z3,7003,1", "OK");
    ASK(r, "Z4,7000,4", "OK");
    ck_assert_str_eq(go(r, "c"), "T05thread:01;awatch:7000;");
    ck_assert_uint_eq(eip(r), LOAD);
    ck_assert_str_eq(go(r, "c"), "T05thread:01;awatch:7002;");
    ASK(r, "z4,7000,4", "OK");
    ASK(r, "Z2,46c,4", "OK"); /* by the BIOS */
    ck_assert_str_eq(go(r, "c"), "T05thread:01;watch:46c;");
    rig_free(r);
}
END_TEST

START_TEST(interrupting_and_leaving)
{
    struct rig *r = rig_new();
    send_packet(r, "c", 1);
    ck_assert(!run(r, 0.1));
    send_bytes(r, "\x03", 1);
    ck_assert_str_eq(answer(r), "T02thread:01;");
    ck_assert(control_stands(&r->c));
    /* Nobody waits for it: the machine stands all the same. */
    send_bytes(r, "\x03", 1);
    ck_assert_uint_eq(r->len, 0);
    /* Who leaves, in whatever way, takes all along. */
    ASK(r, "Z0,7c15,1", "OK");
    ASK(r, "Z2,46c,4", "OK");
    ASK(r, "D", "OK");
    ck_assert(gdb_stub_over(r->g));
    ck_assert(!run(r, 0.2));
    leave(r);
    connect(r);
    ck_assert(control_stands(&r->c));
    ASK(r, "Z0,7c15,1", "OK");
    leave(r); /* vanished, while the machine stood */
    ck_assert(!run(r, 0.2));
    connect(r);
    ASK(r, "Z0,7c12,1", "OK");
    send_packet(r, "s", 1);
    leave(r); /* vanished in a step */
    ck_assert(!run(r, 0.2));
    connect(r);
    /* The machine that somebody else has stopped stays so. */
    r->c.stopped |= (unsigned)STOPPED_CLIENT << CLIENT_PERSON;
    leave(r);
    ck_assert(control_stands(&r->c));
    r->c.stopped = 0;
    connect(r);
    send_packet(r, "c", 1);
    gdb_stub_exits(r->g, 3);
    ck_assert_str_eq(answer(r), "W03");
    send_packet(r, "k", 1);
    ck_assert(r->c.quit && gdb_stub_over(r->g));
    rig_free(r);
}
END_TEST

/* What `monitor` shows: the O packets of an answer. */
static const char *monitor(struct rig *r, const char *line)
{
    static char text[1 << 15];
    static struct gdb_reader in;
    char packet[400] = "qRcmd,";
    gdb_hex(packet + 6, line, strlen(line));
    send_packet(r, packet, strlen(packet));
    run(r, 2);
    memset(&in, 0, sizeof(in));
    size_t n = 0;
    for (size_t i = 0; i < r->len; i++) {
        if (gdb_read(&in, (u8)r->out[i]) != GDB_DATA || in.data[0] != 'O' || in.data[1] == 'K')
            continue;
        ck_assert(gdb_bytes(text + n, in.data + 1, (in.len - 1) / 2));
        n += (in.len - 1) / 2;
    }
    text[n] = 0;
    ck_assert_str_eq(answer(r), "OK");
    return text;
}

START_TEST(commands)
{
    struct rig *r = rig_new();
    ck_assert_ptr_nonnull(strstr(monitor(r, "status"), "paused"));
    ck_assert_ptr_nonnull(strstr(monitor(r, "nonsense"), "nonsense"));
    ck_assert_str_eq(monitor(r, ""), "");
    ck_assert_ptr_nonnull(strstr(monitor(r, "break f000:e05b"), "1: breakpoint at 000fe05b"));
    ck_assert_str_eq(go(r, "c"), "T05thread:01;");
    ck_assert_uint_eq(eip(r), 0xfe05b);
    ck_assert_ptr_nonnull(strstr(monitor(r, "breakpoints"), "000fe05b"));
    ck_assert_ptr_nonnull(strstr(monitor(r, "watch 0x7000 2"), "2: write of 00007000"));
    ck_assert_str_eq(go(r, "c"),
                     "T05thread:01;"); /* the BIOS tests memory, or the program counts */
    monitor(r, "delete 2");
    monitor(r, "break 07c0:0015");
    go(r, "c");
    ck_assert_uint_eq(eip(r), COUNT);
    monitor(r, "delete");
    ck_assert_ptr_nonnull(strstr(monitor(r, "delete 1"), "no point"));
    ck_assert_ptr_nonnull(strstr(monitor(r, "break f000:"), "cut off"));
    ck_assert_ptr_nonnull(strstr(monitor(r, "break 12:x"), "no register"));
    ck_assert_ptr_nonnull(strstr(monitor(r, "break 0x123456789"), "address"));
    ck_assert_ptr_nonnull(strstr(monitor(r, "pc offset"), "EIP"));
    ck_assert(r->c.debug.offset);
    /* What takes guest time gets it, or is refused. */
    u64 now = vm_now(r->vm);
    monitor(r, "advance 0.1");
    ck_assert_uint_ge(vm_now(r->vm), now + 100 * NS_PER_MS);
    ck_assert(control_stands(&r->c));
    ck_assert_ptr_nonnull(strstr(monitor(r, "sleep 1"), "stopped"));
    ASK(r, "qRcmd,7", "E01");
    ASK(r, "qRcmd,zz", "E01");
    rig_free(r);
}
END_TEST

/* ---- backwards ---- */

static struct rig *rig_with_a_past(void)
{
    struct rig *r = rig_new();
    r->c.timeline = timeline_new(r->vm, 64u << 20, TIMELINE_STEADY, true);
    timeline_closer(r->c.timeline, 200000);
    ask(r, "qSupported:swbreak+;hwbreak+");
    ck_assert_ptr_nonnull(strstr(answer(r), ";ReverseStep+;ReverseContinue+"));
    return r;
}

/* The machine is what a machine is that nobody has looked at, after so many instructions. */
static void check_state(struct rig *r)
{
    u64 seen, fresh;
    struct rig *other = rig_new();
    ck_assert_int_eq(vm_run_to(other->vm, UINT64_MAX, vm_instructions(r->vm)), VM_GOAL);
    vm_run(other->vm, vm_now(r->vm)); /* while it is halted, time alone passes */
    ck_assert_uint_eq(vm_instructions(other->vm), vm_instructions(r->vm));
    ck_assert(vm_state_hash(r->vm, &seen, NULL) && vm_state_hash(other->vm, &fresh, NULL));
    ck_assert_uint_eq(seen, fresh);
    rig_free(other);
}

static u32 count(struct rig *r)
{
    u8 bytes[2];
    ck_assert(gdb_bytes(bytes, ask(r, "m7000,2"), 2));
    return get_le16(bytes);
}

START_TEST(steps_back)
{
    struct rig *r = rig_with_a_past();
    u32 place[400];
    ASK(r, "Z0,7c15,1", "OK");
    go(r, "c");
    r->c.debug.interrupts = true; /* each instruction is seen */
    for (unsigned i = 0; i < ARRAY_SIZE(place); i++) {
        place[i] = eip(r);
        ck_assert_str_eq(go(r, "s"), "T05thread:01;");
    }
    for (unsigned i = ARRAY_SIZE(place); i-- > 0;) {
        ck_assert_str_eq(go(r, "bs"), "T05thread:01;");
        ck_assert_uint_eq(eip(r), place[i]);
        if (i % 100 == 0)
            check_state(r);
    }
    /* And on again, over the present. */
    for (unsigned i = 0; i < ARRAY_SIZE(place); i++) {
        ck_assert_uint_eq(eip(r), place[i]);
        go(r, "s");
    }
    go(r, "s");
    check_state(r);
    rig_free(r);
}
END_TEST

/* Handlers of interrupts are seen in neither direction; the BIOS's own software interrupts are. */
START_TEST(steps_back_over_handlers)
{
    struct rig *r = rig_with_a_past();
    u32 place[60];
    ASK(r, "Z1,7c00,1", "OK");
    go(r, "c");
    ASK(r, "z1,7c00,1", "OK");
    for (unsigned i = 0; i < ARRAY_SIZE(place); i++) {
        place[i] = eip(r);
        ck_assert_uint_lt(place[i], 0x7d00);
        go(r, "s");
    }
    for (unsigned i = ARRAY_SIZE(place); i-- > 0;) {
        ck_assert_str_eq(go(r, "bs"), "T05thread:01;");
        ck_assert_uint_eq(eip(r), place[i]);
    }
    check_state(r);
    rig_free(r);
}
END_TEST

START_TEST(continues_back)
{
    struct rig *r = rig_with_a_past();
    ASK(r, "Z0,7c15,1", "OK");
    go(r, "c");
    ASK(r, "z0,7c15,1", "OK");
    u64 first = vm_instructions(r->vm);
    send_packet(r, "c", 1);
    ck_assert(!run(r, 0.5));
    send_bytes(r, "\x03", 1);
    u32 now = count(r);
    u64 latest = vm_instructions(r->vm);
    ck_assert_uint_gt(now, 10);
    /* To the store before which the value was another one. */
    ASK(r, "Z2,7000,2", "OK");
    ck_assert_str_eq(go(r, "bc"), "T05thread:01;watch:7000;");
    ck_assert_uint_eq(eip(r), COUNT);
    ck_assert_uint_eq(count(r), now - 1);
    check_state(r);
    ck_assert_str_eq(go(r, "bc"), "T05thread:01;watch:7000;");
    ck_assert_uint_eq(count(r), now - 2);
    /* Forwards it is after the store. */
    ck_assert_str_eq(go(r, "c"), "T05thread:01;watch:7000;");
    ck_assert_uint_eq(eip(r), LOAD);
    ck_assert_uint_eq(count(r), now - 1);
    ck_assert_str_eq(go(r, "bc"), "T05thread:01;watch:7000;");
    ck_assert_uint_eq(count(r), now - 2);
    ASK(r, "z2,7000,2", "OK");
    /* To a breakpoint, from it, and to the first of all; then there is no more. */
    ASK(r, "Z0,7c12,1", "OK");
    ck_assert_str_eq(go(r, "bc"), "T05thread:01;swbreak:;");
    ck_assert_uint_eq(eip(r), HALT);
    ck_assert_str_eq(go(r, "bc"), "T05thread:01;swbreak:;");
    check_state(r);
    ASK(r, "z0,7c12,1", "OK");
    ASK(r, "Z1,7c00,1", "OK");
    ck_assert_str_eq(go(r, "bc"), "T05thread:01;hwbreak:;");
    ck_assert_uint_eq(eip(r), START);
    ck_assert_uint_lt(vm_instructions(r->vm), first);
    check_state(r);
    ck_assert_str_eq(go(r, "bc"), "T05thread:01;replaylog:begin;");
    ck_assert_uint_eq(vm_instructions(r->vm), 0);
    ck_assert_str_eq(go(r, "bs"), "T05thread:01;replaylog:begin;");
    ck_assert_str_eq(go(r, "bc"), "T05thread:01;replaylog:begin;");
    /* From there to the present, and beyond. */
    ASK(r, "z1,7c00,1", "OK");
    send_packet(r, "c", 1);
    ck_assert(!run(r, 0.8));
    send_bytes(r, "\x03", 1);
    ck_assert_uint_gt(vm_instructions(r->vm), latest);
    check_state(r);
    rig_free(r);
}
END_TEST

START_TEST(leaving_the_past)
{
    struct rig *r = rig_with_a_past();
    ASK(r, "Z0,7c12,1", "OK");
    for (unsigned i = 0; i < 5; i++)
        go(r, "c");
    u64 latest = vm_instructions(r->vm);
    /* Interrupted while it looks: where it was. */
    ASK(r, "z0,7c12,1", "OK");
    send_packet(r, "bc", 2);
    ck_assert(gdb_stub_busy(r->g));
    gdb_stub_work(r->g);
    send_bytes(r, "\x03", 1);
    ck_assert_str_eq(answer(r), "T02thread:01;");
    ck_assert_uint_eq(vm_instructions(r->vm), latest);
    check_state(r);
    /* Vanished meanwhile: the machine goes on from where it is, to the present and beyond. */
    send_packet(r, "bc", 2);
    gdb_stub_work(r->g);
    leave(r);
    connect(r);
    ASK(r, "D", "OK");
    ck_assert(!run(r, 1));
    check_state(r);
    leave(r);
    connect(r);
    /* What is written in the past is the present from then on. */
    ASK(r, "Z0,7c12,1", "OK");
    go(r, "c");
    go(r, "c");
    go(r, "bc");
    latest = vm_instructions(r->vm);
    ASK(r, "M7000,2:3412", "OK");
    ck_assert(!timeline_away(r->c.timeline));
    ck_assert_uint_eq(vm_instructions(r->vm), latest);
    ck_assert_str_eq(go(r, "bs"), "T05thread:01;replaylog:begin;");
    go(r, "c");
    ck_assert_uint_eq(count(r), 0x1237);
    /* Without a timeline there is no such packet. */
    rig_free(r);
    r = rig_new();
    ck_assert_ptr_null(strstr(ask(r, "qSupported:"), "Reverse"));
    ASK(r, "bs", "");
    ASK(r, "bc", "");
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gdb");
    TCase *t = tcase_create("gdb");
    tcase_add_test(t, frames);
    tcase_add_test(t, acknowledgements);
    tcase_add_test(t, questions);
    tcase_add_test(t, one_packet_a_call);
    tcase_add_test(t, registers);
    tcase_add_test(t, memory);
    tcase_add_test(t, breakpoints_and_steps);
    tcase_add_test(t, watchpoints);
    tcase_add_test(t, interrupting_and_leaving);
    tcase_add_test(t, commands);
    tcase_add_test(t, steps_back);
    tcase_add_test(t, steps_back_over_handlers);
    tcase_add_test(t, continues_back);
    tcase_add_test(t, leaving_the_past);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
