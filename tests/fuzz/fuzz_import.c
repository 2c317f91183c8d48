/*
 * fuzz_import.c - settings of other emulators of any content: an XML reader that ends, one line of
 * reason for what it refuses, and a machine's file that can be read again.
 *
 * Bytes from 80h on stand for words that such a file has.
 */
#include "frontend/machines/foreign.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    "<VirtualBox>",
    "</VirtualBox>",
    "<Machine OSType=\"Windows98\">",
    "</Machine>",
    "<HardDisk uuid=\"{1}\" location=\"a.img\" format=\"RAW\"/>",
    "<HardDisk uuid=\"{2}\" location=\"b.vdi\"/>",
    "<Image uuid=\"{1}\"/>",
    "<Image uuid=\"{3}\" location=\"c.iso\"/>",
    "<Image uuid=\"{3}\"/>",
    "<StorageController type=\"PIIX4\">",
    "</StorageController>",
    "<AttachedDevice type=\"HardDisk\" port=\"1\" device=\"0\">",
    "<AttachedDevice type=\"Floppy\">",
    "<AttachedDevice type=\"DVD\">",
    "</AttachedDevice>",
    "<Adapter enabled=\"true\" MACAddress=\"080027010203\">",
    "</Adapter>",
    "<NAT>",
    "</NAT>",
    "<Forwarding hostport=\"1\" guestport=\"2\"/>",
    "<Snapshot>",
    "</Snapshot>",
    "<Memory RAMSize=\"64\"/>",
    "<Envelope>",
    "</Envelope>",
    "<Item>",
    "</Item>",
    "<rasd:ResourceType>",
    "</rasd:ResourceType>",
    "<rasd:HostResource>",
    "</rasd:HostResource>",
    "<File ovf:href=\"d.img\" ovf:id=\"f\"/>",
    "/disk/f",
    "17",
    "&#x41;",
    "&#9999999;",
    "&amp;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE",
    "<SharedFolder name=\"n\" hostPath=\"/\"/>",
    "<a ",
    "b='c'",
    "/>",
    "[machine]\n",
    "cpu_family = i486\n",
    "cpu_family = 286\ncpu_speed = 8000000\n",
    "[sound blaster 16]\nbase = 0220\nirq = 7\n",
    "zip_01_parameters = 1, atapi\ncdrom_02_image_path = ioctl:///dev/sr0\n",
    "imgmount 0 a.img\nboot -l a\nboot a.img\n",
    "[dos]\nkeyboardlayout=gr453\n[serial]\nserial2=modem\n[ne2000]\nne2000=true\n",
    "<UART><Port slot=\"1\" enabled=\"true\" path=\"/p\" hostMode=\"RawFile\"/>",
    "<Boot><Order device=\"DVD\"/><Order device=\"HardDisk\"/></Boot>",
    "<OperatingSystemSection><Description>Debian_64</Description></OperatingSystemSection>",
    "[autoexec]\n",
    "mount c .\n",
    "hdd_01_fn = e.img\n",
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    char *text = NULL, *report = NULL;
    size_t length, said;
    struct ini to, again;
    struct err e = {{0}};
    FILE *out = open_memstream(&text, &length);
    for (size_t i = 0; out && i < size && ftell(out) < 60000; i++) {
        if (data[i] < 0x80)
            putc(data[i], out);
        else
            fputs(words[(data[i] - 0x80u) % ARRAY_SIZE(words)], out);
    }
    if (!out || fclose(out) != 0 || !ini_parse(&to, "machine.ini", "", 0, &e))
        abort();
    out = open_memstream(&report, &said);
    struct foreign f = {.to = &to, .folder = "/f", .out = out, .e = &e, .ok = true};
    enum foreign_kind kind = foreign_what(text, length);
    if (kind == FOREIGN_XML || (kind == FOREIGN_UNKNOWN && length && text[0] == '<')) {
        if (!foreign_vbox(&f, text, length) && (!e.text[0] || strchr(e.text, '\n')))
            abort();
    } else {
        foreign_read(text, length, kind == FOREIGN_DOSBOX ? foreign_dosbox : foreign_86box, &f);
        foreign_places_end(&f);
    }
    fclose(out);
    free(report);
    out = open_memstream(&report, &said);
    for (size_t i = 0; i < to.count; i++)
        fprintf(out, "%s\n", to.line[i].text);
    fclose(out);
    if (!ini_parse(&again, "again", report, said, &e) || again.count != to.count)
        abort();
    ini_free(&again);
    ini_free(&to);
    free(report);
    free(text);
    return 0;
}
