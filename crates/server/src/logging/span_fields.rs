//! The fields of a span as members of a JSON object, put one after the other: each request has a span, and few write a line,
//! so what tracing-subscriber's own JSON does, a tree for each span that is read again for each field added, is too much.

use std::fmt::{self, Debug};

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FormatFields, FormattedFields};

/// Writes them.
pub(super) struct SpanFields;

impl<'writer> FormatFields<'writer> for SpanFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        writer.write_char('{')?;
        let mut members = Members { writer, any: false, result: Ok(()) };
        fields.record(&mut members);
        members.end()
    }

    /// Whoever reads a member that is there twice takes the later one.
    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let any = current.fields.len() > "{}".len();
        current.fields.pop();
        let mut members = Members { writer: current.as_writer(), any, result: Ok(()) };
        fields.record(&mut members);
        members.end()
    }
}

/// The members of an object that has been begun.
struct Members<'a> {
    writer: Writer<'a>,
    /// Whether there is a member that the next one follows.
    any: bool,
    result: fmt::Result,
}

impl Members<'_> {
    fn end(mut self) -> fmt::Result {
        self.result?;
        self.writer.write_char('}')
    }

    fn push(&mut self, field: &Field, value: impl Serialize) {
        self.result = self.result.and_then(|()| self.write(field.name(), value));
        self.any = true;
    }

    /// Names are of this program, and have nothing in them that JSON would want in another form.
    fn write(&mut self, name: &str, value: impl Serialize) -> fmt::Result {
        let comma = if self.any { "," } else { "" };
        let value = serde_json::to_string(&value).map_err(|_| fmt::Error)?;
        write!(self.writer, r#"{comma}"{name}":{value}"#)
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing::field::Empty;
    use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

    use super::*;

    /// What a line says of the span of whatever `say` says.
    fn span_of(say: impl FnOnce()) -> Value {
        let text = Arc::new(Mutex::new(Vec::new()));
        let writer = {
            let text = Arc::clone(&text);
            move || Shared(Arc::clone(&text))
        };
        let lines = tracing_subscriber::fmt::layer().with_writer(writer);
        let lines = lines.json().flatten_event(true).with_span_list(false).fmt_fields(SpanFields).boxed();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), say);
        let line: Value = serde_json::from_slice(&text.lock().unwrap()).unwrap();
        line["span"].clone()
    }

    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn fields_of_every_kind_are_told() {
        let span = span_of(|| {
            let words = "a \"word\" \\ of\ntwo lines";
            let address = tracing::field::display("::1");
            let span = tracing::error_span!(
                "request", words, address, shape = ?Some("x"), n = 7_u64, less = -7, share = 0.5, yes = true, later = Empty
            );
            let _within = span.enter();
            tracing::error!("said");
        });
        let words = "a \"word\" \\ of\ntwo lines";
        let told = json!({
            "name": "request", "words": words, "address": "::1", "shape": "Some(\"x\")", "n": 7, "less": -7, "share": 0.5, "yes": true
        });
        assert_eq!(span, told);
    }

    #[test]
    fn what_becomes_known_later_is_added() {
        let later = |first: Option<&str>, pool: &str, client: &str| {
            span_of(|| {
                let span = tracing::error_span!("request", first, pool = Empty, client = Empty);
                span.record("pool", pool).record("client", client);
                let _within = span.enter();
                tracing::error!("said");
            })
        };
        let told = json!({ "name": "request", "first": "1", "pool": "p\"", "client": "c" });
        assert_eq!(later(Some("1"), "p\"", "c"), told);
        assert_eq!(later(None, "p", "c"), json!({ "name": "request", "pool": "p", "client": "c" }));
    }

    #[test]
    fn a_field_that_is_recorded_again_has_its_last_value() {
        let span = span_of(|| {
            let span = tracing::error_span!("request", operation = "none");
            span.record("operation", "CreateGroup");
            let _within = span.enter();
            tracing::error!("said");
        });
        assert_eq!(span, json!({ "name": "request", "operation": "CreateGroup" }));
    }
}
