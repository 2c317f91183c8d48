/*
 * table.c - see table.h. An address says where, the sum says what: a mirror is trusted with
 * nothing.
 *
 * The small boot diskette comes first, pinned to a commit; FreeDOS 1.3's floppy edition is what the
 * project itself publishes.
 */
#include "frontend/get/table.h"

#define BOOTDISKS "codercowboy/freedosbootdisks"
#define COMMIT "330e522bf9323ad54a6ff68c9b7cb9ae7a084cb4"
#define DISKETTE "bootdisks/freedos.boot.disk.1.4MB.img"
#define EDITION "FD13-FloppyEdition.zip"

const struct get_package get_packages[] = {
    {
        .name = "freedos",
        .summary = "FreeDOS, the DOS that ferrite dos starts",
        .licence = "FreeDOS' kernel and its shell FreeCOM are free software under the GNU General\n"
                   "Public License, version 2: https://www.gnu.org/licenses/gpl-2.0.txt\n"
                   "Source code: https://github.com/FDOS/kernel, https://github.com/FDOS/freecom\n"
                   "They are no part of Ferrite and come without any warranty.\n",
        .licence_here = "/usr/share/common-licenses/GPL-2",
        .licence_text = {.name = "COPYING",
                         .url = {"https://www.gnu.org/licenses/old-licenses/gpl-2.0.txt",
                                 "https://sources.debian.org/data/main/b/base-files/12.4/licenses/"
                                 "GPL-2"},
                         .sha256 =
                             "8177f97513213526df2cf6184d8ff986c675afb514d4e68a404010521b880643",
                         .bytes = 18092},
        .keeps = "freedos.img",
        .choice =
            {
                {.name = "freedos.boot.disk.1.4MB.img",
                 .url = {"https://raw.githubusercontent.com/" BOOTDISKS "/" COMMIT "/" DISKETTE,
                         "https://cdn.jsdelivr.net/gh/" BOOTDISKS "@" COMMIT "/" DISKETTE,
                         "https://github.com/" BOOTDISKS "/raw/" COMMIT "/" DISKETTE},
                 .sha256 = "2546c15c6cba5814f7a318b1ef4e24158504d73dd24ba6eb6133ffe87686a056",
                 .bytes = 1474560},
                {.name = EDITION,
                 .url = {"https://www.ibiblio.org/pub/micro/pc-stuff/freedos/files/distributions/"
                         "1.3/official/" EDITION,
                         "https://download.freedos.org/1.3/" EDITION},
                 .sha256 = "75a4e11a7fce6f124e20927b3022b4b715a2a3f7324c5f5bfea42d90d80eb072",
                 .bytes = 21700000,
                 .member = "144m/x86BOOT.img"},
            },
    },
};

const size_t get_packages_count = ARRAY_SIZE(get_packages);
