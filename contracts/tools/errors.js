#!/usr/bin/env node
// Holds every custom error that the contracts declare against the tests: each must be met by name, with its
// selector expected, at least once. Prints how many there are and which nobody meets.
"use strict";
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");

/** Every Solidity file below `folder`, with its text. */
function* sources(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(file);
    else if (file.endsWith(".sol")) yield [file, fs.readFileSync(file, "utf8")];
  }
}

/** Declared errors as `Contract.Error`: the contract is how tests name the selector. */
function declared() {
  const names = [];
  // Helpers of a local chain ship to nobody.
  for (const [file, text] of sources(path.join(root, "src"))) {
    if (file.includes(`${path.sep}devnet${path.sep}`)) continue;
    let owner;
    for (const [, container, name] of text.matchAll(/^(?:abstract )?(?:contract|interface|library) (\w+)|^\s*error (\w+)\(/gm)) {
      if (container) owner = container;
      else names.push(`${owner}.${name}`);
    }
  }
  return names.sort();
}

const tests = [...sources(path.join(root, "test"))].map(([, text]) => text).join("\n");
const errors = declared();
const unmet = errors.filter((name) => !new RegExp(`\\b${name.replace(".", "\\.")}\\.selector\\b`).test(tests));
if (unmet.length > 0) {
  console.error(`errors: no test expects ${unmet.join(", ")}`);
  process.exit(1);
}
console.log(`errors: each of ${errors.length} is expected by name in some test`);
