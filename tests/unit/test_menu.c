/*
 * test_menu.c - the menu's states: every page can be left by keys alone and by the mouse alone,
 * every row is a command, greyed with a reason, or leads on; questions are harmless by default; the
 * cursor is remembered; letters filter; the file list goes through folders and remembers places.
 * With FERRITE_PICTURES=DIR in the environment every page is also left there as a PNG file.
 */
#include "frontend/view/menu.h"
#include "frontend/view/menu_draw.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct facts facts;
static struct settings settings;
static struct menu menu;
static struct menu_view view;
static char done[8][200]; /* commands, as words with blanks between */
static unsigned done_count;

static void perform(void *opaque, const char *const *words)
{
    (void)opaque;
    ck_assert_uint_lt(done_count, 8);
    char *to = done[done_count++];
    *to = 0;
    for (; *words; words++) {
        if (*to)
            strcat(to, " ");
        strncat(to, *words, 60);
    }
}

static void set_up(void)
{
    facts = (struct facts){.on = true,
                           .shots = "/tmp",
                           .rewind = 7,
                           .sound = true,
                           .percent = 100,
                           .drives = 3,
                           .machine = "doom",
                           .speed = "486DX2-66",
                           .release = "Right Ctrl",
                           .menu_key = "F12"};
    facts.drive[0] = (struct fact_drive){
        .name = "fda", .label = "A:", .medium = "/tmp/disk1.img", .removable = true};
    facts.drive[1] = (struct fact_drive){.name = "cd", .label = "CD", .removable = true};
    facts.drive[2] = (struct fact_drive){.name = "hda", .label = "Disk 1", .medium = "/tmp/c.img"};
    for (unsigned i = 0; i < FACTS_STATES; i++)
        snprintf(facts.state[i].path, sizeof(facts.state[i].path), "/tmp/states/%u.state", i + 1);
    facts.state[0].time = 1700000000;
    settings_preset(&settings);
    menu_init(&menu, &facts, &settings, perform, NULL);
    done_count = 0;
}

static void tear_down(void)
{
    menu_free(&menu);
    menu_view_free(&view);
    settings_free(&settings);
}

/* Puts the cursor on the row whose label begins so. */
static void choose(const char *label)
{
    for (size_t i = 0; i < menu.shown_count; i++) {
        if (strncmp(menu.rows.row[menu.shown[i]].label, label, strlen(label)) == 0) {
            menu_point(&menu, i);
            return;
        }
    }
    ck_abort_msg("no row \"%s\" on %s", label, menu_title(&menu));
}

static void pick(const char *label)
{
    choose(label);
    menu_key(&menu, MENU_ENTER);
}

static enum menu_page page(void)
{
    return menu.level[menu.depth - 1].page;
}

static void keep_picture(const char *name, int w, int h)
{
    const char *dir = getenv("FERRITE_PICTURES");
    char path[300];
    struct err e;
    ck_assert(menu_draw(&view, &menu, w, h));
    ck_assert(view.canvas.width <= w || w < 200);
    if (!dir)
        return;
    snprintf(path, sizeof(path), "%s/%s-%dx%d.png", dir, name, w, h);
    if (access(path, F_OK) == 0) /* a page has its first picture */
        return;
    ck_assert_msg(picture_save(path, view.canvas.pixels, (unsigned)view.canvas.width,
                               (unsigned)view.canvas.height, &e),
                  "%s", e.text);
}

/* Where on the canvas something is that answers a click so. */
static bool find_spot(enum menu_spot want, size_t row, int *x, int *y)
{
    for (*y = 0; *y < view.canvas.height; *y += 4) {
        for (*x = 0; *x < view.canvas.width; *x += 4) {
            size_t r = row;
            if (menu_spot(&view, &menu, *x, *y, &r) == want && r == row)
                return true;
        }
    }
    return false;
}

