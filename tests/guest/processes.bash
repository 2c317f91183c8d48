# shellcheck shell=bash
# processes.bash - the processes that a test starts with &, sourced by it (scratch.bash does, too). The
# shell hears at once when one has ended, and from then on its number may be somebody else's: a plain
# `kill "$pid"` some seconds later may meet another test's machine. So the shell is asked first.

# runs PID: it is a job of ours, and has not ended.
runs() { [[ $'\n'$(jobs -pr)$'\n' == *$'\n'"$1"$'\n'* ]]; }

# signal NAME PID: false when it has ended already.
signal() { runs "$2" && kill "-$1" "$2"; }

# end_all: whatever runs, the last one first; 10 s later it has no choice.
end_all() {
    local job still how=TERM k
    for ((k = 0; k < 600; k++)); do
        mapfile -t still < <(jobs -pr)
        [ ${#still[@]} -gt 0 ] || return 0
        [ "$k" != 500 ] || how=KILL
        for ((job = ${#still[@]} - 1; job >= 0 && k % 500 == 0; job--)); do
            kill "-$how" "${still[job]}" 2>/dev/null || true
        done
        sleep 0.02
    done
}

# tidy_up: for the trap. KEEP=1 leaves the test's folder. A job that is ended before it has become the
# program has the trap still.
tidy_up() {
    [ "$BASHPID" = $$ ] || return 0
    end_all 2>/dev/null # the shell says who was killed
    [ -n "${KEEP:-}" ] || rm -rf "${work:?}"
}
