/* live.c - see live.h. */
#include "frontend/lessons/live.h"

#include "frontend/control/control.h"
#include "frontend/lessons/answer.h"
#include "frontend/lessons/do_lines.h"
#include "frontend/lessons/library.h"
#include "frontend/lessons/trial.h"
#include "frontend/lessons/words.h"

#include <stdlib.h>

static void list(struct reply *r)
{
    reply_list(r, NULL);
    for (size_t i = 0; i < library_files_count; i++) {
        struct err e;
        struct lesson *l = library_at(i, &e);
        if (!l)
            continue; /* tests read all of them */
        reply_map(r, NULL);
        reply_int(r, "number", l->number);
        reply_text(r, "name", l->name);
        reply_text(r, "title", l->title);
        reply_text(r, "summary", l->summary);
        reply_end(r);
        lesson_free(l);
    }
    reply_end(r);
}

static bool is_shown(enum lesson_kind kind)
{
    switch (kind) {
    case LESSON_MACHINE:
    case LESSON_FRAME:
    case LESSON_CHECK:
    case LESSON_SOLUTION:
    case LESSON_WRONG:
        return false;
    default:
        return true;
    }
}

static void put_part(const struct lesson *l, const struct lesson_block *b, u64 seed,
                     struct reply *r)
{
    struct words_values values = {.lesson = l, .seed = seed};
    struct err e;
    char *filled = words_fill_given(&values, b->text, &e);
    reply_map(r, NULL);
    reply_text(r, "kind", lesson_kind_name(b->kind));
    reply_text(r, "info", b->info);
    reply_text(r, "text", filled ? filled : b->text);
    if (b->kind == LESSON_DO)
        do_lines_reply(b, r);
    reply_end(r);
    free(filled);
}

static bool text(const char *name, u64 seed, struct reply *r, struct err *e)
{
    struct lesson *l = library_lesson(name, false, e);
    if (!l)
        return false;
    reply_text(r, "name", l->name);
    reply_int(r, "number", l->number);
    reply_text(r, "title", l->title);
    reply_text(r, "summary", l->summary);
    reply_text(r, "answer", lesson_answer_name(l->answer));
    reply_bool(r, "program", answer_has_program(l));
    reply_text(r, "stop", l->stop);
    reply_text(r, "machine", l->options);
    reply_list(r, "parts");
    for (unsigned i = 0; i < l->blocks; i++) {
        const struct lesson_block *b = &l->block[i];
        if (is_shown(b->kind))
            put_part(l, b, seed, r);
    }
    reply_end(r);
    lesson_free(l);
    return true;
}

static bool put_disk(struct lessons_live *live, struct control *c, const struct lesson *l, u64 seed,
                     const char *source, struct err *e)
{
    unsigned line;
    u8 *disk = answer_disk(l, seed, source, false, &line, e);
    struct media m = {.bytes = disk, .size = ANSWER_DISK};
    if (!disk || !vm_floppy_insert(c->vm, 0, &m, e)) {
        free(disk);
        return false;
    }
    free(live->disk); /* it is in the drive no more, and nobody goes back behind that */
    live->disk = disk;
    return true;
}

static bool open(void *opaque, struct control *c, const char *name, u64 seed, const char *source,
                 struct reply *r, struct err *e)
{
    struct lesson *l = library_lesson(name, false, e);
    bool ok = l != NULL;
    if (ok && answer_has_program(l))
        ok = put_disk(opaque, c, l, seed, source, e);
    if (ok) {
        vm_reset(c->vm);
        c->stopped &= ~(unsigned)STOPPED_OFF;
        control_tell(
            c, &(struct control_event){.kind = EVENT_RESET, .reason = "host-qmp-system-reset"});
        reply_text(r, "lesson", l->name);
        reply_text(r, "stop", l->stop);
        reply_say(r, "the machine starts with lesson %s", l->name);
    }
    lesson_free(l);
    return ok;
}

static bool check(const char *name, u64 seed, const char *answer, struct reply *r, struct err *e)
{
    struct lesson *l = library_lesson(name, false, e);
    struct trial *t = l ? malloc(sizeof(*t)) : NULL;
    if (t) {
        trial_run(t, l, seed, answer);
        trial_reply(t, answer, r);
        trial_free(t);
    } else if (l) {
        err_set(e, "out of memory");
    }
    bool ok = t != NULL;
    free(t);
    lesson_free(l);
    return ok;
}

void lessons_live_init(struct lessons_live *l)
{
    *l = (struct lessons_live){
        .teaching = {.opaque = l, .list = list, .text = text, .open = open, .check = check}};
}

void lessons_live_free(struct lessons_live *l)
{
    free(l->disk);
    l->disk = NULL;
}
