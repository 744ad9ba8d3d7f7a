// The same folds as crates/indexer/src/projections/balances.rs.
import { ponder } from "ponder:registry";
import { balance, log, supply } from "ponder:schema";
import { zeroAddress } from "viem";

const DEAD = "0x000000000000000000000000000000000000dead";

ponder.on("Token:Transfer", async ({ event, context }) => {
  const { db } = context;
  const { from, to, value } = event.args;
  const token = event.log.address;
  await db.insert(log).values({
    block: event.block.number,
    logIndex: event.log.logIndex,
    address: token,
    topics: event.log.topics.filter((topic) => topic !== null),
    data: event.log.data,
    transactionHash: event.transaction.hash,
    blockHash: event.block.hash,
    time: event.block.timestamp,
  });
  if (from === zeroAddress) {
    await db
      .insert(supply)
      .values({ token, supply: value, unspendable: 0n })
      .onConflictDoUpdate((row) => ({ supply: row.supply + value }));
  } else {
    await db.update(balance, { token, holder: from }).set((row) => ({ amount: row.amount - value }));
  }
  if (to === zeroAddress) {
    await db.update(supply, { token }).set((row) => ({ supply: row.supply - value }));
    return;
  }
  await db
    .insert(balance)
    .values({ token, holder: to, amount: value })
    .onConflictDoUpdate((row) => ({ amount: row.amount + value }));
  const holder = to.toLowerCase();
  if (holder === DEAD || holder === token.toLowerCase()) {
    await db.update(supply, { token }).set((row) => ({ unspendable: row.unspendable + value }));
  }
});
