//! What policies say of requests that nobody makes (identity-pools-and-iam §10.4): the evaluator that judges real ones,
//! asked about actions and resources that need not exist.

mod question;
mod stage;

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_policy::Context;
use poolhouse_store::Tx;
use poolhouse_store::tables::entities::Entity;
use poolhouse_wire::iam::{EvaluationResult, PolicyIdentifier, PolicyIdentifierPolicyType};

use crate::holdings::{self, Origin};
use crate::lists::Asked;
use crate::names::{self, Kind};
use crate::{entities, faults, managed, tags};
use question::describe_arn;
pub use question::{Question, keys};
use stage::Stage;

/// One page of what the policies of the question say by themselves.
///
/// # Errors
/// `InvalidInput`, `ValidationError`.
pub fn of_policies<S>(
    cx: &Cx<S>,
    question: &Question,
    asked: Asked<'_>,
) -> Result<Page<EvaluationResult>, Fault> {
    let stage = Stage::set(cx, question, Vec::new(), None, Context::new())?;
    stage.page(cx, question, &format!("{question:?}"), asked)
}

/// One page of what the policies of a user, group or role say, together with those of the question.
///
/// # Errors
/// `NoSuchEntity`, `InvalidInput`, `ValidationError`.
pub async fn of_principal<S>(
    cx: &Cx<S>,
    arn: &str,
    exclusions: &[PolicyIdentifier],
    question: &Question,
    asked: Asked<'_>,
) -> Result<Page<EvaluationResult>, Fault> {
    let mut tx = cx.read().await?;
    let entity = principal(cx, &mut tx, arn).await?;
    let mut held = holdings::of(cx, &mut tx, &entity).await?;
    held.retain(|held| !exclusions.iter().any(|exclusion| excludes(exclusion, &held.origin)));
    let boundary = match &entity.boundary {
        Some(arn) if !exclusions.iter().any(|exclusion| excludes_boundary(exclusion, arn)) => {
            managed::document(cx, &mut tx, arn).await?.map(|document| (names::of_policy(arn), document))
        }
        _ => None,
    };
    drop(tx);
    let mut context = Context::new();
    describe(cx, &entity, &mut context)?;
    let stage = Stage::set(cx, question, held, boundary, context)?;
    stage.page(cx, question, &format!("{arn}{exclusions:?}{question:?}"), asked)
}

/// The condition keys that the policies of a user, group or role ask for, and those of other policies.
///
/// # Errors
/// `NoSuchEntity`, `InvalidInput`.
pub async fn keys_of_principal<S>(
    cx: &Cx<S>,
    arn: &str,
    mut documents: Vec<String>,
) -> Result<Vec<String>, Fault> {
    let mut tx = cx.read().await?;
    let entity = principal(cx, &mut tx, arn).await?;
    let held = holdings::of(cx, &mut tx, &entity).await?;
    documents.extend(held.into_iter().map(|held| held.document));
    keys(&documents)
}

async fn principal<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<Entity, Fault> {
    let Some((kind, name)) = names::of_arn(arn) else {
        let text = format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.");
        return Err(faults::input(text));
    };
    entities::find_by_arn(cx, tx, arn).await?.ok_or_else(|| faults::no_such(kind, name))
}

fn excludes(exclusion: &PolicyIdentifier, origin: &Origin) -> bool {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    match (&exclusion.policy_type, origin) {
        (Some(PolicyIdentifierPolicyType::Inline), Origin::Inline { kind, holder, name }) => {
            exclusion.inline_policy_identifier.as_ref().is_some_and(|inline| {
                inline.attachment_type.as_str() == kind
                    && same(&inline.attachment_name, holder)
                    && same(&inline.policy_name, name)
            })
        }
        (
            Some(PolicyIdentifierPolicyType::AwsManaged | PolicyIdentifierPolicyType::UserManaged),
            Origin::Managed(arn),
        ) => exclusion.policy_arn.as_ref() == Some(arn),
        _ => false,
    }
}

fn excludes_boundary(exclusion: &PolicyIdentifier, arn: &str) -> bool {
    exclusion.policy_type == Some(PolicyIdentifierPolicyType::PermissionBoundary)
        && exclusion.policy_arn.as_deref() == Some(arn)
}

/// What is known of somebody who would ask.
fn describe<S>(cx: &Cx<S>, entity: &Entity, context: &mut Context) -> Result<(), Fault> {
    let kind = match Kind::of_id(&entity.id) {
        Some(Kind::User) => "User",
        Some(Kind::Role) => "AssumedRole",
        Some(Kind::Group) | None => return Ok(()),
    };
    context.set("aws:PrincipalType", kind);
    if kind == "User" {
        context.set("aws:userid", entity.id.as_str());
    }
    describe_arn(&entities::arn(cx, entity), context);
    for (key, value) in tags::read(&entity.tags)? {
        context.set(&format!("aws:PrincipalTag/{key}"), value);
    }
    Ok(())
}