/* Every page that rows lead to: rows make sense, and both ways out are there. */
static void walk(unsigned depth)
{
    char name[60];
    int x, y;
    ck_assert_uint_lt(depth, MENU_DEPTH);
    snprintf(name, sizeof(name), "%u-%d", depth, page());
    keep_picture(name, 640, 480);
    keep_picture(name, 320, 200);
    ck_assert_msg(find_spot(SPOT_BACK, 0, &x, &y), "no Back on %s", menu_title(&menu));
    ck_assert_msg(find_spot(SPOT_CLOSE, 0, &x, &y), "no Close on %s", menu_title(&menu));
    ck_assert_uint_gt(menu.shown_count, 0);
    size_t count = menu.shown_count;
    for (size_t i = 0; i < count; i++) {
        menu_point(&menu, i);
        const struct menu_row *r = menu_at(&menu);
        ck_assert(r->label && *r->label);
        if (r->why) {
            ck_assert(*r->why);
            unsigned before = menu.depth;
            done_count = 0;
            menu_key(&menu, MENU_ENTER); /* grey rows do nothing */
            ck_assert(menu.depth == before && done_count == 0);
            continue;
        }
        bool leads = r->kind == ROW_PAGE || r->kind == ROW_CATCH || r->question;
        ck_assert_msg(leads || r->word[0] || r->kind == ROW_NOTE || r->kind == ROW_FOLDER ||
                          page() == PAGE_ASK || page() == PAGE_CATCH,
                      "\"%s\" does nothing", r->label);
        if (!leads)
            continue;
        unsigned before = menu.depth;
        menu_key(&menu, MENU_ENTER);
        ck_assert_uint_eq(menu.depth, before + 1);
        if (page() != PAGE_FILES)
            walk(depth + 1);
        menu_key(&menu, MENU_BACK); /* one level and no more */
        ck_assert_uint_eq(menu.depth, before);
        ck_assert_uint_eq(menu.level[menu.depth - 1].cursor, i);
    }
}

START_TEST(every_page)
{
    menu_open(&menu, PAGE_ROOT, 0);
    walk(0);
    menu_key(&menu, MENU_BACK);
    ck_assert(!menu.open);
    /* And in other circumstances. */
    facts.stopped = true;
    facts.drive[0].locked = true;
    facts.sound = false;
    snprintf(facts.video, sizeof(facts.video), "ferrite-1.mkv");
    facts.recorded = 65;
    snprintf(facts.why_no_states, sizeof(facts.why_no_states), "no home");
    menu_open(&menu, PAGE_ROOT, 0);
    walk(0);
    facts.on = false;
    menu_refresh(&menu);
    walk(0);
}
END_TEST

