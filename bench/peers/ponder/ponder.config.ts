// Where the chain is comes from the benchmark's run: PONDER_RPC, BENCH_TOKEN, BENCH_FIRST, BENCH_DATABASE.
import { createConfig } from "ponder";
import { token } from "./abis/token";

const { PONDER_RPC, BENCH_TOKEN, BENCH_FIRST, BENCH_DATABASE } = process.env;
if (!PONDER_RPC || !BENCH_TOKEN || !BENCH_FIRST) throw new Error("set PONDER_RPC, BENCH_TOKEN and BENCH_FIRST");

export default createConfig({
  database: BENCH_DATABASE ? { kind: "postgres", connectionString: BENCH_DATABASE } : { kind: "pglite" },
  // The newest blocks count as not final and are read once the rest is there: do not let them wait.
  chains: { local: { id: 31337, rpc: PONDER_RPC, pollingInterval: 100 } },
  contracts: {
    Token: { abi: token, chain: "local", address: BENCH_TOKEN as `0x${string}`, startBlock: Number(BENCH_FIRST) },
  },
});
