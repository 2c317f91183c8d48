/*
 * test_motion.c - where the machine goes for who steps through it, forwards and back, on a whole
 * machine: single instructions, over calls and handlers, out of functions, to addresses and points.
 * Whatever was done, the run is the one without it.
 */
#include "frontend/control/branches.h"
#include "frontend/control/control.h"
#include "frontend/timeline/timeline.h"
#include "tests/unit/vm_rig.h"

/*
 * Calls a function, which calls another one in a loop, waits for the timer, copies by REP, prints.
 */
static const u8 code[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* 7c00 xor ax,ax; mov ds,ax; es; ss */
    0xbc, 0x00, 0x7c,                               /* 7c08 mov sp,7c00h */
    0xfb,                                           /* 7c0b sti */
    0xe8, 0x11, 0x00,                               /* 7c0c call 7c20 */
    0xf4,                                           /* 7c0f hlt */
    0xbe, 0x00, 0x7c, 0xbf, 0x00, 0x90,             /* 7c10 mov si,7c00h; mov di,9000h */
    0xb9, 0x00, 0x01, 0xf3, 0xa4,                   /* 7c16 mov cx,100h; rep movsb */
    0xeb, 0xef,                                     /* 7c1b jmp 7c0c */
    0x90, 0x90, 0x90,                               /* 7c1d */
    0xb9, 0x03, 0x00,                               /* 7c20 mov cx,3 */
    0xe8, 0x0a, 0x00,                               /* 7c23 call 7c30 */
    0xe2, 0xfb,                                     /* 7c26 loop 7c23 */
    0xb8, 0x2e, 0x0e, 0xcd, 0x10,                   /* 7c28 mov ax,0e2eh; int 10h */
    0xc3,                                           /* 7c2d ret */
    0x90, 0x90,                                     /* 7c2e */
    0x50, 0xff, 0x06, 0x00, 0x70,                   /* 7c30 push ax; inc word [7000h] */
    0x58, 0xc3,                                     /* 7c35 pop ax; ret */
};
enum {
    OUTER = 0x7c0c,
    HALT = 0x7c0f,
    REP = 0x7c19,
    ROUND = 0x7c1b,
    FUNCTION = 0x7c20,
    INNER = 0x7c23,
    LOOP = 0x7c26,
    BEHIND_LOOP = 0x7c28,
    INT = 0x7c2b,
    RET = 0x7c2d,
    LEAF = 0x7c30,
    COUNTER = 0x7000
};

struct rig {
    struct vm *vm;
    struct control c;
};

static struct rig rig_new(void)
{
    return (struct rig){.vm = vm_boot((struct vm_config){.log = hashing()}, code, sizeof(code))};
}

static void rig_begin(struct rig *r)
{
    control_init(&r->c, r->vm);
    r->c.timeline = timeline_new(r->vm, 64 << 20, TIMELINE_STEADY, true);
    timeline_closer(r->c.timeline, 100000);
}

static void rig_free(struct rig *r)
{
    control_free(&r->c);
    done(r->vm);
}

/* A command, to its end; as whoever runs the machine does it. */
static void run_line(struct rig *r, const char *line, struct reply *reply,
                     enum command_state *state, struct err *e)
{
    struct request q;
    struct call call;
    ck_assert_msg(request_parse(&q, NULL, line, strlen(line), e), "%s: %s", line, e->text);
    reply_init(reply);
    call_begin(&call, &r->c, CLIENT_DEBUGGER, &q, reply);
    unsigned rounds = 0;
    while ((*state = call_step(&call)) == COMMAND_PENDING) {
        ck_assert_msg(rounds++ < 1000000, "%s never ends", line);
        if (timeline_next(r->c.timeline) <= vm_now(r->vm))
            ck_assert_msg(timeline_look(r->c.timeline, e), "%s", e->text);
        if (control_stands(&r->c))
            continue;
        u64 until =
            call.next < timeline_next(r->c.timeline) ? call.next : timeline_next(r->c.timeline);
        enum vm_stop why = control_run(&r->c, until);
        ck_assert(why == VM_SLICE || why == VM_GOAL || why == VM_POINT || why == VM_REPLAYED);
    }
    *e = call.error;
    request_free(&q);
}

