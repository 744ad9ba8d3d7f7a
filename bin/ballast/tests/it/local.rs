//! Commands that need no chain.

use crate::world::{program, transcript};

#[test]
fn the_configuration_in_force_says_where_it_came_from() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(
        folder.path().join("ballast.toml"),
        "rpc = \"https://node.example/v3/key\"\nlog_span = 100\n",
    )
    .expect("writes");
    let environment = [
        ("BALLAST_PASSWORD", "hunter2"),
        ("BALLAST_MANIFEST", "m.toml"),
    ];
    let runs = [
        program(
            folder.path(),
            &["config", "--max-fee-gwei", "30"],
            &environment,
        ),
        program(folder.path(), &["--json", "config"], &environment),
    ];
    assert!(runs.iter().all(|run| run.code == 0
        && !run.stdout.contains("hunter2")
        && !run.stdout.contains("v3/key")));
    insta::assert_snapshot!("config", transcript(&runs, &[]));
}

#[test]
fn keystores_are_made_and_read() {
    let folder = tempfile::tempdir().expect("folder");
    let environment = [("BALLAST_PASSWORD", "correct")];
    let made = program(
        folder.path(),
        &["--json", "keys", "new", "k.json"],
        &environment,
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    let read = program(
        folder.path(),
        &["--json", "keys", "address", "--keystore", "k.json"],
        &environment,
    );
    assert_eq!(made.stdout, read.stdout);
    let runs = [
        program(folder.path(), &["keys", "new", "k.json"], &environment),
        program(
            folder.path(),
            &["keys", "address", "--keystore", "k.json"],
            &[("BALLAST_PASSWORD", "wrong")],
        ),
        program(
            folder.path(),
            &["keys", "address", "--keystore", "k.json"],
            &[],
        ),
        program(folder.path(), &["keys", "address"], &[]),
        program(
            folder.path(),
            &["keys", "address", "--keystore", "none.json"],
            &environment,
        ),
        program(
            folder.path(),
            &[
                "keys",
                "address",
                "--keystore",
                "k.json",
                "--dev-account",
                "1",
            ],
            &environment,
        ),
        program(folder.path(), &["--json", "borrow"], &[]),
        program(folder.path(), &["borow"], &[]),
        program(folder.path(), &["register-pool", "WORK", "0x12"], &[]),
        program(
            folder.path(),
            &["keys", "address", "--dev-account", "1"],
            &[],
        ),
    ];
    insta::assert_snapshot!("keys", transcript(&runs, &[]));
}

#[test]
fn every_shell_gets_completions() {
    let folder = tempfile::tempdir().expect("folder");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = program(folder.path(), &["completions", shell], &[]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stdout.contains("foreclose"), "{shell}");
    }
}

#[test]
fn help_lists_commands_and_exit_codes() {
    let folder = tempfile::tempdir().expect("folder");
    let run = program(folder.path(), &["--help"], &[("COLUMNS", "100")]);
    insta::assert_snapshot!("help", transcript(&[run], &[]));
}
