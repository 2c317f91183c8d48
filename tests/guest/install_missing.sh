#!/bin/bash
# install_missing.sh - two that install what is missing at the same time (a build made beside another
# one's tests) do it one after the other, for apt-get refuses what another one has locked; what is
# there already is not asked for, and a failure is said and no reason to stop.
# no sanitizers: of Ferrite nothing runs
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $1"
    cat "$work"/said.*
    exit 1
}
mkdir "$work/bin"
cat >"$work/bin/dpkg-query" <<'END'
#!/bin/sh
for package; do :; done
[ "$package" != here ] || echo 'install ok installed'
END
cat >"$work/bin/apt-get" <<END
#!/bin/sh
mkdir "$work/lock" || exit 100
sleep 0.1
rmdir "$work/lock"
echo "\$*" >>"$work/asked"
case \$* in *broken*) exit 100 ;; esac
END
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
chmod +x "$work"/bin/*
PATH=$work/bin:$PATH

# shellcheck source=scripts/packages.sh
. scripts/packages.sh
install_missing here >"$work/said.0" 2>&1
[ ! -e "$work/asked" ] || fail "what is there was asked for"
for n in 1 2 3; do
    install_missing here "absent$n" >"$work/said.$n" 2>&1 &
done
wait
for n in 1 2 3; do
    [ "$(grep -c "install.* absent$n\$" "$work/asked")" = 1 ] || fail "absent$n was not installed"
    if grep -q 'That failed' "$work/said.$n"; then fail "absent$n: two at a time"; fi
done
install_missing broken >"$work/said.4" 2>&1 || fail "a failure ends it"
grep -q 'That failed; as root: apt-get install broken' "$work/said.4" || fail "a failure is not said"
echo "packages are installed by one at a time"
