/*
 * test_memory.c - out of memory (hw/base/memory.h): each allocation of the project's code fails
 * once, then it and all later ones. What was asked for is refused with words and leaves everything
 * usable, or the program ends by must_have(), which says so; nothing else may happen.
 *
 * The linker leads malloc() and its like here (--wrap), and what maps memory; what libraries
 * allocate does not come by.
 */
#define _GNU_SOURCE
#include "frontend/assembler/assembler.h"
#include "hw/base/memory.h"
#include "hw/machine/vm.h"
#include "tests/unit/jit_rig.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Allocations until one fails; -1: none does. Afterwards `failed`, and perhaps all others fail. */
static struct {
    long left;
    bool all, failed;
    bool no_pages; /* for machine code; nothing else fails */
} plan = {.left = -1};

static bool fails(void)
{
    if (plan.left < 0)
        return false;
    if (plan.left > 0) {
        plan.left--;
        return false;
    }
    plan.failed = true;
    if (!plan.all)
        plan.left = -1;
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__real_aligned_alloc(size_t, size_t);
char *__real_strdup(const char *);
char *__real_strndup(const char *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void *__wrap_aligned_alloc(size_t, size_t);
char *__wrap_strdup(const char *);
char *__wrap_strndup(const char *, size_t);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
int __real_madvise(void *, size_t, int);
int __wrap_madvise(void *, size_t, int);
int __real_memfd_create(const char *, unsigned);
int __wrap_memfd_create(const char *, unsigned);

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t to, size_t n)
{
    return fails() ? NULL : __real_aligned_alloc(to, n);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : __real_strndup(s, n);
}

void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t from)
{
    return fails() ? MAP_FAILED : __real_mmap(at, n, protection, flags, fd, from);
}

int __wrap_madvise(void *at, size_t n, int advice)
{
    if (!fails() && !plan.no_pages)
        return __real_madvise(at, n, advice);
    errno = ENOMEM;
    return -1;
}

int __wrap_memfd_create(const char *name, unsigned flags)
{
    return fails() ? -1 : __real_memfd_create(name, flags);
}

/* ---- a child for each allocation ---- */

enum { ENDED, REFUSED, SURVIVED, WRONG }; /* what a scenario comes to; ENDED: nothing failed */

