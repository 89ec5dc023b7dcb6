import json, socket, sys, time
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile("rw")
def cmd(name, **a):
    f.write(json.dumps({"execute": name, "arguments": a}) + "\n"); f.flush()
    while True:
        r = json.loads(f.readline())
        if "error" in r: sys.exit("%s: %s" % (name, r["error"]["desc"]))
        if "return" in r: return r["return"]
f.readline()
cmd("qmp_capabilities")
cmd("migrate-set-parameters", **{"max-bandwidth": 1 << 33, "downtime-limit": 10000})
cmd("migrate", uri="exec:cat >'%s'" % sys.argv[2])
while True:
    st = cmd("query-migrate")
    if st.get("status") == "completed": break
    if st.get("status") in ("failed", "cancelled"): sys.exit("migrate: %s" % st)
    time.sleep(0.1)
cmd("quit")
