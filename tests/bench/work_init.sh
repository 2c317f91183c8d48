#!/bin/busybox sh
# shellcheck shell=dash
# work_init.sh - /init of the guest of scripts/bench-work: fixed pieces of work with busybox' tools.
# Each makes its input by arithmetic that is the same with every awk (no number above 2^31).
/bin/busybox --install -s /bin
mkdir -p /proc /tmp /dev
mount -t proc proc /proc
mount -t tmpfs tmp /tmp
dmesg -n 1 # no messages in the middle of ours
cd /tmp || exit

numbers() { # COUNT: words and numbers of a generator, a line each
    awk -v n="$1" 'BEGIN { for (x = 1; n > 0; n--) {
        x = (x * 1103 + 12345) % 1048573
        printf "%d w%d %s\n", x, x % 977, (x % 3 ? "even" : "odd and longer")
    } }'
}

work() { # NAME: the function of this name, its output's sum
    echo "WORK BEGIN $1"
    echo "WORK END $1 $("work_$1" | md5sum | cut -d' ' -f1)"
}

work_sort() { numbers 10000 | sort -k2,2 -k1,1n; }
work_gzip() {
    numbers 15000 >text
    gzip -c text >text.gz
    gunzip -c text.gz
}
work_md5() {
    numbers 2000 >block
    for i in 1 2 3 4 5 6 7 8 9 10; do cat block block block block block block block block; done >long
    for i in 1 2 3 4; do md5sum <long; done
}
work_awk() {
    numbers 15000 | awk '{ sum[$2] += $1 % 1000; n[$2]++ }
        END { for (k = 0; k < 977; k++) print k, sum["w" k], n["w" k] }'
}
work_text() { numbers 10000 | grep -v 'w1[0-9]*5 ' | sed 's/odd and/strange \&/; s/^\([0-9]\)/<\1>/' | tr a-y b-z; }
work_find() {
    for a in 0 1 2 3 4 5 6 7 8 9; do
        for b in 0 1 2 3 4 5 6 7 8 9; do
            mkdir -p "tree/$a/$b"
            for c in 0 1 2 3 4 5; do echo "$a$b$c" >"tree/$a/$b/file$c"; done
        done
    done
    for i in 1 2 3 4 5; do find tree -name 'file[0-3]' -size -2 | sort; done
    find tree -type f | sort | xargs cat
    rm -r tree
}
work_shell() {
    i=0 x=1
    while [ $i -lt 5000 ]; do
        x=$(((x * 1103 + 12345) % 1048573)) i=$((i + 1))
        case $x in *7) echo "$x" ;; esac
    done
}

for name in sort gzip md5 awk text find shell; do work $name; done
echo "WORK DONE"
sleep 1000
