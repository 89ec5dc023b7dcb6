#!/bin/sh
# Shows what Anocir does, on a supervisor of its own in a temporary directory. Leaves nothing behind.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
anocir=$here/out/bin/anocir

if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1; then exec sudo "$0"; fi
    echo "make run needs root: it makes a container" >&2
    exit 1
fi

place=$(mktemp -d "${TMPDIR:-/tmp}/anocir-demo.XXXXXX")
export ANOCIR_RUNTIME_DIR="$place/run"
cleanup() {
    "$anocir" delete --force web >/dev/null 2>&1 || true
    if [ -r "$ANOCIR_RUNTIME_DIR/supervisor.pid" ]; then
        pid=$(cat "$ANOCIR_RUNTIME_DIR/supervisor.pid")
        kill "$pid" 2>/dev/null || true
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
    fi
    rm -rf "$place"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '\n%s\n' "$*"; }
show() { printf '  $ anocir %s\n' "$*"; }
indent() { sed 's/^/    /'; }

mkdir -p "$place/hello/rootfs/bin" "$place/hello/rootfs/proc"
cp /bin/busybox "$place/hello/rootfs/bin/busybox"
for program in sh echo hostname id ps sleep cat; do ln -s busybox "$place/hello/rootfs/bin/$program"; done
cp -r "$place/hello" "$place/web"

# Turns a fresh config.json into one without a terminal that runs the given words in a shell.
spec() {
    "$anocir" spec --bundle "$place/$1"
    sed -i -e 's/"terminal": true/"terminal": false/' -e "s|\"sh\"|\"sh\", \"-c\", \"$2\"|" "$place/$1/config.json"
}
spec hello 'echo Hello from a container.; hostname; id; ps; exit 7'
spec web 'echo Working.; sleep 300'

echo "A bundle is a directory with a root filesystem and a config.json. Here is one with busybox in it."
echo "The supervisor that the commands below speak to was started by the first of them."

say "1. Run a container to its end. It prints something and exits with 7:"
show run hello
status=0
cd "$place/hello"
"$anocir" run hello >"$place/output" 2>&1 || status=$?
indent <"$place/output"
echo "    (exit code $status)"
[ "$status" -eq 7 ] || { echo "expected exit code 7" >&2; exit 1; }

say "2. It is deleted, but what happened to it is remembered, with the time since the step before:"
show history hello
"$anocir" history hello | indent

say "3. Now one that stays, in two steps as Docker and Podman do it:"
show create --bundle web --pid-file web.pid web
cd "$place"
"$anocir" create --bundle "$place/web" --pid-file "$place/web.pid" web </dev/null >"$place/web.out" 2>&1
show start web
"$anocir" start web
show list
"$anocir" list | indent
show state web
"$anocir" state web | indent
echo
show ps web
"$anocir" ps web | indent

say "4. Kill the supervisor, hard. The container does not notice, and the next command starts a new one that knows it:"
old=$(cat "$ANOCIR_RUNTIME_DIR/supervisor.pid")
echo "  \$ kill -9 $old"
kill -9 "$old"
show list --quiet
"$anocir" list --quiet | indent
echo "    (the supervisor was process $old and is now process $(cat "$ANOCIR_RUNTIME_DIR/supervisor.pid"); the container is still process $(cat "$place/web.pid"))"

say "5. End it:"
show kill web KILL
"$anocir" kill web KILL
show delete web
tries=0
until "$anocir" state web | grep -q '"stopped"' || [ $tries -ge 100 ]; do sleep 0.05; tries=$((tries + 1)); done
"$anocir" delete web
show history web
"$anocir" history web | indent

say "That was it. README.md says how to put it under Docker, containerd and Podman."