START_TEST(commands)
{
    static const struct {
        const char *way[4], *command;
        bool open; /* afterwards */
    } row[] = {
        {{"Pause"}, "stop", true},
        {{"Screenshot"}, "screenshot-next", false},
        {{"Record", "Screenshot, right"}, "screenshot-next /tmp aspect", false},
        {{"Record", "Record a"}, "record-next", false},
        {{"Record", "Record, right"}, "record-next /tmp aspect", false},
        {{"Drives", "A:", "Eject"}, "eject fda", true},
        {{"Drives", "A:", "Write"}, "protect fda on", true},
        {{"Keys", "Alt+F4"}, "key alt-f4", false},
        {{"Machine", "Power"}, "power", false},
        {{"Machine", "Reset", "Yes"}, "reset", false},
        {{"Quit", "Yes"}, "quit", false},
        {{"Picture", "Scale"}, "window scale integer", true},
        {{"Sound", "Mute"}, "window mute on", true},
        {{"Mouse", "Capture"}, "window capture on", false},
        {{"Speed", "486"}, "speed 486-66", true},
        {{"Speed", "Fast forward"}, "fast-forward on", true},
        {{"Rewind", "5 seconds"}, "rewind 5", false},
        {{"Load", "State 1", "Yes"}, "snapshot load /tmp/states/1.state", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        done_count = 0;
        menu_open(&menu, PAGE_ROOT, 0);
        for (unsigned k = 0; k < 4 && row[i].way[k]; k++)
            pick(row[i].way[k]);
        ck_assert_msg(done_count == 1, "%s: %u commands", row[i].command, done_count);
        ck_assert_str_eq(done[0], row[i].command);
        ck_assert_msg(menu.open == row[i].open, "%s", row[i].command);
    }
    done_count = 0;
    menu_open(&menu, PAGE_SAVE, 0);
    pick("State 2");
    ck_assert_uint_eq(done_count, 2); /* with its thumbnail */
    ck_assert_str_eq(done[1], "snapshot save /tmp/states/2.state");
}
END_TEST

static void report(struct reply *r)
{
    reply_free(r);
    menu_report(&menu, r);
    ck_assert(!reply_lost(r));
}

/* A USB stick is pulled out and put in again; its file stays. */
START_TEST(a_stick)
{
    struct reply r;
    snprintf(facts.drive[2].label, sizeof(facts.drive[2].label), "Stick 1");
    facts.drive[2].stick = true;
    for (unsigned in = 0; in < 2; in++) {
        reply_init(&r);
        menu_open(&menu, PAGE_DRIVE, 2);
        choose(in ? "Plug it in" : "Unplug");
        report(&r);
        const struct reply_node *row = reply_first(&r, reply_find(&r, NULL, "rows"));
        ck_assert_ptr_nonnull(strstr(reply_get(&r, row, "not-now"), "keeps its file"));
        row = reply_next(&r, reply_next(&r, row));
        ck_assert_str_eq(reply_get(&r, row, "script"), in ? "plug hda" : "unplug hda");
        reply_free(&r);
        facts.drive[2].pulled = true;
        menu_key(&menu, MENU_BACK);
    }
    menu_open(&menu, PAGE_DRIVES, 0);
    choose("Stick 1");
    ck_assert_str_eq(menu.rows.row[menu.shown[2]].value, "[c.img, unplugged]");
}
END_TEST

/* What the menu shows can be had in words, by whoever does not see it. */
START_TEST(in_words)
{
    struct reply r, copy;
    reply_init(&r);
    report(&r);
    ck_assert_int_eq(reply_find(&r, NULL, "open")->number, 0);
    ck_assert_ptr_null(reply_find(&r, NULL, "rows"));
    facts.drive[0].fixed = facts.drive[0].read_only = true;
    facts.drive[1].locked = true;
    snprintf(facts.drive[1].medium, sizeof(facts.drive[1].medium), "/tmp/a.iso");
    menu_open(&menu, PAGE_DRIVE, 0);
    choose("Write");
    report(&r);
    reply_init(&copy);
    reply_copy(&copy, &r);
    report(&r); /* the copy has its own texts */
    ck_assert_str_eq(reply_get(&copy, NULL, "page"), "Drive");
    ck_assert_str_eq(reply_get(&copy, NULL, "drive"), "A:");
    ck_assert_str_eq(reply_get(&copy, NULL, "on"), "Write protection");
    ck_assert_int_eq(reply_find(&copy, NULL, "cursor")->number, 3);
    const struct reply_node *row = reply_first(&copy, reply_find(&copy, NULL, "rows"));
    ck_assert_str_eq(reply_get(&copy, row, "kind"), "page");
    row = reply_next(&copy, row);
    ck_assert_str_eq(reply_get(&copy, row, "label"), "Eject");
    ck_assert_str_eq(reply_get(&copy, row, "script"), "eject fda");
    row = reply_next(&copy, row);
    ck_assert_str_eq(reply_get(&copy, row, "value"), "on");
    ck_assert_ptr_nonnull(strstr(reply_get(&copy, row, "not-now"), "may only be read"));
    reply_free(&copy);
    menu_open(&menu, PAGE_DRIVE, 1); /* a disc that the guest holds is not changed for another */
    row = NULL;
    report(&r);
    row = reply_first(&r, reply_find(&r, NULL, "rows"));
    ck_assert_ptr_nonnull(strstr(reply_get(&r, row, "not-now"), "locked"));
    facts.drives = 0;
    menu_open(&menu, PAGE_DRIVES, 0);
    report(&r);
    ck_assert_str_eq(reply_get(&r, NULL, "on"), "This machine has no drives");
    ck_assert_int_eq(reply_find(&r, NULL, "count")->number, 1);
    reply_free(&r);
}
END_TEST

/* A machine that keeps snapshots by name has those instead of numbers. */
START_TEST(snapshots_by_name)
{
    facts.named = true;
    menu_open(&menu, PAGE_LOAD, 0);
    ck_assert_str_eq(menu.rows.row[0].label, "There are no snapshots yet");
    facts.snapshots = FACTS_TREE + 3;
    for (unsigned i = 0; i < FACTS_TREE; i++) {
        struct tree_entry *t = &facts.snapshot[i];
        *t = (struct tree_entry){.taken = 1700000000 + i, .memory = i != 1, .here = i == 0};
        snprintf(t->name, sizeof(t->name), "point %u", i);
    }
    menu_open(&menu, PAGE_SAVE, 0);
    pick("New snapshot");
    ck_assert_uint_eq(done_count, 1);
    ck_assert_str_eq(done[0], "snapshot take");
    menu_open(&menu, PAGE_LOAD, 0);
    ck_assert_uint_eq(menu.rows.count, FACTS_TREE + 1);
    ck_assert_ptr_nonnull(strstr(menu.rows.row[0].value, ", here"));
    ck_assert_ptr_nonnull(strstr(menu.rows.row[1].value, ", off"));
    ck_assert_str_eq(menu.rows.row[FACTS_TREE].label, "3 older ones");
    pick("point 7");
    pick("Yes");
    ck_assert_uint_eq(done_count, 2);
    ck_assert_str_eq(done[1], "snapshot restore point 7");
}
END_TEST

/* The default of a question changes nothing, by Enter, by Back and by Close. */
START_TEST(questions)
{
    static const enum menu_key ways[] = {MENU_ENTER, MENU_BACK, MENU_CLOSE};
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        menu_open(&menu, PAGE_ROOT, 0);
        pick("Quit");
        ck_assert_int_eq(page(), PAGE_ASK);
        menu_letter(&menu, 'y'); /* no letter answers */
        menu_key(&menu, ways[i]);
        ck_assert(done_count == 0 && menu.open == (ways[i] != MENU_CLOSE));
        if (menu.open)
            ck_assert_int_eq(page(), PAGE_ROOT);
    }
    facts.clean = true; /* nothing to lose */
    menu_open(&menu, PAGE_ROOT, 0);
    pick("Quit");
    ck_assert(done_count == 1 && !menu.open);
    /* From outside. */
    static const char *const words[] = {"quit", NULL};
    menu_ask(&menu, "Close?", "Quit", words);
    ck_assert(menu.open && page() == PAGE_ASK);
    menu_key(&menu, MENU_ENTER);
    ck_assert(!menu.open && done_count == 1);
    menu_ask(&menu, "Close?", "Quit", words);
    menu_key(&menu, MENU_DOWN);
    menu_key(&menu, MENU_ENTER);
    ck_assert(!menu.open && done_count == 2);
}
END_TEST

