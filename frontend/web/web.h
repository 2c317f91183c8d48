/*
 * web.h - the exports of the core for a page: what its worker (site/js/worker.js) calls. One
 * machine in one instance; nothing here waits, and nothing is called back but web_out.h.
 */
#ifndef FERRITE_WEB_H
#define FERRITE_WEB_H

#define WEB_OVER (-1.0) /* of web_run() */

struct web;

/* A machine, as `ferrite ARGUMENTS` makes one; argv[0] is the program's name. The strings stay the
 * caller's, and in place. NULL: out of memory. */
struct web *web_new(int argc, char **argv);
/* The sentence that the command line would say; "": the machine is there. */
const char *web_refused(const struct web *w);
/* Close its files. Its exit status (frontend/README.md). */
int web_end(struct web *w);

/*
 * Run for so long of the host's time, or until the guest's clock is before the host's. How many
 * milliseconds nothing is to be done from now on; WEB_OVER: the machine has ended. With a script it
 * runs as fast as it can.
 */
double web_run(struct web *w, double milliseconds);

/*
 * Do a command: its name, then names and values of its arguments as in a line of a script, each
 * with a zero byte behind it. The answer comes as a text, {"id":N,"return":...} or
 * {"id":N,"error":{"desc":...}}, now or while the machine runs.
 */
void web_command(struct web *w, double id, const char *words, int len);

/* The picture of this number is drawn: the next one may come. */
void web_seen(struct web *w, unsigned number);
/* Samples come from now on, or no more. "": yes; else why not. */
const char *web_sound(struct web *w, int on);

#endif
