// What Ballast's store keeps of a token's transfers: the raw log with its block's hash, each holder's balance, the supply.
import { index, onchainTable, primaryKey } from "ponder";

export const log = onchainTable(
  "log",
  (t) => ({
    block: t.bigint().notNull(),
    logIndex: t.integer().notNull(),
    address: t.hex().notNull(),
    topics: t.hex().array().notNull(),
    data: t.hex().notNull(),
    transactionHash: t.hex().notNull(),
    blockHash: t.hex().notNull(),
    time: t.bigint().notNull(),
  }),
  (table) => ({
    key: primaryKey({ columns: [table.block, table.logIndex] }),
    byAddress: index().on(table.address, table.block, table.logIndex),
  }),
);

export const balance = onchainTable(
  "balance",
  (t) => ({ token: t.hex().notNull(), holder: t.hex().notNull(), amount: t.bigint().notNull() }),
  (table) => ({
    key: primaryKey({ columns: [table.token, table.holder] }),
    byAmount: index().on(table.token, table.amount),
  }),
);

export const supply = onchainTable("supply", (t) => ({
  token: t.hex().primaryKey(),
  supply: t.bigint().notNull(),
  unspendable: t.bigint().notNull(),
}));
