//! The operation table and the error codes.

use super::{Source, table};
use crate::Result;
use crate::model::Operation;

/// `operations.rs`.
pub(super) fn operations(source: &Source) -> Result<String> {
    let (mut variants, mut all, mut facts) = (String::new(), String::new(), String::new());
    for (name, operation) in &source.model.operations {
        variants.push_str(&format!("/// `{name}`.\n{name},\n"));
        all.push_str(&format!("Self::{name},\n"));
        facts.push_str(&row(source, name, operation)?);
    }
    let count = source.model.operations.len();
    Ok(format!(
        "use super::table::*;
        use crate::operation::{{Authority, Facts, OutputForm}};
        use crate::ErrorCode;

        /// An operation of the service.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {{\n{variants}}}

        impl Operation {{
            /// Every operation, by name.
            pub const ALL: [Self; {count}] = [\n{all}];
        }}

        /// What is known of each operation, in the order of [`Operation::ALL`].
        pub(crate) static FACTS: [Facts; {count}] = [\n{facts}];\n"
    ))
}

fn row(source: &Source, name: &str, operation: &Operation) -> Result<String> {
    let output = match &operation.output {
        None => "NoBody",
        Some(output) if source.model.shape(&output.shape)?.members.is_empty() => "EmptyObject",
        Some(_) => "Body",
    };
    let mut errors: Vec<_> = operation.errors.iter().map(|e| e.shape.as_str()).collect();
    errors.sort_unstable();
    let errors: Vec<_> = errors.iter().map(|e| format!("ErrorCode::{e}")).collect();
    Ok(format!(
        "Facts {{ name: {name:?}, authority: Authority::{}, input: &{}, output: OutputForm::{output}, errors: &[{}] }},\n",
        authority(source, name, operation)?,
        table::static_name(source, &operation.input.shape),
        errors.join(", "),
    ))
}

/// Who may call: an exception of the overrides, or what the model's mark and members say.
fn authority<'a>(source: &'a Source, name: &str, operation: &Operation) -> Result<&'a str> {
    if let Some(exception) = source.overrides.authority.iter().find(|a| a.operation == name) {
        return Ok(&exception.authority);
    }
    let members = &source.model.shape(&operation.input.shape)?.members;
    let takes_token = members.iter().any(|(member, _)| member == "AccessToken");
    Ok(match (operation.unsigned(), takes_token) {
        (false, _) => "Iam",
        (true, true) => "Token",
        (true, false) => "Public",
    })
}

/// `decode.rs`: for the test that checked requests decode.
pub(super) fn decode(source: &Source) -> String {
    let mut arms = String::new();
    for (name, operation) in &source.model.operations {
        let request = &operation.input.shape;
        arms.push_str(&format!("Operation::{name} => round_trip::<user_pools::{request}>(body),\n"));
    }
    format!(
        "use serde::{{Serialize, de::DeserializeOwned}};
        use serde_json::{{Error, Value}};

        use crate::{{Operation, user_pools}};

        /// Decodes a request into its type, and encodes it again.
        #[expect(clippy::too_many_lines, reason = \"one line for each operation\")]
        pub(crate) fn decode(operation: Operation, body: Value) -> Result<Value, Error> {{
            match operation {{\n{arms}}}
        }}

        fn round_trip<T: Serialize + DeserializeOwned>(body: Value) -> Result<Value, Error> {{
            serde_json::to_value(serde_json::from_value::<T>(body)?)
        }}\n"
    )
}

/// `errors.rs`.
pub(super) fn errors(source: &Source) -> String {
    let modelled = source.model.shapes.iter().filter(|(_, shape)| shape.exception);
    // A server's fault is 500; no other error has a status of its own (none is modelled).
    let modelled = modelled.map(|(name, shape)| (name, if shape.fault { 500 } else { 400 }, "".to_owned()));
    let own = source.overrides.error.iter().map(|e| (&e.name, 400, format!(": {}", e.reason)));
    let mut errors: Vec<_> = modelled.chain(own).collect();
    errors.sort_unstable();
    let (mut variants, mut all, mut facts) = (String::new(), String::new(), String::new());
    for (name, status, reason) in &errors {
        variants.push_str(&format!("/// `{name}`{reason}.\n{name},\n"));
        all.push_str(&format!("Self::{name},\n"));
        facts.push_str(&format!("({name:?}, {status}),\n"));
    }
    let count = errors.len();
    format!(
        "/// The type of an error answer: those of the model and those of the protocol.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {{\n{variants}}}

        impl ErrorCode {{
            /// Every error, by name.
            pub const ALL: [Self; {count}] = [\n{all}];
        }}

        /// Name and status of each error, in the order of [`ErrorCode::ALL`].
        pub(crate) static FACTS: [(&str, u16); {count}] = [\n{facts}];\n"
    )
}
