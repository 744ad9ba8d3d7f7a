//! What a keeper sees and does, on contracts in this process and on a local chain.

#![allow(non_snake_case)] // The fields of the bindings have Solidity's names.

mod alerts;
mod book;
mod killed;
mod mirror;
mod party;
mod sending;
mod service;
mod strategies;
mod system;
mod takes;
