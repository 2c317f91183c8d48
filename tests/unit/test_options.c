/*
 * test_options.c - the command line: every option, both spellings, and one clear line for what
 * is wrong; names of keys; the help page's size.
 */
#include "frontend/cli/options.h"
#include "frontend/cli/readconfig.h"
#include "frontend/control/keymap.h"
#include "hw/input/keys.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Parse a command line written as one string. */
static bool parse(struct options *o, const char *line, struct err *e)
{
    static char copy[500]; /* the options point into it */
    char *argv[80] = {(char *)"ferrite"};
    int argc = 1;
    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = strcmp(word, "''") == 0 ? (char *)"" : word;
    e->text[0] = 0;
    bool ok = options_parse(o, argc, argv, e);
    if (!ok)
        options_free(o);
    return ok;
}

/* The words that rows offer are values that the option takes, each of them; and all of -cpu's. */
START_TEST(words_are_values)
{
    for (size_t i = 0; i < options_table.count; i++) {
        const struct option *row = &options_table.rows[i];
        ck_assert_msg(row->heading || row->help, "-%s has no help", row->name);
        char list[200];
        snprintf(list, sizeof(list), "%s", row->words ? row->words : "");
        for (char *word = strtok(list, " "); word; word = strtok(NULL, " ")) {
            struct options o = {0};
            struct err e;
            /* What ends in "=" wants more. */
            if (row->kind == OPTION_FUNCTION && word[strlen(word) - 1] != '=')
                ck_assert_msg(row->set(&o, word, &e), "-%s %s", row->name, word);
            unsigned n = 0;
            while (strcmp(row->name, "cpu") == 0 && vm_cpu_name(n) && strcmp(vm_cpu_name(n), word))
                n++;
            ck_assert_msg(strcmp(row->name, "cpu") || vm_cpu_name(n), "-cpu %s", word);
            options_free(&o);
        }
        for (unsigned n = 0; strcmp(row->name, "cpu") == 0 && vm_cpu_name(n); n++)
            ck_assert_msg(strstr(row->words, vm_cpu_name(n)), "-cpu %s", vm_cpu_name(n));
    }
}
END_TEST

START_TEST(all_options)
{
    struct options o;
    struct err e;
    ck_assert(parse(&o, "", &e));
    ck_assert(!o.no_vmport && o.ram_mb == 0 && o.display == DISPLAY_AUTO && !o.stats &&
              !o.floppy[0]);
    ck_assert(
        parse(&o,
              "-m 16 -cpu 486 -speed 386-33 -fda a.img -fdb b.img -hda c.img -hdb d.img "
              "-hdc e.img -hdd f.img -boot ca -bios b.bin -vgabios v.bin -serial stdio "
              "-serial file:x -parallel null -debugcon file:y -display none -snapshot "
              "-no-reboot -no-shutdown -no-vmport -rtc base=localtime -script s -stats -d int,exec "
              "-d unimp -D log",
              &e));
    ck_assert_str_eq(e.text, "");
    ck_assert_uint_eq(o.ram_mb, 16);
    ck_assert_str_eq(o.cpu, "486");
    ck_assert(o.mips > 0 && o.mips < 20 && !o.speed_max);
    ck_assert_str_eq(o.floppy[0], "a.img");
    ck_assert_str_eq(o.floppy[1], "b.img");
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(o.disk[i][0], 'c' + i);
    ck_assert_str_eq(o.boot, "ca");
    ck_assert_str_eq(o.bios, "b.bin");
    ck_assert_str_eq(o.vga_bios, "v.bin");
    ck_assert_str_eq(o.serial[0], "stdio");
    ck_assert_str_eq(o.serial[1], "file:x");
    ck_assert_str_eq(o.debugcon, "file:y");
    ck_assert_int_eq(o.display, DISPLAY_NONE);
    ck_assert(o.snapshot && o.no_reboot && o.no_shutdown && o.no_vmport && o.stats);
    ck_assert_int_eq(o.rtc, RTC_LOCALTIME);
    ck_assert_uint_eq(o.log_mask, LOG_INT | LOG_EXEC | LOG_UNIMP);
    ck_assert_str_eq(o.log_file, "log");
}
END_TEST

