/*
 * test_json.c - JSON from others: where texts begin and end in a stream, what of it is an error and
 * how much of it is left out then; trees.
 */
#include "frontend/json/json.h"
#include "frontend/json/json_frame.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of the stream in pieces of `piece` bytes: texts joined by '|', an error is '!'. */
static char *cut(const char *stream, size_t len, size_t piece)
{
    struct json_frame f = {.text = NULL};
    char *out = NULL;
    size_t out_len;
    struct err e;
    FILE *to = open_memstream(&out, &out_len);
    for (size_t at = 0; at < len;) {
        size_t n = len - at < piece ? len - at : piece, used = 0;
        char *exact = malloc(n); /* a sanitizer sees the end */
        memcpy(exact, stream + at, n);
        e.text[0] = 0;
        enum frame_state state = json_frame_take(&f, (u8 *)exact, n, &used, &e);
        free(exact);
        ck_assert_uint_le(used, n);
        ck_assert(state == FRAME_WRONG || used);
        ck_assert(state != FRAME_MORE || used == n);
        ck_assert((state == FRAME_WRONG) == (e.text[0] != 0));
        if (state == FRAME_TEXT)
            fprintf(to, "%.*s|", (int)f.len, f.text);
        else if (state == FRAME_WRONG)
            fputc('!', to);
        at += used;
    }
    if (json_frame_open(&f))
        fputc('?', to);
    fclose(to);
    json_frame_free(&f);
    return out;
}

START_TEST(a_stream_is_cut_into_texts)
{
    static const struct {
        const char *stream, *cut;
    } cases[] = {
        {"{}", "{}|"},
        {" {\"a\":1}\r\n\n{\"b\":{}}{\"c\":[{}]}", "{\"a\":1}|{\"b\":{}}|{\"c\":[{}]}|"},
        {"{\"a\":\"}{\\\"]\\\\\"}", "{\"a\":\"}{\\\"]\\\\\"}|"},
        {"{\n\"a\"\n:\n1\n}", "{\n\"a\"\n:\n1\n}|"},
        {"{", "?"},
        {"words words\n{}", "!{}|"},
        {"words {}", "!{}|"},
        {"[1,2]{}\n{}", "!{}|"},
        {"1\n2\n{}", "!!{}|"},
        {"[[[[[\n{}", "!{}|"},
        {"words [[{[{[{\n{}", "!{}|"},
        {"{]\n{}", "!{}|"},
        {"{\"a\":[}\n{}", "!{}|"},
        {"}{}", "!{}|"},
        {"{\"a\":\"x\n{}", "!{}|"},
        {"{\"a\":1\n{\"b\":2}", "!{\"b\":2}|"},
        {"{\"a\"\n{\"b\":2}", "!{\"b\":2}|"},
        {"{\"a\":[1\n{\"b\":2}", "!{\"b\":2}|"},
        {"{\"a\":\xff{}", "!{}|"},
        {"\xff\xff{}", "{}|"},
        {"words\xff{}", "!{}|"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (size_t piece = 1; piece < 40; piece = 2 * piece + 1) {
            char *got = cut(cases[i].stream, strlen(cases[i].stream), piece);
            ck_assert_msg(strcmp(got, cases[i].cut) == 0, "%s in pieces of %zu: %s",
                          cases[i].stream, piece, got);
            free(got);
        }
    }
}
END_TEST

START_TEST(bombs_cost_one_error)
{
    enum { SIZE = 3 << 20 };
    char *bomb = malloc(SIZE + 4), *got;
    for (int kind = 0; kind < 4; kind++) {
        memset(bomb, kind == 0 ? '[' : kind == 1 ? '{' : 'x', SIZE);
        for (size_t i = 0; kind == 1 && i + 5 < SIZE; i += 5)
            memcpy(bomb + i, "{\"a\":", 5);
        if (kind == 3)
            memcpy(bomb, "{\"a\":\"", 6);
        memcpy(bomb + SIZE, "\n{}\n", 4);
        got = cut(bomb, SIZE + 4, 65536);
        ck_assert_str_eq(got, "!{}|");
        free(got);
    }
    free(bomb);
    /* As deep as is allowed, and one deeper. */
    for (unsigned depth = FRAME_DEPTH; depth <= FRAME_DEPTH + 1; depth++) {
        char text[600] = "", *to = text;
        for (unsigned i = 0; i < depth; i++)
            to = stpcpy(to, "{\"a\":");
        to = stpcpy(to, "1");
        for (unsigned i = 0; i < depth; i++)
            to = stpcpy(to, "}");
        got = cut(text, strlen(text), 1000);
        ck_assert_msg((got[0] == '{') == (depth == FRAME_DEPTH), "%u: %s", depth, got);
        free(got);
    }
}
END_TEST

START_TEST(a_text_is_a_tree)
{
    struct err e;
    struct json *j = json_open(&e);
    if (!j) {
        printf("not tested: %s\n", e.text);
        return;
    }
    const char *text = "{\"a\": [1, -2.5, \"t\\u00e4\", true, false, null], \"b\": {}}";
    struct json_value *v = json_parse(j, text, strlen(text), &e), *a = json_get(j, v, "a");
    ck_assert_ptr_nonnull(v);
    ck_assert_int_eq(json_kind(v), JSON_OBJECT_VALUE);
    ck_assert_uint_eq(json_length(j, a), 6);
    ck_assert_int_eq(json_integer(j, json_at(j, a, 0)), 1);
    ck_assert(json_number(j, json_at(j, a, 1)) == -2.5);
    ck_assert_int_eq(json_kind(json_at(j, a, 1)), JSON_REAL_VALUE);
    ck_assert_str_eq(json_text(j, json_at(j, a, 2)), "t\xc3\xa4");
    ck_assert(json_is_bool(json_at(j, a, 3)) && json_is_bool(json_at(j, a, 4)));
    ck_assert_int_eq(json_kind(json_at(j, a, 5)), JSON_NULL_VALUE);
    ck_assert_ptr_null(json_text(j, a));
    ck_assert_ptr_null(json_get(j, v, "c"));
    ck_assert_ptr_null(json_get(j, a, "c"));
    const char *name;
    struct json_value *in;
    unsigned members = 0;
    for (void *at = NULL; json_next(j, v, &at, &name, &in); members++)
        ck_assert(strcmp(name, "a") == 0 || strcmp(name, "b") == 0);
    ck_assert_uint_eq(members, 2);
    char *again = json_write(j, a);
    ck_assert_str_eq(again, "[1,-2.5,\"t\xc3\xa4\",true,false,null]");
    free(again);
    json_free(j, v);
    static const char *const bad[] = {
        "",
        "{",
        "{\"a\":1,\"a\":2}",
        "{\"a\":99999999999999999999}",
        "{\"a\":01}",
        "{'a':1}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":1,}",
        "{\"a\":1e999}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        e.text[0] = 0;
        ck_assert_msg(!json_parse(j, bad[i], strlen(bad[i]), &e), "%s", bad[i]);
        ck_assert_msg(strncmp(e.text, "no JSON: ", 9) == 0 && !strchr(e.text, '\n'), "%s", e.text);
    }
    json_close(j);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("json");
    TCase *t = tcase_create("json");
    tcase_add_test(t, a_stream_is_cut_into_texts);
    tcase_add_test(t, bombs_cost_one_error);
    tcase_add_test(t, a_text_is_a_tree);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
