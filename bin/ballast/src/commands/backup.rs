//! `ballast backup`: a copy of a store while it is in use.

use serde::Serialize;

use crate::cli::BackupArgs;
use crate::context::Context;
use crate::output::{Lines, Report};

#[derive(Serialize)]
struct BackupReport {
    file: String,
    bytes: u64,
}

impl Report for BackupReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.add("file", &self.file).add("bytes", self.bytes);
        lines.text()
    }
}

/// Copies the store to a file that does not exist yet.
///
/// # Errors
/// The store is not there, the file is, or the disk is full.
pub async fn run(ctx: &Context, args: &BackupArgs) -> eyre::Result<()> {
    ballast_store::backup(&args.store, &args.file).await?;
    let bytes = std::fs::metadata(&args.file)?.len();
    let file = args.file.display().to_string();
    ctx.out.result(&BackupReport { file, bytes })
}