START_TEST(network)
{
    struct options o;
    struct err e;
    ck_assert(parse(&o, "", &e));
    ck_assert_int_eq(o.nic.net, NET_NONE);
    ck_assert(parse(&o,
                    "-nic user,model=ne2k_isa,mac=02:00:5e-10:20:3F,io=0x320,irq=5,restrict=on,"
                    "hostfwd=tcp::2222-:22,hostfwd=udp:0.0.0.0:5353-10.0.2.20:53 -netdump x.pcap",
                    &e));
    static const u8 mac[] = {0x02, 0x00, 0x5e, 0x10, 0x20, 0x3f};
    static const u8 any[4] = {0}, self[4] = {127, 0, 0, 1}, first[4] = {10, 0, 2, 15};
    ck_assert(o.nic.net == NET_USER && o.nic.model == NIC_NE2K_ISA && o.nic.restricted);
    ck_assert(o.nic.mac_set && o.nic.io == 0x320 && o.nic.irq == 5 && o.nic.forwards == 2);
    ck_assert_mem_eq(o.nic.mac, mac, 6);
    const struct nic_forward *f = o.nic.forward;
    ck_assert(!f[0].udp && f[0].host_port == 2222 && f[0].guest_port == 22);
    ck_assert_mem_eq(f[0].host, self, 4); /* nobody outside unless one says so */
    ck_assert_mem_eq(f[0].guest, first, 4);
    ck_assert(f[1].udp && f[1].host_port == 5353 && f[1].guest[3] == 20);
    ck_assert_mem_eq(f[1].host, any, 4);
    ck_assert_str_eq(o.netdump, "x.pcap");
    ck_assert(parse(&o, "-nic lan,name=lab_1", &e));
    ck_assert(o.nic.net == NET_LAN && o.nic.model == NIC_NE2K_PCI && !o.nic.mac_set);
    ck_assert_str_eq(o.nic.lan, "lab_1");
    ck_assert(parse(&o, "-nic user -nic none", &e));
    ck_assert_int_eq(o.nic.net, NET_NONE);
    static const struct {
        const char *line, *why;
    } bad[] = {
        {"-nic tap", "say user"},
        {"-nic user,modle=x", "mean model"},
        {"-nic user,model=e1000", "say ne2k_pci, pcnet, ne2k_isa or pcnet_isa"},
        {"-nic user,model=pcnet,irq=5", "a PCI card has none"},
        {"-nic user,model", "wants a value"},
        {"-nic user,name=x", "no \"name\""},
        {"-nic user,mac=01:00:00:00:00:00", "group"},
        {"-nic user,mac=52:54:00:12:34", "six bytes"},
        {"-nic user,mac=52:54:00:12:34:56:78", "six bytes"},
        {"-nic user,model=ne2k_isa,irq=8", "15"},
        {"-nic user,model=ne2k_isa,io=0x311", "0x300"},
        {"-nic user,irq=5", "PCI"},
        {"-nic user,restrict=yes", "on or off"},
        {"-nic user,hostfwd=tcp:22", "tcp::2222-:22"},
        {"-nic user,hostfwd=tcp::0-:22", "tcp::2222-:22"},
        {"-nic user,hostfwd=tcp:localhost:1-:22", "tcp::2222-:22"},
        {"-nic lan", "name="},
        {"-nic lan,name=../x", "letters"},
        {"-nic lan,name=012345678901234567890123456789012", "letters"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_msg(!parse(&o, bad[i].line, &e), "%s", bad[i].line);
        ck_assert_msg(strstr(e.text, bad[i].why) != NULL, "%s: %s", bad[i].line, e.text);
        ck_assert_ptr_null(strchr(e.text, '\n'));
        options_free(&o);
    }
}
END_TEST

START_TEST(shares)
{
    struct options o;
    struct err e;
    ck_assert(parse(&o, "", &e));
    ck_assert_uint_eq(o.shares.count, 0);
    ck_assert(parse(
        &o, "-share work=/home/me,rw,letter=d: -share a=b=c,lower,cp=850 -share x=./ro,no,ro", &e));
    const struct guest_share *s = o.shares.share;
    ck_assert_uint_eq(o.shares.count, 3);
    ck_assert_str_eq(s[0].name, "work");
    ck_assert_str_eq(s[0].path, "/home/me");
    ck_assert(s[0].writable && !s[0].lower && s[0].letter == 'D');
    ck_assert_str_eq(s[1].path, "b=c");
    ck_assert(!s[1].writable && s[1].lower && s[1].letter == 0);
    ck_assert_str_eq(s[2].path, "./ro,no"); /* what is no option belongs to the name */
    struct guest_config config = {0};
    share_config(&o.shares, &config);
    ck_assert_uint_eq(config.shares, 3);
    ck_assert_uint_eq(config.codepage, 850);
    static const char *const bad[] = {"-share x", "-share =x", "-share x=", "-share x=,rw",
                                      ("-share a=b -share a=b -share a=b -share a=b -share a=b "
                                       "-share a=b -share a=b -share a=b -share a=b")};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_msg(!parse(&o, bad[i], &e), "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(e.text, "-share "));
    }
}
END_TEST

START_TEST(two_dashes_and_units)
{
    struct options o;
    struct err e;
    ck_assert(parse(&o, "--m=32M --fda a.img --stats --boot order=c --speed 12.5", &e));
    ck_assert(o.ram_mb == 32 && o.stats && o.mips == 12.5);
    ck_assert_str_eq(o.boot, "c");
    ck_assert(parse(&o, "-boot order=a,c,d", &e));
    ck_assert_str_eq(o.boot, "acd");
    ck_assert(parse(&o, "-boot d,a", &e));
    ck_assert_str_eq(o.boot, "da");
    ck_assert(parse(&o, "-cpu 386 -cpu 486 -speed max -speed 486-66", &e)); /* the last counts */
    ck_assert_str_eq(o.cpu, "486");
    ck_assert_str_eq(o.speed_cpu, "486");
    ck_assert(!o.speed_max && o.mips > 20);
    ck_assert(parse(&o, "-speed 486DX2-66", &e)); /* as it was sold */
    ck_assert_double_eq_tol(o.mhz, 66.67, .01);
    ck_assert_str_eq(o.clock_of, "486");
    ck_assert(parse(&o, "-speed 386sx-16", &e) && parse(&o, "-speed Pentium-100", &e));
    ck_assert(!parse(&o, "-speed 486dx3-66", &e) && !parse(&o, "-speed pentiumdx-66", &e));
    ck_assert(parse(&o, "-speed 386-33 -speed 20", &e));
    ck_assert(o.mips == 20 && !o.speed_cpu);
    ck_assert(parse(&o, "-m 2G -speed max", &e));
    ck_assert(o.ram_mb == 2048 && o.speed_max);
    ck_assert(parse(&o, "-limit host=2.5,guest=30 -limit guest=31", &e));
    ck_assert(o.limit_host == 2.5 && o.limit_guest == 31);
    ck_assert(parse(&o, "-rtc base=1999-12-31T23:59:58", &e));
    ck_assert_uint_eq(o.rtc_date, 946684798);
    ck_assert(parse(&o, "-rtc base=2000-01-01", &e));
    ck_assert_uint_eq(o.rtc_date, 946684800);
}
END_TEST

START_TEST(mistakes_are_explained_in_one_line)
{
    static const struct {
        const char *line, *why;
    } wrong[] = {
        {"-fdd x", "did you mean -fd"},
        {"-dispaly none", "did you mean -display?"},
        {"--no-rebot", "did you mean -no-reboot?"},
        {"--statistics", "unknown option --statistics"},
        {"-qwertyuiop", "-help lists them"},
        {"a.img", "after -fda or -hda"},
        {"-", "is no option"},
        {"-m", "-m wants a value"},
        {"-m 0", "1 to 2048"},
        {"-m 2049", "1 to 2048"},
        {"-m 3G", "1 to 2048"},
        {"-m 99999999999999999999G", "1 to 2048"},
        {"-m -5", "1 to 2048"},
        {"-m 5x", "1 to 2048"},
        {"-m ''", "wants a value"},
        {"-stats=on", "unknown option"},
        {"--stats=on", "takes no value"},
        {"-display gtk", "sdl, text, vnc=[HOST]:N or none"},
        {"-boot x", "order in letters"},
        {"-boot aa", "order in letters"},
        {"-boot a,,c", "order in letters"},
        {"-boot ,a", "order in letters"},
        {"-boot a,", "order in letters"},
        {"-boot a,c,a", "order in letters"},
        {"-boot a,c,d,", "order in letters"},
        {"-hda x.img -hda y.img", "-hda is given twice: x.img and y.img"},
        {"-fdb x.img --fdb=x.img", "-fdb is given twice"},
        {"-cdrom x.iso -cdrom y.iso", "-cdrom is given twice"},
        {"-script x -script y", "-script is given twice"},
        {"-serial stdio -serial stdio", "has the terminal already"},
        {"-serial tcp:1", "stdio"},
        {"-serial file:", "stdio"},
        {"-serial null -serial null -serial null -serial null -serial null", "4 serial ports"},
        {"-device isa-seral", "did you mean isa-serial?"},
        {"-device isa-serial,irq=77", "-device isa-serial: irq=77: out of range (0 to 15)"},
        {"-device isa-serial,irq", "\"irq\" wants a value"},
        {"-chardev file,path=x", "-chardev file wants id=NAME"},
        {"-chardev file,id=a", "-chardev file wants path=FILE"},
        {"-chardev tcp,id=a", "-chardev tcp: say file, socket, stdio or null"},
        {"-chardev file,id=a,pth=x", "did you mean path?"},
        {"-chardev null,id=a,path=x", "there is no \"path\" here"},
        {"-chardev socket,id=a,path=x,server=off", "server=on,wait=off"},
        {"-chardev null,id=a -chardev stdio,id=a", "id=a is another's too"},
        {"-netdev user", "-netdev user wants id=NAME"},
        {"-netdev tap,id=n", "-netdev tap: tap: say user"},
        {"-netdev none,id=n", "say user or lan"},
        {"-netdev user,id=n,model=ne2k_pci", "there is no \"model\" here"},
        {"-netdev lan,id=n", "which one?"},
        {"-netdev user,id=n -netdev user,id=n", "id=n is another's too"},
        {"-readconfig /nowhere/x.ini", "-readconfig /nowhere/x.ini: No such file"},
        {"-serial msmouse -serial msmouse", "one serial mouse"},
        {"-parallel msmouse", "stdio"},
        {"-debugcon unix:x", "stdio"},
        {"-d inst", "did you mean int"},
        {"-d qqqqq", "-d help"},
        {"-speed fast", "386-33"},
        {"-speed nan", "386-33"},
        {"-speed -3", "386-33"},
        {"-rtc base=2001-02-31", "base="},
        {"-rtc utc", "base="},
        {"-limit 5", "host=SECONDS"},
        {"-limit host=", "host=SECONDS"},
        {"-limit host=0", "host=SECONDS"},
        {"-limit guest=nan", "host=SECONDS"},
        {"-limit host=5,", "host=SECONDS"},
        {"-limit host=5;guest=3", "host=SECONDS"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct options o;
        struct err e;
        ck_assert_msg(!parse(&o, wrong[i].line, &e), "accepted: %s", wrong[i].line);
        ck_assert_msg(strstr(e.text, wrong[i].why) != NULL, "%s: %s", wrong[i].line, e.text);
        ck_assert_ptr_null(strchr(e.text, '\n'));
    }
}
END_TEST

START_TEST(help_fits_a_screen)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    options_help(f);
    fclose(f);
    int lines = 0;
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, "\n");
        ck_assert_msg(len <= 79, "%.*s", (int)len, p);
        lines++;
        p += len + (p[len] == '\n');
    }
    ck_assert_int_le(lines, 23);
    static const char *const options[] = {
        "-m ",    "-cpu",      "-fda",     "-fdb",       "-hda",         "-hdd",
        "-boot",  "-bios",     "-serial",  "-debugcon",  "-display",     "-d ",
        "-speed", "-snapshot", "-script",  "-no-reboot", "-no-shutdown", "-stats",
        "-rtc",   "-version",  "-vgabios", "-D ",        "-nic",         "-netdump"};
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        ck_assert_msg(strstr(text, options[i]) != NULL, "%s", options[i]);
    free(text);
}
END_TEST

