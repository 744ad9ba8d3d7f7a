//! The model against its theorems and its rules.

#![allow(clippy::print_stdout)] // Counters are for the person who runs the tests.

mod errors;
mod rules;
mod slicing;
mod stateful;
mod support;
mod vault_outcomes;
mod vault_player;
mod vault_rules;
mod vault_stateful;
