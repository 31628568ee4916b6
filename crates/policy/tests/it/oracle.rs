//! The answers of another evaluator (`tests/data/README.md`). Where it is wrong is told by its faults: a case with
//! them put in gets its answer from us too.

use std::sync::Arc;

use poolhouse_policy::{Context, Decision, Policies, Policy, Request};
use serde_json::{Map, Value, json};

const CASES: &str = include_str!("../data/oracle.jsonl");

/// What is written shorter in the file.
const SHORT: [(&str, &str); 9] = [
    ("\"E\":1", "\"Effect\":\"Allow\""),
    ("\"E\":0", "\"Effect\":\"Deny\""),
    ("\"A\":", "\"Action\":"),
    ("\"NA\":", "\"NotAction\":"),
    ("\"R\":", "\"Resource\":"),
    ("\"NR\":", "\"NotResource\":"),
    ("\"C\":", "\"Condition\":"),
    ("~", "cognito-idp:"),
    ("@", "arn:aws:cognito-idp:r:1:userpool/"),
];

/// A request, the documents it is judged by, and the other's answer.
#[derive(Clone)]
struct Case {
    identity: Vec<Value>,
    boundary: Option<Value>,
    session: Option<Value>,
    action: String,
    resource: String,
    context: Map<String, Value>,
    oracle: String,
}

fn cases() -> impl Iterator<Item = Case> {
    CASES.lines().map(|line| {
        let line = SHORT.iter().fold(line.to_owned(), |line, (short, long)| line.replace(short, long));
        let case: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| case[name].as_str().unwrap().to_owned();
        Case {
            identity: case["i"].as_array().unwrap().iter().map(document).collect(),
            boundary: case.get("b").map(document),
            session: case.get("s").map(document),
            action: text("a"),
            resource: text("r"),
            context: case["c"].as_object().cloned().unwrap_or_default(),
            oracle: text("o"),
        }
    })
}

/// A document, its statements always as a list.
fn document(written: &Value) -> Value {
    let list = |statement: &Value| match statement {
        Value::Array(_) => statement.clone(),
        statement => json!([statement]),
    };
    if let Some(statement) = written.get("2008-10-17") {
        json!({ "Version": "2008-10-17", "Statement": list(statement) })
    } else if let Some(statement) = written.get("none") {
        json!({ "Statement": list(statement) })
    } else {
        json!({ "Version": "2012-10-17", "Statement": list(written) })
    }
}

impl Case {
    fn answer(&self) -> &'static str {
        let identity: Vec<_> = self.identity.iter().map(policy).collect();
        let boundary = self.boundary.as_ref().map(policy);
        let session = self.session.as_ref().map(|written| [policy(written)]);
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_ref(),
            session: session.as_ref().map(|session| &session[..]),
        };
        let mut context = Context::new();
        for (key, value) in &self.context {
            match value {
                Value::Array(values) => context.set_many(key, values.iter().filter_map(Value::as_str)),
                value => context.set(key, value.as_str().unwrap()),
            }
        }
        match policies.decide(&Request::new(&self.action, &self.resource, &context)) {
            Decision::Allow(_) => "A",
            Decision::ExplicitDeny(_) => "E",
            Decision::ImplicitDeny(_) => "I",
        }
    }

    fn documents(&mut self) -> impl Iterator<Item = &mut Value> {
        self.identity.iter_mut().chain(&mut self.boundary).chain(&mut self.session)
    }

    fn statements(&mut self) -> impl Iterator<Item = &mut Value> {
        self.documents().flat_map(|document| document["Statement"].as_array_mut().unwrap())
    }

    /// Lets each condition of a key become another one: its operator, and its values as texts.
    fn conditions(
        &mut self,
        change: impl Fn(&str, &str, Vec<String>, &Map<String, Value>) -> (String, Vec<String>),
    ) {
        let context = self.context.clone();
        for statement in self.statements() {
            let Some(operators) = statement.get_mut("Condition").and_then(Value::as_object_mut) else {
                continue;
            };
            let mut changed = Map::new();
            for (operator, keys) in std::mem::take(operators) {
                for (key, values) in keys.as_object().unwrap() {
                    let (operator, values) = change(&operator, key, texts(values), &context);
                    changed.entry(operator).or_insert_with(|| json!({}))[key] = json!(values);
                }
            }
            *operators = changed;
        }
    }
}

fn policy(document: &Value) -> Arc<Policy> {
    Arc::new(Policy::parse(&document.to_string()).unwrap_or_else(|error| panic!("{document}: {error}")))
}

/// One value or many, as texts.
fn texts(values: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    values.as_array().map_or_else(|| vec![text(values)], |values| values.iter().map(text).collect())
}

