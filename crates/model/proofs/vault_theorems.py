#!/usr/bin/env python3
"""Proves what takes, redemptions, losses and limits of the vault book may do, one operation at a time.

The prose is `docs/mechanisms/vault-theorems.md`. The last line of the output is `N passed, M failed`; the exit status
is 0 only when nothing failed.
"""

import sys

from steps import vault_limits, vault_losses, vault_redeem, vault_splitting, vault_take
from steps.prover import run

if __name__ == "__main__":
    parts = [vault_take, vault_redeem, vault_losses, vault_limits, vault_splitting]
    sys.exit(run([item for part in parts for item in part.items()]))
