//! The operations of a service.

use std::collections::BTreeMap;

use super::errors::{self, Protocols};
use super::overrides::ResourceType;
use super::{Source, table};
use crate::model::Operation;
use crate::{Result, names};

/// `mod.rs` of a service.
pub(super) fn module(source: &Source, protocols: &Protocols) -> Result<String> {
    let metadata = &source.model.metadata;
    let (name, version) = (&metadata.service_full_name, &metadata.botocore_version);
    let enums = source.model.shapes.values().any(|shape| !shape.values.is_empty());
    let (enums, pub_enums) = if enums { ("mod enums;", "pub use enums::*;") } else { ("", "") };
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
        {enums}
        mod operations;
        mod requests;
        mod responses;
        mod table;
        mod values;

        {pub_enums}
        pub use operations::Operation;
        pub use requests::*;
        pub use responses::*;
        pub use values::*;

        use crate::service::{{Protocol, Service}};

        /// The service.
        pub static SERVICE: Service = Service {{
            signing_name: {:?},
            protocol: {},
            region: {:?},
            violation: crate::ErrorCode::{},
            errors: &[\n{}],
            operation: |name| Operation::from_name(name).map(Into::into),
        }};\n",
        metadata.endpoint_prefix,
        protocol(source)?,
        source.overrides.service.region,
        source.overrides.service.violation,
        errors::answered(source, protocols),
    ))
}

/// How the service is spoken to.
fn protocol(source: &Source) -> Result<String> {
    let metadata = &source.model.metadata;
    let speaks = (&*metadata.protocol, metadata.json_version.as_deref());
    match (speaks, &metadata.target_prefix, &metadata.xml_namespace) {
        (("json", Some("1.1")), Some(prefix), None) => {
            let text =
                source.exceptions().all(|(_, shape)| shape.members.iter().any(|(name, _)| name == "Message"));
            let message = if text { "Message" } else { "message" };
            Ok(format!("Protocol::Json {{ target_prefix: \"{prefix}.\", message: {message:?} }}"))
        }
        (("query", None), None, Some(namespace)) => {
            Ok(format!("Protocol::Query {{ version: {:?}, namespace: {namespace:?} }}", metadata.api_version))
        }
        _ => Err(format!("{} speaks neither AWS JSON 1.1 nor Query", metadata.service_full_name)),
    }
}

/// `operations.rs`.
pub(super) fn operations(source: &Source) -> Result<String> {
    let (mut variants, mut all, mut facts) = (String::new(), String::new(), String::new());
    let mut resources = BTreeMap::new();
    for (name, operation) in &source.model.operations {
        variants.push_str(&format!("/// `{name}`.\n{name},\n"));
        all.push_str(&format!("Self::{name},\n"));
        let authority = authority(source, name, operation)?;
        let resource = resource(source, name, operation, authority)?;
        resources.extend(resource);
        facts.push_str(&row(source, name, operation, authority, resource)?);
    }
    let resource = |(member, arn): (&str, &str)| {
        let name = resource_name(member);
        format!("static {name}: Resource = Resource {{ member: {member:?}, arn: {arn:?} }};\n")
    };
    let resources: String = resources.into_iter().map(resource).collect();
    let count = source.model.operations.len();
    Ok(format!(
        "use std::fmt;

        use super::table::*;
        use crate::operation::{{self, Authority, Facts, OutputForm, Resource}};
        use crate::ErrorCode;

        {resources}

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

/// The static of the resources that a member names.
fn resource_name(member: &str) -> String {
    format!("{}_RESOURCE", names::upper(member))
}

fn row(
    source: &Source,
    name: &str,
    operation: &Operation,
    authority: &str,
    resource: Option<(&str, &str)>,
) -> Result<String> {
    let output = match &operation.output {
        None => "NoBody".to_owned(),
        Some(output) if source.has_outputs_in_table() => {
            format!("Elements(&{})", table::static_name(source, &output.shape))
        }
        Some(output) if source.model.shape(&output.shape)?.members.is_empty() => "EmptyObject".to_owned(),
        Some(_) => "Body".to_owned(),
    };
    let mut errors: Vec<_> = operation.errors.iter().map(|e| e.shape.as_str()).collect();
    errors.sort_unstable();
    let errors: Vec<_> = errors.iter().map(|e| format!("ErrorCode::{e}")).collect();
    let resource =
        resource.map_or_else(|| "None".to_owned(), |(member, _)| format!("Some(&{})", resource_name(member)));
    Ok(format!(
        "Facts {{
            name: {name:?}, action: \"{}:{name}\", resource: {resource}, authority: Authority::{authority},
            input: &{}, output: OutputForm::{output}, errors: &[{}],
        }},\n",
        source.model.metadata.endpoint_prefix,
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

/// The member that names what policies are asked about, and the form of its ARN, if they are asked: an exception of the
/// overrides, or the first of the service's types of resources that the request names.
fn resource<'a>(
    source: &'a Source,
    name: &str,
    operation: &Operation,
    authority: &str,
) -> Result<Option<(&'a str, &'a str)>> {
    if !authority.starts_with("Iam") {
        return Ok(None);
    }
    if let Some(exception) = source.overrides.resource.iter().find(|r| r.operation == name) {
        return Ok(exception.member.as_deref().map(|member| (member, "{}")));
    }
    let members = &source.model.shape(&operation.input.shape)?.members;
    let named = |of: &&ResourceType| members.iter().any(|(member, _)| *member == of.member);
    if let Some(ResourceType { member, arn, .. }) = source.overrides.resource_type.iter().find(named) {
        return Ok(Some((member, arn)));
    }
    Err(format!("{}: say what the resource of {name} is ([[resource]])", source.service.overrides()))
}

/// Operations that a function with a line for each can have before clippy finds it long.
const LONGEST_MATCH: usize = 64;

/// `decode.rs` of a service.
pub(super) fn decode(source: &Source) -> String {
    let mut arms = String::new();
    for (name, operation) in &source.model.operations {
        let request = names::type_name(&operation.input.shape);
        arms.push_str(&format!("Operation::{name} => round_trip::<{request}>(body),\n"));
    }
    let long = if source.model.operations.len() > LONGEST_MATCH {
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