/* true: there are more allocations to fail. */
static bool fail_at(int (*scenario)(void), long n, bool all)
{
    int pipe_fd[2], status;
    char said[1000] = "";
    ck_assert_int_eq(pipe(pipe_fd), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        dup2(pipe_fd[1], STDERR_FILENO);
        plan.all = all;
        plan.left = n;
        plan.failed = false;
        _exit(scenario());
    }
    close(pipe_fd[1]);
    size_t have = 0;
    ssize_t got;
    while ((got = read(pipe_fd[0], said + have, sizeof(said) - 1 - have)) > 0)
        have += (size_t)got;
    close(pipe_fd[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        ck_assert_msg(WTERMSIG(status) == SIGABRT && strstr(said, "out of memory"),
                      "allocation %ld%s: signal %d, %s", n, all ? " and later" : "",
                      WTERMSIG(status), said);
        return true;
    }
    ck_assert_msg(WEXITSTATUS(status) < WRONG, "allocation %ld%s: status %d, %s", n,
                  all ? " and later" : "", WEXITSTATUS(status), said);
    return WEXITSTATUS(status) != ENDED;
}

static void fail_each(int (*scenario)(void), long least)
{
    for (unsigned all = 0; all < 2; all++) {
        long n = 0;
        while (fail_at(scenario, n, all))
            n++;
        ck_assert_int_ge(n, least);
    }
}

/* ---- scenarios ---- */

static struct vm *machine(struct err *e)
{
    static u8 diskette[160 * 1024] = {0xeb, 0xfe, [510] = 0x55, 0xaa};
    struct vm_config c = {.ram_mb = 1,
                          .snapshot = true,
                          .floppy[0] = {.bytes = diskette, .size = sizeof(diskette)},
                          .disk[0] = {.bytes = diskette, .size = sizeof(diskette)}};
    e->text[0] = 0;
    return vm_new(&c, e);
}

static int verdict(bool ok, const struct err *e)
{
    if (!ok)
        return plan.failed && strstr(e->text, "memory") ? REFUSED : WRONG;
    return plan.failed ? SURVIVED : ENDED;
}

static int make_a_machine(void)
{
    struct err e;
    struct vm *vm = machine(&e);
    int status = verdict(vm != NULL, &e);
    if (status == WRONG)
        fprintf(stderr, "said: %s\n", e.text);
    plan.left = -1;
    if (vm) {
        vm_run(vm, NS_PER_MS);
        vm_free(vm, &e);
    }
    return status;
}

/* A machine that could not be saved runs on as if nobody had tried. */
static int save_a_machine(void)
{
    struct err e = {.text = ""};
    long left = plan.left;
    u64 hash, other;
    u8 *bytes = NULL;
    size_t size;
    plan.left = -1;
    struct vm *vm = machine(&e);
    if (!vm)
        return WRONG;
    vm_run(vm, 2 * NS_PER_MS);
    if (!vm_state_hash(vm, &hash, &e))
        return WRONG;
    plan.left = left;
    int status = verdict(vm_save(vm, &bytes, &size, &e), &e);
    plan.left = -1;
    free(bytes);
    if (!vm_state_hash(vm, &other, &e) || hash != other)
        status = WRONG;
    vm_free(vm, &e);
    return status;
}

/* Half a machine is not run; the one that it was to go into is thrown away. */
static int load_a_machine(void)
{
    struct err e = {.text = ""};
    long left = plan.left;
    u8 *bytes = NULL;
    size_t size;
    plan.left = -1;
    struct vm *vm = machine(&e), *into = machine(&e);
    if (!vm || !into || !vm_save(vm, &bytes, &size, &e))
        return WRONG;
    plan.left = left;
    int status = verdict(vm_load(into, bytes, size, &e), &e);
    plan.left = -1;
    free(bytes);
    vm_free(vm, &e);
    vm_free(into, &e);
    return status;
}

/*
 * Writes a routine of many blocks into each of some pages and calls it there, three times over.
 * `ready` is not 0 from the first of it on.
 */
static const char routines[] = "org 0x7c00\n cli\n cld\n xor ax, ax\n mov ds, ax\n mov bp, 3\n"
                               " mov word [ready], 1\n"
                               "round: mov bx, 0x1000\n"
                               "page: mov es, bx\n mov si, code\n xor di, di\n"
                               " mov cx, end - code\n rep movsb\n"
                               " mov [there + 2], bx\n call far [there]\n"
                               " add bx, 0x100\n cmp bx, 0x3000\n jb page\n"
                               " dec bp\n jnz round\n hlt\n"
                               "align 4\nthere: dw 0, 0\n"
                               "code:\n%rep 40\n add dx, 0x1357\n rol dx, 1\n jc $ + 3\n nop\n"
                               "%endrep\n retf\nend:\n"
                               "times 0x1fc - ($ - $$) db 0\nready: dw 0, 0xaa55\n";

/* A machine that has come to it, made once, before children are. */
static struct {
    struct vm *vm;
    u64 hash; /* of the whole state, when nothing has failed */
    struct log log;
} running;

/* In a child: to the end, while what fails does. */
static u64 run_on(void)
{
    struct err e;
    u64 hash;
    long left = plan.left;
    plan.left = -1;
    running.log.out = tmpfile();
    vm_will_be_forked(running.vm);
    plan.left = left;
    vm_forked(running.vm);
    vm_run(running.vm, 1000 * NS_PER_MS);
    plan.left = -1;
    if (!vm_state_hash(running.vm, &hash, &e))
        exit(WRONG);
    return hash;
}

static unsigned lines_of(FILE *f)
{
    unsigned n = 0;
    rewind(f);
    for (int c; (c = getc(f)) != EOF;)
        n += c == '\n';
    return n;
}

/*
 * A child of a machine that is under way goes on to the same end. With less memory it is slower: in
 * words, once for machine code and once for what the interpreter keeps.
 */
static int go_on(void)
{
    u64 hash = run_on();
    unsigned said = lines_of(running.log.out);
    bool words = plan.failed ? said >= 1 && said <= 1u + plan.all : said == 0;
    if (hash != running.hash || !words) {
        fprintf(stderr, "%016llx, not %016llx; %u lines\n", (unsigned long long)hash,
                (unsigned long long)running.hash, said);
        return WRONG;
    }
    return plan.failed ? SURVIVED : ENDED;
}

static void prepare(enum vm_jit how)
{
    static u8 diskette[160 * 1024];
    struct assembled a;
    struct err e;
    u8 ready = 0;
    ck_assert(assemble(routines, sizeof(routines) - 1, NULL, &a));
    ck_assert_uint_eq(a.size, 512);
    memcpy(diskette, a.bytes, a.size);
    assembled_free(&a);
    struct vm_config c = {.jit = how,
                          .ram_mb = 1,
                          .snapshot = true,
                          .log = &running.log,
                          .floppy[0] = {.bytes = diskette, .size = sizeof(diskette)}};
    running.vm = vm_new(&c, &e);
    ck_assert_msg(running.vm, "%s", e.text);
    for (u64 now = 0; !ready; now += NS_PER_MS / 50) {
        vm_run(running.vm, now);
        vm_read_memory(running.vm, 0x7dfc, &ready, 1);
    }
}

/* A text becomes all of its bytes or none. */
static int assemble_a_text(void)
{
    static const char text[] =
        "%define A(x) x+1\n%assign i 2\n%macro m 1\n%%l: db %1, A(i)\n%endmacro\n"
        "%rep 2\nm i\n%endrep\n%ifdef A\nx: jmp x\n%else\nnop\n%endif\n"
        "%ifidn a, a\ndw 'ab', x\n%endif\n%defstr s i\ndb s\n"
        "section .data\ntimes 3 db 7";
    static const u8 bytes[] = {2, 3, 2, 3, 0xeb, 0xfe, 'a', 'b', 4, 0, '2', 0, 7, 7, 7};
    struct assembled a;
    bool ok = assemble(text, sizeof(text) - 1, NULL, &a);
    plan.left = -1;
    bool right = ok ? a.size == sizeof(bytes) && memcmp(a.bytes, bytes, sizeof(bytes)) == 0
                    : plan.failed && (!a.messages || strstr(a.message[0].text, "memory"));
    if (!right)
        fprintf(stderr, "%s\n", a.messages ? a.message[0].text : "other bytes");
    assembled_free(&a);
    return !right ? WRONG : !ok ? REFUSED : plan.failed ? SURVIVED : ENDED;
}

START_TEST(making_a_machine)
{
    fail_each(make_a_machine, 30);
}
END_TEST

START_TEST(saving_a_machine)
{
    fail_each(save_a_machine, 1);
}
END_TEST

START_TEST(loading_a_machine)
{
    fail_each(load_a_machine, 1);
}
END_TEST

START_TEST(assembling_a_text)
{
    fail_each(assemble_a_text, 20);
}
END_TEST

START_TEST(going_on)
{
    static const enum vm_jit how[] = {VM_JIT_ALL, VM_JIT_OFF};
    struct err e;
    for (unsigned i = 0; i < 2; i++) {
        prepare(how[i]);
        running.hash = 0;
        int pipe_fd[2];
        ck_assert_int_eq(pipe(pipe_fd), 0);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (!child) {
            u64 hash = run_on();
            _exit(write(pipe_fd[1], &hash, sizeof(hash)) != (ssize_t)sizeof(hash));
        }
        ck_assert_int_eq(read(pipe_fd[0], &running.hash, sizeof(running.hash)), 8);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
        fail_each(go_on, 16);
        vm_free(running.vm, &e);
    }
}
END_TEST

/*
 * The host gives no more memory for machine code after the first 64 KB: the code that runs next has
 * its place from then on, and everything is as it should be. Where there is not even that, as in
 * the child of a fork, what has been translated goes on.
 */
START_TEST(machine_code_without_more_memory)
{
    enum { BLOCKS = 3000, ROUNDS = 3, IN_EACH = 11 };
    struct rig *r = translating(0);
    if (!r)
        return;
    struct jit *j = r->c->jit;
    u32 at = 0x40000, had = j->reserved;
    if (_i)
        j->reserved = 0;
    for (unsigned i = 0; i < BLOCKS; i++, at += 15) /* inc eax, ten times; jmp to what is next */
        CODE_AT(r, at, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0xe9, 0, 0, 0,
                0);
    CODE_AT(r, at, 0xc3);
    /* mov ebx,ROUNDS; L: call 40000h; dec ebx; jnz L; hlt */
    CODE_AT(r, CODE, 0xbb, ROUNDS, 0, 0, 0, 0xe8, 0xf6, 0xff, 0x02, 0, 0x4b, 0x75, 0xf8, 0xf4);
    plan.no_pages = true;
    enum cpu_stop end = rig_run(r, 2 * ROUNDS * BLOCKS * IN_EACH);
    plan.no_pages = false;
    ck_assert_int_eq(end, CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EAX], ROUNDS * BLOCKS * (IN_EACH - 1));
    ck_assert_uint_eq(j->closed, (unsigned)_i);
    if (_i) {
        ck_assert_uint_eq(j->stats.blocks, 0);
    } else {
        ck_assert_uint_eq(j->reserved, had);
        ck_assert_uint_gt(j->stats.emptied, 10);
        ck_assert_uint_ge(j->stats.blocks, BLOCKS); /* each of them was met without any */
    }
    rig_free(r);
}
END_TEST

