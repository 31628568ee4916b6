//! What stands above the services: the list of them, and an operation of any.

use super::Source;
use crate::names;

/// `mod.rs` of all that is generated.
pub(super) fn services(sources: &[Source]) -> String {
    let (mut modules, mut variants, mut all) = (String::new(), String::new(), String::new());
    let (mut facts, mut service, mut from) = (String::new(), String::new(), String::new());
    let mut operations = String::new();
    for source in sources {
        let module = source.service.module;
        let (variant, name) = (names::variant(module), &source.model.metadata.service_full_name);
        modules.push_str(&format!("pub mod {module};\n"));
        variants.push_str(&format!("/// Of {name}.\n{variant}({module}::Operation),\n"));
        all.push_str(&format!("&{module}::SERVICE,\n"));
        operations.push_str(&format!(".chain({module}::Operation::ALL.map(Self::{variant}))"));
        facts.push_str(&format!("Self::{variant}(operation) => operation.facts(),\n"));
        service.push_str(&format!("Self::{variant}(_) => &{module}::SERVICE,\n"));
        from.push_str(&format!(
            "impl From<{module}::Operation> for Operation {{
                fn from(operation: {module}::Operation) -> Self {{
                    Self::{variant}(operation)
                }}
            }}\n\n"
        ));
    }
    let count = sources.len();
    format!(
        "#[cfg(test)]
        pub(crate) mod decode;
        pub(crate) mod errors;
        {modules}
        use crate::operation::Facts;
        use crate::service::Service;

        /// The services of which something is served.
        pub static SERVICES: [&Service; {count}] = [\n{all}];

        /// An operation of a service.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {{\n{variants}}}

        impl Operation {{
            /// Every operation, by service.
            pub fn all() -> impl Iterator<Item = Self> {{
                std::iter::empty(){operations}
            }}

            /// What is known of it.
            pub fn facts(self) -> &'static Facts {{
                match self {{\n{facts}}}
            }}

            /// The service that it is of.
            pub fn service(self) -> &'static Service {{
                match self {{\n{service}}}
            }}
        }}

        {from}"
    )
}

/// `decode.rs`: for the test that checked requests decode.
pub(super) fn decode(sources: &[Source]) -> String {
    let mut arms = String::new();
    for source in sources {
        let module = source.service.module;
        let variant = names::variant(module);
        arms.push_str(&format!(
            "Operation::{variant}(operation) => super::{module}::decode::decode(operation, body),\n"
        ));
    }
    format!(
        "use serde::{{Serialize, de::DeserializeOwned}};
        use serde_json::{{Error, Value}};

        use crate::Operation;

        /// Decodes a request into its type, and encodes it again.
        pub(crate) fn decode(operation: impl Into<Operation>, body: Value) -> Result<Value, Error> {{
            match operation.into() {{\n{arms}}}
        }}

        pub(crate) fn round_trip<T: Serialize + DeserializeOwned>(body: Value) -> Result<Value, Error> {{
            serde_json::to_value(serde_json::from_value::<T>(body)?)
        }}\n"
    )
}
