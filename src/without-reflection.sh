#!/usr/bin/env bash
# Takes protobuf's descriptors out of generated C# in FOLDER, for the native executable: they name every message of the
# API, so all of them would be compiled into it. ApiSchema knows messages by the file descriptor set instead.
# Message.Descriptor throws then, and ToString gives the type's name.
#   without-reflection.sh FOLDER
set -euo pipefail
find "$1" -name '*.cs' -print0 | while IFS= read -r -d '' file; do
  awk '
    /^  public static partial class [A-Za-z0-9_]+Reflection \{$/ { skipping = 1 }
    skipping { if (/^  }$/) skipping = 0; next }
    /^ *get \{ return global::.*\.Descriptor\.(MessageTypes|NestedTypes)\[[0-9]+\]; }$/ {
      print "      get { throw new global::System.NotSupportedException(\"no descriptors in the native executable\"); }"; next }
    /^ *return pb::JsonFormatter\.ToDiagnosticString\(this\);$/ { print "      return GetType().FullName;"; next }
    { print }' "$file" >"$file.new"
  mv "$file.new" "$file"
done