START_TEST(choices)
{
    menu_open(&menu, PAGE_SOUND, 0);
    choose("Volume");
    menu_key(&menu, MENU_RIGHT);
    menu_key(&menu, MENU_LEFT);
    ck_assert_str_eq(done[0], "window volume 90");
    ck_assert_str_eq(done[1], "window volume 70");
    int x, y;
    menu_draw(&view, &menu, 640, 480);
    ck_assert(find_spot(SPOT_LESS, 0, &x, &y)); /* the mouse, too, can go both ways */
    menu_click(&menu, 0, true);
    menu_click(&menu, 0, false);
    ck_assert_str_eq(done[2], "window volume 70");
    ck_assert_str_eq(done[3], "window volume 90");
}
END_TEST

/* No two rows of a page have one name: the cursor would go from one to the other at a refresh. */
START_TEST(labels_differ)
{
    facts.sources = 2;
    snprintf(facts.source[0].name, sizeof(facts.source[0].name), "speaker");
    snprintf(facts.source[1].name, sizeof(facts.source[1].name), "opl");
    for (int page = PAGE_ROOT; page < PAGE_COUNT; page++) {
        if (page == PAGE_FILES)
            continue; /* a file may stand among the recent ones, too */
        menu_open(&menu, (enum menu_page)page, 0);
        for (size_t i = 0; i < menu.rows.count; i++) {
            for (size_t k = 0; k < i; k++)
                ck_assert_msg(strcmp(menu.rows.row[i].label, menu.rows.row[k].label) != 0,
                              "%s: two rows \"%s\"", menu_title(&menu), menu.rows.row[i].label);
        }
        menu_close(&menu);
    }
}
END_TEST

