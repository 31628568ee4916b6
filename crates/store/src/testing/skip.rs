//! Tests that cannot run here. Their harness takes them for passed, so it is told past the harness.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Once;

/// The variable that names a PostgreSQL server to test against: the URL of a superuser.
pub const POSTGRES_VARIABLE: &str = "POOLHOUSE_TEST_POSTGRES";

/// The variable that names a file which gets a line for each test that is skipped; `cargo xtask test` counts them.
const SKIPPED_VARIABLE: &str = "POOLHOUSE_TEST_SKIPPED";

/// The URL of the PostgreSQL server to test against. `None` where none is named: whoever asks is to end, and is on
/// record as skipped.
///
/// # Panics
/// When that cannot be recorded.
pub fn postgres_server() -> Option<String> {
    let url = std::env::var(POSTGRES_VARIABLE).ok();
    if url.is_none() {
        skip("PostgreSQL", &format!("{POSTGRES_VARIABLE} names no server; `cargo xtask test` starts one"));
    }
    url
}

/// Records that the test which asks is skipped for want of something: in the file for it, or else on the terminal, once
/// for all.
///
/// # Panics
/// When it cannot be recorded.
#[expect(clippy::expect_used, reason = "what is not recorded would count as passed")]
pub fn skip(want: &str, why: &str) {
    static TOLD: Once = Once::new();
    if let Some(file) = std::env::var_os(SKIPPED_VARIABLE) {
        let open = OpenOptions::new().append(true).create(true).open(file);
        open.and_then(|mut file| file.write_all(b"skipped\n"))
            .expect("the file of skipped tests takes a line");
    } else {
        // Not by `eprintln!`, which shows nothing of a test that passes.
        TOLD.call_once(|| {
            let line = format!("\nNOT TESTED, though it reads as passed: what needs {want}: {why}\n");
            std::io::stderr().write_all(line.as_bytes()).expect("the terminal takes a line");
        });
    }
}