/* As many as `room` can count but for one, then no more; what there is stays. */
START_TEST(arrays_grow)
{
    u64 *array = NULL;
    u8 room = 0, count = 0;
    ck_assert(ARRAY_ROOM(array, room, count) && !array);
    while (ARRAY_ROOM(array, room, count + 1u)) {
        ck_assert_uint_gt(room, count);
        array[count] = count;
        count++;
    }
    ck_assert_uint_eq(count, 254);
    ck_assert_uint_eq(room, 254);
    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(array[i], i);
    free(array);
}
END_TEST

START_TEST(arrays_that_cannot_grow_stay)
{
    u32 *array = NULL, *before;
    size_t room = 0;
    ck_assert(ARRAY_ROOM(array, room, 40));
    ck_assert_uint_ge(room, 40);
    before = array;
    size_t had = room;
    ck_assert(!ARRAY_ROOM(array, room, SIZE_MAX / 4 + 2)); /* in bytes it is 4 */
    plan.left = 0;
    ck_assert(!ARRAY_ROOM(array, room, had + 1));
    ck_assert(array == before);
    ck_assert_uint_eq(room, had);
    ck_assert(ARRAY_ROOM(array, room, had + 1));
    ck_assert_uint_ge(room, 2 * had);
    free(array);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("memory");
    TCase *t = tcase_create("memory");
    tcase_set_timeout(t, 250);
    tcase_add_test(t, arrays_grow);
    tcase_add_test(t, arrays_that_cannot_grow_stay);
    tcase_add_test(t, making_a_machine);
    tcase_add_test(t, going_on);
    tcase_add_loop_test(t, machine_code_without_more_memory, 0, 2);
    tcase_add_test(t, saving_a_machine);
    tcase_add_test(t, loading_a_machine);
    tcase_add_test(t, assembling_a_text);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
