/*
 * sandbox.c - see sandbox.h. The order: no new privileges (both others want it), then files, then
 * calls, which take away what the first two need.
 */
#include "frontend/sandbox/sandbox.h"
#include "frontend/sandbox/threads.h"
#include "hw/base/confine/landlock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* In a signal's handler: system calls only. */
static bool close_thread(void *opaque)
{
    const int *ruleset = opaque;
#ifdef __linux__
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
#endif
    return *ruleset < 0 || landlock_enter(*ruleset) == 0;
}

static void lacks(struct err *missing, const char *fmt, const char *why)
{
    size_t at = strlen(missing->text);
    snprintf(missing->text + at, sizeof(missing->text) - at, "%s", at ? "; " : "");
    at = strlen(missing->text);
    snprintf(missing->text + at, sizeof(missing->text) - at, fmt, why);
}

static void close_files(const struct sandbox_rules *rules, struct err *missing)
{
    struct landlock_rules r = {
        .grants = rules->grants,
        .tcp_bind = rules->roles & (ROLE_NETWORK | ROLE_CONTROL),
        .tcp_connect = rules->roles & ROLE_NETWORK,
        .abstract_sockets = rules->roles & ROLE_WINDOW,
        .signals_inside = rules->roles & ROLE_FORK,
    };
    struct err why;
    int ruleset = landlock_make(&r, &why);
    unsigned missed = rules->alone ? 0 : threads_all(close_thread, &ruleset);
    if (ruleset < 0)
        lacks(missing, "files are not protected (%s)", why.text);
    else if (landlock_enter(ruleset) != 0)
        lacks(missing, "files are not protected (%s)", strerror(errno));
    else if (missed && access("/proc/self/task", F_OK) != 0)
        lacks(missing, "files are not protected in other threads, which cannot be found: %s",
              "/proc is not mounted");
    else if (missed)
        lacks(missing, "files are not protected in threads of %s", "libraries");
    if (ruleset >= 0)
        close(ruleset);
}

bool sandbox_enter(const struct sandbox_rules *rules, struct err *missing, struct err *e)
{
    struct err why;
    err_set(missing, "%s", "");
    if (rules->mode == SANDBOX_OFF)
        return true;
    if (rules->grants->failed)
        return err_set(e, "sandbox: out of memory");
#ifdef __linux__
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        lacks(missing, "no_new_privs: %s", strerror(errno));
#endif
    close_files(rules, missing);
    struct filter *f = calls_filter(rules->roles, rules->mode == SANDBOX_STRICT);
    if (!f)
        return err_set(e, "sandbox: out of memory");
    if (!filter_enter(f, &why))
        lacks(missing, "system calls are not filtered (%s)", why.text);
    if (rules->mode == SANDBOX_STRICT && missing->text[0])
        return err_set(
            e, "-sandbox strict: %.300s; -sandbox on does without what this host has not got",
            missing->text);
    return true;
}

struct sandbox_parts sandbox_parts(void)
{
    return (struct sandbox_parts){.landlock = landlock_version(), .filter = filter_possible()};
}