static u32 at(struct rig *r)
{
    struct vm_registers g;
    vm_registers(r->vm, &g);
    return g.seg[VM_CS].base + g.eip;
}

static void goes(struct rig *r, const char *line, u32 where)
{
    struct reply reply;
    enum command_state state;
    struct err e;
    run_line(r, line, &reply, &state, &e);
    ck_assert_msg(state == COMMAND_DONE, "%s: %s", line, e.text);
    ck_assert_msg(!where || at(r) == where, "%s: at %x, not %x", line, at(r), where);
    ck_assert(control_stands(&r->c));
    ck_assert_int_eq(r->c.motion.kind, MOTION_NONE);
    reply_free(&reply);
}

static void fails(struct rig *r, const char *line, const char *why)
{
    struct reply reply;
    enum command_state state;
    struct err e;
    run_line(r, line, &reply, &state, &e);
    ck_assert_int_eq(state, COMMAND_FAILED);
    ck_assert_msg(strstr(e.text, why) != NULL, "%s: %s", line, e.text);
    reply_free(&reply);
}

static u16 counter(struct rig *r)
{
    u8 b[2];
    ck_assert_uint_eq(vm_linear_read(r->vm, COUNTER, b, 2), 2);
    return get_le16(b);
}

START_TEST(forwards)
{
    struct rig r = rig_new();
    rig_begin(&r);
    goes(&r, "until 0x7c0c", OUTER);
    u16 before = counter(&r);
    goes(&r, "step", FUNCTION);
    goes(&r, "step 2", LEAF);
    goes(&r, "finish", LOOP);
    ck_assert_uint_eq(counter(&r), before + 1);
    goes(&r, "next", INNER);
    goes(&r, "next", LOOP);
    ck_assert_uint_eq(counter(&r), before + 2);
    goes(&r, "until", BEHIND_LOOP); /* out of the loop */
    ck_assert_uint_eq(counter(&r), before + 3);
    goes(&r, "next 2", RET); /* INT 10h is one */
    goes(&r, "next", HALT);
    goes(&r, "next", HALT + 1);
    goes(&r, "next 4", ROUND); /* REP is one */
    goes(&r, "next 2", HALT);  /* the whole function */
    ck_assert_uint_eq(counter(&r), before + 6);
    goes(&r, "until 0x7c23", INNER);
    goes(&r, "until 0x7c23", INNER); /* once around */
    goes(&r, "finish", HALT);
    goes(&r, "break 0x7c30 if cx == 2", HALT);
    goes(&r, "continue", LEAF);
    goes(&r, "delete", LEAF);
    goes(&r, "break 0x7c35", LEAF); /* on the way */
    goes(&r, "finish", LEAF + 5);
    goes(&r, "delete", 0);
    goes(&r, "break 0x7c23", 0);
    goes(&r, "step 100", INNER); /* on the way of single steps, too */
    goes(&r, "delete", 0);
    rig_free(&r);
}
END_TEST

/* A place is what it was when the command was given, wherever the machine is on the way: the BIOS
 * goes through protected mode, where another segment has that number, or none. */
START_TEST(a_place_is_found_once)
{
    struct rig r = rig_new();
    struct request q;
    struct reply reply;
    struct call call;
    struct err e;
    bool elsewhere = false;
    const char *line = "until 07c0:000c";
    rig_begin(&r);
    reply_init(&reply);
    ck_assert(request_parse(&q, NULL, line, strlen(line), &e));
    call_begin(&call, &r.c, CLIENT_DEBUGGER, &q, &reply);
    enum command_state state;
    while ((state = call_step(&call)) == COMMAND_PENDING) {
        struct vm_point p;
        elsewhere |= !points_place(&r.c, "07c0:000c", &p, &e) || p.lin != OUTER;
        control_run(&r.c, vm_now(r.vm) + (elsewhere ? 1000000 : 20000));
    }
    ck_assert_msg(state == COMMAND_DONE, "%s", call.error.text);
    ck_assert(elsewhere);
    ck_assert_uint_eq(at(&r), OUTER);
    ck_assert_int_eq(r.c.motion.kind, MOTION_NONE);
    reply_free(&reply);
    request_free(&q);
    rig_free(&r);
}
END_TEST