START_TEST(sound_devices)
{
    facts.devices = 2;
    snprintf(facts.device[0], SETTINGS_VALUE, "Speakers");
    snprintf(facts.device[1], SETTINGS_VALUE, "Headset of the desk");
    menu_open(&menu, PAGE_SOUND, 0);
    pick("Device");
    ck_assert(page() == PAGE_DEVICE && menu.shown_count == 3);
    ck_assert_str_eq(menu_at(&menu)->value, "now"); /* the usual one */
    choose("Headset");
    menu_key(&menu, MENU_ENTER);
    ck_assert_str_eq(done[0], "window sound-device Headset of the desk");
    ck_assert(page() == PAGE_SOUND);
    /* One that was chosen and is not there is shown, and is no way to anything. */
    struct err e;
    ck_assert(settings_set(&settings, "sound-device", "Gone", &e));
    menu_refresh(&menu);
    pick("Device");
    choose("Gone");
    ck_assert(menu_at(&menu)->why && done_count == 1);
    settings_set(&settings, "sound-device", "default", &e);
}
END_TEST

START_TEST(cursor_and_filter)
{
    menu_open(&menu, PAGE_ROOT, 0);
    size_t all = menu.shown_count;
    pick("Picture");
    choose("Full");
    menu_key(&menu, MENU_CLOSE);
    menu_open(&menu, PAGE_ROOT, 0);
    ck_assert_str_eq(menu_at(&menu)->label, "Picture");
    menu_key(&menu, MENU_ENTER);
    ck_assert_str_eq(menu_at(&menu)->label, "Full screen");
    menu_key(&menu, MENU_BACK);
    menu_letter(&menu, 'S');
    menu_letter(&menu, 'o');
    ck_assert_uint_eq(menu.shown_count, 1);
    ck_assert_str_eq(menu_at(&menu)->label, "Sound");
    menu_letter(&menu, 0xfc); /* nothing has it: said, and no dead end */
    char help[200];
    menu_help(&menu, help, sizeof(help));
    ck_assert(menu.shown_count == 0 && strstr(help, "Backspace"));
    menu_key(&menu, MENU_ENTER);
    menu_key(&menu, MENU_DOWN);
    menu_key(&menu, MENU_ERASE);
    ck_assert_uint_eq(menu.shown_count, 1);
    menu_key(&menu, MENU_ERASE);
    menu_key(&menu, MENU_ERASE);
    ck_assert_uint_eq(menu.shown_count, all);
    menu_key(&menu, MENU_HOME);
    menu_key(&menu, MENU_UP); /* round the end */
    ck_assert_str_eq(menu_at(&menu)->label, "Quit");
    menu_key(&menu, MENU_DOWN);
    ck_assert_str_eq(menu_at(&menu)->label, "Drives");
    for (unsigned i = 0; i < 100; i++)
        menu_letter(&menu, 'x'); /* an endless name */
    ck_assert(menu.open);
}
END_TEST

START_TEST(catching)
{
    menu_open(&menu, PAGE_KEYS, 0);
    pick("Another key");
    ck_assert(menu_catches(&menu));
    menu_caught(&menu, "ctrl-f12");
    ck_assert_str_eq(done[0], "key ctrl-f12");
    ck_assert(!menu.open);
    menu_open(&menu, PAGE_KEYS, 0);
    pick("Another key");
    menu_click(&menu, 0, false); /* the way out without a key */
    ck_assert(menu.open && !menu_catches(&menu) && done_count == 1);
}
END_TEST

static void make(const char *dir, const char *name, size_t size)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    ck_assert(f && ftruncate(fileno(f), (off_t)size) == 0);
    fclose(f);
}

