# Prints the second file with the lines that the first one (newer-fields.txt) has for it; `want` is the file's name there.
NR == FNR && /^file / { on = ($2 == want); next }
NR == FNR && !on { next }
NR == FNR && /^import / { imports = imports "import \"" $2 "\";\n"; next }
NR == FNR && /^free / { free[$2] = 1; next }
NR == FNR && /^in / { place = $2; next }
NR == FNR && NF > 0 { text[place] = text[place] $0 "\n"; next }
NR == FNR { next }

{
    if (enumPath != "" && index($0, "}") > 0 && index($0, "//") == 0) {
        # Zero comes first in an enum, so its new values come last.
        printf "%s", text[enumPath]
        delete text[enumPath]
        enumPath = ""
    }
    if (match($0, /^ *(repeated )?[A-Za-z0-9_.]+ [a-z0-9_]+ = [0-9]+ \[\(validate\.rules\)[^;]*\];/)) {
        whole = ""
        for (i = 1; i <= depth; i++) { whole = whole name[i] "." }
        if ((whole ($1 == "repeated" ? $3 : $2)) in free) { sub(/ \[\(validate\.rules\)[^;]*\];/, ";") }
    }
    if ($0 ~ /^ *option \(validate\.required\) = true;/) {
        whole = ""
        for (i = 1; i <= depth; i++) { whole = whole (i > 1 ? "." : "") name[i] }
        if (whole in free) { next }
    }
    print
    if ($1 == "package") { printf "%s", imports }
    line = $0
    sub(/\/\/.*/, "", line)
    gsub(/"[^"]*"/, "", line)
    if (line ~ /^ *(message|oneof|enum) [A-Za-z0-9_]+ \{/) {
        split(line, word, " ")
        name[++depth] = word[2]
        path = name[1]
        for (i = 2; i <= depth; i++) { path = path "." name[i] }
        if (path in text) {
            if (word[1] == "enum") {
                enumPath = path
            } else {
                printf "%s", text[path]
                delete text[path]
            }
        }
        sub(/\{/, "", line)
    }
    opened = gsub(/\{/, "", line)
    closed = gsub(/\}/, "", line)
    for (i = 0; i < opened; i++) { name[++depth] = "?" }
    depth -= closed
}

END {
    if ("." in text) { printf "%s", text["."]; delete text["."] }
    for (place in text) {
        print want ": no place for " place > "/dev/stderr"
        exit 1
    }
}