/// A fault of the other evaluator.
type Fault = (&'static str, fn(&mut Case));

const FAULTS: [Fault; 9] = [
    ("variables in documents that have none (identity-pools-and-iam §10.3)", |case| {
        for document in case.documents() {
            document["Version"] = json!("2012-10-17");
        }
    }),
    ("epoch seconds of dates are taken for milliseconds (identity-pools-and-iam §10.3)", |case| {
        for (key, value) in case.context.clone() {
            if let Some(value) = value.as_str() {
                case.context.insert(format!("date:{key}"), json!(in_milliseconds(value)));
            }
        }
        for statement in case.statements() {
            rename_dates(statement);
        }
    }),
    ("NumericNotEquals of what is no number fails (identity-pools-and-iam §10.3)", |case| {
        case.conditions(|operator, key, values, context| {
            let numbers = |text: &String| text.parse::<f64>().is_ok_and(f64::is_finite);
            let request = context_text(context, key).is_none_or(|text| numbers(&text));
            if operator.contains("NumericNotEquals") && !(request && values.iter().all(numbers)) {
                return never(operator, "NumericNotEquals", "NumericEquals");
            }
            (operator.to_owned(), values)
        });
    }),
    ("NotIpAddress fails for a single address of the other family", |case| {
        case.conditions(|operator, key, values, context| {
            let v6 = |text: &String| text.contains(':');
            let request = context_text(context, key).as_ref().is_some_and(v6);
            if operator.contains("NotIpAddress")
                && values.iter().any(|network| !network.contains('/') && v6(network) != request)
            {
                return never(operator, "NotIpAddress", "IpAddress");
            }
            (operator.to_owned(), values)
        });
    }),
    ("no address is in 0.0.0.0/0", |case| {
        case.conditions(|operator, _, values, _| {
            (operator.to_owned(), values.into_iter().filter(|value| value != "0.0.0.0/0").collect())
        });
    }),
    ("ArnNotLike of what is no ARN fails", |case| {
        case.conditions(|operator, key, values, context| {
            let whole = |text: &String| text.split(':').count() >= 5;
            let request = context_text(context, key).is_none_or(|text| whole(&text));
            if operator.contains("ArnNot") && !(request && values.iter().all(whole)) {
                return never(operator, "ArnNot", "Arn");
            }
            (operator.to_owned(), values)
        });
    }),
    ("`*:*` is no action", |case| {
        for statement in case.statements() {
            for member in ["Action", "NotAction"] {
                if let Some(actions) = statement.get_mut(member) {
                    *actions = json!(
                        texts(actions)
                            .iter()
                            .map(|text| text.replace("*:*", "none:none"))
                            .collect::<Vec<_>>()
                    );
                }
            }
        }
    }),
    ("NotResource with an ARN of less than six parts never applies", |case| {
        for statement in case.statements() {
            let short = |text: &String| text != "*" && text.split(':').count() < 6;
            if statement.get("NotResource").is_some_and(|listed| texts(listed).iter().any(short)) {
                statement["NotResource"] = json!("*");
            }
        }
    }),
    ("ForAnyValue with IfExists fails for an absent key", |case| {
        case.conditions(|operator, _, values, _| {
            let operator = match operator.strip_suffix("IfExists") {
                Some(name) if name.starts_with("ForAnyValue:") => name,
                _ => operator,
            };
            (operator.to_owned(), values)
        });
    }),
];

/// In place of a negated operator one that fails, as long as the key is there.
fn never(operator: &str, negated: &str, plain: &str) -> (String, Vec<String>) {
    let operator = operator.replace(negated, plain);
    let if_exists = if operator.ends_with("IfExists") { "" } else { "IfExists" };
    (format!("{operator}{if_exists}"), vec![])
}

fn context_text(context: &Map<String, Value>, key: &str) -> Option<String> {
    context.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Epoch milliseconds as seconds.
fn in_milliseconds(text: &str) -> String {
    text.parse::<i64>().map_or_else(|_| text.to_owned(), |milliseconds| (milliseconds / 1000).to_string())
}

/// Lets conditions of dates ask for a key of their own.
fn rename_dates(statement: &mut Value) {
    let Some(operators) = statement.get_mut("Condition").and_then(Value::as_object_mut) else { return };
    for (operator, keys) in operators {
        if operator.contains("Date") {
            let renamed = keys.as_object().unwrap().iter().map(|(key, values)| {
                let values: Vec<_> = texts(values).iter().map(|text| in_milliseconds(text)).collect();
                (format!("date:{key}"), json!(values))
            });
            *keys = Value::Object(renamed.collect());
        }
    }
}

#[test]
fn another_evaluator_answers_the_same_but_for_its_faults() {
    let (mut count, mut differing, mut explained) = (0, 0, [0; FAULTS.len()]);
    for case in cases() {
        count += 1;
        if case.answer() == case.oracle {
            continue;
        }
        differing += 1;
        let mut all = case.clone();
        for (place, (_, put_in)) in FAULTS.iter().enumerate() {
            let mut one = case.clone();
            put_in(&mut one);
            explained[place] += usize::from(one.answer() == case.oracle);
            put_in(&mut all);
        }
        assert_eq!(
            all.answer(),
            case.oracle,
            "{:?} {} {} {:?}",
            case.identity,
            case.action,
            case.resource,
            case.context
        );
    }
    assert!(count >= 2_000 && differing < count / 20, "{differing} of {count}");
    for ((fault, _), cases) in FAULTS.iter().zip(explained) {
        assert!(cases > 0, "{fault}: shown by no case");
    }
}
