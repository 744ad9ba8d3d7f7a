#![doc = include_str!("../README.md")]

mod alerts;
mod answer;
mod api;
mod app;
mod board;
mod cache;
mod decode;
mod explorer;
mod figures;
mod follow;
mod http;
mod live;
mod measure;
mod options;
mod problem;
mod query;
mod routes;
mod server;
mod snapshot;
mod synthetics;
mod views;
mod wire;

pub use api::openapi;
pub use options::{Options, Webhook};
pub use server::{ServeError, Server};
