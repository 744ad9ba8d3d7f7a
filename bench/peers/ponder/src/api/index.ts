// What the benchmark asks: the totals, some holders, some blocks, and a page of holders as Ballast's server gives it.
import { db } from "ponder:api";
import schema, { balance, log, supply } from "ponder:schema";
import { and, count, desc, eq, graphql, gte, inArray, sum } from "ponder";
import { Hono } from "hono";

const app = new Hono();

app.get("/totals", async (context) => {
  const [logs] = await db.select({ count: count() }).from(log);
  const [held] = await db.select({ sum: sum(balance.amount) }).from(balance);
  const [whole] = await db.select({ supply: supply.supply }).from(supply);
  return context.json({ logs: logs?.count, held: held?.sum, supply: whole?.supply.toString() });
});

app.get("/balances", async (context) => {
  const asked = (context.req.query("holders") ?? "").split(",") as `0x${string}`[];
  const found = await db.select().from(balance).where(inArray(balance.holder, asked));
  return context.json(Object.fromEntries(found.map((row) => [row.holder.toLowerCase(), row.amount.toString()])));
});

app.get("/blocks", async (context) => {
  const asked = (context.req.query("numbers") ?? "").split(",").map(BigInt);
  const found = await db
    .selectDistinct({ block: log.block, hash: log.blockHash })
    .from(log)
    .where(inArray(log.block, asked));
  return context.json(Object.fromEntries(found.map((row) => [row.block.toString(), row.hash])));
});

app.get("/holders/:token", async (context) => {
  const token = context.req.param("token").toLowerCase() as `0x${string}`;
  const limit = Math.min(Number(context.req.query("limit") ?? 50), 500);
  const least = BigInt(context.req.query("min") ?? 1);
  const found = await db
    .select()
    .from(balance)
    .where(and(eq(balance.token, token), gte(balance.amount, least)))
    .orderBy(desc(balance.amount))
    .limit(limit);
  return context.json({ data: found.map((row) => ({ account: row.holder, amount: row.amount.toString() })) });
});

app.use("/graphql", graphql({ db, schema }));

export default app;
