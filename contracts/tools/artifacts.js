#!/usr/bin/env node
// Writes contracts/artifacts: what the rest of Ballast needs of the compiled contracts.
//   node tools/artifacts.js           compile and write
//   node tools/artifacts.js --check   compile and compare with what is committed
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const { execFileSync } = require("child_process");

// The allow-list: source file under src to the contracts that are shipped from it.
const SHIPPED = {
  "accrual/AccrualToken.sol": ["AccrualToken"],
  "accrual/Converter.sol": ["Converter"],
  "accrual/Launchpad.sol": ["Launchpad"],
  "accrual/LiquidityLock.sol": ["LiquidityLock"],
  "accrual/Reserve.sol": ["Reserve"],
  "accrual/TokenDeployer.sol": ["TokenDeployer"],
  "devnet/DevAsset.sol": ["DevAsset"],
  "devnet/DevFeed.sol": ["DevFeed"],
  "devnet/FlashTaker.sol": ["FlashTaker"],
  "governance/VaultGovernor.sol": ["VaultGovernor"],
  "interfaces/IBacked.sol": ["IBacked"],
  "interfaces/IERC3156.sol": ["IERC3156FlashBorrower"],
  "interfaces/IPrices.sol": ["IPrices"],
  "interfaces/IUniswapV2.sol": ["IUniswapV2Factory", "IUniswapV2Pair", "IWrappedNative"],
  "oracle/AttestedValueSource.sol": ["AttestedValueSource"],
  "oracle/ChainlinkSource.sol": ["ChainlinkSource"],
  "oracle/FloorSource.sol": ["FloorSource"],
  "oracle/LookThroughSource.sol": ["LookThroughSource"],
  "oracle/PairAverageSource.sol": ["PairAverageSource"],
  "oracle/PriceAggregator.sol": ["PriceAggregator"],
  "oracle/ProductSource.sol": ["ProductSource"],
  "oracle/QuotientSource.sol": ["QuotientSource"],
  "oracle/ReportQuorum.sol": ["ReportQuorum"],
  "oracle/ReportSource.sol": ["ReportSource"],
  "oracle/StoredPriceSource.sol": ["StoredPriceSource"],
  "oracle/VaultRateSource.sol": ["VaultRateSource"],
  "vaults/Backstop.sol": ["Backstop"],
  "vaults/PegModule.sol": ["PegModule"],
  "vaults/RateController.sol": ["RateController"],
  "vaults/TakeDesk.sol": ["TakeDesk"],
  "vaults/VaultBook.sol": ["VaultBook"],
  "vaults/VaultLens.sol": ["VaultLens"],
};

// Stand-ins that Rust tests deploy beside the system. Nothing ships them.
const TESTED = {
  "SettablePeg.sol": ["SettablePeg"],
  "SettablePrices.sol": ["SettablePrices"],
  "TestAsset.sol": ["TestAsset"],
  "TestFlashBorrower.sol": ["TestFlashBorrower"],
};

// What a chain takes as a contract's code (EIP-170).
const CODE_BYTES_MAX = 24_576;

const root = path.join(__dirname, "..");
const artifacts = path.join(root, "artifacts");
const forge = path.join(root, "node_modules", ".bin", "forge");

/** JSON with keys sorted at every level, so that equal content is equal text. Arrays keep their order. */
function stable(value) {
  const sorted = (v) =>
    Array.isArray(v) ? v.map(sorted)
    : v && typeof v === "object"
      ? Object.fromEntries(Object.keys(v).sort().map((key) => [key, sorted(v[key])]))
      : v;
  return JSON.stringify(sorted(value), null, 1) + "\n";
}

/** What the compiler was asked, from the metadata that it wrote itself. */
function settingsOf(metadata) {
  const { evmVersion, libraries, metadata: options, optimizer, remappings, viaIR = false } = metadata.settings;
  return { evmVersion, libraries, metadata: options, optimizer, remappings, viaIR };
}

/** Every file that artifacts should hold, by name. */
function fresh() {
  const files = {};
  const sources = {};
  let compiler;
  const settings = {};
  for (const [file, names] of [...Object.entries(SHIPPED), ...Object.entries(TESTED)]) {
    for (const name of names) {
      const built = path.join(root, "out", path.basename(file), `${name}.json`);
      if (!fs.existsSync(built)) throw new Error(`${file} does not compile to a contract named ${name}`);
      const { abi, bytecode, deployedBytecode, metadata } = JSON.parse(fs.readFileSync(built, "utf8"));
      if (/__\$/.test(bytecode.object)) throw new Error(`${name} needs a linked library; shipped contracts stand alone`);
      const size = deployedBytecode.object.length / 2 - 1;
      if (size > CODE_BYTES_MAX) throw new Error(`${name} has ${size} bytes of code, ${CODE_BYTES_MAX} are allowed`);
      files[`${name}.json`] = stable({ abi, bytecode: bytecode.object, deployedBytecode: deployedBytecode.object });
      compiler = metadata.compiler.version;
      // By the settings, who was compiled with them: a contract that is too large for the common ones has its own.
      (settings[stable(settingsOf(metadata))] ??= []).push(name);
      for (const source of Object.keys(metadata.sources)) {
        sources[source] ??= crypto.createHash("sha256").update(fs.readFileSync(path.join(root, source))).digest("hex");
      }
    }
  }
  const compiled = Object.entries(settings).map(([text, contracts]) => ({ contracts, settings: JSON.parse(text) }));
  files["SOURCES.json"] = stable({ compiled, compiler, sources });
  return files;
}

function check(files) {
  const committed = fs.existsSync(artifacts) ? fs.readdirSync(artifacts).filter((f) => f.endsWith(".json")) : [];
  const differs = [...new Set([...Object.keys(files), ...committed])].sort().filter((name) => {
    const file = path.join(artifacts, name);
    return !fs.existsSync(file) || fs.readFileSync(file, "utf8") !== files[name];
  });
  if (differs.length > 0) {
    console.error(`artifacts: ${differs.join(", ")} differ from a fresh compile; run \`make artifacts\` and commit`);
    process.exit(1);
  }
  console.log(`artifacts: ${committed.length} files equal a fresh compile`);
}

function write(files) {
  fs.mkdirSync(artifacts, { recursive: true });
  for (const old of fs.readdirSync(artifacts)) {
    if (old.endsWith(".json") && !(old in files)) fs.rmSync(path.join(artifacts, old));
  }
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(artifacts, name), text);
  console.log(`artifacts: wrote ${Object.keys(files).length} files`);
}

try {
  // Only src and the stand-ins: other tests do not change them. A second run compiles nothing.
  const standIns = Object.keys(TESTED).map((file) => `test/support/${file}`);
  execFileSync(forge, ["build", "src", ...standIns, "--quiet"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const files = fresh();
  if (process.argv.includes("--check")) check(files);
  else write(files);
} catch (error) {
  console.error(`artifacts: ${error.message.split("\n")[0]}`);
  process.exit(1);
}
