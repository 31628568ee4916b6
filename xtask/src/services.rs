//! The services of which the house serves something: the one list of them.

/// A service, and where its model is.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its module in `poolhouse_wire` and in `poolhouse_api`.
    pub(crate) module: &'static str,
    /// Its name at botocore, and of its files in `model/`.
    pub(crate) name: &'static str,
    /// The version of its API.
    version: &'static str,
    /// What is taken over from its model.
    pub(crate) operations: Operations,
}

/// Operations of a model.
#[derive(Debug)]
pub(crate) enum Operations {
    /// All: what is not served yet is named missing.
    All,
    /// These, and what they need: the rest is none of the house's business.
    Only(&'static [&'static str]),
}

/// By module.
pub(crate) const SERVICES: &[Service] = &[
    Service {
        module: "kms",
        name: "kms",
        version: "2014-11-01",
        // What functions that send messages ask a key service for.
        operations: Operations::Only(&["Decrypt"]),
    },
    Service { module: "user_pools", name: "cognito-idp", version: "2016-04-18", operations: Operations::All },
];

impl Service {
    /// The imported model.
    pub(crate) fn model(&self) -> String {
        format!("model/{}.json", self.name)
    }

    /// What the generator must know beyond the model.
    pub(crate) fn overrides(&self) -> String {
        format!("model/{}.toml", self.name)
    }

    /// The model in a wheel of botocore.
    pub(crate) fn in_wheel(&self) -> String {
        format!("botocore/data/{}/{}/service-2.json.gz", self.name, self.version)
    }

    /// The file with the table of its operations.
    pub(crate) fn table(&self) -> String {
        format!("crates/api/src/{}/mod.rs", self.module)
    }
}
