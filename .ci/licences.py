"""Reads `cargo metadata` and fails if a dependency cannot be used under a permissive licence."""

import json
import re
import sys

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0",
    "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "Zlib", "Apache-2.0 WITH LLVM-exception", "CDLA-Permissive-2.0",
}


TOKEN = re.compile(r"\(|\)|\bOR\b|\bAND\b|[^\s()]+(?: WITH [^\s()]+)?")


def permitted(expression: str) -> bool:
    """Whether an SPDX expression can be satisfied with permissive licences alone."""
    words = {"OR": "or", "AND": "and", "(": "(", ")": ")"}
    tokens = TOKEN.findall(expression.replace("/", " OR "))
    # What is evaluated consists of True, False, or, and, brackets only.
    return bool(eval(" ".join(words.get(token, str(token in PERMISSIVE)) for token in tokens)))


packages = json.load(sys.stdin)["packages"]
bad = []
for package in packages:
    licence = package.get("license") or ""
    if not licence or not permitted(licence):
        bad.append(f"{package['name']} {package['version']}: {licence or 'no licence given'}")
print(f"{len(packages)} packages looked at")
if bad:
    print("not permissive:", *bad, sep="\n  ")
    sys.exit(1)