START_TEST(keys_by_name)
{
    int keys[KEYMAP_CHORD];
    const char *bad;
    size_t bad_len;
    ck_assert_uint_eq(keymap_chord("ctrl-alt-del", keys, &bad, &bad_len), 3);
    ck_assert(keys[0] == KEY_LCTRL && keys[1] == KEY_LALT && keys[2] == KEY_DELETE);
    ck_assert_uint_eq(keymap_chord("F10", keys, &bad, &bad_len), 1);
    ck_assert_int_eq(keys[0], KEY_F10);
    ck_assert_uint_eq(keymap_chord("ctrl-foo-a", keys, &bad, &bad_len), 0);
    ck_assert(bad_len == 3 && strncmp(bad, "foo", 3) == 0);
    static const char *const wrong[] = {"", "-", "a-", "-a", "a--b", "f13", "a-b-c-d-e-f-g-h-i"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        ck_assert_msg(!keymap_chord(wrong[i], keys, &bad, &bad_len), "%s", wrong[i]);
    for (int key = 1; key < KEY_COUNT; key++)
        ck_assert_int_eq(keymap_name(keymap_word(key), strlen(keymap_word(key))), key);
    /* By number, as QEMU's sendkey has it. */
    ck_assert_int_eq(keymap_name("0x1e", 4), KEY_A);
    ck_assert_int_eq(keymap_name("0XD3", 4), KEY_DELETE);
    ck_assert_int_eq(keymap_name("0xc8", 4), KEY_UP);
    static const char *const none[] = {"0x", "0x00", "0x1g", "0xff", "0x01e", "1e", "1x1e"};
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        ck_assert_int_eq(keymap_name(none[i], strlen(none[i])), KEY_NONE);
}
END_TEST

START_TEST(devices_and_what_they_name)
{
    struct options o;
    struct err e;
    bool ok =
        parse(&o,
              "-device isa-serial,id=com3,chardev=c,irq=5 -chardev socket,id=c,path=/tmp/a,,b,"
              "server=on,wait=off -netdev user,id=n,hostfwd=tcp::22-:22 -device "
              "ne2k_pci,netdev=n -chardev file,id=f,path=out.txt -chardev null,id=z",
              &e);
    ck_assert_msg(ok, "%s", e.text);
    ck_assert_uint_eq(o.devices.rows, 2);
    ck_assert_str_eq(o.devices.row[0]->driver, "isa-serial");
    ck_assert_str_eq(o.devices.row[0]->id, "com3");
    ck_assert_str_eq(row_value(o.devices.row[0], "irq"), "5");
    ck_assert_str_eq(row_value(o.devices.row[1], "netdev"), "n");
    ck_assert_uint_eq(o.devices.chardevs, 3);
    ck_assert_str_eq(o.devices.chardev[0]->id, "c");
    ck_assert_str_eq(o.devices.chardev[0]->to, "unix:/tmp/a,b");
    ck_assert_str_eq(o.devices.chardev[1]->to, "file:out.txt");
    ck_assert_str_eq(o.devices.chardev[2]->to, "null");
    ck_assert_uint_eq(o.devices.netdevs, 1);
    ck_assert_str_eq(o.devices.netdev[0]->id, "n");
    ck_assert_uint_eq(o.devices.netdev[0]->config.net, NET_USER);
    ck_assert_uint_eq(o.devices.netdev[0]->config.forward[0].guest_port, 22);
    options_free(&o);
}
END_TEST

static bool read_text(struct options *o, const char *text, struct err *e)
{
    *o = (struct options){0};
    return readconfig_text(o, "m.ini", text, strlen(text), e);
}

START_TEST(a_machine_in_a_file)
{
    struct options o;
    struct err e;
    bool ok = read_text(&o,
                        "\xef\xbb\xbf# a machine\r\n"
                        "[machine]\n  type = \"pc\"\n  cpu = \"486\"\n  snapshot = \"on\"\n"
                        "  no-reboot = off\n  bios = my bios.bin\n"
                        "; the old way\n[memory]\n size = \"16\"\n"
                        "[boot-opts]\norder=\"dca\"\n[rtc]\nbase = localtime\n"
                        "[drive \"d0\"]\nfile = \"a,b.img\" # with a comma\nif = ide\nindex = 1\n"
                        "[chardev \"c\"]\nbackend = \"file\"\npath = \"#1.txt\"\n"
                        "[netdev \"n\"]\ntype = user\nrestrict = on\n\n"
                        "[device \"com3\"]\n\tdriver = \"isa-serial\"\n\tchardev = \"c\"\n"
                        "[device]\ndriver=ne2k_isa\nnetdev=n",
                        &e);
    ck_assert_msg(ok, "%s", e.text);
    ck_assert_str_eq(o.cpu, "486");
    ck_assert(o.snapshot && !o.no_reboot);
    ck_assert_str_eq(o.bios, "my bios.bin");
    ck_assert_uint_eq(o.ram_mb, 16);
    ck_assert_str_eq(o.boot, "dca");
    ck_assert_int_eq(o.rtc, RTC_LOCALTIME);
    ck_assert_str_eq(o.drives.disk[1].file, "a,b.img");
    ck_assert_str_eq(o.devices.chardev[0]->to, "file:#1.txt");
    ck_assert(o.devices.netdev[0]->config.restricted);
    ck_assert_uint_eq(o.devices.rows, 2);
    ck_assert_str_eq(o.devices.row[0]->id, "com3");
    ck_assert_ptr_null(o.devices.row[1]->id);
    options_free(&o);
    ck_assert(read_text(&o, "", &e));
}
END_TEST

START_TEST(mistakes_in_a_file_have_lines)
{
    static const char *const wrong[][2] = {
        {"x", "m.ini:1: neither [section] nor key = \"value\""},
        {"\n x = 1", "m.ini:2: a key before the first section"},
        {"[devise]", "m.ini:1: there is no section [devise]; did you mean [device]?"},
        {"[qqqqqq]", "m.ini:1: there is no section [qqqqqq]"},
        {"[device", "m.ini:1: a section ends with ]"},
        {"[device] x", "m.ini:1: a section ends with ]"},
        {"[device \"a]", "m.ini:1: a section begins with [name] or [name \"id\"]"},
        {"[device x\"a\"]", "m.ini:1: a section begins with [name] or [name \"id\"]"},
        {"[memory \"a\"]", "m.ini:1: this section has no id"},
        {"[device \"a b\"]", "m.ini:1: id=a b: 1 to 32 letters, digits, -, . or _"},
        {"[device]\nirq = 5", "m.ini:1: [device] wants driver = \"...\""},
        {"\n[device]\ndriver = isa-seral\n", "m.ini:2: there is no device \"isa-seral\"; did you "
                                             "mean isa-serial?"},
        {"[device]\ndriver = isa-serial\n\nirk = 5\n[rtc]",
         "m.ini:4: there is no property \"irk\"; did you mean irq?"},
        {"[device]\ndriver = isa-serial\nirq = 99", "m.ini:3: irq=99: out of range (0 to 15)"},
        {"[device]\ndriver = VGA\ndriver = VGA", "m.ini:3: driver is said twice"},
        {"[device]\ndriver = \"VGA", "m.ini:2: a value ends with \", and nothing follows it"},
        {"[device]\ndriver = \"VGA\" x", "m.ini:2: a value ends with \", and nothing follows it"},
        {"[device]\ndriver = ", "m.ini:2: the value is empty"},
        {"[device]\n= VGA", "m.ini:2: there is no key"},
        {"[machine]\n\ncpuu = 486", "m.ini:3: there is no option cpuu; did you mean cpu?"},
        {"[machine]\nsnapshot = yes", "m.ini:2: say on or off"},
        {"[machine]\nspeed = fast", "m.ini:2: -speed fast: say 386-33"},
        {"[machine]\ntype = q35", "m.ini:1: type: there is one kind of machine, \"pc\""},
        {"[machine]\nreadconfig = m.ini", "m.ini:2: a file that reads another one"},
        {"[machine]\nhda = a\nhda = b", "m.ini:3: hda is said twice"},
        {"[memory]\nsize = 0", "m.ini:2: -m 0: say the memory"},
        {"[memory]\nslots = 3", "m.ini:1: [memory] has one key: size"},
        {"[drive]\nfile = a.img\nif = scsi", "m.ini:1: -drive if=scsi"},
        {"[drive]", "m.ini:1: this section is empty"},
        {"[nic]\nmodel = ne2k_pci", "m.ini:1: say type = \"user\""},
        {"[chardev]\nbackend = null", "m.ini:1 wants id=NAME"},
        {"[netdev \"n\"]\ntype = user\nx = 1", "m.ini:1: there is no \"x\" here"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct options o;
        struct err e;
        ck_assert_msg(!read_text(&o, wrong[i][0], &e), "accepted: %s", wrong[i][0]);
        ck_assert_msg(strncmp(e.text, wrong[i][1], strlen(wrong[i][1])) == 0, "%s\n%s", wrong[i][1],
                      e.text);
        options_free(&o);
    }
    struct options o = {0};
    struct err e;
    ck_assert(!readconfig_text(&o, "m.ini", "[rtc]\n\0", 7, &e));
    ck_assert_str_eq(e.text, "m.ini:2: this is no text file");
    char text[3000];
    memset(text, 'x', sizeof(text));
    ck_assert(!readconfig_text(&o, "m.ini", text, sizeof(text), &e));
    ck_assert_str_eq(e.text, "m.ini:1: this line is too long");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tc = tcase_create("options");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, devices_and_what_they_name);
    tcase_add_test(tc, a_machine_in_a_file);
    tcase_add_test(tc, mistakes_in_a_file_have_lines);
    tcase_add_test(tc, words_are_values);
    tcase_add_test(tc, all_options);
    tcase_add_test(tc, network);
    tcase_add_test(tc, shares);
    tcase_add_test(tc, two_dashes_and_units);
    tcase_add_test(tc, mistakes_are_explained_in_one_line);
    tcase_add_test(tc, help_fits_a_screen);
    tcase_add_test(tc, keys_by_name);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
