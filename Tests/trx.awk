# Reads the result file of one test project: prints "passed failed skipped"; appends failures and skips, with reasons, to the files
# named by the variables failures and skips.
BEGIN { RS = "<UnitTestResult "; passed = failed = skipped = 0 }

function text(record, name,    from, to) {
    from = index(record, "<" name ">")
    to = index(record, "</" name ">")
    return from == 0 || to < from ? "" : decoded(substr(record, from + length(name) + 2, to - from - length(name) - 2))
}

function attribute(record, name,    parts) {
    return match(record, name "=\"[^\"]*\"") ? decoded(substr(record, RSTART + length(name) + 2, RLENGTH - length(name) - 3)) : ""
}

function decoded(xml) {
    gsub(/&#xD;/, "", xml)
    gsub(/&#xA;/, "\n", xml)
    gsub(/&lt;/, "<", xml)
    gsub(/&gt;/, ">", xml)
    gsub(/&quot;/, "\"", xml)
    gsub(/&apos;/, "'", xml)
    gsub(/&amp;/, "\\&", xml)
    return xml
}

function short(name) { sub(/^Anocir\./, "", name); return name }

NR > 1 {
    # What follows the last result belongs to the run, not to the test.
    if (index($0, "</Results>")) $0 = substr($0, 1, index($0, "</Results>"))
    name = short(attribute($0, "testName"))
    outcome = attribute($0, "outcome")
    if (outcome == "Passed") passed++
    else if (outcome == "NotExecuted") {
        skipped++
        reason = text($0, "Message")
        if (reason == "") reason = text($0, "StdOut")
        gsub(/[ \n\t]+/, " ", reason)
        print name ": " (reason == "" ? "(no reason given)" : reason) >> skips
    } else {
        failed++
        words = text($0, "Message") "\n" text($0, "StackTrace")
        output = text($0, "StdOut")
        if (output != "") words = words "\noutput:\n" output
        gsub(/\n/, "\n    ", words)
        print "\n--- " name " (" outcome ")\n    " words >> failures
    }
}

END { print passed, failed, skipped }
