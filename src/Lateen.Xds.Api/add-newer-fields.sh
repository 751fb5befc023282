#!/bin/sh
# Adds to copies of packaged files the fields that Envoy gained after the package was made and that we send or read.
# Usage: add-newer-fields.sh PACKAGED_API OUT. A copy that is up to date is left alone, so that nothing is generated anew.
set -e
api=$1
out=$2

# add FILE AFTER TEXT...: puts the lines behind the only line that holds AFTER.
add() {
    file=$1
    after=$2
    shift 2
    mkdir -p "$out/$(dirname "$file")"
    from="$out/$file.new"
    [ -f "$from" ] || cp "$api/$file" "$from"
    lines=$(printf '%s\\n' "$@")
    AFTER="$after" LINES_ADDED="$lines" awk '
        { print }
        index($0, ENVIRON["AFTER"]) { n++; text = ENVIRON["LINES_ADDED"]; gsub(/\\n/, "\n", text); printf "%s", text }
        END { if (n != 1) { exit 1 } }' "$from" > "$from.next" || { echo "$file: no place for the field" >&2; exit 1; }
    mv "$from.next" "$from"
}

# finish FILE: takes the copy into use if it differs from the present one.
finish() {
    if cmp -s "$out/$1.new" "$out/$1"; then rm "$out/$1.new"; else mv "$out/$1.new" "$out/$1"; fi
}

rm -f "$out"/envoy/config/cluster/v3/*.new "$out"/envoy/extensions/upstreams/http/v3/*.new

cluster=envoy/config/cluster/v3/cluster.proto
add $cluster 'bool respect_dns_ttl = 39;' '  google.protobuf.Duration dns_jitter = 58;'
finish $cluster

breakers=envoy/config/cluster/v3/circuit_breaker.proto
add $breakers 'google.protobuf.UInt32Value min_retry_concurrency = 2;' '      google.protobuf.Duration budget_interval = 3;'
add $breakers 'import "google/protobuf/wrappers.proto";' 'import "google/protobuf/duration.proto";'
finish $breakers

options=envoy/extensions/upstreams/http/v3/http_protocol_options.proto
add $options 'config.core.v3.TypedExtensionConfig header_validation_config = 7;' \
    '  message OutlierDetection {' \
    '    config.common.matcher.v3.MatchPredicate error_matcher = 1;' \
    '  }' \
    '  OutlierDetection outlier_detection = 8;'
add $options 'import "envoy/config/core/v3/protocol.proto";' 'import "envoy/config/common/matcher/v3/matcher.proto";'
finish $options
