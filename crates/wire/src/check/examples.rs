//! For tests: values as the table wants them.

use serde_json::{Value, json};

use super::constraint::{Measured, constraints};
use crate::Structure;
use crate::constraints::{Kind, Shape};

/// Strings of which one satisfies each shape.
const EXAMPLES: [&str; 23] = [
    "a",
    "12",
    "123456",
    "r_1",
    "Level1",
    "import-1",
    "a@b.c",
    "terms-of-use",
    "cognito:default",
    "code {####} {##here##}",
    "12345678901234567890",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "tknaaaaaaaaaaaaaaaaaaaaaaaaa",
    "12345678-1234-4234-8234-123456789012",
    "arn:aws:iam::000000000000:role/r",
    "arn:aws:s3:::bucket",
    "https://a.b/cd",
    "/",
    "v1",
    "r:1",
    "authenticated",
    "0123456789abcdef0123456789abcdef01234567",
    "ASCAAAAAAAAAAAAAAAAAAAAA",
];

/// Some value that satisfies the shape.
pub(crate) fn example(shape: &'static Shape) -> Value {
    match &shape.kind {
        Kind::Integer | Kind::Long => json!(shape.min.unwrap_or(1)),
        Kind::Boolean => json!(true),
        Kind::Timestamp => json!(1.5),
        Kind::Blob => json!("QUJD"),
        Kind::Document => json!({"any": ["thing", 1]}),
        Kind::List(of) => json!([example(of)]),
        Kind::Map(key, value) => json!({example(key).as_str().unwrap(): example(value)}),
        Kind::Structure(structure) => full(structure),
        Kind::String => {
            let values = shape.values.iter().map(|&value| value.to_owned());
            let fits = |text: &String| constraints(shape).all(|c| c.holds(&Measured::text(text)));
            values
                .chain(EXAMPLES.map(str::to_owned))
                .chain(std::iter::once("a".repeat(1000)))
                .find(fits)
                .unwrap_or_else(|| panic!("no example for {shape:?}"))
                .into()
        }
    }
}

/// A structure with every member.
pub(crate) fn full(structure: &'static Structure) -> Value {
    structure.members.iter().map(|member| (member.name.to_owned(), example(member.shape))).collect()
}
