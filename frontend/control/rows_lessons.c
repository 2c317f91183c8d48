/* rows_lessons.c - commands for lessons: teaching.h is what they call. */
#include "frontend/control/rows.h"

#include "frontend/control/teaching.h"

/* COMMAND_FAILED for what failed with call->error. */
static enum command_state done(struct call *call, bool ok)
{
    return ok ? COMMAND_DONE : call_host_failed(call);
}

/* NULL + COMMAND_FAILED's words: a lesson's own machine, for example, has none. */
static const struct control_teaching *teaching(struct call *call)
{
    if (!call->control->teaching)
        call_fails(call, FAULT_HOST, "this machine has no lessons");
    return call->control->teaching;
}

static enum command_state list(struct call *call)
{
    const struct control_teaching *t = teaching(call);
    if (!t)
        return COMMAND_FAILED;
    t->list(call->reply);
    return COMMAND_DONE;
}

static enum command_state text(struct call *call)
{
    const struct control_teaching *t = teaching(call);
    const struct value *arg = call->request->arg;
    return t ? done(call, t->text(arg[0].text, (u64)arg[1].number, call->reply, &call->error))
             : COMMAND_FAILED;
}

static enum command_state open(struct call *call)
{
    const struct control_teaching *t = teaching(call);
    const struct value *arg = call->request->arg;
    return t ? done(call, t->open(t->opaque, call->control, arg[0].text, (u64)arg[1].number,
                                  arg[2].given ? arg[2].text : NULL, call->reply, &call->error))
             : COMMAND_FAILED;
}

static enum command_state check(struct call *call)
{
    const struct control_teaching *t = teaching(call);
    const struct value *arg = call->request->arg;
    return t ? done(call, t->check(arg[0].text, (u64)arg[1].number, arg[2].text, call->reply,
                                   &call->error))
             : COMMAND_FAILED;
}

#define LESSON .name = "lesson", .kind = PARAM_STRING, .what = "a lesson's name"
#define SEED                                                                                       \
    .name = "seed", .kind = PARAM_INT, .what = "a number that decides what is hidden", .min = 0,   \
    .max = UINT32_MAX

static const struct command rows[] = {
    {.name = "lesson list",
     .help = "the lessons in this program: name, title, what each is about",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = list},
    {.name = "lesson text",
     .param = {{LESSON}, {SEED, .optional = true, .otherwise = "1"}},
     .help = "one lesson: its parts one after the other, but for solutions; with the numbers that "
             "the seed puts into its program",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = text},
    {.name = "lesson open",
     .param = {{LESSON},
               {SEED, .optional = true, .otherwise = "1"},
               {.name = "source", .kind = PARAM_STRING, .optional = true}},
     .help = "the lesson's program, with this source in it, as the diskette in A:, and a reset",
     .flags = COMMAND_INPUT | COMMAND_DANGER,
     .run = open},
    {.name = "lesson check",
     .param = {{LESSON}, {SEED}, {.name = "answer", .kind = PARAM_STRING}},
     .help = "is this answer right? It is tried on machines of its own; this one stays as it is",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = check},
};

const struct command_topic rows_lessons = {"Lessons", rows, ARRAY_SIZE(rows)};
