// Writes src/contracts/abi/*.ts from contracts/artifacts: `node tools/abis.mjs`, and `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const artifacts = join(here, '../../contracts/artifacts');
const target = join(here, '../src/contracts/abi');

/** What the explorer calls and whose events it reads: file, constant, artifact, and which entries where not all. */
const contracts = [
  ['token', 'tokenAbi', 'AccrualToken'],
  ['reserve', 'reserveAbi', 'Reserve'],
  ['converter', 'converterAbi', 'Converter'],
  ['launchpad', 'launchpadAbi', 'Launchpad'],
  ['lock', 'lockAbi', 'LiquidityLock'],
  ['wrapped', 'wrappedNativeAbi', 'IWrappedNative'],
  ['book', 'bookAbi', 'VaultBook', (entry) => entry.type !== 'constructor' && entry.type !== 'error'],
  ['peg', 'pegAbi', 'PegModule', (entry) => entry.type !== 'constructor' && entry.type !== 'error'],
  ['backstop', 'backstopAbi', 'Backstop', (entry) => entry.type !== 'constructor' && entry.type !== 'error'],
  ['prices', 'pricesAbi', 'PriceAggregator', (entry) => ['price', 'poke', 'termsOf', 'survey'].includes(entry.name)],
  ['erc20', 'erc20Abi', 'DevAsset', (entry) => entry.type !== 'constructor' && entry.name !== 'mint'],
];

/** Whose errors the explorer may meet: what it calls, and what that calls in turn. */
const met = [
  'AccrualToken',
  'Converter',
  'Launchpad',
  'LiquidityLock',
  'Reserve',
  'TokenDeployer',
  'VaultBook',
  'PriceAggregator',
  'PegModule',
  'Backstop',
];

function abiOf(name) {
  return JSON.parse(readFileSync(join(artifacts, `${name}.json`), 'utf8')).abi ?? [];
}

function withoutInternalTypes(value) {
  if (Array.isArray(value)) return value.map(withoutInternalTypes);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'internalType');
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutInternalTypes(inner)]));
}

function source(constant, from, entries) {
  const lines = entries.map((entry) => `  ${JSON.stringify(withoutInternalTypes(entry))},`);
  return [
    `/** ${from} Written by tools/abis.mjs. */`,
    `export const ${constant} = [`,
    ...lines,
    '] as const;',
    '',
  ].join('\n');
}

function everyError() {
  const found = new Map();
  for (const entry of met.flatMap(abiOf).filter((entry) => entry.type === 'error')) {
    const key = `${entry.name}(${entry.inputs.map((input) => input.type).join(',')})`;
    // The same error under other names of its values is the same four bytes: the first one's names stand.
    if (!found.has(key)) found.set(key, entry);
  }
  return [...found.keys()].sort().map((key) => found.get(key));
}

const files = contracts.map(([file, constant, artifact, kept = () => true]) => [
  `${file}.ts`,
  source(constant, `The interface of ${artifact}.`, abiOf(artifact).filter(kept)),
]);
files.push([
  'errors.ts',
  source('errorsAbi', 'Every custom error of every shipped contract, each once.', everyError()),
]);

const differ = files.filter(([file, text]) => {
  try {
    return readFileSync(join(target, file), 'utf8') !== text;
  } catch {
    return true;
  }
});
if (process.argv.includes('--check')) {
  for (const [file] of differ)
    console.error(`src/contracts/abi/${file} is not what contracts/artifacts say: run node tools/abis.mjs`);
  process.exitCode = differ.length === 0 ? 0 : 1;
} else {
  for (const [file, text] of differ) writeFileSync(join(target, file), text);
  console.log(`${files.length} files, ${differ.length} written`);
}
