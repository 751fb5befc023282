#!/bin/sh
# Adds to copies of packaged files the fields that Envoy gained after the package was made (newer-fields.txt).
# Usage: add-newer-fields.sh PACKAGED_API OUT. A copy that is up to date is left alone, so that nothing is generated anew.
set -e
api=$1
out=$2
here=$(dirname "$0")
sed -n 's/^file //p' "$here/newer-fields.txt" | while read -r file; do
    mkdir -p "$out/$(dirname "$file")"
    awk -v want="$file" -f "$here/add-newer-fields.awk" "$here/newer-fields.txt" "$api/$file" > "$out/$file.new"
    if cmp -s "$out/$file.new" "$out/$file"; then rm "$out/$file.new"; else mv "$out/$file.new" "$out/$file"; fi
done
