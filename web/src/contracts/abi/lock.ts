/** The interface of LiquidityLock. Written by tools/abis.mjs. */
export const lockAbi = [
  {"inputs":[],"name":"beneficiary","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"until","type":"uint256"}],"name":"extendLock","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[],"name":"lockedUntil","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"pool","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"to","type":"address"}],"name":"withdraw","outputs":[{"name":"liquidity","type":"uint256"}],"stateMutability":"nonpayable","type":"function"},
  {"anonymous":false,"inputs":[{"indexed":false,"name":"until","type":"uint256"}],"name":"LockExtended","type":"event"},
  {"anonymous":false,"inputs":[{"indexed":true,"name":"to","type":"address"},{"indexed":false,"name":"liquidity","type":"uint256"}],"name":"Withdrawn","type":"event"},
  {"inputs":[{"name":"given","type":"uint256"},{"name":"current","type":"uint256"}],"name":"LockCanOnlyGrow","type":"error"},
  {"inputs":[{"name":"caller","type":"address"}],"name":"NotBeneficiary","type":"error"},
  {"inputs":[{"name":"token","type":"address"}],"name":"SafeERC20FailedOperation","type":"error"},
  {"inputs":[{"name":"until","type":"uint256"}],"name":"StillLocked","type":"error"},
  {"inputs":[{"name":"field","type":"string"}],"name":"ZeroAddress","type":"error"},
] as const;