START_TEST(files)
{
    char dir[] = "/tmp/ferrite-menu-XXXXXX", sub[100], path[200];
    ck_assert(mkdtemp(dir));
    snprintf(sub, sizeof(sub), "%s/B folder", dir);
    mkdir(sub, 0700);
    make(dir, "zebra.img", 1474560);
    make(dir, "Apple.img", 5);
    make(dir, ".hidden", 5);
    make(sub, "in it \"\xc3\xbc.img", 1);
    snprintf(path, sizeof(path), "%s/zebra.img", dir);
    settings_used(&settings, path);
    menu_open(&menu, PAGE_DRIVE, 1);
    pick("Insert");
    ck_assert_str_eq(menu_title(&menu), dir);
    const char *labels[20] = {0};
    size_t n = 0;
    for (size_t i = 0; i < menu.shown_count && n < 20; i++)
        labels[n++] = menu.rows.row[menu.shown[i]].label;
    ck_assert_str_eq(labels[0], "../");
    ck_assert_str_eq(labels[1], "zebra.img"); /* lately */
    ck_assert_str_eq(labels[n - 3], "B folder/");
    ck_assert_str_eq(labels[n - 2], "Apple.img");
    ck_assert_str_eq(labels[n - 1], "zebra.img");
    keep_picture("files", 640, 480);
    menu_letter(&menu, 'b'); /* folders are found, too */
    menu_letter(&menu, ' ');
    ck_assert_uint_eq(menu.shown_count, 1);
    menu_key(&menu, MENU_ENTER);
    ck_assert_str_eq(menu_title(&menu), sub);
    menu_key(&menu, MENU_ERASE); /* up again, on the folder that was left */
    ck_assert_str_eq(menu_title(&menu), dir);
    ck_assert_str_eq(menu_at(&menu)->label, "B folder/");
    menu_key(&menu, MENU_ENTER);
    pick("in it");
    snprintf(path, sizeof(path), "insert cd %s/in it \"\xc3\xbc.img", sub);
    ck_assert_str_eq(done[0], path);
    ck_assert_int_eq(page(), PAGE_DRIVE);
    /* A folder that is gone leaves no dead end. */
    menu_key(&menu, MENU_ENTER);
    snprintf(path, sizeof(path), "rm -r %s", dir);
    ck_assert(system(path) == 0);
    menu_key(&menu, MENU_BACK);
    pick("Insert");
    ck_assert_uint_gt(menu.shown_count, 0);
    menu_key(&menu, MENU_BACK);
    ck_assert_int_eq(page(), PAGE_DRIVE);
}
END_TEST

/* Any size of room, any key: something is drawn, and nothing breaks. */
START_TEST(any_size_any_key)
{
    u32 seed = 5;
    for (unsigned i = 0; i < 4000; i++) {
        seed = seed * 1664525 + 1013904223;
        if (!menu.open)
            menu_open(&menu, (enum menu_page)(seed >> 8) % PAGE_ASK, (seed >> 4) % 4);
        done_count = 0;
        if (seed >> 28 < 10)
            menu_key(&menu, (enum menu_key)((seed >> 16) % (MENU_END + 1)));
        else if (seed >> 28 < 12)
            menu_letter(&menu, 'a' + (seed >> 16) % 26);
        else if (seed >> 28 < 14)
            menu_click(&menu, (seed >> 16) % 30, seed & 1);
        else
            menu_wheel(&menu, (int)(seed >> 16) % 7 - 3);
        if (menu.open && i % 8 == 0) {
            size_t row;
            ck_assert(menu_draw(&view, &menu, (int)(seed >> 8) % 900, (int)(seed >> 18) % 700));
            menu_spot(&view, &menu, (int)(seed >> 8) % 900, (int)(seed >> 18) % 700, &row);
        }
    }
}
END_TEST

START_TEST(status_line)
{
    struct status s = {0};
    struct canvas c = {0};
    ck_assert(status_update(&s, &facts, &settings, 10));
    ck_assert(!status_update(&s, &facts, &settings, 10.1)); /* nothing new */
    ck_assert_str_eq(s.key, "F12: menu");
    ck_assert(strstr(s.text, "A:  ") && strstr(s.text, "486DX2-66 at 100 %"));
    ck_assert(strstr(s.text, "mouse free") && strstr(s.text, "sound 80 %"));
    facts.drive[0].read = 3;
    ck_assert(status_update(&s, &facts, &settings, 11) && strstr(s.text, "A:* "));
    ck_assert(!status_update(&s, &facts, &settings, 11.2));
    ck_assert(status_update(&s, &facts, &settings, 11.5) && strstr(s.text, "A:  "));
    facts.drive[0].written = 9;
    ck_assert(status_update(&s, &facts, &settings, 12) && strstr(s.text, "A:! "));
    facts.network = true;
    facts.received = 1;
    ck_assert(status_update(&s, &facts, &settings, 12.5) && strstr(s.text, "net v"));
    facts.sent = 1;
    ck_assert(status_update(&s, &facts, &settings, 12.6) && strstr(s.text, "net^v"));
    facts.captured = true;
    settings.mute = 1;
    facts.percent = 61;
    snprintf(facts.limiter, sizeof(facts.limiter), "this host's processor");
    ck_assert(status_urgent(&facts));
    status_update(&s, &facts, &settings, 13);
    ck_assert(strstr(s.text, "mute"));
    ck_assert(strncmp(s.text, "mouse captured: Right Ctrl frees it", 35) == 0); /* never cut off */
    ck_assert(strstr(s.text, "at 61 %: this host's processor"));
    facts.stopped = true;
    status_update(&s, &facts, &settings, 14);
    ck_assert(strncmp(s.text, "paused", 6) == 0);
    for (int w = 0; w < 2000; w += 33)
        ck_assert(status_draw(&s, &c, w) == (w >= 16));
    ck_assert(message_draw(&c, "a b c", 100) && c.height == 16 + 6);
    ck_assert(message_draw(&c, "words that go into more than one line of the message", 200));
    ck_assert_int_gt(c.height, 32);
    ck_assert(message_draw(&c, "onewordthatislongerthanthelineandmustbecutsomewhere", 90));
    ck_assert(!message_draw(&c, "x", 10) && !message_draw(&c, "", 500));
    canvas_free(&c);
}
END_TEST