START_TEST(a_run_that_was_stepped_is_the_run)
{
    struct rig a = rig_new(), b = rig_new();
    struct err e;
    rig_begin(&a);
    goes(&a, "until 0x7c0c", OUTER);
    for (unsigned i = 0; i < 40; i++) {
        if (i % 3 == 2)
            goes(&a, "until 0x7c30", LEAF);
        goes(&a, i % 3 == 0 ? "step 50" : i % 3 == 1 ? "next 20" : "finish", 0);
        if (i % 5 == 4)
            goes(&a, i % 2 ? "reverse-step 3" : "reverse-next 2", 0);
    }
    goes(&a, "until 0x7c0c", OUTER);
    timeline_goto_latest(a.c.timeline, &e);
    u64 to = vm_instructions(a.vm);
    while (vm_run_to(b.vm, UINT64_MAX, to) != VM_GOAL)
        ;
    same_run(a.vm, b.vm);
    rig_free(&a);
    done(b.vm);
}
END_TEST

START_TEST(backwards)
{
    struct rig r = rig_new();
    rig_begin(&r);
    goes(&r, "until 0x7c0c", OUTER);
    goes(&r, "next 20", 0); /* there is a past now */
    goes(&r, "until 0x7c2d", RET);
    u16 count = counter(&r);
    goes(&r, "reverse-next", INT); /* over the BIOS */
    goes(&r, "reverse-next", BEHIND_LOOP);
    goes(&r, "reverse-next", LOOP);
    goes(&r, "reverse-next", INNER); /* over the call */
    ck_assert_uint_eq(counter(&r), count - 1);
    goes(&r, "reverse-step", LOOP);
    goes(&r, "reverse-step", LEAF + 6); /* its RET */
    goes(&r, "reverse-finish", INNER);  /* what called it */
    goes(&r, "reverse-finish", OUTER);
    goes(&r, "goto -1", 0);
    goes(&r, "reverse-until 0x7c10", HALT + 1); /* the timer has come, and its handler back */
    goes(&r, "reverse-next", HALT);
    goes(&r, "step", HALT + 1);
    goes(&r, "reverse-step", HALT);
    goes(&r, "until 0x7c0c", OUTER);
    goes(&r, "reverse-next", ROUND);
    goes(&r, "reverse-next", REP); /* its first pass */
    struct vm_registers g;
    vm_registers(r.vm, &g);
    ck_assert_uint_eq(g.gpr[VM_ECX] & 0xffff, 0x100);
    goes(&r, "reverse-until 0x7c30", LEAF);
    goes(&r, "watch 0x7000 2 write", LEAF);
    goes(&r, "reverse-continue", LEAF + 1); /* before the store, with the old value */
    count = counter(&r);
    goes(&r, "reverse-continue", LEAF + 1);
    ck_assert_uint_eq(counter(&r), count - 1);
    goes(&r, "continue", 0);
    ck_assert_uint_eq(counter(&r), count);
    goes(&r, "delete", 0);
    /* In the BIOS, called by INT 10h; in the handler of an interrupt. */
    goes(&r, "break vector 10", 0);
    goes(&r, "continue", 0);
    goes(&r, "delete", 0);
    goes(&r, "step 20", 0);
    goes(&r, "reverse-finish", 0);
    while (at(&r) >= 0xf0000) /* it has functions */
        goes(&r, "reverse-finish", 0);
    ck_assert_uint_eq(at(&r), INT);
    goes(&r, "goto latest", 0);
    goes(&r, "break interrupt 8", 0);
    goes(&r, "continue", 0);
    u64 taken = vm_instructions(r.vm);
    goes(&r, "delete", 0);
    goes(&r, "step 3", 0);
    goes(&r, "reverse-finish", 0);
    ck_assert_uint_eq(vm_instructions(r.vm), taken);
    ck_assert(vm_interrupt_due(r.vm) || at(&r) == HALT + 1);
    /* As far as is kept, and no farther. */
    goes(&r, "reverse-continue", 0);
    ck_assert_msg(strncmp(r.c.reason, "as far back", 11) == 0, "%s", r.c.reason);
    fails(&r, "reverse-step", "as far back");
    rig_free(&r);
}
END_TEST

