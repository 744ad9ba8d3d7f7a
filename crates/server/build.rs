//! Has the crate compiled again when the explorer that it embeds was built again.

#[allow(clippy::print_stdout)] // This is how a build script speaks to cargo.
fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
}
