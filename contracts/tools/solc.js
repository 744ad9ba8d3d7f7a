#!/usr/bin/env node
// The pinned compiler as forge wants it: `--version` prints a version line, and
// otherwise standard JSON goes in on stdin and out on stdout. The `solc` package's
// own command line prints an extra line that forge cannot read.
"use strict";
const path = require("path");
const solc = require(path.join(__dirname, "..", "node_modules", "solc"));

if (process.argv.includes("--version")) {
  process.stdout.write(`solc, the solidity compiler\nVersion: ${solc.version()}\n`);
} else {
  const fs = require("fs");
  const out = Buffer.from(solc.compile(fs.readFileSync(0, "utf8")));
  for (let at = 0; at < out.length; ) at += fs.writeSync(1, out, at);
}
