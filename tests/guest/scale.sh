#!/bin/bash
# scale.sh FERRITE - one suite plainly, by GNU parallel, as a Slurm job array with a controller and a
# node of its own on this host, and by the commands of the Kubernetes manifest: the same reports.
# long
# no sanitizers
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# 130 tests from one boot, so that it is not all one shard's; one that fails, one that is skipped.
mkdir suite
printf '# args: -m 4 -cpu 486\nwait-text "Ferrite demo disk"\n' >suite/boot.script
for i in $(seq 130); do
    printf '# from: boot.script\nsleep 0.%03d\nassert-text /demo disk/\n' "$i" >"suite/t$i.script"
done
printf '# from: boot.script\nassert-text "never"\n' >suite/bad.script
printf '# needs: /nowhere\nquit\n' >suite/absent.script
plain() { # REPORT: without what the host's time and place put in
    sed -e 's/ time="[0-9.]*"//' -e '/ATTACHMENT/d' -e 's/ferrite replay [^ ]*/ferrite replay/g' "$1"
}
status=0
"$ferrite" test suite -j 2 -junit whole.xml -failures whole >whole.tap || status=$?
[ "$status" = 1 ] || failed "plain: status $status"
"$ferrite" test -merge plain.xml whole.xml >said || true
grep -q '^# 130 passed, 1 failed, 1 skipped$' said || failed "plain: $(cat said)"
same() { # NAME REPORT
    cmp -s <(plain plain.xml) <(plain "$2") || {
        failed "$1: another report"
        diff <(plain plain.xml) <(plain "$2") | head -n 5
    }
    [ "$(grep -c 'property name="hash"' "$2")" = 131 ] || failed "$1: hashes are missing"
}

if command -v parallel >/dev/null; then
    status=0
    "$here"/scripts/scale/parallel -n 5 -o by-parallel -f "$ferrite" suite -- -j 2 >said 2>err || status=$?
    [ "$status" = 1 ] || failed "parallel: status $status: $(head -n 3 err)"
    same parallel by-parallel/junit.xml
    used=$(grep -l '<testcase' by-parallel/part-*.xml | wc -l)
    [ "$used" -ge 2 ] || failed "parallel: all tests were in one shard"
    # A shard that leaves no report is no success.
    status=0
    printf '#!/bin/bash\n[[ "$*" == *"-shard 2/"* ]] && exit 9\nexec %q "$@"\n' "$ferrite" >broken
    chmod +x broken
    "$here"/scripts/scale/parallel -n 3 -o by-broken -f ./broken suite >said 2>err || status=$?
    [ "$status" = 2 ] || failed "a lost shard: status $status"
    grep -q 'part-2.xml: No such file' err || failed "a lost shard is not said"
else
    echo "SKIPPED in part: needs GNU parallel (apt-get install parallel)"
fi

slurm_here() { # a cluster of this host alone; false: it does not start
    local name
    name=$(hostname -s)
    mkdir -p slurm/state slurm/spool
    chmod 700 slurm
    head -c 1024 /dev/urandom >slurm/key
    chmod 600 slurm/key
    munged --foreground --force --key-file "$work/slurm/key" --socket "$work/slurm/munge" \
        --pid-file "$work/slurm/munged.pid" --log-file "$work/slurm/munged.log" \
        --seed-file "$work/slurm/seed" --num-threads 2 >slurm/munged.out 2>&1 &
    cat >slurm/slurm.conf <<CONF
ClusterName=here
SlurmctldHost=$name(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/slurm/munge
CryptoType=crypto/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$work/slurm/state
SlurmdSpoolDir=$work/slurm/spool
SlurmctldPidFile=$work/slurm/ctld.pid
SlurmdPidFile=$work/slurm/d.pid
SlurmctldLogFile=$work/slurm/ctld.log
SlurmdLogFile=$work/slurm/d.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=1000,bf_interval=1
MailProg=/bin/true
NodeName=$name NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF=$work/slurm/slurm.conf
    for _ in $(seq 200); do [ ! -S slurm/munge ] || break; sleep 0.05; done
    slurmctld -D >slurm/ctld.out 2>&1 &
    slurmd -D >slurm/d.out 2>&1 &
    for _ in $(seq 300); do
        [[ $(sinfo -h -o %T 2>/dev/null) != idle ]] || return 0
        sleep 0.1
    done
    tail -n 5 slurm/*.log slurm/*.out
    return 1
}
if command -v slurmctld >/dev/null && command -v munged >/dev/null && [ "$(id -u)" = 0 ]; then
    if slurm_here; then
        status=0
        timeout 300 "$here"/scripts/scale/slurm -n 3 -o by-slurm -f "$ferrite" suite >said 2>err || status=$?
        [ "$status" = 1 ] || failed "slurm: status $status: $(head -n 3 err)"
        same slurm by-slurm/junit.xml
    else
        failed "slurm does not start here"
    fi
else
    echo "SKIPPED in part: needs Slurm and root (apt-get install slurm-wlm munge)"
fi

# The manifest: what it is, and its commands done here, each pod a process.
manifest=$here/scripts/scale/kubernetes.yaml
if command -v kubeconform >/dev/null; then
    kubeconform -strict "$manifest" || failed "kubeconform refuses the manifest"
fi
if python3 -c 'import yaml' 2>/dev/null; then
    python3 - "$manifest" <<'PY' || failed "the manifest is none"
import sys, yaml
test, merge = yaml.safe_load_all(open(sys.argv[1]))
# batch/v1 Job: fields and their kinds, as the API's reference has them.
def need(ok, what):
    if not ok:
        sys.exit("manifest: " + what)
for job in (test, merge):
    need(job["apiVersion"] == "batch/v1" and job["kind"] == "Job", "kind")
    need(set(job) == {"apiVersion", "kind", "metadata", "spec"}, "unknown fields")
    known = {"completionMode", "completions", "parallelism", "backoffLimit", "activeDeadlineSeconds", "template"}
    need(set(job["spec"]) <= known, "unknown fields in spec")
    pod = job["spec"]["template"]["spec"]
    need(pod["restartPolicy"] in ("Never", "OnFailure"), "restartPolicy of a Job")
    volumes = {v["name"] for v in pod["volumes"]}
    for c in pod["containers"]:
        need({m["name"] for m in c["volumeMounts"]} <= volumes, "a mount without a volume")
        need(all(isinstance(e["value"], str) for e in c["env"]), "values of env are strings")
        need(c["command"][:2] == ["/bin/sh", "-c"] and len(c["command"]) == 3, "command")
shards = test["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"]
need(test["spec"]["completionMode"] == "Indexed", "completionMode")
need(str(test["spec"]["completions"]) == str(test["spec"]["parallelism"]) == shards, "SHARDS")
need(merge["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] == shards, "SHARDS of the merge")
for name, job in ("pod", test), ("merge", merge):
    open(name + ".sh", "w").write(job["spec"]["template"]["spec"]["containers"][0]["command"][2])
PY
    mkdir results scratch
    ln -s "$ferrite" ferrite
    for index in $(seq 0 7); do
        sed -e "s#/results#$work/results#g" -e "s# /suite# $work/suite#" pod.sh |
            PATH=$work:$PATH SHARDS=8 TMPDIR=$work/scratch JOB_COMPLETION_INDEX=$index sh -s >/dev/null ||
            failed "pod $index"
    done
    status=0
    sed "s#/results#$work/results#g" merge.sh | PATH=$work:$PATH SHARDS=8 timeout 60 sh -s >said || status=$?
    [ "$status" = 1 ] || failed "merge: status $status"
    same kubernetes results/junit.xml
fi
exit "$failures"
