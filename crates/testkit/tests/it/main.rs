//! What only the whole tree can be asked: is it tidy, and do contracts and model agree.

#![allow(clippy::print_stdout, missing_docs)] // Counts are for the person who runs the tests.

mod calls;
mod differential;
mod system;
mod tidy;
// The same game as in the model's own tests.
#[path = "../../../model/tests/it/vault_outcomes.rs"]
mod vault_outcomes;
#[path = "../../../model/tests/it/vault_player.rs"]
mod vault_player;
mod vault_system;
mod vaults;
mod vectors;
