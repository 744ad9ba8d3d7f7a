#!/usr/bin/env node
// Compiles Morpho Blue from its npm package, for the gas benchmark only: node compile.js
// Writes out/Morpho.json: the code that deploys it, and what it was compiled with.
"use strict";
const fs = require("fs");
const path = require("path");

const modules = path.join(__dirname, "node_modules");
const out = path.join(__dirname, "out", "Morpho.json");
const sources = path.join(modules, "@morpho-org", "morpho-blue", "src");
const version = JSON.parse(fs.readFileSync(path.join(sources, "..", "package.json"), "utf8")).version;
// As the project's own foundry.toml has it, which its package leaves out; the compiler is the one its source asks for.
const settings = {
  viaIR: true,
  optimizer: { enabled: true, runs: 999999 },
  metadata: { bytecodeHash: "none" },
  evmVersion: "paris",
  outputSelection: { "src/Morpho.sol": { Morpho: ["evm.bytecode.object", "evm.deployedBytecode.object"] } },
};

const solc = require(path.join(modules, "solc"));
const made = { package: version, compiler: solc.version(), settings };
if (fs.existsSync(out)) {
  const { bytecode, deployedBytecode, ...last } = JSON.parse(fs.readFileSync(out, "utf8"));
  if (bytecode && deployedBytecode && JSON.stringify(last) === JSON.stringify(made)) process.exit(0);
}

const found = (file) => ({ contents: fs.readFileSync(path.join(sources, path.relative("src", file)), "utf8") });
const input = { language: "Solidity", sources: { "src/Morpho.sol": { content: found("src/Morpho.sol").contents } }, settings };
const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), { import: found }));
const fatal = errors.filter((error) => error.severity === "error");
if (fatal.length > 0) {
  console.error(`compile.js: ${fatal[0].formattedMessage.trim()}`);
  process.exit(1);
}
const { bytecode, deployedBytecode } = contracts["src/Morpho.sol"].Morpho.evm;
fs.mkdirSync(path.dirname(out), { recursive: true });
const text = { ...made, bytecode: `0x${bytecode.object}`, deployedBytecode: `0x${deployedBytecode.object}` };
fs.writeFileSync(out, `${JSON.stringify(text, null, 1)}\n`);
console.log(`Morpho Blue ${version}: ${deployedBytecode.object.length / 2} bytes, solc ${solc.version()}`);
