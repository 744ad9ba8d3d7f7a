/** The interface of IWrappedNative. Written by tools/abis.mjs. */
export const wrappedNativeAbi = [
  {"inputs":[],"name":"deposit","outputs":[],"stateMutability":"payable","type":"function"},
  {"inputs":[{"name":"amount","type":"uint256"}],"name":"withdraw","outputs":[],"stateMutability":"nonpayable","type":"function"},
] as const;
