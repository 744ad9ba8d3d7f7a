/** The interface of PriceAggregator. Written by tools/abis.mjs. */
export const pricesAbi = [
  {"inputs":[{"name":"asset","type":"address"}],"name":"poke","outputs":[{"name":"","type":"uint8"}],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"asset","type":"address"}],"name":"price","outputs":[{"name":"low","type":"uint256"},{"name":"mid","type":"uint256"},{"name":"high","type":"uint256"},{"name":"updatedAt","type":"uint256"},{"name":"state","type":"uint8"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"asset","type":"address"}],"name":"survey","outputs":[{"components":[{"name":"source","type":"address"},{"name":"low","type":"uint256"},{"name":"mid","type":"uint256"},{"name":"high","type":"uint256"},{"name":"updatedAt","type":"uint256"},{"name":"stepped","type":"bool"},{"name":"fault","type":"uint8"}],"name":"readings","type":"tuple[]"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"asset","type":"address"}],"name":"termsOf","outputs":[{"components":[{"name":"maxAgeSecs","type":"uint256"},{"name":"graceSecs","type":"uint256"},{"name":"minSources","type":"uint256"},{"name":"deviation","type":"uint256"},{"name":"maxDeviation","type":"uint256"},{"name":"maxStep","type":"uint256"},{"name":"stepWindowSecs","type":"uint256"}],"name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
] as const;