/* Text of any bytes is cut to its columns. */
START_TEST(text)
{
    struct canvas c = {0};
    ck_assert(canvas_resize(&c, 80, 16));
    ck_assert_int_eq(canvas_columns("a\xc3\xa4\xe2\x96\xba\xff\xe2\x96"), 6);
    ck_assert_int_eq(canvas_text(&c, 0, 0, 1, 10, "twelve chars"), 10);
    ck_assert_int_eq(canvas_text(&c, -30, -5, 1, 10, "\xf0\x9f\x98\x80"), 1);
    canvas_fill(&c, 0, 0, 80, 16, 0);
    canvas_clip(&c, 8, 0, 8, 16);
    canvas_text(&c, 0, 0, 7, 10, "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"); /* full blocks */
    for (int i = 0; i < 80; i++)
        ck_assert_uint_eq(c.pixels[5 * 80 + i], i >= 8 && i < 16 ? 7 : 0);
    canvas_free(&c);
}
END_TEST

/* Every letter and sign of Latin-1 is one of its own, which stands on the line of the others. */
START_TEST(latin_1)
{
    enum { FIRST = 0xa1, LAST = 0xff };
    struct canvas c = {0};
    static u32 glyph[LAST + 1][GLYPH_W * GLYPH_H];
    ck_assert(canvas_resize(&c, GLYPH_W, GLYPH_H));
    for (unsigned u = 0; u <= LAST; u++) {
        char utf8[3] = {(char)u, 0, 0};
        if (u >= 0x80) {
            utf8[0] = (char)(0xc0 | u >> 6);
            utf8[1] = (char)(0x80 | (u & 0x3f));
        }
        canvas_fill(&c, 0, 0, GLYPH_W, GLYPH_H, 0);
        canvas_text(&c, 0, 0, 1, 1, utf8);
        memcpy(glyph[u], c.pixels, sizeof(glyph[u]));
    }
    for (unsigned u = FIRST; u <= LAST; u++) {
        for (unsigned other = ' '; other <= LAST; other++) {
            bool same_sign = (u == 0xad && other == '-') || other == 0x7f || u == other ||
                             (other >= 0x80 && other < FIRST);
            ck_assert_msg(same_sign || memcmp(glyph[u], glyph[other], sizeof(glyph[u])) != 0,
                          "U+%02X looks like U+%02X", u, other);
        }
        if (u < 0xc0 || u == 0xd7 || u == 0xf7)
            continue;
        bool line = false; /* row 11 is the last one of letters without a descender */
        for (unsigned x = 0; x < GLYPH_W; x++)
            line |= glyph[u][11 * GLYPH_W + x] != 0;
        ck_assert_msg(line, "U+%02X does not stand on the line", u);
    }
    canvas_free(&c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("menu");
    TCase *t = tcase_create("menu");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, every_page);
    tcase_add_test(t, latin_1);
    tcase_add_test(t, commands);
    tcase_add_test(t, snapshots_by_name);
    tcase_add_test(t, questions);
    tcase_add_test(t, choices);
    tcase_add_test(t, labels_differ);
    tcase_add_test(t, sound_devices);
    tcase_add_test(t, cursor_and_filter);
    tcase_add_test(t, catching);
    tcase_add_test(t, files);
    tcase_add_test(t, any_size_any_key);
    tcase_add_test(t, status_line);
    tcase_add_test(t, a_stick);
    tcase_add_test(t, in_words);
    tcase_add_test(t, text);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
