//! One thin handler per operation, by family.
