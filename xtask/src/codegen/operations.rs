//! The operations of a service.

use super::{Source, table};
use crate::Result;
use crate::model::Operation;

/// `mod.rs` of a service.
pub(super) fn module(source: &Source) -> Result<String> {
    let metadata = &source.model.metadata;
    let speaks = (&*metadata.protocol, metadata.json_version.as_deref(), &metadata.target_prefix);
    let ("json", Some("1.1"), Some(target_prefix)) = speaks else {
        return Err(format!("{} does not speak AWS JSON 1.1", metadata.service_full_name));
    };
    let (name, version) = (&metadata.service_full_name, &metadata.botocore_version);
    let mut statuses = String::new();
    for (error, shape) in source.exceptions() {
        if shape.status() != 400 {
            statuses.push_str(&format!("(ErrorCode::{error}, {}),\n", shape.status()));
        }
    }
    Ok(format!(
        "//! {name} (model of botocore {version}).
        //!
        //! Its operations, their requests and responses, and the structures and enumerations that these hold, under the
        //! model's names.
        //!
        //! Fields are the members in snake case. Required members of requests and values are plain fields;
        //! all others are `Option` and left out of the JSON when absent. Members that are not known are
        //! ignored when reading.

        #[cfg(test)]
        pub(crate) mod decode;
        mod enums;
        mod operations;
        mod requests;
        mod responses;
        mod table;
        mod values;

        pub use enums::*;
        pub use operations::Operation;
        pub use requests::*;
        pub use responses::*;
        pub use values::*;

        use crate::{{ErrorCode, Service}};

        /// The service.
        pub static SERVICE: Service = Service {{
            signing_name: {:?},
            target_prefix: \"{target_prefix}.\",
            violation: ErrorCode::{},
            statuses: &[\n{statuses}],
            operation: |name| Operation::from_name(name).map(Into::into),
        }};\n",
        metadata.endpoint_prefix, source.overrides.service.violation,
    ))
}

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
        "use std::fmt;

        use super::table::*;
        use crate::operation::{{self, Authority, Facts, OutputForm}};
        use crate::ErrorCode;

        /// An operation of the service.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {{\n{variants}}}

        impl Operation {{
            /// Every operation, by name.
            pub const ALL: [Self; {count}] = [\n{all}];

            /// The operation of that name, which is case-sensitive.
            pub fn from_name(name: &str) -> Option<Self> {{
                Self::ALL.get(operation::index(&FACTS, name)?).copied()
            }}

            /// What is known of it.
            pub fn facts(self) -> &'static Facts {{
                // Cannot be out of range: the table has a row for every variant.
                &FACTS[self as usize]
            }}
        }}

        impl fmt::Display for Operation {{
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{
                f.write_str(self.facts().name)
            }}
        }}

        /// In the order of [`Operation::ALL`].
        static FACTS: [Facts; {count}] = [\n{facts}];\n"
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
    let authority = authority(source, name, operation)?;
    Ok(format!(
        "Facts {{
            name: {name:?}, action: \"{}:{name}\", resource: {:?}, authority: Authority::{authority},
            input: &{}, output: OutputForm::{output}, errors: &[{}],
        }},\n",
        source.model.metadata.endpoint_prefix,
        resource(source, name, operation, authority)?,
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

/// The member that names what policies are asked about, if the operation can be signed: an exception of the overrides,
/// or the service's usual one.
fn resource<'a>(
    source: &'a Source,
    name: &str,
    operation: &Operation,
    authority: &str,
) -> Result<Option<&'a str>> {
    if !authority.starts_with("Iam") {
        return Ok(None);
    }
    if let Some(exception) = source.overrides.resource.iter().find(|r| r.operation == name) {
        return Ok(exception.member.as_deref());
    }
    let usual = &*source.overrides.service.resource;
    if source.model.shape(&operation.input.shape)?.members.iter().any(|(member, _)| member == usual) {
        return Ok(Some(usual));
    }
    Err(format!("{}: say what the resource of {name} is ([[resource]])", source.service.overrides()))
}

/// `decode.rs` of a service.
pub(super) fn decode(source: &Source) -> String {
    let mut arms = String::new();
    for (name, operation) in &source.model.operations {
        let request = &operation.input.shape;
        arms.push_str(&format!("Operation::{name} => round_trip::<{request}>(body),\n"));
    }
    let long = if source.model.operations.len() > 90 {
        "#[expect(clippy::too_many_lines, reason = \"one line for each operation\")]\n"
    } else {
        ""
    };
    format!(
        "use serde_json::{{Error, Value}};

        use super::*;
        use crate::generated::decode::round_trip;

        {long}pub(crate) fn decode(operation: Operation, body: Value) -> Result<Value, Error> {{
            match operation {{\n{arms}}}
        }}\n"
    )
}
