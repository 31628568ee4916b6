//! One thin handler per operation, by family.

pub(crate) mod groups;
