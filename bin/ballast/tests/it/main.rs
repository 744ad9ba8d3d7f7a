//! The program against a real local chain: whole outputs, for people and for programs.

mod bad_input;
mod crisis;
mod index;
mod keeper;
mod killed;
mod lending;
mod local;
mod market;
mod oracle;
mod parts;
mod trading;
mod up;
mod vaults;
mod worked_example;
mod world;