static void same_branch(const struct branch *b, u32 from, u32 to, const char *what)
{
    ck_assert_uint_eq(b->from, from);
    ck_assert_uint_eq(b->to, to);
    ck_assert_msg(strncmp(b->what, what, strlen(what)) == 0, "%s", b->what);
}

/* Found in the past, which nobody notices: the machine is where it was, in its present. */
START_TEST(how_it_came_here)
{
    struct rig r = rig_new();
    struct branch b[BRANCHES_MOST];
    u64 hash[2];
    unsigned n;
    struct err e;
    rig_begin(&r);
    goes(&r, "until 0x7c0c", OUTER);
    goes(&r, "next 20", 0);
    goes(&r, "until 0x7c28", BEHIND_LOOP);
    ck_assert(vm_state_hash(r.vm, &hash[0], &e));
    ck_assert_msg(branches_look(r.vm, r.c.timeline, 6, b, &n, &e), "%s", e.text);
    ck_assert_uint_eq(n, 6);
    same_branch(&b[0], LOOP, INNER, "loop");
    same_branch(&b[1], INNER, LEAF, "call");
    same_branch(&b[2], LEAF + 6, LOOP, "ret");
    same_branch(&b[3], LOOP, INNER, "loop");
    same_branch(&b[5], LEAF + 6, LOOP, "ret"); /* the last LOOP went on */
    ck_assert(!timeline_away(r.c.timeline));
    ck_assert(vm_state_hash(r.vm, &hash[1], &e));
    ck_assert_uint_eq(hash[0], hash[1]);
    /* Also in the past, and behind an interrupt that has just been taken. */
    goes(&r, "reverse-step 2", 0);
    u32 here = at(&r);
    ck_assert(branches_look(r.vm, r.c.timeline, 2, b, &n, &e));
    ck_assert_uint_eq(at(&r), here);
    goes(&r, "goto latest", BEHIND_LOOP);
    goes(&r, "break interrupt 8", 0);
    goes(&r, "continue", 0);
    here = at(&r);
    ck_assert(branches_look(r.vm, r.c.timeline, 1, b, &n, &e));
    ck_assert_uint_eq(at(&r), here);
    goes(&r, "step", 0);
    ck_assert(branches_look(r.vm, r.c.timeline, 2, b, &n, &e)); /* the handler may have jumped */
    same_branch(&b[b[0].from != HALT + 1], HALT + 1, here & 0xffff, "interrupt, vector 08");
    rig_free(&r);
}
END_TEST

START_TEST(what_cannot_be)
{
    struct rig r = rig_new();
    rig_begin(&r);
    timeline_free(r.c.timeline);
    r.c.timeline = NULL;
    struct reply reply;
    struct err e;
    const char *const back[] = {"reverse-step", NULL};
    reply_init(&reply);
    ck_assert(!control_do(&r.c, CLIENT_DEBUGGER, &reply, &e, back));
    reply_free(&reply);
    r.c.timeline = timeline_new(r.vm, 1 << 20, TIMELINE_STEADY, true);
    fails(&r, "continue 0.5", "did not get there");
    ck_assert(control_stands(&r.c));
    r.c.stopped |= STOPPED_OFF;
    fails(&r, "step", "power is off");
    rig_free(&r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("motion");
    TCase *t = tcase_create("motion");
    tcase_add_test(t, forwards);
    tcase_add_test(t, a_place_is_found_once);
    tcase_add_test(t, a_run_that_was_stepped_is_the_run);
    tcase_add_test(t, backwards);
    tcase_add_test(t, how_it_came_here);
    tcase_add_test(t, what_cannot_be);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
