//! Transactions that are open for longer than who wrote them thinks.
//!
//! What a `match`, `for`, `if let` or `while let` looks at lives until its last arm has ended. A transaction that is begun there is open
//! through everything the arms do: calls to the network, further transactions, whole jobs. Meanwhile it keeps a connection from
//! others, and with SQLite its snapshot keeps the write-ahead log from being cut back.

use regex::Regex;

use crate::Result;
use crate::workspace::{read, rust_files};

/// Fails where a transaction is begun in what a block is chosen by.
pub(crate) fn run() -> Result {
    let pattern = pattern()?;
    let mut found = Vec::new();
    for file in rust_files("crates")? {
        let place = format!("crates/{file}");
        let text = read(&place)?;
        found.extend(lines(&pattern, &text).map(|line| format!("{place}:{line}")));
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\na transaction is open through the whole block: read first, with `let`",
        found.join("\n")
    ))
}

fn pattern() -> Result<Regex> {
    let pattern = r"\b(?:match|for [^{};]* in|let)\b[^{};]*&mut [\w.()]+\.(?:read|read_lasting|write)\(\)\.await\?[^{};]*\{";
    Regex::new(pattern).map_err(|e| e.to_string())
}

/// The lines on which such blocks begin.
fn lines(pattern: &Regex, text: &str) -> impl Iterator<Item = usize> {
    // `let … else` ends before its block begins.
    let blocks = pattern.find_iter(text).filter(|found| !found.as_str().ends_with("else {"));
    blocks.map(|found| text[..found.start()].matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        lines(&pattern().unwrap(), text).collect()
    }

    #[test]
    fn a_block_that_is_chosen_by_a_transaction_is_found() {
        let loops =
            "fn f() {\n    while let Some(id) = table::first(&mut engine.store().read().await?).await? {\n";
        assert_eq!(found(loops), [2]);
        assert_eq!(found("match get(\n    &mut cx.read().await?,\n    id,\n)\n.await?\n{\n"), [1]);
        assert_eq!(found("if is_on && let Some(it) = get(&mut cx.write().await?).await? {"), [1]);
        assert_eq!(found("for it in list(&mut cx.read().await?).await? {"), [1]);
    }

    #[test]
    fn one_that_ends_before_is_none() {
        assert_eq!(found("let it = get(&mut cx.read().await?).await?;\nmatch it {"), [0; 0]);
        // A condition ends before its block begins.
        assert_eq!(found("while count(&mut cx.read().await?).await? > 1 {"), [0; 0]);
        assert_eq!(found("let Some(it) = get(&mut cx.read().await?).await? else { return };"), [0; 0]);
    }
}
