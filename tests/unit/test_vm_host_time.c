/*
 * test_vm_host_time.c - samples of what the host does for a machine (vm_count_host_time()): the
 * statistics name it, the guest does not notice, and threads come and go.
 */
#include "tests/unit/vm_rig.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

/* again: in al,40h; jmp again */
static const u8 asking[] = {0xe4, 0x40, 0xeb, 0xfc};

/* Among the same 128 bytes as the code: xor ax,ax; mov ds,ax; L: mov [7c40h],ax; inc ax; jmp L */
static const u8 storing[] = {0x31, 0xc0, 0x8e, 0xd8, 0xa3, 0x40, 0x7c, 0x40, 0xeb, 0xfa};

static struct vm *boot(enum vm_jit jit, const u8 *code, size_t size)
{
    return vm_boot((struct vm_config){.jit = jit}, code, size);
}

/* What the statistics say; the caller frees it. */
static char *statistics(const struct vm *vm)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    vm_print_jit(vm, f);
    fclose(f);
    return text;
}

/* The same when it has run until there are samples enough. */
static char *sampled(struct vm *vm)
{
    char *text = NULL;
    for (unsigned i = 0; i < 5000; i++) { /* a host that is busy samples seldom */
        vm_run(vm, vm_now(vm) + 50 * NS_PER_MS);
        free(text);
        text = statistics(vm);
        if (strstr(text, "samples:"))
            break;
    }
    return text;
}

/* The same from its start on. */
static char *sampled_program(struct vm *vm)
{
    vm_run(vm, NS_PER_SEC); /* the diskette has been read */
    ck_assert(vm_count_host_time(vm));
    ck_assert(!vm_count_host_time(vm));
    return sampled(vm);
}

/* What machine code calls for such stores is not the interpreter's work. */
START_TEST(stores_beside_code_are_told)
{
    struct vm *a = boot(VM_JIT_ON, storing, sizeof(storing));
    char *text = sampled_program(a);
    ck_assert_msg(strstr(text, "% stores into pages") || strstr(text, "everything is interpreted"),
                  "%s", text);
    free(text);
    done(a);
}
END_TEST

/* Whose ports a program asks all the time is found out, and it runs as if nobody looked. */
START_TEST(samples_say_what_the_host_does)
{
    struct vm *a = boot(VM_JIT_OFF, asking, sizeof(asking)),
              *b = boot(VM_JIT_OFF, asking, sizeof(asking));
    char *text = sampled_program(a);
    ck_assert_msg(strstr(text, "ports of devices: pit ") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "fdc") == NULL, "%s", text);
    free(text);
    vm_run(b, vm_now(a));
    same(a, b);
    done(a);
    done(b);
}
END_TEST

struct other_thread {
    struct vm *vm;
    atomic_int stage; /* 1: it has run, and a signal is pending; 2: the machine is gone */
    double worked;    /* seconds of its processor time */
};

static void *run_and_hold_back(void *opaque)
{
    struct other_thread *t = opaque;
    sigset_t set, pending;
    vm_run(t->vm, 20 * NS_PER_MS);
    sigemptyset(&set);
    sigaddset(&set, SIGPROF);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    do
        sigpending(&pending);
    while (!sigismember(&pending, SIGPROF));
    atomic_store(&t->stage, 1);
    while (atomic_load(&t->stage) != 2)
        sched_yield();
    pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* what names a machine that is gone comes now */
    return NULL;
}

/* In a window's thread, which begins with signals blocked. */
static void *run_blocked(void *opaque)
{
    struct other_thread *t = opaque;
    struct timespec now;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    free(sampled(t->vm));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    t->worked = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    return NULL;
}

/* Who asks in another thread, when the machine's has ended, is told what that one did. */
START_TEST(samples_are_the_machines_thread)
{
    struct other_thread t = {.vm = boot(VM_JIT_OFF, asking, sizeof(asking))};
    pthread_t thread;
    double seconds = 0;
    if (!vm_count_host_time(t.vm)) { /* this host has no such timers */
        done(t.vm);
        return;
    }
    ck_assert_int_eq(pthread_create(&thread, NULL, run_blocked, &t), 0);
    pthread_join(thread, NULL);
    char *text = statistics(t.vm);
    const char *said = strstr(text, "worked for ");
    ck_assert_msg(said && strstr(text, "by ") && strstr(text, "samples:"), "%s", text);
    ck_assert_int_eq(sscanf(said, "worked for %lf", &seconds), 1);
    ck_assert_msg(seconds > t.worked / 2 && seconds < t.worked + 0.01, "%f and %s", t.worked, text);
    free(text);
    done(t.vm);
}
END_TEST

/* Signals are the running thread's. Who frees the machine in another one cannot take them back. */
START_TEST(counted_machine_is_freed_by_another_thread)
{
#ifdef M_PERTURB
    mallopt(M_PERTURB, 0xa5); /* what was freed is no machine any more */
#endif
    for (unsigned i = 0; i < 3; i++) {
        struct other_thread t = {.vm = boot(VM_JIT_OFF, asking, sizeof(asking))};
        pthread_t thread;
        if (!vm_count_host_time(t.vm)) { /* this host has no such timers */
            done(t.vm);
            return;
        }
        ck_assert_int_eq(pthread_create(&thread, NULL, run_and_hold_back, &t), 0);
        while (atomic_load(&t.stage) != 1)
            sched_yield();
        done(t.vm);
        atomic_store(&t.stage, 2);
        pthread_join(thread, NULL);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm host time");
    TCase *t = tcase_create("host time");
    tcase_set_timeout(t, 110);
    tcase_add_test(t, samples_say_what_the_host_does);
    tcase_add_test(t, stores_beside_code_are_told);
    tcase_add_test(t, samples_are_the_machines_thread);
    tcase_add_test(t, counted_machine_is_freed_by_another_thread);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
