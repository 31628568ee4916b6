//! From an operation and its checked input to its handler, and from there to the answer in JSON.

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::{Facts, OutputForm};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The table of a service's operations: `Operation => handler` by family, and those still missing, which say so.
///
/// It expands to one exhaustive `match`, so a new operation of the service model does not compile
/// until it stands there. `cargo xtask status` counts from the text of the tables.
macro_rules! dispatch {
    (missing { $($missing:ident),* $(,)? } $($family:ident { $($operation:ident => $handler:ident),* $(,)? })*) => {
        /// Runs an operation whose input was checked.
        pub(crate) async fn run(cx: &Cx, operation: Operation, input: &Value) -> Result<Vec<u8>, Fault> {
            // A service of which nothing is served looks at neither.
            let _ = (cx, input);
            match operation {
                $($(Operation::$operation => {
                    // On the heap, and put there by a function of its own: else the stack has a place for each operation's.
                    let begin = || {
                        let handler = async |cx: &Cx, input| $family::$handler(cx, input).await;
                        Box::pin($crate::dispatch::handle(cx, operation.facts(), input, handler))
                    };
                    begin().await
                })*)*
                $(Operation::$missing => Err(poolhouse_kernel::Fault::new(
                    poolhouse_wire::ErrorCode::UnsupportedOperationException,
                    format!("Poolhouse does not serve {} yet.", operation.facts().name),
                )),)*
            }
        }
    };
}
pub(crate) use dispatch;

/// Gives a handler its typed input, and writes its output.
pub(crate) async fn handle<I, O>(
    cx: &Cx,
    operation: &Facts,
    input: &Value,
    handler: impl AsyncFn(&Cx, I) -> Result<O, Fault>,
) -> Result<Vec<u8>, Fault>
where
    I: DeserializeOwned,
    O: Serialize,
{
    // Handlers have no effect before their commit, so running one again is safe.
    let output =
        cx.repeat(async || handler(cx, I::deserialize(input).map_err(Fault::internal)?).await).await?;
    match operation.output {
        OutputForm::Body | OutputForm::Elements(_) => serde_json::to_vec(&output).map_err(Fault::internal),
        OutputForm::EmptyObject => Ok(b"{}".to_vec()),
        OutputForm::NoBody => Ok(Vec::new()),
    }
}
