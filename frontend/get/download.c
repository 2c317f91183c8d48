/*
 * download.c - see download.h.
 *
 * Why a program and not a library: TLS, proxies and certificates are the host's business, curl or
 * wget is on every host that has a network, and nothing is to be linked for what is needed once.
 */
#include "frontend/get/download.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_STARTED = 127, CURL_CANNOT_RESUME = 33, CURL_RANGE_ERROR = 36 };

/* Run it; its exit status, NOT_STARTED, or -1: it was stopped from the keyboard. */
static int run_tool(const char *const *words)
{
    pid_t child = fork();
    if (child == 0) {
        execvp(words[0], (char *const *)words);
        _exit(NOT_STARTED);
    }
    int status = NOT_STARTED << 8;
    if (child < 0)
        return NOT_STARTED;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM ? -1 : 1;
    return WEXITSTATUS(status);
}

static int by_curl(const char *url, const char *path, bool again)
{
    const char *words[20];
    size_t n = 0;
    words[n++] = "curl";
    words[n++] = "--fail";
    words[n++] = "--location";
    words[n++] = isatty(STDERR_FILENO) ? "--progress-bar" : "--silent";
    words[n++] = "--show-error";
    words[n++] = "--proto";
    words[n++] = "=http,https,ftp,file";
    words[n++] = "--connect-timeout";
    words[n++] = "20";
    if (again) {
        words[n++] = "--continue-at";
        words[n++] = "-";
    }
    words[n++] = "--output";
    words[n++] = path;
    words[n++] = "--url";
    words[n++] = url;
    words[n] = NULL;
    return run_tool(words);
}

static int by_wget(const char *url, const char *path)
{
    const char *const words[] = {"wget",
                                 isatty(STDERR_FILENO) ? "--show-progress" : "--no-verbose",
                                 "--quiet",
                                 "--continue",
                                 "--timeout=20",
                                 "--tries=2",
                                 "-O",
                                 path,
                                 "--",
                                 url,
                                 NULL};
    return run_tool(words);
}

enum download download(const char *url, const char *path, struct err *e)
{
    bool some = access(path, F_OK) == 0;
    int status = by_curl(url, path, some);
    if (some && (status == CURL_CANNOT_RESUME || status == CURL_RANGE_ERROR)) {
        unlink(path); /* this server only gives the whole of it */
        status = by_curl(url, path, false);
    }
    if (status == NOT_STARTED)
        status = by_wget(url, path);
    if (status == NOT_STARTED) {
        err_set(e, "fetching needs curl or wget: apt-get install curl; or fetch the file by other "
                   "means and say: ferrite get NAME -from FILE");
        return DOWNLOAD_NO_TOOL;
    }
    if (status < 0) {
        err_set(e, "stopped; give the same command again and it goes on");
        return DOWNLOAD_STOPPED;
    }
    if (status == 0)
        return DOWNLOAD_DONE;
    err_set(e, "%s: cannot be fetched", url);
    return DOWNLOAD_FAILED;
}
